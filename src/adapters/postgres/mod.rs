//! PostgreSQL, from version 12.

mod batches;
mod cancel;
mod catalog;
mod command;
mod connection;
mod credentials;
mod dialect;
mod errors;
mod export;
mod files;
pub(super) mod macros;
mod passfile;
mod seed;
mod tls;
mod values;

pub(super) use dialect::POSTGRES;

use super::registry::Surroundings;
use super::{Adapter, Connection, DatabaseError, Dialect, MacroFile};
use crate::diagnostics::Diagnostic;
use connection::PostgresConnection;
use credentials::Credentials;
use serde_json::{Map, Value as Json};

/// A PostgreSQL target.
pub(super) struct Postgres {
    credentials: Credentials,
    warnings: Vec<Diagnostic>,
}

impl Postgres {
    /// Reads the profile's output and what it leaves to the environment; does not connect.
    pub(super) fn new(output: &Map<String, Json>, surroundings: Surroundings<'_>) -> Result<Self, DatabaseError> {
        let (credentials, warnings) = Credentials::read(output, surroundings)?;
        Ok(Self { credentials, warnings })
    }
}

impl Adapter for Postgres {
    fn dialect(&self) -> &'static Dialect {
        &POSTGRES
    }

    fn connect(&self, _: &str) -> Result<Box<dyn Connection>, DatabaseError> {
        Ok(Box::new(PostgresConnection::open(&self.credentials)?))
    }

    fn database(&self) -> &str {
        &self.credentials.database
    }

    fn schema(&self) -> &str {
        &self.credentials.schema
    }

    fn connection_facts(&self) -> Map<String, Json> {
        self.credentials.facts()
    }

    fn public_facts(&self) -> Map<String, Json> {
        let mut facts = self.connection_facts();
        facts.insert("dbname".into(), self.credentials.database.clone().into());
        facts
    }

    fn macros(&self) -> &'static [MacroFile] {
        macros::MACROS
    }

    fn warnings(&self) -> Vec<Diagnostic> {
        self.warnings.clone()
    }
}
