//! Types of seeds' columns.

use super::Method;
use crate::adapters::ColumnType;
use crate::compile::values::Table;
use crate::jinja::{Error, ErrorKind, Value};

/// The methods.
pub const METHODS: &[(&str, Method)] = &[
    ("convert_type", |rendering, _, arguments| {
        let table = arguments.require(0, "agate_table")?;
        let index = arguments.require(1, "col_idx")?.as_usize();
        let column =
            table.downcast_object_ref::<Table>().zip(index).and_then(|(table, index)| table.columns().get(index));
        let Some(column) = column else {
            return Err(Error::new(
                ErrorKind::InvalidOperation,
                "convert_type() takes a table and the index of a column",
            ));
        };
        let dialect = rendering.dialect();
        Ok(Value::from(match column.kind {
            ColumnType::Boolean => dialect.type_boolean,
            ColumnType::Integer if column.data_type == dialect.type_bigint => dialect.type_bigint,
            ColumnType::Integer => dialect.type_integer,
            ColumnType::Number => dialect.type_number,
            ColumnType::Date => dialect.type_date,
            ColumnType::Timestamp => dialect.type_timestamp,
            ColumnType::Text => dialect.type_text,
        }))
    }),
    ("convert_datetimes_to_strs", |_, _, arguments| arguments.require(0, "table")),
    ("get_seed_file_path", |_, _, arguments| {
        let model = arguments.require(0, "model")?;
        let part = |key: &str| model.get_attr(key).map(|value| value.to_string());
        Ok(Value::from(format!("{}/{}", part("root_path")?, part("original_file_path")?)))
    }),
];
