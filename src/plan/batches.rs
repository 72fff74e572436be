//! The batches of a microbatch model.

use crate::compile::Batch;
use crate::diagnostics::{Code, Diagnostic, Result};
use crate::resolve::Node;
use jiff::civil::{Date, DateTime};
use jiff::tz::TimeZone;
use jiff::{Span, Timestamp, ToSpan, Unit};

/// Which batches are wanted.
#[derive(Debug, Clone, Copy)]
pub struct BatchRange {
    /// `--event-time-start`.
    pub start: Option<Timestamp>,
    /// `--event-time-end`.
    pub end: Option<Timestamp>,
    /// The moment that counts as now.
    pub now: Timestamp,
    /// Whether the table is there and will be added to.
    pub incremental: bool,
}

/// The batches to build, in order: from the start that was asked for, else (incrementally) from `lookback` batches
/// before the end, else from the model's `begin`; up to the end that was asked for, else the current batch's end.
pub fn batches(node: &Node, range: BatchRange) -> Result<Vec<Batch>> {
    let size = Size::of(node)?;
    let end = utc(range.end.unwrap_or(range.now));
    let end = if size.truncate(end) == end { end } else { size.next(end, 1) };
    let mut start = match range.start {
        Some(start) => size.truncate(utc(start)),
        None if range.incremental => {
            let lookback = node.config.get("lookback").and_then(serde_json::Value::as_i64).unwrap_or(1);
            size.next(end, -(lookback + 1))
        }
        None => size.truncate(begin(node)?),
    };
    let mut batches = vec![];
    loop {
        let next = size.next(start, 1).min(end);
        batches.push(Batch {
            id: size.id(start),
            label: size.label(start),
            start: timestamp(node, start)?,
            end: timestamp(node, next)?,
        });
        if next >= end {
            return Ok(batches);
        }
        start = next;
    }
}

#[derive(Debug, Clone, Copy)]
enum Size {
    Hour,
    Day,
    Month,
    Year,
}

impl Size {
    fn of(node: &Node) -> Result<Self> {
        match node.config.str("batch_size") {
            Some("hour") => Ok(Self::Hour),
            Some("day") => Ok(Self::Day),
            Some("month") => Ok(Self::Month),
            Some("year") => Ok(Self::Year),
            given => {
                let given = given.map_or("is missing".into(), |given| format!("is '{given}'"));
                let message = format!("The batch_size of the microbatch model '{}' {given}.", node.name);
                let hint = "Set `batch_size` to hour, day, month or year.";
                Err(Diagnostic::error(Code::CONFIG_INVALID, message).at(&node.span).hint(hint))
            }
        }
    }

    /// The start of the batch that a moment lies in.
    fn truncate(self, moment: DateTime) -> DateTime {
        let day = |month, day| Date::new(moment.year(), month, day).unwrap_or(moment.date());
        match self {
            Self::Hour => moment.date().at(moment.hour(), 0, 0, 0),
            Self::Day => moment.date().at(0, 0, 0, 0),
            Self::Month => day(moment.month(), 1).at(0, 0, 0, 0),
            Self::Year => day(1, 1).at(0, 0, 0, 0),
        }
    }

    /// The start of the batch `count` batches after the one that a moment lies in.
    fn next(self, moment: DateTime, count: i64) -> DateTime {
        let span: Span = match self {
            Self::Hour => count.hours(),
            Self::Day => count.days(),
            Self::Month => count.months(),
            Self::Year => count.years(),
        };
        self.truncate(moment).saturating_add(span)
    }

    /// A batch's name, by its start.
    fn id(self, start: DateTime) -> String {
        self.label(start).replace('-', "")
    }

    /// A batch's name for people, by its start.
    fn label(self, start: DateTime) -> String {
        let format = match self {
            Self::Hour => "%Y-%m-%dT%H",
            Self::Day => "%Y-%m-%d",
            Self::Month => "%Y-%m",
            Self::Year => "%Y",
        };
        start.strftime(format).to_string()
    }
}

/// The config `begin`, a date or a date and time in UTC.
fn begin(node: &Node) -> Result<DateTime> {
    let Some(text) = node.config.str("begin") else {
        let message = format!("The microbatch model '{}' has no 'begin'.", node.name);
        let hint = "Set `begin` to the moment at which its first batch starts, such as '2024-01-01'.";
        return Err(Diagnostic::error(Code::CONFIG_INVALID, message).at(&node.span).hint(hint));
    };
    let zoned = text.parse::<Timestamp>().ok().map(utc);
    zoned.or_else(|| text.parse::<DateTime>().ok()).ok_or_else(|| {
        let message = format!("The 'begin' of the microbatch model '{}' is not a date: '{text}'.", node.name);
        Diagnostic::error(Code::CONFIG_INVALID, message).at(&node.span).hint("Write it as '2024-01-01'.")
    })
}

fn utc(moment: Timestamp) -> DateTime {
    let civil = TimeZone::UTC.to_datetime(moment);
    civil.round(Unit::Microsecond).unwrap_or(civil)
}

fn timestamp(node: &Node, moment: DateTime) -> Result<Timestamp> {
    TimeZone::UTC.to_timestamp(moment).map_err(|error| {
        let message = format!("A batch of '{}' lies outside the calendar: {error}", node.name);
        Diagnostic::error(Code::CONFIG_INVALID, message).at(&node.span)
    })
}
