//! Parquet files, read by DuckDB.

use super::batch::Gatherer;
use super::{Reading, failed, texts};
use crate::adapters::DatabaseError;
use crate::adapters::duckdb::DUCKDB;
use crate::files::RawFile;
use duckdb::arrow::array::{Array, AsArray};
use duckdb::arrow::datatypes::Int64Type;

/// A Parquet file.
pub(super) struct Parquet<'a> {
    connection: &'a duckdb::Connection,
    /// The call that reads it.
    rows: String,
}

impl<'a> Parquet<'a> {
    pub(super) fn new(connection: &'a duckdb::Connection, file: &RawFile) -> Self {
        let path = DUCKDB.literal(&file.path.to_string_lossy());
        let rows = format!("read_parquet({path}, file_row_number = true, hive_partitioning = false)");
        Self { connection, rows }
    }

    /// Its columns' names and types, as DuckDB calls them.
    pub(super) fn columns(&self) -> Result<Vec<(String, String)>, DatabaseError> {
        let described = format!(
            "SELECT column_name, column_type FROM (DESCRIBE SELECT * EXCLUDE (file_row_number) FROM {})",
            self.rows
        );
        let rows = texts(self.connection, &described)?.into_iter();
        Ok(rows.filter_map(|row| <[String; 2]>::try_from(row).ok().map(|[name, kind]| (name, kind))).collect())
    }

    /// Reads all of it, so that what is broken somewhere is known before anything is taken.
    pub(super) fn check(&self, reading: Reading<'_>) -> Result<(), DatabaseError> {
        let query = format!("SELECT hash(p) FROM {} p", self.rows);
        let mut statement = self.connection.prepare(&query).map_err(|error| failed(&error))?;
        drop(statement.stream_arrow([]).map_err(|error| failed(&error))?);
        while statement.step().map_err(|error| failed(&error))?.is_some() {
            reading.check_cancelled()?;
        }
        Ok(())
    }

    /// Puts its rows into a gatherer, the values as text, those of each column at the place that is given for it. After
    /// each row `take` is told whether it is time to hand on what there is.
    pub(super) fn read<E: From<DatabaseError>>(
        &self,
        columns: &[(String, String, usize)],
        mut row: impl FnMut(&mut dyn FnMut(&mut Gatherer), u64) -> Result<(), E>,
    ) -> Result<(), E> {
        let values: Vec<_> = columns.iter().map(|(name, kind, _)| value(name, kind)).collect();
        let query = format!("SELECT file_row_number + 1, {} FROM {} p", values.join(", "), self.rows);
        let mut statement = self.connection.prepare(&query).map_err(|error| failed(&error))?;
        drop(statement.stream_arrow([]).map_err(|error| failed(&error))?);
        while let Some(chunk) = statement.step().map_err(|error| failed(&error))? {
            let Some((lines, values)) = chunk.columns().split_first() else { continue };
            let lines = lines.as_primitive::<Int64Type>();
            let values: Vec<_> = values.iter().map(|column| column.as_string::<i32>()).collect();
            for at in 0..chunk.len() {
                let mut put = |gatherer: &mut Gatherer| {
                    for (value, (_, _, place)) in values.iter().zip(columns) {
                        gatherer.put(*place, value.is_valid(at).then(|| value.value(at)));
                    }
                };
                row(&mut put, u64::try_from(lines.value(at)).unwrap_or(0))?;
            }
        }
        Ok(())
    }
}

/// A value as text; what is nested as JSON.
fn value(name: &str, data_type: &str) -> String {
    let column = format!("p.{}", DUCKDB.quote(name));
    let is_nested = data_type.ends_with(']') || data_type.starts_with("STRUCT") || data_type.starts_with("MAP");
    if is_nested { format!("to_json({column})::VARCHAR") } else { format!("{column}::VARCHAR") }
}
