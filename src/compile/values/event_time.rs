//! A limit to a stretch of event time.

use jiff::Timestamp;
use jiff::tz::TimeZone;

/// Rows whose event time is at or after `start` and before `end`.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct EventTime {
    /// The column, as it is written in SQL.
    pub field: String,
    /// The first moment.
    pub start: Timestamp,
    /// The moment after the last.
    pub end: Timestamp,
}

impl EventTime {
    /// As a condition.
    pub fn condition(&self) -> String {
        let Self { field, start, end } = self;
        format!("{field} >= '{}' and {field} < '{}'", moment(*start), moment(*end))
    }
}

/// A moment as SQL reads it: in UTC, with microseconds only where there are some.
fn moment(at: Timestamp) -> String {
    let utc = at.to_zoned(TimeZone::UTC);
    let format = if utc.subsec_nanosecond() == 0 { "%Y-%m-%d %H:%M:%S+00:00" } else { "%Y-%m-%d %H:%M:%S.%6f+00:00" };
    utc.strftime(format).to_string()
}
