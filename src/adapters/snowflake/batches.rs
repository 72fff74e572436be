//! Rows out of queries and into tables, batch by batch: pages out, bound values in.

use super::connection::SnowflakeConnection;
use super::seed::Insert;
use crate::adapters::batches::{Gathering, TextKind, immovable, misfit, text_field, timestamp, write_text};
use crate::adapters::{Column, Connection, DatabaseError, Relation};
use duckdb::arrow::array::RecordBatch;
use duckdb::arrow::datatypes::{DataType, Field, Schema, SchemaRef, TimeUnit};
use std::sync::Arc;

/// The columns of a query as they are moved.
pub(super) fn schema(connection: &mut SnowflakeConnection, sql: &str) -> Result<SchemaRef, DatabaseError> {
    let fields = connection.describe(sql)?.into_iter().map(|column| field(&column));
    Ok(Arc::new(Schema::new(fields.collect::<Result<Vec<_>, _>>()?)))
}

fn field(column: &Column) -> Result<Field, DatabaseError> {
    let Column { name, data_type } = column;
    let kind = data_type.split('(').next().unwrap_or_default();
    let data_type = match kind {
        "BOOLEAN" => DataType::Boolean,
        "NUMBER" => number(data_type),
        "FLOAT" | "REAL" => DataType::Float64,
        "VARCHAR" | "TEXT" => return Ok(text_field(name, None)),
        "VARIANT" | "OBJECT" | "ARRAY" => return Ok(text_field(name, Some(TextKind::Json))),
        "BINARY" => DataType::Binary,
        "DATE" => DataType::Date32,
        "TIME" => DataType::Time64(TimeUnit::Microsecond),
        "TIMESTAMP_NTZ" => timestamp(false),
        "TIMESTAMP_LTZ" | "TIMESTAMP_TZ" => timestamp(true),
        _ => return Err(immovable(name, data_type)),
    };
    Ok(Field::new(name, data_type, true))
}

/// `NUMBER(10,2)`; whole numbers that surely fit eight bytes are such.
fn number(data_type: &str) -> DataType {
    let digits = data_type.split_once('(').and_then(|(_, rest)| rest.strip_suffix(')')?.split_once(','));
    let parsed = digits.and_then(|(precision, scale)| Some((precision.parse().ok()?, scale.parse().ok()?)));
    match parsed.unwrap_or((38, 0)) {
        (precision, 0) if precision <= 18 => DataType::Int64,
        (precision, scale) => DataType::Decimal128(precision, scale),
    }
}

pub(super) fn read(
    connection: &mut SnowflakeConnection,
    sql: &str,
    take: &mut dyn FnMut(RecordBatch) -> Result<(), DatabaseError>,
) -> Result<u64, DatabaseError> {
    let schema = schema(connection, sql)?;
    let (mut gathering, mut rows) = (Gathering::new(&schema), 0);
    for page in connection.run(sql, &[])?.pages {
        for row in page? {
            for (at, cell) in row.iter().enumerate() {
                let Some(values) = gathering.columns.get_mut(at) else { continue };
                if values.cell(cell).is_none() {
                    return Err(misfit(schema.field(at)));
                }
            }
            rows += 1;
            if let Some(batch) = gathering.row()? {
                take(batch)?;
            }
        }
    }
    if let Some(batch) = gathering.finish()? {
        take(batch)?;
    }
    Ok(rows)
}

pub(super) fn write(
    connection: &mut SnowflakeConnection,
    relation: &Relation,
    columns: &str,
    batches: &mut dyn Iterator<Item = Result<RecordBatch, DatabaseError>>,
) -> Result<u64, DatabaseError> {
    let (mut insert, mut rows) = (None, 0);
    for batch in batches {
        let batch = batch?;
        let insert = insert.get_or_insert_with(|| Insert::new(relation, columns, batch.num_columns()));
        for row in 0..batch.num_rows() {
            let value = |at: usize| {
                let mut text = vec![];
                let is_given = write_text(batch.column(at), row, "", &mut text);
                is_given.then(|| String::from_utf8_lossy(&text).into_owned())
            };
            insert.add(connection, (0..batch.num_columns()).map(value))?;
        }
        rows += batch.num_rows() as u64;
    }
    insert.map_or(Ok(()), |mut insert| insert.flush(connection))?;
    Ok(rows)
}

/// What a column of moved values is here. Documents are texts: bound values cannot be anything else.
pub(super) fn type_name(field: &Field) -> String {
    match field.data_type() {
        DataType::Boolean => "BOOLEAN".into(),
        DataType::Int16 | DataType::Int32 | DataType::Int64 => "BIGINT".into(),
        DataType::Float32 | DataType::Float64 => "FLOAT".into(),
        DataType::Decimal128(precision, scale) => format!("NUMBER({precision},{scale})"),
        DataType::Binary => "BINARY".into(),
        DataType::Date32 => "DATE".into(),
        DataType::Time64(_) => "TIME".into(),
        DataType::Timestamp(_, None) => "TIMESTAMP_NTZ".into(),
        DataType::Timestamp(_, Some(_)) => "TIMESTAMP_TZ".into(),
        _ => "VARCHAR".into(),
    }
}
