//! Rows of files, judged and inserted by the connection itself.

use super::dialect::DUCKDB;
use super::errors;
use crate::adapters::intake::{
    BadRow, Batch, Cast, FILE_COLUMNS, REJECT_COLUMNS, Rejected, Taker, complaint, failed, load, quoted, with_records,
};
use crate::adapters::{DatabaseError, Destination, FileRows, Reading};
use duckdb::arrow::array::AsArray;
use duckdb::arrow::datatypes::Int64Type;

pub(super) fn load_files(
    connection: &duckdb::Connection,
    reading: Reading<'_>,
    destination: Destination<'_>,
) -> Result<Vec<FileRows>, DatabaseError> {
    let data_type = |at: usize| reading.columns[at].data_type.as_deref().unwrap_or(DUCKDB.type_text);
    let casts: Vec<_> = (0..reading.columns.len()).map(|at| Cast::to(connection, data_type(at), &DUCKDB)).collect();
    let values = casts.iter().enumerate().map(|(at, cast)| cast.value(at)).collect::<Vec<_>>();
    let judged = (0..casts.len()).filter(|at| !casts[*at].is_free()).map(|at| {
        let complaint = complaint(at, &reading.columns[at].name, data_type(at), reading.columns[at].is_guessed);
        format!("WHEN c{at} IS NOT NULL AND {} IS NULL THEN {complaint}", values[at])
    });
    let faults = judged.collect::<Vec<_>>().join(" ");
    let mut inserting = Inserting { connection, reading, destination, values, faults };
    load(reading, &DUCKDB, &mut inserting)
}

/// Inserts batch by batch.
struct Inserting<'a> {
    connection: &'a duckdb::Connection,
    reading: Reading<'a>,
    destination: Destination<'a>,
    /// The columns' values.
    values: Vec<String>,
    /// What makes a row bad, as cases; nothing: all rows are good.
    faults: String,
}

impl Inserting<'_> {
    /// The rows that are bad.
    fn bad(&self, records: &str) -> Result<Vec<BadRow>, DatabaseError> {
        if self.faults.is_empty() {
            return Ok(vec![]);
        }
        let query = format!(
            "SELECT i, detail FROM (SELECT i, CASE {} END AS detail FROM {records}) WHERE detail IS NOT NULL ORDER BY i",
            self.faults
        );
        let mut statement = self.connection.prepare(&query).map_err(|error| failed(&error))?;
        let mut bad = vec![];
        for chunk in statement.query_arrow([]).map_err(|error| failed(&error))? {
            let (rows, details) = (chunk.column(0).as_primitive::<Int64Type>(), chunk.column(1).as_string::<i32>());
            bad.extend((0..chunk.num_rows()).map(|at| BadRow {
                row: usize::try_from(rows.value(at)).unwrap_or(0),
                detail: details.value(at).to_owned(),
            }));
        }
        Ok(bad)
    }

    fn insert(&self, sql: &str) -> Result<(), DatabaseError> {
        self.connection.execute_batch(sql).map_err(|error| errors::database_error(&error, sql))
    }
}

impl Taker for Inserting<'_> {
    fn take(&mut self, batch: &Batch) -> Result<Vec<BadRow>, DatabaseError> {
        let records = batch.records(self.reading.files).map_err(|error| failed(&error))?;
        with_records(records, |records| {
            let bad = self.bad(records)?;
            let good = if bad.is_empty() { String::new() } else { format!(" WHERE CASE {} END IS NULL", self.faults) };
            let names = self.reading.columns.iter().map(|column| column.name.as_str());
            let columns = quoted(&DUCKDB, names.chain(FILE_COLUMNS));
            let own = self.values.iter().map(|value| format!("{value}, ")).collect::<String>();
            let Destination { rows, loaded_at, .. } = self.destination;
            let loaded_at = DUCKDB.literal(loaded_at);
            self.insert(&format!("INSERT INTO {rows} ({columns}) SELECT {own}f, l, {loaded_at} FROM {records}{good}"))?;
            Ok(bad)
        })
    }

    fn reject(&mut self, rejects: &[Rejected]) -> Result<(), DatabaseError> {
        let records = Rejected::records(rejects, self.reading.files).map_err(|error| failed(&error))?;
        let columns = quoted(&DUCKDB, REJECT_COLUMNS);
        let Destination { rejects, loaded_at, .. } = self.destination;
        let loaded_at = DUCKDB.literal(loaded_at);
        with_records(records, |records| {
            self.insert(&format!(
                "INSERT INTO {rejects} ({columns}) SELECT f, l, reason, detail, content, {loaded_at} FROM {records}"
            ))
        })
    }
}
