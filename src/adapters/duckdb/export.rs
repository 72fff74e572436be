//! Rows into files, by `COPY … TO`.

use super::batches::type_name;
use super::connection::DuckDbConnection;
use super::dialect::DUCKDB;
use super::errors;
use crate::adapters::{Batch, BatchSchema, Connection, DatabaseError, ErrorKind, ExportFile, ExportFormat};
use std::path::Path;

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

/// Writes the batches that `read` hands on, whose number of rows it returns, to a Parquet file. A database beside the file
/// gathers them, so that memory does not grow with their number.
pub(in crate::adapters) fn export_batches(
    path: &Path,
    schema: &BatchSchema,
    read: impl FnOnce(&mut dyn FnMut(Batch) -> Result<(), DatabaseError>) -> Result<u64, DatabaseError>,
) -> Result<u64, DatabaseError> {
    let failed = |error: duckdb::Error| errors::database_error(&error, "");
    let beside = tempfile::Builder::new().prefix(".writing-").tempdir_in(path.parent().unwrap_or(Path::new(".")));
    let beside = beside.map_err(|error| {
        DatabaseError::new(ErrorKind::Statement, format!("{} cannot be written: {error}", path.display()))
    })?;
    let gathered = duckdb::Connection::open(beside.path().join("rows.duckdb")).map_err(failed)?;
    let columns: Vec<_> =
        schema.fields().iter().map(|field| format!("{} {}", DUCKDB.quote(field.name()), type_name(field))).collect();
    let settings = "SET TimeZone = 'UTC'; SET memory_limit = '256MB'";
    let create = format!("{settings}; CREATE TABLE gathered ({})", columns.join(", "));
    gathered.execute_batch(&create).map_err(failed)?;
    let mut appender = gathered.appender("gathered").map_err(failed)?;
    let rows = read(&mut |batch| appender.append_record_batch(batch).map_err(failed))?;
    appender.flush().map_err(failed)?;
    drop(appender);
    let copy = format!("COPY gathered TO {} (FORMAT parquet)", DUCKDB.literal(&path.to_string_lossy()));
    gathered.execute_batch(&copy).map_err(failed)?;
    Ok(rows)
}
