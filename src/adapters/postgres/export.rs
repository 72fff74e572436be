//! Rows into files, by `copy … to stdout`.

use super::connection::PostgresConnection;
use super::dialect::POSTGRES;
use super::errors;
use crate::adapters::{DatabaseError, ErrorKind, ExportFile, ExportFormat};
use std::fs::File;

/// Writes a query's rows to a file, streaming.
pub(super) fn export(
    connection: &mut PostgresConnection,
    sql: &str,
    file: &ExportFile,
) -> Result<Option<i64>, DatabaseError> {
    let (before, after) = around(file)?;
    let statement = format!("{before}{sql}{after}");
    let failed = |error: postgres::Error| {
        let error = errors::database_error(&error, &statement);
        DatabaseError { offset: error.offset.and_then(|offset| offset.checked_sub(before.len())), ..error }
    };
    let mut rows = connection.client().copy_out(&statement).map_err(failed)?;
    let written = File::create(&file.path).and_then(|mut out| std::io::copy(&mut rows, &mut out));
    written.map(|_| None).map_err(|error| {
        let message = format!("{} cannot be written: {error}", file.path.display());
        DatabaseError::new(ErrorKind::Statement, message)
    })
}

/// What stands before and after the query.
fn around(file: &ExportFile) -> Result<(&'static str, String), DatabaseError> {
    match file.format {
        ExportFormat::Csv => {
            let delimiter = POSTGRES.literal(&file.delimiter.to_string());
            Ok(("copy (\n", format!("\n) to stdout with (format csv, header {}, delimiter {delimiter})", file.header)))
        }
        // A document holds no raw control characters, so with these as quote and delimiter it is written as it is.
        ExportFormat::Json => {
            let options = r"format csv, quote e'\x01', delimiter e'\x02'";
            Ok(("copy (select row_to_json(r) from (\n", format!("\n) as r) to stdout with ({options})")))
        }
        ExportFormat::Parquet => Err(DatabaseError {
            hint: Some("Write csv or json.".into()),
            ..DatabaseError::new(ErrorKind::Statement, "PostgreSQL cannot write Parquet files.")
        }),
    }
}
