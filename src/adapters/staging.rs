//! Rows of files on their way into a table: kept aside as text in DuckDB, judged by the columns' types, then handed on.

use super::{DatabaseError, Dialect, ErrorKind};
use crate::files::{Field, FileFormat, RawFile, ReadOptions, RecordSink, Reject, Row, ValueKind};
use duckdb::arrow::array::{ArrayRef, Int64Builder, RecordBatch, StringBuilder};
use duckdb::arrow::datatypes::{DataType, Field as ArrowField, Schema};
use indexmap::IndexMap;
use std::collections::HashMap;
use std::sync::Arc;

/// Columns that every table loaded from files has beside its own.
pub const FILE_COLUMNS: [&str; 3] = ["_file", "_line", "_loaded_at"];

/// The columns of a table with what could not be read.
pub const REJECT_COLUMNS: [&str; 6] = ["_file", "_line", "reason", "detail", "content", "_loaded_at"];

/// How many rows, and how many bytes, are gathered before they are written.
const BATCH_ROWS: usize = 16_384;
const BATCH_BYTES: usize = 8 << 20;

/// The names of the tables, which only the connection sees.
const ROWS: &str = "sqlbuild_staged_rows";
const REJECTS: &str = "sqlbuild_staged_rejects";

/// Files to be read.
#[derive(Debug, Clone, Copy)]
pub struct Reading<'a> {
    /// Which.
    pub files: &'a [RawFile],
    /// How.
    pub options: &'a ReadOptions,
    /// The columns that are known, in order; the files may have more.
    pub columns: &'a [FileColumn],
}

/// A column of a table that is loaded from files.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct FileColumn {
    /// Its name.
    pub name: String,
    /// The engine's type; `None`: what the values look like.
    pub data_type: Option<String>,
}

/// What files hold.
#[derive(Debug, Clone, Default)]
pub struct Staged {
    /// The columns with their types: those that were known, then those found.
    pub columns: Vec<StagedColumn>,
    /// For each file in the order given, how many rows are good and how many are not.
    pub files: Vec<FileRows>,
}

/// A column with its type.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct StagedColumn {
    /// Its name.
    pub name: String,
    /// The engine's type.
    pub data_type: String,
    /// Which files have it, by their place.
    pub files: Vec<usize>,
}

/// A file's rows.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct FileRows {
    /// Those that are good.
    pub good: u64,
    /// Those that are not.
    pub bad: u64,
}

/// How values are handed on.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Form {
    /// As DuckDB has them.
    Native,
    /// As text that another engine reads.
    Text,
}

/// Rows that were read and not yet handed on.
pub(super) struct Staging {
    columns: IndexMap<String, Column>,
    names: Vec<String>,
}

struct Column {
    name: String,
    declared: Option<String>,
    /// Whether the values are documents, so that texts keep their quotes.
    is_document: bool,
    /// Whether a file says that a value is a text, or it is nested.
    is_text: bool,
    files: Vec<usize>,
    /// How its values are checked and handed on, once that is known.
    cast: Cast,
}

/// How text becomes a value of a type.
#[derive(Debug, Clone, PartialEq, Eq)]
enum Cast {
    /// It is text, of so many characters at most.
    Text(Option<usize>),
    /// A whole number.
    Integer(String),
    /// A number whose digits all count.
    Exact(String),
    /// A list, struct or map, written as JSON.
    Nested(String),
    /// By DuckDB's own cast.
    Plain(String),
}

impl Staging {
    /// Reads files. `engine_type` calls DuckDB's types by the engine's names. What was staged before is gone.
    pub(super) fn read(
        connection: &duckdb::Connection,
        reading: Reading<'_>,
        dialect: &Dialect,
        engine_type: fn(&str) -> String,
    ) -> Result<(Self, Staged), DatabaseError> {
        run(
            connection,
            &format!(
                "CREATE OR REPLACE TEMP TABLE {ROWS} (f VARCHAR, l BIGINT, t VARCHAR); \
             CREATE OR REPLACE TEMP TABLE {REJECTS} (f VARCHAR, l BIGINT, reason VARCHAR, detail VARCHAR, content VARCHAR)"
            ),
        )?;
        let mut writer = Writer::new(connection, dialect, reading.columns);
        for (place, file) in reading.files.iter().enumerate() {
            (writer.file, writer.name) = (place, &file.name);
            writer.partitions = if reading.options.hive_partitioning { partitions(&file.name) } else { vec![] };
            match reading.options.format_of(&file.name) {
                Some(FileFormat::Parquet) => writer.read_parquet(file, engine_type)?,
                _ => crate::files::read(file, reading.options, &mut writer)?,
            }
        }
        writer.flush()?;
        let names = reading.files.iter().map(|file| file.name.clone()).collect();
        let mut staging = Self { columns: writer.columns, names };
        staging.settle_types(connection, dialect)?;
        let files = staging.count(connection)?;
        let columns = staging.columns.values().map(|column| StagedColumn {
            name: column.name.clone(),
            data_type: column.declared.clone().unwrap_or_default(),
            files: column.files.clone(),
        });
        let staged = Staged { columns: columns.collect(), files };
        Ok((staging, staged))
    }

    /// A query of the good rows: the columns, then `_file`, `_line`, `_loaded_at`.
    pub(super) fn rows(&self, form: Form, loaded_at: &str) -> String {
        let values = self.columns.values().enumerate().map(|(at, column)| column.cast.value(at, form));
        let values: Vec<_> = values.chain(["f".into(), "l".into(), literal(loaded_at)]).collect();
        let bad = self.faults().map(|(fault, _)| fault).collect::<Vec<_>>().join(" OR ");
        let good = if bad.is_empty() { String::new() } else { format!(" WHERE NOT ({bad})") };
        format!("SELECT {} FROM {ROWS}{good}", values.join(", "))
    }

    /// A query of the bad rows: `_file`, `_line`, `reason`, `detail`, `content`, `_loaded_at`.
    pub(super) fn rejects(&self, loaded_at: &str) -> String {
        let loaded_at = literal(loaded_at);
        let cases = self.faults().map(|(fault, detail)| format!("WHEN {fault} THEN {detail}")).collect::<Vec<_>>();
        let ill_typed = match cases.is_empty() {
            true => String::new(),
            false => format!(
                " UNION ALL SELECT f, l, 'bad_value', detail, t FROM (SELECT *, CASE {} END AS detail FROM {ROWS}) \
                 WHERE detail IS NOT NULL",
                cases.join(" ")
            ),
        };
        format!(
            "SELECT f, l, reason, detail, content, {loaded_at} FROM (SELECT * FROM {REJECTS}{ill_typed}) ORDER BY f, l"
        )
    }

    /// The columns of [`Self::rows`], written in an engine's terms.
    pub(super) fn row_columns(&self, dialect: &Dialect) -> String {
        let own = self.columns.values().map(|column| column.name.as_str());
        quoted(dialect, own.chain(FILE_COLUMNS))
    }

    /// The columns of [`Self::rejects`].
    pub(super) fn reject_columns(&self, dialect: &Dialect) -> String {
        quoted(dialect, REJECT_COLUMNS)
    }

    /// A query with all its values as texts.
    pub(super) fn as_texts(&self, query: &str) -> String {
        format!("SELECT COLUMNS(*)::VARCHAR FROM ({query})")
    }

    /// Nothing is kept aside any more.
    pub(super) fn forget(connection: &duckdb::Connection) -> Result<(), DatabaseError> {
        run(connection, &format!("DROP TABLE IF EXISTS temp.{ROWS}; DROP TABLE IF EXISTS temp.{REJECTS}"))
    }

    /// What makes a row bad, and what is said of it.
    fn faults(&self) -> impl Iterator<Item = (String, String)> + '_ {
        self.columns.values().enumerate().filter_map(|(at, column)| {
            let fault = column.cast.fault(at)?;
            let what = column.declared.as_deref().unwrap_or_default();
            let said = literal(&format!(" in {} is no {what}.", column.name));
            Some((fault, format!("concat('''', left(c{at}, 200), '''', {said})")))
        })
    }

    /// Gives a type to each column that has none, and finds out how each is cast.
    fn settle_types(&mut self, connection: &duckdb::Connection, dialect: &Dialect) -> Result<(), DatabaseError> {
        let untyped: Vec<_> =
            self.columns.values().enumerate().filter(|(_, column)| column.declared.is_none()).collect();
        let guesses = untyped.iter().map(|(at, column)| match column.is_text {
            true => literal(dialect.type_text),
            false => guess(*at, dialect),
        });
        let query = guesses.collect::<Vec<_>>().join(", ");
        let guessed =
            if untyped.is_empty() { vec![] } else { texts(connection, &format!("SELECT {query} FROM {ROWS}"))? };
        let places: Vec<_> = untyped.iter().map(|(at, _)| *at).collect();
        for (at, data_type) in places.into_iter().zip(guessed.into_iter().next().unwrap_or_default()) {
            self.columns[at].declared = Some(data_type);
        }
        for column in self.columns.values_mut() {
            column.cast = Cast::to(connection, column.declared.as_deref().unwrap_or_default());
        }
        Ok(())
    }

    fn count(&self, connection: &duckdb::Connection) -> Result<Vec<FileRows>, DatabaseError> {
        let bad = self.faults().map(|(fault, _)| fault).collect::<Vec<_>>().join(" OR ");
        let bad = if bad.is_empty() { "false" } else { &bad };
        let counts = texts(
            connection,
            &format!(
                "SELECT f, sum(good)::VARCHAR, sum(bad)::VARCHAR FROM (\
             SELECT f, count(*) FILTER (NOT ({bad})) AS good, count(*) FILTER ({bad}) AS bad FROM {ROWS} GROUP BY f \
             UNION ALL SELECT f, 0, count(*) FROM {REJECTS} GROUP BY f) GROUP BY f"
            ),
        )?;
        let rows = counts.into_iter().filter_map(|row| {
            let [name, good, bad] = <[String; 3]>::try_from(row).ok()?;
            Some((name, FileRows { good: good.parse().ok()?, bad: bad.parse().ok()? }))
        });
        let rows: HashMap<String, FileRows> = rows.collect();
        Ok(self.names.iter().map(|name| rows.get(name).copied().unwrap_or_default()).collect())
    }
}

impl Cast {
    /// How text is cast to a type; one that DuckDB does not know is left to the engine.
    fn to(connection: &duckdb::Connection, data_type: &str) -> Self {
        let known = texts(connection, &format!("SELECT typeof(TRY_CAST(NULL AS {data_type}))"));
        let Some(name) = known.ok().and_then(|rows| rows.into_iter().next()?.into_iter().next()) else {
            return Cast::Text(None);
        };
        let data_type = data_type.to_owned();
        match name.as_str() {
            "VARCHAR" => Cast::Text(length_limit(&data_type)),
            "TINYINT" | "SMALLINT" | "INTEGER" | "BIGINT" | "HUGEINT" => Cast::Integer(data_type),
            "UTINYINT" | "USMALLINT" | "UINTEGER" | "UBIGINT" | "UHUGEINT" => Cast::Integer(data_type),
            name if name.starts_with("DECIMAL") && !data_type.contains('(') => Cast::Exact(data_type),
            name if name.ends_with(']') || name.starts_with("STRUCT") || name.starts_with("MAP") => {
                Cast::Nested(data_type)
            }
            _ => Cast::Plain(data_type),
        }
    }

    fn is_document(data_type: &str) -> bool {
        matches!(data_type.trim().to_lowercase().as_str(), "json" | "jsonb")
    }

    /// The value of column `at`; null where it has none of this type.
    fn value(&self, at: usize, form: Form) -> String {
        let column = format!("c{at}");
        match (self, form) {
            (Cast::Text(_), _) => column,
            (Cast::Exact(_), Form::Text) => format!("trim({column})"),
            (_, Form::Text) => format!("({})::VARCHAR", self.cast(&column)),
            (_, Form::Native) => self.cast(&column),
        }
    }

    fn cast(&self, column: &str) -> String {
        match self {
            Cast::Text(_) => column.to_owned(),
            Cast::Integer(data_type) => {
                format!(
                    "CASE WHEN regexp_full_match({column}, '\\s*[-+]?[0-9]+(\\.0*)?\\s*') THEN TRY_CAST({column} AS {data_type}) END"
                )
            }
            Cast::Nested(data_type) => format!("TRY_CAST(TRY_CAST({column} AS JSON) AS {data_type})"),
            Cast::Exact(data_type) | Cast::Plain(data_type) => format!("TRY_CAST({column} AS {data_type})"),
        }
    }

    /// What is true of a row whose value in column `at` is not of this type.
    fn fault(&self, at: usize) -> Option<String> {
        let column = format!("c{at}");
        match self {
            Cast::Text(None) => None,
            Cast::Text(Some(limit)) => Some(format!("coalesce(length({column}) > {limit}, false)")),
            _ => Some(format!("({column} IS NOT NULL AND {} IS NULL)", self.cast(&column))),
        }
    }
}

fn is_plain(name: &str) -> bool {
    let is_part = |c: char| c.is_ascii_alphanumeric() || c == '_';
    name.chars().all(is_part) && !name.starts_with(|c: char| c.is_ascii_digit())
}

/// `20` of `varchar(20)`.
fn length_limit(data_type: &str) -> Option<usize> {
    let (_, rest) = data_type.split_once('(')?;
    rest.split_once(')')?.0.trim().parse().ok()
}

/// The narrowest type that all values of a column have, as a query's column. Numbers that begin with a nought are texts.
fn guess(at: usize, dialect: &Dialect) -> String {
    let all = |condition: &str| format!("coalesce(bool_and({condition}), false)").replace('$', &format!("c{at}"));
    let padded = "regexp_matches($, '^\\s*[-+]?0[0-9]')";
    let tried = [
        (
            format!(
                "NOT {padded} AND regexp_full_match($, '\\s*[-+]?[0-9]+\\s*') AND TRY_CAST($ AS BIGINT) IS NOT NULL"
            ),
            dialect.type_bigint,
        ),
        (
            format!("NOT {padded} AND TRY_CAST($ AS DOUBLE) IS NOT NULL AND NOT regexp_matches($, '[A-DF-Za-df-z]')"),
            dialect.type_number,
        ),
        ("lower($) IN ('true', 'false')".into(), dialect.type_boolean),
        ("regexp_full_match($, '\\d{4}-\\d{2}-\\d{2}') AND TRY_CAST($ AS DATE) IS NOT NULL".into(), dialect.type_date),
        (
            "regexp_matches($, '^\\d{4}-\\d{2}-\\d{2}[ T]\\d{2}:') AND TRY_CAST($ AS TIMESTAMP) IS NOT NULL".into(),
            dialect.type_timestamp,
        ),
    ];
    let cases = tried.map(|(condition, name)| format!("WHEN {} THEN {}", all(&condition), literal(name)));
    format!("CASE {} ELSE {} END", cases.join(" "), literal(dialect.type_text))
}

/// Gathers records and writes them in batches.
struct Writer<'a> {
    connection: &'a duckdb::Connection,
    dialect: &'a Dialect,
    columns: IndexMap<String, Column>,
    /// Columns by their names as files write them.
    places: HashMap<String, usize>,
    values: Vec<StringBuilder>,
    /// How many columns the table has.
    written: usize,
    /// The file that is read: its place and its name.
    file: usize,
    name: &'a str,
    /// What its folders say: columns and values.
    partitions: Vec<(String, Option<String>)>,
    files: StringBuilder,
    lines: Int64Builder,
    contents: StringBuilder,
    rejects: [StringBuilder; 3],
    reject_files: StringBuilder,
    reject_lines: Int64Builder,
    rows: usize,
    bytes: usize,
}

impl<'a> Writer<'a> {
    fn new(connection: &'a duckdb::Connection, dialect: &'a Dialect, known: &[FileColumn]) -> Self {
        let mut writer = Self {
            connection,
            dialect,
            columns: IndexMap::new(),
            places: HashMap::new(),
            values: vec![],
            written: 0,
            file: 0,
            name: "",
            partitions: vec![],
            files: StringBuilder::new(),
            lines: Int64Builder::new(),
            contents: StringBuilder::new(),
            rejects: Default::default(),
            reject_files: StringBuilder::new(),
            reject_lines: Int64Builder::new(),
            rows: 0,
            bytes: 0,
        };
        for column in known {
            writer.add(&column.name, column.data_type.clone());
        }
        writer
    }

    fn add(&mut self, name: &str, declared: Option<String>) -> usize {
        let mut key = name.to_lowercase();
        while FILE_COLUMNS.contains(&key.as_str()) {
            key.push('_');
        }
        let name = if key.len() > name.len() { format!("{name}_") } else { name.to_owned() };
        let entry = self.columns.entry(key);
        let place = entry.index();
        if let indexmap::map::Entry::Vacant(vacant) = entry {
            let is_document = declared.as_deref().is_some_and(Cast::is_document);
            vacant.insert(Column {
                name,
                declared,
                is_document,
                is_text: false,
                files: vec![],
                cast: Cast::Text(None),
            });
            let mut values = StringBuilder::new();
            values.append_nulls(self.rows);
            self.values.push(values);
        }
        place
    }

    fn place(&mut self, name: &str) -> usize {
        if let Some(place) = self.places.get(name) {
            return *place;
        }
        // What needs no quotes is called as it is without them.
        let place = match is_plain(name) {
            true => self.add(&self.dialect.unquoted(name), None),
            false => self.add(name, None),
        };
        self.places.insert(name.to_owned(), place);
        place
    }

    fn put(&mut self, field: &Field<'_>) {
        let place = self.place(&field.name);
        let (Some((_, column)), Some(values)) = (self.columns.get_index_mut(place), self.values.get_mut(place)) else {
            return;
        };
        // Of two values of one name the first counts.
        if duckdb::arrow::array::ArrayBuilder::len(values) > self.rows {
            return;
        }
        if column.files.last() != Some(&self.file) {
            column.files.push(self.file);
        }
        column.is_text |= matches!(field.kind, ValueKind::Text | ValueKind::Nested);
        let value =
            if column.is_document && field.kind == ValueKind::Text { Some(field.raw) } else { field.value.as_deref() };
        self.bytes += value.map_or(0, str::len);
        values.append_option(value);
    }

    /// Takes the rows of a Parquet file, all or none.
    fn read_parquet(&mut self, file: &RawFile, engine_type: fn(&str) -> String) -> Result<(), DatabaseError> {
        let Err(error) = self.insert_parquet(file, engine_type) else { return Ok(()) };
        let detail = error.message.lines().next().unwrap_or_default().to_owned();
        self.reject(Reject { line: 1, reason: "not_parquet", detail, content: "".into() })
    }

    fn insert_parquet(&mut self, file: &RawFile, engine_type: fn(&str) -> String) -> Result<(), DatabaseError> {
        let (path, is_partitioned) = (literal(&file.path.to_string_lossy()), !self.partitions.is_empty());
        let rows = format!("read_parquet({path}, file_row_number = true, hive_partitioning = {is_partitioned})");
        let described =
            format!("SELECT column_name, column_type FROM (DESCRIBE SELECT * EXCLUDE (file_row_number) FROM {rows})");
        let (mut targets, mut values) = (vec![], vec![]);
        for row in texts(self.connection, &described)? {
            let Ok([name, data_type]) = <[String; 2]>::try_from(row) else { continue };
            let place = self.place(&name);
            let column = &mut self.columns[place];
            column.files.push(self.file);
            column.declared.get_or_insert_with(|| engine_type(&data_type));
            targets.push(format!("c{place}"));
            values.push(parquet_value(&name, &data_type));
        }
        self.flush()?;
        let insert = format!(
            "INSERT INTO {ROWS} (f, l, t, {}) SELECT {}, file_row_number + 1, to_json(p)::VARCHAR, {} FROM {rows} p",
            targets.join(", "),
            literal(&file.name),
            values.join(", ")
        );
        run(self.connection, &insert)
    }

    fn take_full(&mut self) -> Result<(), DatabaseError> {
        let rejected = duckdb::arrow::array::ArrayBuilder::len(&self.reject_files);
        match self.rows >= BATCH_ROWS || rejected >= BATCH_ROWS || self.bytes >= BATCH_BYTES {
            true => self.flush(),
            false => Ok(()),
        }
    }

    fn flush(&mut self) -> Result<(), DatabaseError> {
        for at in self.written..self.columns.len() {
            run(self.connection, &format!("ALTER TABLE {ROWS} ADD COLUMN c{at} VARCHAR"))?;
        }
        self.written = self.columns.len();
        if self.rows > 0 {
            let fixed = [self.files.finish_array(), self.lines.finish_array(), self.contents.finish_array()];
            let values = self.values.iter_mut().map(|values| values.finish_array());
            append(self.connection, ROWS, fixed.into_iter().chain(values).collect())?;
        }
        let rejects = [self.reject_files.finish_array(), self.reject_lines.finish_array()];
        let rejects: Vec<_> =
            rejects.into_iter().chain(self.rejects.iter_mut().map(|texts| texts.finish_array())).collect();
        if !rejects[0].is_empty() {
            append(self.connection, REJECTS, rejects)?;
        }
        (self.rows, self.bytes) = (0, 0);
        Ok(())
    }
}

/// What folders called `key=value` say of a file.
fn partitions(name: &str) -> Vec<(String, Option<String>)> {
    let folders = name.rsplit_once('/').map_or("", |(folders, _)| folders);
    let pairs = folders.split('/').filter_map(|folder| folder.split_once('='));
    pairs
        .map(|(key, value)| (key.to_owned(), (value != "__HIVE_DEFAULT_PARTITION__").then(|| value.to_owned())))
        .collect()
}

/// A value of a Parquet file as text; what is nested as JSON.
fn parquet_value(name: &str, data_type: &str) -> String {
    let column = format!("p.\"{}\"", name.replace('"', "\"\""));
    let is_nested = data_type.ends_with(']') || data_type.starts_with("STRUCT") || data_type.starts_with("MAP");
    if is_nested { format!("to_json({column})::VARCHAR") } else { format!("{column}::VARCHAR") }
}

/// What was built so far, as an array.
trait FinishArray {
    fn finish_array(&mut self) -> ArrayRef;
}

impl FinishArray for StringBuilder {
    fn finish_array(&mut self) -> ArrayRef {
        Arc::new(self.finish())
    }
}

impl FinishArray for Int64Builder {
    fn finish_array(&mut self) -> ArrayRef {
        Arc::new(self.finish())
    }
}

impl RecordSink for Writer<'_> {
    type Error = DatabaseError;

    fn row(&mut self, row: &Row<'_>) -> Result<(), DatabaseError> {
        row.fields.iter().for_each(|field| self.put(field));
        for (name, value) in std::mem::take(&mut self.partitions) {
            let field = Field {
                name: name.as_str().into(),
                value: value.as_deref().map(Into::into),
                kind: ValueKind::Untyped,
                raw: "",
            };
            self.put(&field);
            self.partitions.push((name, value));
        }
        self.rows += 1;
        for values in &mut self.values {
            let missing = self.rows - duckdb::arrow::array::ArrayBuilder::len(values);
            values.append_nulls(missing);
        }
        self.files.append_value(self.name);
        self.lines.append_value(row.line as i64);
        self.contents.append_value(row.content);
        self.bytes += row.content.len();
        self.take_full()
    }

    fn reject(&mut self, reject: Reject<'_>) -> Result<(), DatabaseError> {
        self.reject_files.append_value(self.name);
        self.reject_lines.append_value(reject.line as i64);
        let texts = [reject.reason, &reject.detail, &reject.content];
        self.rejects.iter_mut().zip(texts).for_each(|(builder, text)| builder.append_value(text));
        self.bytes += reject.content.len();
        self.take_full()
    }
}

fn append(connection: &duckdb::Connection, table: &str, columns: Vec<ArrayRef>) -> Result<(), DatabaseError> {
    let kind =
        |column: &ArrayRef| if *column.data_type() == DataType::Int64 { DataType::Int64 } else { DataType::Utf8 };
    let fields = columns.iter().enumerate().map(|(at, column)| ArrowField::new(at.to_string(), kind(column), true));
    let schema = Arc::new(Schema::new(fields.collect::<Vec<_>>()));
    let batch = RecordBatch::try_new(schema, columns).map_err(|error| failed(&error))?;
    let mut appender = connection.appender_to_catalog_and_db(table, "temp", "main").map_err(|error| failed(&error))?;
    appender.append_record_batch(batch).and_then(|()| appender.flush()).map_err(|error| failed(&error))
}

fn run(connection: &duckdb::Connection, sql: &str) -> Result<(), DatabaseError> {
    connection.execute_batch(sql).map_err(|error| failed(&error))
}

/// A small query's rows.
fn texts(connection: &duckdb::Connection, sql: &str) -> Result<Vec<Vec<String>>, DatabaseError> {
    let rows = || {
        let mut statement = connection.prepare(sql)?;
        let mut rows = statement.query([])?;
        let mut found = vec![];
        while let Some(row) = rows.next()? {
            let width = row.as_ref().column_count();
            found.push(
                (0..width)
                    .map(|at| row.get::<_, Option<String>>(at).map(Option::unwrap_or_default))
                    .collect::<Result<_, _>>()?,
            );
        }
        Ok(found)
    };
    rows().map_err(|error: duckdb::Error| failed(&error))
}

pub(super) fn failed(error: &dyn std::error::Error) -> DatabaseError {
    DatabaseError::new(ErrorKind::Statement, format!("The files' rows cannot be kept aside: {error}"))
}

fn quoted<'a>(dialect: &Dialect, names: impl IntoIterator<Item = &'a str>) -> String {
    names.into_iter().map(|name| dialect.quote(name)).collect::<Vec<_>>().join(", ")
}

fn literal(text: &str) -> String {
    format!("'{}'", text.replace('\'', "''"))
}
