//! Rows into files, by `COPY … TO`.

use super::connection::DuckDbConnection;
use super::dialect::DUCKDB;
use crate::adapters::{Connection, DatabaseError, ExportFile, ExportFormat};

const COPY: &str = "COPY (\n";

/// Writes a query's rows to a file, or to files in a folder.
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
    let columns: Vec<_> = file.partition_by.iter().map(|column| DUCKDB.quote(column)).collect();
    let partitions =
        if columns.is_empty() { String::new() } else { format!(", PARTITION_BY ({})", columns.join(", ")) };
    let statement = format!("{COPY}{sql}\n) TO {path} ({options}{partitions})");
    let answer = connection.execute(&statement).map_err(|error| DatabaseError {
        offset: error.offset.and_then(|offset| offset.checked_sub(COPY.len())),
        ..error
    })?;
    Ok(answer.rows_affected)
}
