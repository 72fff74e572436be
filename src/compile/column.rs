//! Columns as templates see them.

use crate::adapters::{Column, Dialect};
use crate::jinja::Value;

/// A column as templates see it.
pub fn column_value(column: &Column, dialect: &'static Dialect) -> Value {
    let _ = (column, dialect);
    panic!("not written yet")
}

/// The column that a template's value is, if it is one.
pub fn column_of(value: &Value) -> Option<Column> {
    let _ = value;
    panic!("not written yet")
}
