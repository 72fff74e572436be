//! A thread's session with the database.

use crate::adapters::{Column, Connection, Relation, Response, Rows, SeedTable};
use crate::diagnostics::Result;
use crate::event::NodeInfo;
use std::sync::Arc;

/// A thread's session with the database; connects when it is first used.
///
/// Adds the query comment to each statement, tells of each as an event, and turns a database's error into a
/// diagnostic at the template's line: of the node whose [`super::Compiler::context`] was made last.
pub struct Session;

impl Session {
    /// The name that logs show.
    pub fn name(&self) -> &str {
        panic!("not written yet")
    }

    /// Names the node that events of statements carry from now on.
    pub fn report_as(&self, node: Option<Arc<NodeInfo>>) {
        let _ = node;
    }

    /// Runs one or more statements, without rows.
    pub fn execute(&self, sql: &str) -> Result<Response> {
        let _ = sql;
        panic!("not written yet")
    }

    /// Runs a statement and takes its rows, `limit` of them at most.
    pub fn query(&self, sql: &str, limit: Option<usize>) -> Result<(Response, Rows)> {
        let _ = (sql, limit);
        panic!("not written yet")
    }

    /// The columns that a query would return.
    pub fn describe(&self, sql: &str) -> Result<Vec<Column>> {
        let _ = sql;
        panic!("not written yet")
    }

    /// Starts a transaction, unless one is open.
    pub fn begin(&self) -> Result<()> {
        panic!("not written yet")
    }

    /// Makes the open transaction's work visible; nothing without one.
    pub fn commit(&self) -> Result<()> {
        panic!("not written yet")
    }

    /// Undoes the open transaction's work; nothing without one.
    pub fn rollback(&self) -> Result<()> {
        panic!("not written yet")
    }

    /// Whether a transaction is open.
    pub fn in_transaction(&self) -> bool {
        panic!("not written yet")
    }

    /// Fills an existing table with a seed's rows; returns how many.
    pub fn load_seed(&self, relation: &Relation, seed: &SeedTable) -> Result<u64> {
        let _ = (relation, seed);
        panic!("not written yet")
    }

    /// Gives the connection to `work`, for what has no method here (the catalog's queries).
    pub fn with_connection<T>(
        &self,
        work: impl FnOnce(&mut dyn Connection) -> std::result::Result<T, crate::adapters::DatabaseError>,
    ) -> Result<T> {
        let _ = work;
        panic!("not written yet")
    }

    /// Stops the statement in flight, from another thread. Later statements fail as cancelled too.
    pub fn cancel(&self) {}

    /// Closes the connection; an open transaction is undone. The session connects anew when it is used again.
    pub fn close(&self) {}
}
