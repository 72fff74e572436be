//! A slice of time of a microbatch model.

use jiff::Timestamp;

/// One batch: the rows whose event time is at or after `start` and before `end`.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Batch {
    /// Names the batch in relation names: `20240131`, `2024013107`, `202401` or `2024`.
    pub id: String,
    /// Names the batch in file names and messages: `2024-01-31`, `2024-01-31T07`, `2024-01` or `2024`.
    pub label: String,
    /// The first moment.
    pub start: Timestamp,
    /// The moment after the last.
    pub end: Timestamp,
}
