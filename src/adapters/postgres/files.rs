//! Rows of files, by an embedded DuckDB that judges them and `copy` that takes them.

use super::connection::PostgresConnection;
use super::dialect::POSTGRES;
use super::errors;
use crate::adapters::staging::{Form, Staging, failed};
use crate::adapters::{DatabaseError, ErrorKind, Reading, Relation, Staged};
use duckdb::arrow::array::{Array, AsArray};
use duckdb::arrow::record_batch::RecordBatch;
use std::io::{self, Write};

/// How much memory rows take that are kept aside; what is more goes to disk.
const MEMORY: &str = "512MB";

/// Rows that are kept aside, and the engine that keeps them.
pub(super) struct Embedded {
    staging: Staging,
    connection: duckdb::Connection,
    /// Where what does not fit into memory goes; removed in the end.
    _folder: tempfile::TempDir,
}

pub(super) fn stage(connection: &mut PostgresConnection, reading: Reading<'_>) -> Result<Staged, DatabaseError> {
    connection.staged = None;
    let folder = tempfile::tempdir().map_err(|error| failed(&error))?;
    let embedded = duckdb::Connection::open_in_memory().map_err(|error| failed(&error))?;
    let settings = format!(
        "SET temp_directory = {}; SET memory_limit = '{MEMORY}'; SET TimeZone = 'UTC'",
        POSTGRES.literal(&folder.path().to_string_lossy())
    );
    embedded.execute_batch(&settings).map_err(|error| failed(&error))?;
    let (staging, staged) = Staging::read(&embedded, reading, &POSTGRES)?;
    connection.staged = Some(Embedded { staging, connection: embedded, _folder: folder });
    Ok(staged)
}

pub(super) fn take_staged(
    connection: &mut PostgresConnection,
    rows: &Relation,
    rejects: &Relation,
    loaded_at: &str,
) -> Result<(), DatabaseError> {
    let Some(embedded) = connection.staged.take() else { return Ok(()) };
    let staging = &embedded.staging;
    let transfers = [
        (rows, staging.row_columns(&POSTGRES), staging.rows(Form::Text, loaded_at)),
        (rejects, staging.reject_columns(&POSTGRES), staging.rejects(loaded_at)),
    ];
    for (relation, columns, query) in transfers {
        let sql = format!("copy {relation} ({columns}) from stdin with (format csv)");
        copy(connection, &sql, &embedded.connection, &staging.as_texts(&query))?;
    }
    Ok(())
}

/// Streams a query's rows, all of them texts, from one engine to the other.
fn copy(
    connection: &mut PostgresConnection,
    sql: &str,
    embedded: &duckdb::Connection,
    query: &str,
) -> Result<(), DatabaseError> {
    let refused = |error: &postgres::Error| errors::database_error(error, sql);
    let mut statement = embedded.prepare(query).map_err(|error| failed(&error))?;
    drop(statement.stream_arrow([]).map_err(|error| failed(&error))?);
    let mut out = connection.client().copy_in(sql).map_err(|error| refused(&error))?;
    let mut lines = vec![];
    while let Some(chunk) = statement.step().map_err(|error| failed(&error))? {
        lines.clear();
        encode(&RecordBatch::from(&chunk), &mut lines);
        out.write_all(&lines).map_err(|error| broken(error, &refused))?;
    }
    out.finish().map(drop).map_err(|error| refused(&error))
}

fn broken(error: io::Error, refused: impl Fn(&postgres::Error) -> DatabaseError) -> DatabaseError {
    match error.get_ref().and_then(|cause| cause.downcast_ref::<postgres::Error>()) {
        Some(error) => refused(error),
        None => DatabaseError::new(ErrorKind::Transient, format!("The rows cannot be sent: {error}")),
    }
}

/// Rows as separated values: each value in quotes, each null nothing at all. U+0000, which the server's texts cannot
/// hold, is left out.
fn encode(rows: &RecordBatch, out: &mut Vec<u8>) {
    let columns: Vec<_> = rows.columns().iter().map(|column| column.as_string::<i32>()).collect();
    for row in 0..rows.num_rows() {
        for (at, column) in columns.iter().enumerate() {
            if at > 0 {
                out.push(b',');
            }
            if column.is_null(row) {
                continue;
            }
            out.push(b'"');
            for byte in column.value(row).bytes().filter(|byte| *byte != 0) {
                if byte == b'"' {
                    out.push(b'"');
                }
                out.push(byte);
            }
            out.push(b'"');
        }
        out.push(b'\n');
    }
}
