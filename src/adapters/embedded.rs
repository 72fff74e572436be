//! An embedded DuckDB in which rows of files are kept aside on their way to another engine.

use super::staging::{Form, Staging, failed};
use super::{DatabaseError, Dialect, Reading, Staged};
use duckdb::arrow::record_batch::RecordBatch;

/// How much memory rows take that are kept aside; what is more goes to disk.
const MEMORY: &str = "512MB";

/// Rows that are kept aside, and the engine that keeps them.
pub(super) struct Embedded {
    staging: Staging,
    connection: duckdb::Connection,
    /// Where what does not fit into memory goes; removed in the end.
    _folder: tempfile::TempDir,
}

/// Rows on their way into one table.
pub(super) struct Transfer {
    /// The table's columns, as the other engine writes them.
    pub columns: String,
    /// A query of the embedded engine that gives the rows, all values texts.
    query: String,
}

impl Embedded {
    /// Reads files for an engine of this dialect.
    pub(super) fn read(reading: Reading<'_>, dialect: &Dialect) -> Result<(Self, Staged), DatabaseError> {
        let folder = tempfile::tempdir().map_err(|error| failed(&error))?;
        let connection = duckdb::Connection::open_in_memory().map_err(|error| failed(&error))?;
        let place = folder.path().to_string_lossy().replace('\'', "''");
        let settings = format!("SET temp_directory = '{place}'; SET memory_limit = '{MEMORY}'; SET TimeZone = 'UTC'");
        connection.execute_batch(&settings).map_err(|error| failed(&error))?;
        let (staging, staged) = Staging::read(&connection, reading, dialect, type_name)?;
        Ok((Self { staging, connection, _folder: folder }, staged))
    }

    /// The good rows, and those that could not be read.
    pub(super) fn transfers(&self, dialect: &Dialect, loaded_at: &str) -> [Transfer; 2] {
        let staging = &self.staging;
        let transfer = |columns, query: String| Transfer { columns, query: staging.as_texts(&query) };
        [
            transfer(staging.row_columns(dialect), staging.rows(Form::Text, loaded_at)),
            transfer(staging.reject_columns(dialect), staging.rejects(loaded_at)),
        ]
    }

    /// Hands on the rows of a transfer, batch by batch.
    pub(super) fn each(
        &self,
        transfer: &Transfer,
        mut take: impl FnMut(&RecordBatch) -> Result<(), DatabaseError>,
    ) -> Result<(), DatabaseError> {
        let mut statement = self.connection.prepare(&transfer.query).map_err(|error| failed(&error))?;
        drop(statement.stream_arrow([]).map_err(|error| failed(&error))?);
        while let Some(chunk) = statement.step().map_err(|error| failed(&error))? {
            take(&RecordBatch::from(&chunk))?;
        }
        Ok(())
    }
}

/// What a type of DuckDB's is called elsewhere; what has no counterpart everywhere is kept as text.
fn type_name(duckdb: &str) -> String {
    let name = match duckdb {
        "BOOLEAN" | "SMALLINT" | "INTEGER" | "BIGINT" | "DATE" | "TIME" => return duckdb.to_lowercase(),
        "TINYINT" | "UTINYINT" => "smallint",
        "USMALLINT" => "integer",
        "UINTEGER" => "bigint",
        "UBIGINT" | "HUGEINT" | "UHUGEINT" => "numeric(38,0)",
        "FLOAT" => "real",
        "DOUBLE" => "double precision",
        "TIMESTAMP WITH TIME ZONE" => "timestamp with time zone",
        name if name.starts_with("TIMESTAMP") => "timestamp without time zone",
        name if name.starts_with("DECIMAL") && !name.ends_with(']') => {
            return name.to_lowercase().replace("decimal", "numeric");
        }
        _ => "text",
    };
    name.to_owned()
}
