//! Rows of files, by an embedded DuckDB that judges them and inserts of bound values.

use super::connection::SnowflakeConnection;
use super::dialect::SNOWFLAKE;
use super::seed::Insert;
use crate::adapters::embedded::Embedded;
use crate::adapters::{DatabaseError, Reading, Relation, Staged};
use duckdb::arrow::array::{Array, AsArray};

pub(super) fn stage(connection: &mut SnowflakeConnection, reading: Reading<'_>) -> Result<Staged, DatabaseError> {
    connection.staged = None;
    let (embedded, staged) = Embedded::read(reading, &SNOWFLAKE)?;
    connection.staged = Some(embedded);
    Ok(staged)
}

pub(super) fn take_staged(
    connection: &mut SnowflakeConnection,
    rows: &Relation,
    rejects: &Relation,
    loaded_at: &str,
) -> Result<(), DatabaseError> {
    let Some(embedded) = connection.staged.take() else { return Ok(()) };
    for (relation, transfer) in [rows, rejects].into_iter().zip(embedded.transfers(&SNOWFLAKE, loaded_at)) {
        let mut insert = None;
        embedded.each(&transfer, |batch| {
            let columns: Vec<_> = batch.columns().iter().map(|column| column.as_string::<i32>()).collect();
            let insert = insert.get_or_insert_with(|| Insert::new(relation, &transfer.columns, columns.len()));
            (0..batch.num_rows()).try_for_each(|row| {
                let value = |at: usize| columns.get(at).filter(|column| !column.is_null(row));
                insert
                    .add(connection, (0..columns.len()).map(|at| value(at).map(|column| column.value(row).to_owned())))
            })
        })?;
        insert.map_or(Ok(()), |mut insert| insert.flush(connection))?;
    }
    Ok(())
}
