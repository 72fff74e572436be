//! How text becomes a value of a type.

use super::{failed, texts};
use crate::adapters::duckdb::DUCKDB;
use crate::adapters::{DatabaseError, Dialect};

/// A number as engines without a limit of digits read it.
const NUMBER: &str = r"\s*[-+]?([0-9]+(\.[0-9]*)?|\.[0-9]+)([eE][-+]?[0-9]+)?\s*";

/// A whole number.
const INTEGER: &str = r"\s*[-+]?[0-9]+(\.0*)?\s*";

/// A number that is not whole.
const FRACTION: &str = r"\.[0-9]*[1-9]|[eE]-";

/// The character U+0000 as JSON writes it.
const NUL: &str = r"(^|[^\\])(\\\\)*\\u0000";

/// How text becomes a value of a type, by DuckDB's judgement.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(in crate::adapters) enum Cast {
    /// It is text, of so many characters at most.
    Text(Option<usize>),
    /// DuckDB does not know the type: the engine has to judge it.
    Foreign,
    /// A whole number.
    Integer(String),
    /// A number all of whose digits count.
    Number,
    /// A JSON document; without the character U+0000 in it, where the engine cannot hold that.
    Document { without_nul: bool },
    /// A list (of lists, as deep as this) of whole numbers or of something else, written as JSON.
    List { data_type: String, depth: usize, is_whole: bool },
    /// A struct or map, written as JSON.
    Nested(String),
    /// A day or a moment.
    Time(String),
    /// By DuckDB's own cast.
    Plain(String),
}

impl Cast {
    /// How text is cast to an engine's type.
    pub(in crate::adapters) fn to(connection: &duckdb::Connection, data_type: &str, dialect: &Dialect) -> Self {
        let judged = judged_as(data_type, dialect);
        let known = judged.and_then(|judged| Some((duckdb_name(connection, data_type, dialect)?, judged)));
        let Some((name, judged)) = known else { return Self::Foreign };
        let is_decimal = name.starts_with("DECIMAL") && !name.ends_with(']');
        match name.as_str() {
            "VARCHAR" => Self::Text(length_limit(data_type)),
            "JSON" => Self::Document { without_nul: dialect.array_literals },
            "TINYINT" | "SMALLINT" | "INTEGER" | "BIGINT" | "HUGEINT" => Self::Integer(judged),
            "UTINYINT" | "USMALLINT" | "UINTEGER" | "UBIGINT" | "UHUGEINT" => Self::Integer(judged),
            _ if is_decimal && dialect.array_literals && !judged.contains('(') => Self::Number,
            name if name.ends_with("[]") => Self::List {
                data_type: judged,
                depth: name.matches("[]").count(),
                is_whole: name.trim_end_matches("[]").ends_with("INT") || name.trim_end_matches("[]") == "INTEGER",
            },
            name if name.ends_with(']') || name.starts_with("STRUCT") || name.starts_with("MAP") => {
                Self::Nested(judged)
            }
            name if name == "DATE" || name.starts_with("TIMESTAMP") => Self::Time(judged),
            _ => Self::Plain(judged),
        }
    }

    /// Whether a type's values are JSON documents, so that texts of JSON keep their quotes.
    pub(super) fn is_document(data_type: &str) -> bool {
        matches!(data_type.trim().to_lowercase().as_str(), "json" | "jsonb")
    }

    /// Whether every text is a value as it stands.
    pub(in crate::adapters) fn is_free(&self) -> bool {
        matches!(self, Self::Text(None) | Self::Foreign)
    }

    /// The value of column `at`; null where it has none of this type.
    pub(in crate::adapters) fn value(&self, at: usize) -> String {
        let column = format!("c{at}");
        match self {
            Self::Text(None) | Self::Foreign => column,
            Self::Text(Some(limit)) => format!("CASE WHEN length({column}) <= {limit} THEN {column} END"),
            Self::Integer(data_type) => {
                format!("CASE WHEN regexp_full_match({column}, '{INTEGER}') THEN TRY_CAST({column} AS {data_type}) END")
            }
            Self::Number => format!("CASE WHEN regexp_full_match({column}, '{NUMBER}') THEN trim({column}) END"),
            Self::Document { without_nul: false } => format!("TRY_CAST({column} AS JSON)"),
            Self::Document { without_nul: true } => {
                format!("CASE WHEN NOT regexp_matches({column}, '{NUL}') THEN TRY_CAST({column} AS JSON) END")
            }
            Self::List { data_type, is_whole: true, .. } => {
                format!("CASE WHEN NOT regexp_matches({column}, '{FRACTION}') THEN {} END", nested(&column, data_type))
            }
            Self::List { data_type, .. } | Self::Nested(data_type) => nested(&column, data_type),
            Self::Time(data_type) | Self::Plain(data_type) => format!("TRY_CAST({column} AS {data_type})"),
        }
    }

    /// The text with which an engine reads a value of column `at` that [`Self::value`] gave under the name `value`.
    pub(in crate::adapters) fn text(&self, value: &str) -> String {
        match self {
            Self::Text(_) | Self::Foreign | Self::Number => value.to_owned(),
            Self::List { depth, .. } => format!("CASE WHEN {value} IS NOT NULL THEN {} END", list_text(value, *depth)),
            Self::Time(_) => format!("replace({value}::VARCHAR, '(BC)', 'BC')"),
            _ => format!("{value}::VARCHAR"),
        }
    }
}

/// A list, struct or map; null where it holds something of another type, which `TRY_CAST` would let pass as null.
fn nested(column: &str, data_type: &str) -> String {
    format!("TRY(CAST(TRY_CAST({column} AS JSON) AS {data_type}))")
}

/// What DuckDB calls an engine's type; `None`: it has none like it.
fn judged_as(data_type: &str, dialect: &Dialect) -> Option<String> {
    let lower = data_type.trim().to_lowercase();
    let name_end = lower.find(['(', '[']).unwrap_or(lower.len());
    let (name, rest) = lower.split_at(name_end);
    match dialect.duckdb_types.iter().find(|(own, _)| *own == name.trim()) {
        None => Some(data_type.to_owned()),
        Some((_, "")) => None,
        Some((_, duckdb)) => Some(format!("{duckdb}{rest}")),
    }
}

/// The name that DuckDB itself uses for an engine's type; `None`: it has none like it.
pub(super) fn duckdb_name(connection: &duckdb::Connection, data_type: &str, dialect: &Dialect) -> Option<String> {
    let judged = judged_as(data_type, dialect)?;
    let rows = texts(connection, &format!("SELECT typeof(TRY_CAST(NULL AS {judged}))")).ok()?;
    rows.into_iter().next()?.into_iter().next()
}

/// `20` of `varchar(20)`.
fn length_limit(data_type: &str) -> Option<usize> {
    let (_, rest) = data_type.split_once('(')?;
    rest.split_once(')')?.0.trim().parse().ok()
}

/// A list as PostgreSQL writes it: `{"a",NULL,{…}}`.
fn list_text(list: &str, depth: usize) -> String {
    let item = format!("x{depth}");
    let inside = match depth {
        0 | 1 => format!(r#"concat('"', replace(replace({item}::VARCHAR, '\', '\\'), '"', '\"'), '"')"#),
        _ => list_text(&item, depth - 1),
    };
    let items =
        format!("list_transform({list}, lambda {item}: CASE WHEN {item} IS NULL THEN 'NULL' ELSE {inside} END)");
    format!("concat('{{', array_to_string({items}, ','), '}}')")
}

/// What is said of a value of column `at` that is not of its type.
pub(in crate::adapters) fn complaint(at: usize, name: &str, data_type: &str, is_guessed: bool) -> String {
    let why = match is_guessed {
        true => ", which earlier values are; declare its data_type if it should hold this",
        false => "",
    };
    let said = DUCKDB.literal(&format!(" in {name} is no {data_type}{why}."));
    format!("concat('''', left(c{at}, 200), '''', {said})")
}

/// Opens an embedded DuckDB that judges values, and does nothing else.
pub(super) fn judge() -> Result<duckdb::Connection, DatabaseError> {
    let connection = duckdb::Connection::open_in_memory().map_err(|error| failed(&error))?;
    let settings = "SET TimeZone = 'UTC'; SET threads = 1; SET memory_limit = '256MB'";
    connection.execute_batch(settings).map_err(|error| failed(&error))?;
    super::register(&connection)?;
    Ok(connection)
}
