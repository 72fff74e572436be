//! Rows of files, by an embedded DuckDB that judges them and `copy` that takes them.

use super::connection::PostgresConnection;
use super::dialect::POSTGRES;
use super::errors;
use crate::adapters::embedded::Embedded;
use crate::adapters::{DatabaseError, ErrorKind, Reading, Relation, Staged};
use duckdb::arrow::array::{Array, AsArray};
use duckdb::arrow::record_batch::RecordBatch;
use std::io::{self, Write};

pub(super) fn stage(connection: &mut PostgresConnection, reading: Reading<'_>) -> Result<Staged, DatabaseError> {
    connection.staged = None;
    let (embedded, staged) = Embedded::read(reading, &POSTGRES)?;
    connection.staged = Some(embedded);
    Ok(staged)
}

pub(super) fn take_staged(
    connection: &mut PostgresConnection,
    rows: &Relation,
    rejects: &Relation,
    loaded_at: &str,
) -> Result<(), DatabaseError> {
    let Some(embedded) = connection.staged.take() else { return Ok(()) };
    for (relation, transfer) in [rows, rejects].into_iter().zip(embedded.transfers(&POSTGRES, loaded_at)) {
        let sql = format!("copy {relation} ({}) from stdin with (format csv)", transfer.columns);
        let refused = |error: &postgres::Error| errors::database_error(error, &sql);
        let mut out = connection.client().copy_in(&sql).map_err(|error| refused(&error))?;
        let mut lines = vec![];
        embedded.each(&transfer, |rows| {
            lines.clear();
            encode(rows, &mut lines);
            out.write_all(&lines).map_err(|error| broken(error, refused))
        })?;
        out.finish().map_err(|error| refused(&error))?;
    }
    Ok(())
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
