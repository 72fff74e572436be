//! Rows out of queries and into tables, batch by batch.

use super::connection::DuckDbConnection;
use super::dialect::DUCKDB;
use super::errors;
use crate::adapters::batches::{TextKind, broken, immovable, text_field, text_kind, timestamp};
use crate::adapters::{Column, Connection, DatabaseError, Relation};
use duckdb::arrow::array::{Array, ArrayRef, RecordBatch};
use duckdb::arrow::compute::cast;
use duckdb::arrow::datatypes::{DataType, Field, Schema, SchemaRef, TimeUnit};
use std::sync::Arc;

/// What is read of a query: the columns, and the query with each cast to what is moved.
pub(super) fn plan(connection: &mut DuckDbConnection, sql: &str) -> Result<(SchemaRef, String), DatabaseError> {
    let columns = connection.describe(sql)?;
    let (mut fields, mut values) = (vec![], vec![]);
    for Column { name, data_type } in &columns {
        let quoted = DUCKDB.quote(name);
        let plain = |kind: DataType| (Field::new(name, kind, true), quoted.clone());
        let cast = |kind: DataType, to: &str| (Field::new(name, kind, true), format!("{quoted}::{to}"));
        let (field, value) = match data_type.as_str() {
            "BOOLEAN" => plain(DataType::Boolean),
            "SMALLINT" => plain(DataType::Int16),
            "TINYINT" | "UTINYINT" => cast(DataType::Int16, "SMALLINT"),
            "INTEGER" => plain(DataType::Int32),
            "USMALLINT" => cast(DataType::Int32, "INTEGER"),
            "BIGINT" => plain(DataType::Int64),
            "UINTEGER" => cast(DataType::Int64, "BIGINT"),
            "UBIGINT" => cast(DataType::Decimal128(20, 0), "DECIMAL(20,0)"),
            "HUGEINT" | "UHUGEINT" => cast(DataType::Decimal128(38, 0), "DECIMAL(38,0)"),
            "FLOAT" => plain(DataType::Float32),
            "DOUBLE" => plain(DataType::Float64),
            "VARCHAR" => (text_field(name, None), quoted.clone()),
            "JSON" => (text_field(name, Some(TextKind::Json)), format!("{quoted}::VARCHAR")),
            "UUID" => (text_field(name, Some(TextKind::Uuid)), format!("{quoted}::VARCHAR")),
            "BLOB" => plain(DataType::Binary),
            "DATE" => plain(DataType::Date32),
            "TIME" => plain(DataType::Time64(TimeUnit::Microsecond)),
            "TIMESTAMP" => plain(timestamp(false)),
            "TIMESTAMP_S" | "TIMESTAMP_MS" | "TIMESTAMP_NS" => cast(timestamp(false), "TIMESTAMP"),
            "TIMESTAMP WITH TIME ZONE" => plain(timestamp(true)),
            kind if kind.ends_with(']') || kind.starts_with("STRUCT") || kind.starts_with("MAP") => {
                (text_field(name, Some(TextKind::Json)), format!("to_json({quoted})::VARCHAR"))
            }
            kind if kind.starts_with("ENUM") => (text_field(name, None), format!("{quoted}::VARCHAR")),
            kind => match decimal(kind) {
                Some((precision, scale)) => plain(DataType::Decimal128(precision, scale)),
                None => return Err(immovable(name, kind)),
            },
        };
        fields.push(field);
        values.push(value);
    }
    let query = format!("SELECT {} FROM (\n{sql}\n)", values.join(", "));
    Ok((Arc::new(Schema::new(fields)), query))
}

/// `DECIMAL(10,2)`.
fn decimal(data_type: &str) -> Option<(u8, i8)> {
    let (precision, scale) = data_type.strip_prefix("DECIMAL(")?.strip_suffix(')')?.split_once(',')?;
    Some((precision.trim().parse().ok()?, scale.trim().parse().ok()?))
}

pub(super) fn read(
    connection: &mut DuckDbConnection,
    sql: &str,
    take: &mut dyn FnMut(RecordBatch) -> Result<(), DatabaseError>,
) -> Result<u64, DatabaseError> {
    let (schema, query) = plan(connection, sql)?;
    let (mut rows, mut outcome) = (0, Ok(()));
    connection.run(&query, |_, columns| {
        rows += columns.first().map_or(0, |column| column.len() as u64);
        let columns = columns.iter().zip(schema.fields()).map(|(array, field)| settled(array, field));
        let batch = columns
            .collect::<Result<Vec<_>, _>>()
            .and_then(|columns| RecordBatch::try_new(schema.clone(), columns).map_err(|error| broken(&error)));
        outcome = batch.and_then(&mut *take);
        outcome.is_ok()
    })?;
    outcome.map(|()| rows)
}

/// An array of the type that was promised: truth values come as small numbers, points in time with the session's zone.
fn settled(array: &ArrayRef, field: &Field) -> Result<ArrayRef, DatabaseError> {
    match array.data_type() == field.data_type() {
        true => Ok(array.clone()),
        false => cast(array, field.data_type()).map_err(|error| broken(&error)),
    }
}

pub(super) fn write(
    connection: &mut DuckDbConnection,
    relation: &Relation,
    batches: &mut dyn Iterator<Item = Result<RecordBatch, DatabaseError>>,
) -> Result<u64, DatabaseError> {
    let failed = |error: duckdb::Error| errors::database_error(&error, "");
    let (database, schema) = (relation.database_name(), relation.schema_name());
    let mut appender = match database {
        "" => connection.inner.appender_to_db(relation.name(), schema),
        database => connection.inner.appender_to_catalog_and_db(relation.name(), database, schema),
    }
    .map_err(failed)?;
    let mut rows = 0;
    for batch in batches {
        let batch = batch?;
        rows += batch.num_rows() as u64;
        appender.append_record_batch(batch).map_err(failed)?;
    }
    appender.flush().map_err(failed)?;
    Ok(rows)
}

/// What a column of moved values is here.
pub(super) fn type_name(field: &Field) -> String {
    match field.data_type() {
        DataType::Boolean => "BOOLEAN".into(),
        DataType::Int16 => "SMALLINT".into(),
        DataType::Int32 => "INTEGER".into(),
        DataType::Int64 => "BIGINT".into(),
        DataType::Float32 => "FLOAT".into(),
        DataType::Float64 => "DOUBLE".into(),
        DataType::Decimal128(precision, scale) => format!("DECIMAL({precision},{scale})"),
        DataType::Binary => "BLOB".into(),
        DataType::Date32 => "DATE".into(),
        DataType::Time64(_) => "TIME".into(),
        DataType::Timestamp(_, None) => "TIMESTAMP".into(),
        DataType::Timestamp(_, Some(_)) => "TIMESTAMP WITH TIME ZONE".into(),
        _ => match text_kind(field) {
            Some(TextKind::Json) => "JSON".into(),
            Some(TextKind::Uuid) => "UUID".into(),
            None => "VARCHAR".into(),
        },
    }
}
