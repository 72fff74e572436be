//! Rows as bound values: a statement inserts as many rows as its lists of values are long.

use super::connection::SnowflakeConnection;
use super::dialect::SNOWFLAKE;
use crate::adapters::seed::unsent;
use crate::adapters::{DatabaseError, Relation, SeedTable};

/// Values a statement: more of them would have to go through a stage.
const VALUES: usize = 50_000;

/// About how many bytes of values a statement takes, so that memory does not grow with long ones.
const BYTES: usize = 8 << 20;

pub(super) fn load(
    connection: &mut SnowflakeConnection,
    relation: &Relation,
    seed: &SeedTable,
) -> Result<u64, DatabaseError> {
    let names: Vec<_> = seed.columns.iter().map(|column| SNOWFLAKE.quote(&column.name)).collect();
    let mut insert = Insert::new(relation, &names.join(", "), names.len());
    let mut loaded = 0;
    for row in seed.rows().map_err(|error| unsent(&error))? {
        insert.add(connection, row.map_err(|error| unsent(&error.into()))?.into_iter())?;
        loaded += 1;
    }
    insert.flush(connection)?;
    Ok(loaded)
}

/// Rows on their way into a table.
pub(super) struct Insert {
    sql: String,
    columns: Vec<Vec<Option<String>>>,
    most: usize,
    /// How many bytes have been added.
    bytes: usize,
}

impl Insert {
    /// Into so many columns, as they are written in SQL.
    pub(super) fn new(relation: &Relation, columns: &str, count: usize) -> Self {
        let places = vec!["?"; count].join(", ");
        Self {
            sql: format!("insert into {relation} ({columns}) values ({places})"),
            columns: vec![vec![]; count],
            most: (VALUES / count.max(1)).max(1),
            bytes: 0,
        }
    }

    /// Adds a row; a statement is sent when there are enough.
    pub(super) fn add(
        &mut self,
        connection: &mut SnowflakeConnection,
        row: impl Iterator<Item = Option<String>>,
    ) -> Result<(), DatabaseError> {
        for (column, value) in self.columns.iter_mut().zip(row) {
            self.bytes += value.as_ref().map_or(0, String::len);
            column.push(value);
        }
        let is_full = self.columns.first().is_some_and(|column| column.len() == self.most);
        if is_full || self.bytes >= BYTES { self.flush(connection) } else { Ok(()) }
    }

    /// Sends what has been added.
    pub(super) fn flush(&mut self, connection: &mut SnowflakeConnection) -> Result<(), DatabaseError> {
        if self.columns.first().is_some_and(|column| !column.is_empty()) {
            connection.run(&self.sql, &self.columns)?;
            self.columns.iter_mut().for_each(Vec::clear);
            self.bytes = 0;
        }
        Ok(())
    }
}
