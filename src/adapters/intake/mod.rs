//! Rows of files on their way into a table: read in batches as text, judged by the columns' types in DuckDB, handed on.
//!
//! Nothing is kept of a batch that was handed on: what a load takes of memory does not depend on how many rows there are.

mod batch;
mod cast;
mod columns;
mod load;
mod parquet;
mod records;
mod survey;
mod text_judge;

pub(super) use batch::{Batch, Rejected};
pub(super) use cast::{Cast, complaint};
pub use load::Destination;
pub(super) use load::{BadRow, Taker, load};
pub(super) use records::{register, with_records};
pub use survey::{Survey, SurveyedColumn, survey};
pub(super) use text_judge::TextJudge;

use super::{DatabaseError, Dialect, ErrorKind};
use crate::files::{RawFile, ReadOptions};
use std::sync::atomic::{AtomicBool, Ordering};

/// Columns that every table loaded from files has beside its own.
pub const FILE_COLUMNS: [&str; 3] = ["_file", "_line", "_loaded_at"];

/// The columns of a table with what could not be read.
pub const REJECT_COLUMNS: [&str; 6] = ["_file", "_line", "reason", "detail", "content", "_loaded_at"];

/// Files to be read.
#[derive(Clone, Copy)]
pub struct Reading<'a> {
    /// Which.
    pub files: &'a [RawFile],
    /// How.
    pub options: &'a ReadOptions,
    /// The columns that are known, in order; the files may have more.
    pub columns: &'a [FileColumn],
    /// Becomes true when somebody asks to stop.
    pub cancelled: &'a AtomicBool,
}

impl Reading<'_> {
    fn check_cancelled(&self) -> Result<(), DatabaseError> {
        match self.cancelled.load(Ordering::Relaxed) {
            true => Err(DatabaseError::new(ErrorKind::Cancelled, "The run was cancelled while files were read.")),
            false => Ok(()),
        }
    }
}

/// A column of a table that is loaded from files.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct FileColumn {
    /// Its name.
    pub name: String,
    /// The engine's type; `None`: what the values look like.
    pub data_type: Option<String>,
    /// Whether nobody has declared the type, but earlier values look like it.
    pub is_guessed: bool,
}

/// A file's rows.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct FileRows {
    /// Those that are good.
    pub good: u64,
    /// Those that are not.
    pub bad: u64,
}

pub(super) fn failed(error: &dyn std::error::Error) -> DatabaseError {
    let message = error.to_string();
    let kind = if message.contains("INTERRUPT") { ErrorKind::Cancelled } else { ErrorKind::Statement };
    let message = message.split("\nLINE ").next().unwrap_or_default().trim_end();
    DatabaseError::new(kind, format!("The files' rows cannot be judged: {message}"))
}

/// The names of columns, in quotes.
pub(super) fn quoted<'a>(dialect: &Dialect, names: impl IntoIterator<Item = &'a str>) -> String {
    names.into_iter().map(|name| dialect.quote(name)).collect::<Vec<_>>().join(", ")
}

/// A small query's rows.
fn texts(connection: &duckdb::Connection, sql: &str) -> Result<Vec<Vec<String>>, DatabaseError> {
    let rows = || {
        let mut statement = connection.prepare(sql)?;
        let mut rows = statement.query([])?;
        let mut found = vec![];
        while let Some(row) = rows.next()? {
            let width = row.as_ref().column_count();
            let cell = |at| row.get::<_, Option<String>>(at).map(Option::unwrap_or_default);
            found.push((0..width).map(cell).collect::<Result<_, _>>()?);
        }
        Ok(found)
    };
    rows().map_err(|error: duckdb::Error| failed(&error))
}

#[cfg(test)]
mod tests;
