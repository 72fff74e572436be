//! Files as tables, by DuckDB's own readers.

use super::connection::DuckDbConnection;
use super::dialect::DUCKDB;
use crate::adapters::{DatabaseError, ErrorKind, InPlace};
use crate::files::{Encoding, FileFormat};
use serde_json::Value as Json;

/// What the reader calls the column with each row's file.
const FILE: &str = "sqlbuild_file";

/// What it calls the column with the number of a Parquet file's row.
const NUMBER: &str = "file_row_number";

/// The query that gives the rows: the declared columns first, what the files lack of them being null; then the others;
/// then `_file`, and `_line` where the reader knows it.
pub(super) fn query(connection: &mut DuckDbConnection, reading: InPlace<'_>) -> Result<String, DatabaseError> {
    let mut options = options(&reading)?;
    let reader = match reading.format {
        FileFormat::Csv => "read_csv",
        FileFormat::Json | FileFormat::JsonLines => "read_json",
        FileFormat::Parquet => "read_parquet",
    };
    let files = list(reading.places.iter().map(|place| DUCKDB.literal(place)));
    let call = |options: &[String]| format!("{reader}({files}, {})", options.join(", "));
    let is_csv = reading.format == FileFormat::Csv;
    let all_texts = is_csv.then(|| "all_varchar = true".to_owned());
    let first_look = [options.clone(), all_texts.into_iter().collect()].concat();
    let there = described(connection, &call(&first_look))?;
    let found = |name: &str| there.iter().find(|(own, _)| own.eq_ignore_ascii_case(name));
    let typed = |(name, data_type): (&str, &str)| format!("{}: {}", DUCKDB.literal(name), DUCKDB.literal(data_type));
    let declared: Vec<_> = reading
        .columns
        .iter()
        .filter_map(|column| Some((found(&column.name)?.0.as_str(), column.data_type.as_deref()?)))
        .collect();
    let has_types = reading.reader_options.keys().any(|key| ["types", "dtypes", "columns"].contains(&key.as_str()));
    match reading.format {
        FileFormat::Csv if !declared.is_empty() && !has_types => {
            options.push(format!("types = {{{}}}", declared.iter().copied().map(typed).collect::<Vec<_>>().join(", ")));
        }
        FileFormat::Json | FileFormat::JsonLines if !has_types && !there.is_empty() => {
            let types = there.iter().map(|(name, found)| {
                let given = declared.iter().find(|(own, _)| own == name).map(|(_, data_type)| *data_type);
                typed((name, given.unwrap_or(found)))
            });
            options.push(format!("columns = {{{}}}", types.collect::<Vec<_>>().join(", ")));
        }
        _ => {}
    }
    let mut columns: Vec<String> = reading
        .columns
        .iter()
        .map(|column| {
            let name = DUCKDB.quote(&column.name);
            match (found(&column.name), &column.data_type) {
                (None, data_type) => format!("CAST(NULL AS {}) AS {name}", data_type.as_deref().unwrap_or("VARCHAR")),
                (Some((own, _)), Some(data_type)) => format!("CAST({} AS {data_type}) AS {name}", DUCKDB.quote(own)),
                (Some((own, _)), None) => format!("{} AS {name}", DUCKDB.quote(own)),
            }
        })
        .collect();
    let is_declared = |name: &str| reading.columns.iter().any(|column| column.name.eq_ignore_ascii_case(name));
    columns.extend(there.iter().filter(|(name, _)| !is_declared(name)).map(|(name, _)| DUCKDB.quote(name)));
    let (root, start) = (DUCKDB.literal(reading.root), reading.root.chars().count() + 1);
    columns.push(format!(
        "CASE WHEN starts_with({FILE}, {root}) THEN substr({FILE}, {start}) ELSE {FILE} END AS \"_file\""
    ));
    if reading.format == FileFormat::Parquet {
        columns.push(format!("{NUMBER} + 1 AS \"_line\""));
    }
    Ok(format!("SELECT {} FROM {}", columns.join(", "), call(&options)))
}

/// The files' columns and their types.
fn described(connection: &mut DuckDbConnection, call: &str) -> Result<Vec<(String, String)>, DatabaseError> {
    let sql = format!("SELECT column_name, column_type FROM (DESCRIBE SELECT * FROM {call})");
    let rows = connection.texts(&sql).map_err(|error| DatabaseError { offset: None, ..error })?;
    let pairs = rows.into_iter().filter_map(|row| <[String; 2]>::try_from(row).ok());
    Ok(pairs.map(|[name, kind]| (name, kind)).filter(|(name, _)| name != FILE && name != NUMBER).collect())
}

fn options(reading: &InPlace<'_>) -> Result<Vec<String>, DatabaseError> {
    let is_csv = reading.format == FileFormat::Csv;
    let mut options: Vec<(String, String)> = vec![
        ("filename".into(), DUCKDB.literal(FILE)),
        ("union_by_name".into(), "true".into()),
        ("hive_partitioning".into(), reading.options.hive_partitioning.to_string()),
    ];
    let mut add = |name: &str, value: String| options.push((name.to_owned(), value));
    if reading.format == FileFormat::Parquet {
        add(NUMBER, "true".into());
    }
    if reading.format == FileFormat::JsonLines {
        add("format", "'newline_delimited'".into());
    }
    if is_csv {
        let csv = &reading.options.csv;
        let character =
            |byte: Option<u8>| DUCKDB.literal(&byte.map(|byte| char::from(byte).to_string()).unwrap_or_default());
        add("delim", character(Some(csv.delimiter)));
        add("quote", character(csv.quote));
        add("escape", character(csv.escape.or(csv.quote)));
        add("header", csv.header.to_string());
        let nulls = std::iter::once("").chain(csv.nulls.iter().map(String::as_str)).map(|text| DUCKDB.literal(text));
        add("nullstr", list(nulls));
        if csv.skip > 0 {
            add("skip", csv.skip.to_string());
        }
        if csv.comment.is_some() {
            add("comment", character(csv.comment));
        }
        if !csv.names.is_empty() {
            add("names", list(csv.names.iter().map(|name| DUCKDB.literal(name))));
        }
        match reading.options.encoding {
            Encoding::Utf8 => {}
            Encoding::Latin1 => add("encoding", "'latin-1'".into()),
            Encoding::Utf16 => add("encoding", "'utf-16'".into()),
        }
    }
    for (name, value) in reading.reader_options {
        options.retain(|(known, _)| known != name);
        let value = literal(value).ok_or_else(|| unusable(name))?;
        if !name.chars().all(|c| c.is_ascii_alphanumeric() || c == '_') {
            return Err(unusable(name));
        }
        options.push((name.clone(), value));
    }
    Ok(options.into_iter().map(|(name, value)| format!("{name} = {value}")).collect())
}

fn unusable(option: &str) -> DatabaseError {
    DatabaseError::new(ErrorKind::Configuration, format!("'{option}' is no option of DuckDB's reader."))
}

fn list(items: impl Iterator<Item = String>) -> String {
    format!("[{}]", items.collect::<Vec<_>>().join(", "))
}

/// A value of YAML as DuckDB writes it.
fn literal(value: &Json) -> Option<String> {
    Some(match value {
        Json::Null => return None,
        Json::String(text) => DUCKDB.literal(text),
        Json::Array(items) => list(items.iter().map(literal).collect::<Option<Vec<_>>>()?.into_iter()),
        Json::Object(entries) => {
            let entry =
                |(name, value): (&String, &Json)| Some(format!("{}: {}", DUCKDB.literal(name), literal(value)?));
            format!("{{{}}}", entries.iter().map(entry).collect::<Option<Vec<_>>>()?.join(", "))
        }
        plain => plain.to_string(),
    })
}
