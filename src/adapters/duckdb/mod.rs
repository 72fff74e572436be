//! DuckDB, embedded: one database a process, one cloned connection a thread.

mod batches;
mod cancel;
mod catalog;
mod connection;
mod credentials;
mod database;
mod dialect;
mod errors;
mod export;
mod files;
mod in_place;
pub(super) mod macros;
mod seed;
mod setup;
mod values;

pub(super) use dialect::DUCKDB;
pub(super) use export::export_batches;

use super::registry::Surroundings;
use super::{Adapter, Connection, DatabaseError, Dialect, MacroFile};
use crate::diagnostics::Diagnostic;
use connection::DuckDbConnection;
use credentials::Credentials;
use database::Database;
use serde_json::{Map, Value as Json};
use std::sync::Arc;

/// A DuckDB target. The file is opened by the first connection and stays open as long as this lives.
pub(super) struct DuckDb {
    credentials: Arc<Credentials>,
    database: Database,
    warnings: Vec<Diagnostic>,
}

impl DuckDb {
    /// Reads the profile's output; opens nothing.
    pub(super) fn new(output: &Map<String, Json>, surroundings: Surroundings<'_>) -> Result<Self, DatabaseError> {
        let (credentials, warnings) = Credentials::read(output, surroundings)?;
        let credentials = Arc::new(credentials);
        Ok(Self { database: Database::new(credentials.clone()), credentials, warnings })
    }
}

impl Adapter for DuckDb {
    fn dialect(&self) -> &'static Dialect {
        &DUCKDB
    }

    fn connect(&self, _: &str) -> Result<Box<dyn Connection>, DatabaseError> {
        Ok(Box::new(DuckDbConnection::new(self.database.connect()?, self.credentials.clone())))
    }

    fn close(&self) {
        self.database.close();
    }

    fn database(&self) -> &str {
        &self.credentials.database
    }

    fn schema(&self) -> &str {
        &self.credentials.schema
    }

    fn connection_facts(&self) -> Map<String, Json> {
        self.credentials.facts.clone()
    }

    fn macros(&self) -> &'static [MacroFile] {
        macros::MACROS
    }

    fn warnings(&self) -> Vec<Diagnostic> {
        self.warnings.clone()
    }
}
