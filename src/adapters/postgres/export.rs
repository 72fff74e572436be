//! Rows into files, by `copy … to stdout`; Parquet is written by an embedded DuckDB.

use super::connection::PostgresConnection;
use super::dialect::POSTGRES;
use super::errors;
use crate::adapters::{Column, Connection, DatabaseError, ErrorKind, ExportFile, ExportFormat};
use std::fmt::Display;
use std::fs::File;
use std::path::Path;

/// Writes a query's rows to a file, streaming.
pub(super) fn export(
    connection: &mut PostgresConnection,
    sql: &str,
    file: &ExportFile,
) -> Result<Option<i64>, DatabaseError> {
    match file.format {
        ExportFormat::Csv => csv(connection, sql, file).map(|()| None),
        ExportFormat::Json => json(connection, sql, file).map(|()| None),
        ExportFormat::Parquet => parquet(connection, sql, file).map(Some),
    }
}

fn csv(connection: &mut PostgresConnection, sql: &str, file: &ExportFile) -> Result<(), DatabaseError> {
    let columns = connection.describe(sql)?;
    let written = columns.iter().map(|column| match column.data_type.as_str() {
        // `true`, as every engine writes it, and not `t`.
        "boolean" => format!("{name}::text as {name}", name = POSTGRES.quote(&column.name)),
        _ => POSTGRES.quote(&column.name),
    });
    let before = match columns.iter().any(|column| column.data_type == "boolean") {
        true => format!("copy (select {} from (\n", written.collect::<Vec<_>>().join(", ")),
        false => "copy (select * from (\n".to_owned(),
    };
    let delimiter = POSTGRES.literal(&file.delimiter.to_string());
    let after = format!("\n) as exported) to stdout with (format csv, header {}, delimiter {delimiter})", file.header);
    copy_out(connection, (&before, sql, &after), &file.path)
}

fn json(connection: &mut PostgresConnection, sql: &str, file: &ExportFile) -> Result<(), DatabaseError> {
    // A document holds no raw control characters, so with these as quote and delimiter it is written as it is.
    let options = r"format csv, quote e'\x01', delimiter e'\x02'";
    let after = format!("\n) as r) to stdout with ({options})");
    copy_out(connection, ("copy (select row_to_json(r) from (\n", sql, &after), &file.path)
}

/// By way of a file beside it, so that memory does not grow with the rows.
fn parquet(connection: &mut PostgresConnection, sql: &str, file: &ExportFile) -> Result<i64, DatabaseError> {
    let columns = connection.describe(sql)?;
    let folder = file.path.parent().unwrap_or(Path::new("."));
    let rows = tempfile::Builder::new().prefix(".writing-").tempfile_in(folder);
    let rows = rows.map_err(|error| unwritten(&file.path, &error))?.into_temp_path();
    copy_out(connection, ("copy (\n", sql, "\n) to stdout with (format csv)"), &rows)?;
    let types = columns
        .iter()
        .map(|column| format!("{}: {}", POSTGRES.literal(&column.name), POSTGRES.literal(&parquet_type(column))));
    let query = format!(
        "SET TimeZone = 'UTC'; COPY (SELECT * FROM read_csv({}, header = false, auto_detect = false, delim = ',', quote = '\"', \
         escape = '\"', nullstr = '', allow_quoted_nulls = false, columns = {{{}}})) TO {} (FORMAT parquet)",
        POSTGRES.literal(&rows.to_string_lossy()),
        types.collect::<Vec<_>>().join(", "),
        POSTGRES.literal(&file.path.to_string_lossy())
    );
    let written = duckdb::Connection::open_in_memory().and_then(|embedded| {
        embedded.execute_batch(&query)?;
        let count = format!("SELECT count(*) FROM read_parquet({})", POSTGRES.literal(&file.path.to_string_lossy()));
        embedded.query_row(&count, [], |row| row.get::<_, i64>(0))
    });
    written.map_err(|error| unwritten(&file.path, &error))
}

/// What a column becomes in Parquet: a number without limits a binary fraction, and what it has no type for a text.
fn parquet_type(column: &Column) -> String {
    let precision =
        column.data_type.strip_prefix("numeric(").and_then(|rest| rest.split([',', ')']).next()?.parse::<u32>().ok());
    match column.data_type.as_str() {
        kind @ ("smallint" | "integer" | "bigint" | "real" | "double precision" | "boolean" | "date" | "uuid") => {
            kind.into()
        }
        "timestamp without time zone" => "timestamp".into(),
        "timestamp with time zone" => "timestamptz".into(),
        "time without time zone" => "time".into(),
        kind if precision.is_some_and(|precision| precision <= 38) => kind.into(),
        kind if kind.starts_with("numeric") => "double".into(),
        _ => "varchar".into(),
    }
}

fn copy_out(
    connection: &mut PostgresConnection,
    (before, sql, after): (&str, &str, &str),
    path: &Path,
) -> Result<(), DatabaseError> {
    let statement = format!("{before}{sql}{after}");
    let failed = |error: postgres::Error| {
        let error = errors::database_error(&error, &statement);
        DatabaseError { offset: error.offset.and_then(|offset| offset.checked_sub(before.len())), ..error }
    };
    let mut rows = connection.client()?.copy_out(&statement).map_err(failed)?;
    let written = File::create(path).and_then(|mut out| std::io::copy(&mut rows, &mut out));
    written.map(drop).map_err(|error| unwritten(path, &error))
}

fn unwritten(path: &Path, error: &dyn Display) -> DatabaseError {
    DatabaseError::new(ErrorKind::Statement, format!("{} cannot be written: {error}", path.display()))
}
