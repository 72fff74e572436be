//! Raw files: which there are, and the records in them. Knows no database.

mod csv;
mod encoding;
mod format;
mod json;
mod listing;
mod open;
mod plain;
mod record;

pub use format::{CsvOptions, Encoding, FileFormat, ReadOptions};
pub use listing::{RawFile, list};
pub use open::{content_hash, open_text};
pub use plain::read_plain;
pub use record::{Field, RecordSink, Reject, Row, ValueKind};

use open::Reopen;
use record::Stop;

/// Reads a file's records, in order, each good or not; what cannot be read at all is a rejected record too.
///
/// # Errors
/// Those of the sink alone: a bad file never stops a load.
pub fn read<S: RecordSink>(file: &RawFile, options: &ReadOptions, sink: &mut S) -> Result<(), S::Error> {
    let place = Reopen { path: &file.path, encoding: options.encoding };
    let opened = || place.open().map_err(|error| Stop::Unreadable { line: 1, error });
    let outcome = match options.format_of(&file.name) {
        Some(FileFormat::Csv) => opened().and_then(|source| csv::read(source, &options.csv, sink)),
        Some(FileFormat::JsonLines) => opened().and_then(|source| json::read_lines(source, sink)),
        // Parquet is read by the engine; whatever else is named so is no document.
        Some(FileFormat::Json | FileFormat::Parquet) | None => json::read_document(&place, sink),
    };
    match outcome {
        Ok(()) => Ok(()),
        Err(Stop::Sink(error)) => Err(error),
        Err(Stop::Unreadable { line, error }) => {
            sink.reject(Reject { line, reason: "unreadable", detail: error.to_string(), content: "".into() })
        }
    }
}

#[cfg(test)]
mod tests;
