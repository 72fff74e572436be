//! Snowflake, over the protocol that its own drivers speak.

mod answer;
mod batches;
mod cancel;
mod catalog;
mod client;
mod connection;
mod credentials;
mod dialect;
mod errors;
mod export;
mod files;
mod http;
mod key;
pub(super) mod macros;
mod seed;
mod session;
mod transaction;
mod values;

use super::registry::Surroundings;
use super::{Adapter, Connection, DatabaseError, Dialect, MacroFile};
use crate::diagnostics::Diagnostic;
use connection::SnowflakeConnection;
use credentials::Credentials;
use serde_json::{Map, Value as Json};
use session::Session;
use std::sync::Arc;

/// A Snowflake target.
pub(super) struct Snowflake {
    credentials: Arc<Credentials>,
    warnings: Vec<Diagnostic>,
}

impl Snowflake {
    /// Reads the profile's output; does not connect.
    pub(super) fn new(output: &Map<String, Json>, surroundings: Surroundings<'_>) -> Result<Self, DatabaseError> {
        let (credentials, warnings) = Credentials::read(output, surroundings)?;
        Ok(Self { credentials: Arc::new(credentials), warnings })
    }
}

impl Adapter for Snowflake {
    fn dialect(&self) -> &'static Dialect {
        &dialect::SNOWFLAKE
    }

    fn connect(&self, _: &str) -> Result<Box<dyn Connection>, DatabaseError> {
        Ok(Box::new(SnowflakeConnection::new(Session::open(self.credentials.clone())?)))
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

    fn macros(&self) -> &'static [MacroFile] {
        macros::MACROS
    }

    fn warnings(&self) -> Vec<Diagnostic> {
        self.warnings.clone()
    }
}
