//! Rows of files, by temporary tables of the connection itself.

use super::connection::DuckDbConnection;
use super::dialect::DUCKDB;
use super::errors;
use crate::adapters::staging::{Form, Staging};
use crate::adapters::{DatabaseError, Reading, Relation, Staged};

pub(super) fn stage(connection: &mut DuckDbConnection, reading: Reading<'_>) -> Result<Staged, DatabaseError> {
    let (staging, staged) = Staging::read(&connection.inner, reading, &DUCKDB, str::to_owned)?;
    connection.staging = Some(staging);
    Ok(staged)
}

pub(super) fn take_staged(
    connection: &mut DuckDbConnection,
    rows: &Relation,
    rejects: &Relation,
    loaded_at: &str,
) -> Result<(), DatabaseError> {
    let Some(staging) = connection.staging.take() else { return Ok(()) };
    let transfers = [
        (rows, staging.row_columns(&DUCKDB), staging.rows(Form::Native, loaded_at)),
        (rejects, staging.reject_columns(&DUCKDB), staging.rejects(loaded_at)),
    ];
    for (relation, columns, query) in transfers {
        let sql = format!("INSERT INTO {relation} ({columns}) {query}");
        connection.inner.execute_batch(&sql).map_err(|error| errors::database_error(&error, &sql))?;
    }
    Staging::forget(&connection.inner)
}
