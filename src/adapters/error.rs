//! What a database says when it refuses.

use std::fmt;

/// An error from an engine or its driver. Holds no secrets: drivers strip passwords before they make one.
#[derive(Debug, Clone)]
pub struct DatabaseError {
    /// What class of fault it is.
    pub kind: ErrorKind,
    /// The engine's message.
    pub message: String,
    /// Its detail, if it gives one.
    pub detail: Option<String>,
    /// Its hint, if it gives one.
    pub hint: Option<String>,
    /// The engine's code, such as SQLSTATE `42P01`.
    pub code: Option<String>,
    /// Byte offset in the SQL sent at which the engine stumbled.
    pub offset: Option<usize>,
    /// The constraint that the data breaks, as far as the engine names it.
    pub violated: Option<Box<Violated>>,
}

/// A constraint as an error tells of it.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Violated {
    /// Its name.
    pub name: Option<String>,
    /// Its kind, by dbt's word.
    pub kind: &'static str,
    /// The columns that it is about.
    pub columns: Vec<String>,
}

/// Classes of faults that the program tells apart.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum ErrorKind {
    /// The statement is wrong, or the data does not allow it.
    Statement,
    /// The data breaks a constraint of a table.
    Violation,
    /// It may work when tried again: the server is starting, the network was cut, a serialization conflict.
    Transient,
    /// The login is refused: password, role, certificate.
    Refused,
    /// The database file or object is held by another process.
    Locked,
    /// Somebody asked to stop.
    Cancelled,
    /// The profile cannot be used as it is.
    Configuration,
}

impl DatabaseError {
    /// An error with a message alone.
    pub fn new(kind: ErrorKind, message: impl Into<String>) -> Self {
        Self { kind, message: message.into(), detail: None, hint: None, code: None, offset: None, violated: None }
    }
}

impl fmt::Display for DatabaseError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.message)
    }
}

impl std::error::Error for DatabaseError {}
