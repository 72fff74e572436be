//! Rows that came from a database.

use serde_json::Value as Json;
use std::fmt;

/// A query's result in memory; for templates and tests, never for bulk data.
#[derive(Debug, Clone, Default)]
pub struct Rows {
    /// The columns.
    pub columns: Vec<RowsColumn>,
    /// The rows, each as long as `columns`.
    pub rows: Vec<Vec<Cell>>,
}

/// A column of a result.
#[derive(Debug, Clone, PartialEq)]
pub struct RowsColumn {
    /// The name.
    pub name: String,
    /// What its values are.
    pub kind: ColumnType,
    /// The engine's name of the type, such as `character varying`.
    pub data_type: String,
}

/// What the values of a column are, for templates that ask.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum ColumnType {
    /// Truth values.
    Boolean,
    /// Whole numbers.
    Integer,
    /// Numbers.
    Number,
    /// Days.
    Date,
    /// Points in time.
    Timestamp,
    /// Anything else.
    Text,
}

/// One value.
#[derive(Debug, Clone, PartialEq)]
pub enum Cell {
    /// Null.
    Null,
    /// A truth value.
    Boolean(bool),
    /// A whole number.
    Integer(i128),
    /// A binary fraction.
    Float(f64),
    /// A decimal number, as its text: nothing is lost.
    Decimal(String),
    /// Text.
    Text(String),
    /// A day.
    Date(jiff::civil::Date),
    /// A time of day.
    Time(jiff::civil::Time),
    /// A point in time without a zone.
    DateTime(jiff::civil::DateTime),
    /// A point in time.
    Timestamp(jiff::Timestamp),
    /// A list, struct, map or JSON document.
    Nested(Json),
    /// Bytes.
    Bytes(Vec<u8>),
}

/// As a person reads it in a table.
impl fmt::Display for Cell {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Cell::Null => f.write_str("NULL"),
            Cell::Boolean(value) => value.fmt(f),
            Cell::Integer(value) => value.fmt(f),
            Cell::Float(value) => value.fmt(f),
            Cell::Decimal(text) | Cell::Text(text) => f.write_str(text),
            Cell::Date(date) => date.fmt(f),
            Cell::Time(time) => time.fmt(f),
            Cell::DateTime(moment) => moment.fmt(f),
            Cell::Timestamp(moment) => moment.fmt(f),
            Cell::Nested(value) => value.fmt(f),
            Cell::Bytes(bytes) => write!(f, "{bytes:?}"),
        }
    }
}
