//! Rows into files, by `COPY … TO`.

use super::connection::DuckDbConnection;
use super::dialect::DUCKDB;
use crate::adapters::{Connection, DatabaseError, ExportFile, ExportFormat};

const COPY: &str = "COPY (\n";

/// Writes a query's rows to a file.
pub(super) fn export(
    connection: &mut DuckDbConnection,
    sql: &str,
    file: &ExportFile,
) -> Result<Option<i64>, DatabaseError> {
    let path = DUCKDB.literal(&file.path.to_string_lossy());
    let options = match file.format {
        ExportFormat::Csv => {
            format!("FORMAT csv, HEADER {}, DELIMITER {}", file.header, DUCKDB.literal(&file.delimiter.to_string()))
        }
        ExportFormat::Json => "FORMAT json".into(),
        ExportFormat::Parquet => "FORMAT parquet".into(),
    };
    let statement = format!("{COPY}{sql}\n) TO {path} ({options})");
    let answer = connection.execute(&statement).map_err(|error| DatabaseError {
        offset: error.offset.and_then(|offset| offset.checked_sub(COPY.len())),
        ..error
    })?;
    Ok(answer.rows_affected)
}
