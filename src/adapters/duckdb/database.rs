//! The one open database of a process.

use super::credentials::Credentials;
use super::dialect::DUCKDB;
use super::errors::{self, unusable};
use super::values;
use crate::adapters::{DatabaseError, ErrorKind, intake};
use std::sync::{Arc, Mutex, PoisonError};
use std::time::Duration;

/// The open database, from which every thread's connection is cloned.
pub(super) struct Database {
    credentials: Arc<Credentials>,
    root: Mutex<Option<duckdb::Connection>>,
}

impl Database {
    pub(super) fn new(credentials: Arc<Credentials>) -> Self {
        Self { credentials, root: Mutex::new(None) }
    }

    /// A connection of its own to the one database; opens it first if need be.
    pub(super) fn connect(&self) -> Result<duckdb::Connection, DatabaseError> {
        let mut root = self.root.lock().unwrap_or_else(PoisonError::into_inner);
        let root = match &mut *root {
            Some(root) => root,
            none => none.insert(self.open()?),
        };
        let connection = root.try_clone().map_err(|error| unusable("another connection", &error))?;
        connection.execute_batch(values::LOSSLESS).map_err(|error| unusable("its lossless values", &error))?;
        for (name, value) in &self.credentials.settings {
            let setting = format!("SET {} = {}", DUCKDB.quote(name), DUCKDB.literal(value));
            let what = format!("the setting '{name}'");
            connection.execute_batch(&setting).map_err(|error| unusable(&what, &error))?;
        }
        Ok(connection)
    }

    /// Writes what the log holds to the file, and closes it as soon as no connection is left.
    pub(super) fn close(&self) {
        let root = self.root.lock().unwrap_or_else(PoisonError::into_inner).take();
        if let Some(root) = root {
            // A database that is read-only or in memory has nothing to write. Otherwise the log stays, and is read
            // when the file is next opened: nothing is lost.
            let _ = root.execute_batch("CHECKPOINT");
        }
    }

    /// Opens the file, waiting for another process to release it as often as the profile says.
    fn open(&self) -> Result<duckdb::Connection, DatabaseError> {
        let mut attempt = 1;
        let connection = loop {
            match self.open_once() {
                Err(error)
                    if error.kind == ErrorKind::Locked && attempt < self.credentials.retries.connect_attempts =>
                {
                    std::thread::sleep(Duration::from_secs(1 << attempt.min(5)));
                    attempt += 1;
                }
                outcome => break outcome?,
            }
        };
        intake::register(&connection)?;
        for setup in &self.credentials.on_open {
            setup.apply(&connection)?;
        }
        Ok(connection)
    }

    fn open_once(&self) -> Result<duckdb::Connection, DatabaseError> {
        let mut config = duckdb::Config::default();
        for (name, value) in &self.credentials.config_options {
            let what = format!("the option '{name}'");
            config = config.with(name, value).map_err(|error| unusable(&what, &error))?;
        }
        let path = &self.credentials.path;
        let opened = match path.strip_prefix(":memory:") {
            Some(_) => duckdb::Connection::open_in_memory_with_flags(config),
            None => duckdb::Connection::open_with_flags(path, config),
        };
        opened.map_err(|error| {
            let parsed = errors::database_error(&error, "");
            match parsed.kind {
                ErrorKind::Locked => errors::locked(&parsed, path),
                _ => unusable(path, &error),
            }
        })
    }
}
