//! What every engine provides.

use super::{
    Batch, BatchSchema, Column, DatabaseError, Destination, Dialect, ErrorKind, ExportFile, FileRows, InPlace, Reading,
    Relation, Rows, SeedTable,
};
use crate::diagnostics::Diagnostic;
use duckdb::arrow::datatypes::Field;
use serde_json::{Map, Value as Json};
use std::sync::Arc;

/// One target of a profile: knows how to connect, and the facts and macros of its engine.
pub trait Adapter: Send + Sync {
    /// The engine's facts.
    fn dialect(&self) -> &'static Dialect;

    /// Opens a connection; transient failures have been retried as the profile says. `name` is for logs.
    fn connect(&self, name: &str) -> Result<Box<dyn Connection>, DatabaseError>;

    /// Ends the work with the database: what an embedded engine keeps aside goes to its file. Connecting opens it anew.
    fn close(&self) {}

    /// The database that relations without one live in.
    fn database(&self) -> &str;

    /// The target's schema.
    fn schema(&self) -> &str;

    /// The connection's settings as `debug` shows them, in their order: no secrets.
    fn connection_facts(&self) -> Map<String, Json>;

    /// What a template sees as `target` beside `name`, `type`, `threads`, `profile_name`: no secrets.
    fn public_facts(&self) -> Map<String, Json> {
        self.connection_facts()
    }

    /// What is doubtful about the profile's output: unknown keys, a connection that is not verified.
    fn warnings(&self) -> Vec<Diagnostic>;

    /// The engine's macros, beside the built-in ones of `adapters/macros`.
    fn macros(&self) -> &'static [MacroFile];
}

/// A file of macros that is part of the program.
#[derive(Debug, Clone, Copy)]
pub struct MacroFile {
    /// Path below the engine's `macros` folder.
    pub path: &'static str,
    /// The text.
    pub text: &'static str,
}

/// A session with the database. One thread uses it at a time.
pub trait Connection: Send {
    /// Runs one or more statements, without rows.
    fn execute(&mut self, sql: &str) -> Result<Response, DatabaseError>;

    /// Runs a statement and takes its rows, `limit` of them at most. Several statements: the last one's rows.
    fn query(&mut self, sql: &str, limit: Option<usize>) -> Result<(Response, Rows), DatabaseError>;

    /// Runs a query and takes its rows, whose columns are not described and whose values may all be texts: one trip where
    /// types need another.
    fn query_plain(&mut self, sql: &str) -> Result<(Response, Rows), DatabaseError> {
        self.query(sql, None)
    }

    /// Runs one or more statements as a transaction of their own; none is open. After a failure one may be.
    fn execute_whole(&mut self, sql: &str) -> Result<Response, DatabaseError> {
        self.begin()?;
        let response = self.execute(sql)?;
        self.commit()?;
        Ok(response)
    }

    /// Runs statements whose answer nobody waits for: those of a transaction by its end at the latest. Where they fail
    /// the next call may be the one to say so.
    fn execute_late(&mut self, sql: &str) -> Result<(), DatabaseError> {
        self.execute(sql).map(drop)
    }

    /// The columns that a query would return, without running it.
    fn describe(&mut self, sql: &str) -> Result<Vec<Column>, DatabaseError>;

    /// Starts a transaction.
    fn begin(&mut self) -> Result<(), DatabaseError>;

    /// Makes the transaction's work visible. Without a transaction: nothing.
    fn commit(&mut self) -> Result<(), DatabaseError>;

    /// Undoes the transaction's work. Without a transaction: nothing.
    fn rollback(&mut self) -> Result<(), DatabaseError>;

    /// Whether a transaction is open.
    fn in_transaction(&self) -> bool;

    /// Fills an existing table with a seed's rows by the engine's bulk path; returns how many.
    fn load_seed(&mut self, relation: &Relation, seed: &SeedTable) -> Result<u64, DatabaseError>;

    /// Adds the rows of files, whose columns all have types, to existing tables: to one the good ones, to the other those
    /// that are not. Returns how many each file has.
    fn load_files(
        &mut self,
        reading: Reading<'_>,
        destination: Destination<'_>,
    ) -> Result<Vec<FileRows>, DatabaseError>;

    /// A query that reads files where they are; only engines of which [`Dialect::reads_files`] is true have one.
    fn files_query(&mut self, _reading: InPlace<'_>) -> Result<String, DatabaseError> {
        Err(DatabaseError::new(ErrorKind::Configuration, "The engine cannot read files where they are."))
    }

    /// The columns of a query's rows as [`Self::read_batches`] gives them.
    ///
    /// # Errors
    /// A column has values that cannot be moved to another engine.
    fn batch_schema(&mut self, sql: &str) -> Result<BatchSchema, DatabaseError>;

    /// Hands on a query's rows, some thousand at a time; returns how many there were. It ends without an error only when
    /// the engine has said that these are all.
    fn read_batches(
        &mut self,
        sql: &str,
        take: &mut dyn FnMut(Batch) -> Result<(), DatabaseError>,
    ) -> Result<u64, DatabaseError>;

    /// Adds rows to a table with these columns, as they are written in SQL, by the engine's bulk path; returns how many.
    /// After an error the rows that have been sent are not there, or go with the transaction.
    fn write_batches(
        &mut self,
        relation: &Relation,
        columns: &str,
        batches: &mut dyn Iterator<Item = Result<Batch, DatabaseError>>,
    ) -> Result<u64, DatabaseError>;

    /// The type of a column that holds values which are moved here.
    fn type_name(&self, field: &Field) -> String;

    /// Writes a query's rows to a file, which is overwritten; returns how many, where the engine says.
    fn export(&mut self, sql: &str, file: &ExportFile) -> Result<Option<i64>, DatabaseError>;

    /// All relations of a schema, in one query; both names as [`Dialect::fold`] makes them. A schema that does not
    /// exist has none.
    fn list_relations(&mut self, database: &str, schema: &str) -> Result<Vec<Relation>, DatabaseError>;

    /// All schemas of a database.
    fn list_schemas(&mut self, database: &str) -> Result<Vec<String>, DatabaseError>;

    /// A relation's columns, in order; empty when it does not exist.
    fn columns(&mut self, relation: &Relation) -> Result<Vec<Column>, DatabaseError>;

    /// A handle with which another thread stops the statement in flight.
    fn canceller(&self) -> Arc<dyn Cancel>;
}

/// Stops a connection's statement in flight, from another thread.
pub trait Cancel: Send + Sync {
    /// Asks the engine to stop; the statement then fails with [`super::ErrorKind::Cancelled`].
    fn cancel(&self);
}

/// What the engine said of a statement.
#[derive(Debug, Clone, Default, PartialEq)]
pub struct Response {
    /// Such as `SELECT 5` or `CREATE VIEW`; `OK` where the engine says nothing.
    pub message: String,
    /// The command, such as `SELECT`.
    pub code: String,
    /// Rows written or returned; `None` where the engine does not say.
    pub rows_affected: Option<i64>,
    /// The engine's own name for the statement that ran, where it gives one.
    pub query_id: Option<String>,
    /// What became of the rows, where that was counted.
    pub changes: Option<RowChanges>,
}

/// What became of the rows of a table.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct RowChanges {
    /// Rows that are new.
    pub inserted: i64,
    /// Rows that are others than before.
    pub changed: i64,
    /// Rows that were looked at and stay as they are.
    pub unchanged: i64,
}

impl From<RowChanges> for Response {
    fn from(changes: RowChanges) -> Self {
        let RowChanges { inserted, changed, unchanged } = changes;
        Response {
            message: format!("{inserted} inserted, {changed} changed, {unchanged} unchanged"),
            code: String::new(),
            rows_affected: Some(inserted + changed),
            query_id: None,
            changes: Some(changes),
        }
    }
}

impl Response {
    /// As dbt's `adapter_response` has it.
    pub fn to_json(&self) -> Json {
        let mut map = Map::new();
        map.insert("_message".into(), self.message.clone().into());
        if !self.code.is_empty() {
            map.insert("code".into(), self.code.clone().into());
        }
        if let Some(rows) = self.rows_affected {
            map.insert("rows_affected".into(), rows.into());
        }
        if let Some(query_id) = &self.query_id {
            map.insert("query_id".into(), query_id.clone().into());
        }
        if let Some(RowChanges { inserted, changed, unchanged }) = self.changes {
            map.insert("rows_inserted".into(), inserted.into());
            map.insert("rows_changed".into(), changed.into());
            map.insert("rows_unchanged".into(), unchanged.into());
        }
        Json::Object(map)
    }
}
