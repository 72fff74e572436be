//! Which stretch of time of its parents a node sees: its batch, and what `--sample` leaves.

use super::rendering::Rendering;
use super::values::EventTime;
use crate::diagnostics::{Code, Diagnostic, Result};
use crate::resolve::NodeKind;
use crate::yaml;
use jiff::civil::DateTime;
use jiff::tz::TimeZone;
use jiff::{Span, Timestamp};

/// A stretch of time.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct Window {
    pub start: Timestamp,
    pub end: Timestamp,
}

/// The limit to a parent's rows: `field` is its `event_time`, `columns` its documented columns and whether they are
/// quoted, `quoted` what a source says of all its columns. `None`: the node sees all.
pub(super) fn filter<'a>(
    rendering: &Rendering,
    field: Option<&str>,
    columns: impl IntoIterator<Item = (&'a str, Option<bool>)>,
    quoted: Option<bool>,
) -> Option<EventTime> {
    let field = field.filter(|field| !field.is_empty())?;
    let node = rendering.node.as_ref()?;
    if !matches!(node.kind, NodeKind::Model(_) | NodeKind::Snapshot) {
        return None;
    }
    let batch = rendering.batch.as_ref().map(|batch| Window { start: batch.start, end: batch.end });
    let window = match (batch, rendering.compiler.sample()) {
        (Some(batch), Some(sample)) => Window { start: batch.start.max(sample.start), end: batch.end.min(sample.end) },
        (Some(window), None) | (None, Some(window)) => window,
        (None, None) => return None,
    };
    let declared = columns.into_iter().find(|(name, _)| *name == field).and_then(|(_, quote)| quote);
    let field = match declared.or(quoted).unwrap_or(false) {
        true => rendering.dialect().quote(field),
        false => field.to_owned(),
    };
    Some(EventTime { field, start: window.start, end: window.end })
}

/// Reads `--sample`: `3 days` back from `now`, or `{start: …, end: …}`.
pub(super) fn window(text: &str, now: Timestamp) -> Result<Window> {
    if text.trim_start().starts_with('{') {
        return absolute(text);
    }
    relative(text, now).ok_or_else(|| {
        Diagnostic::error(Code::USAGE, format!("--sample cannot be '{text}'."))
            .hint("Write a length such as \"3 days\" (hour, day, month or year), or \"{start: 2024-01-01, end: 2024-02-01}\".")
    })
}

fn relative(text: &str, now: Timestamp) -> Option<Window> {
    let (count, grain) = text.trim().split_once(' ')?;
    let count: i64 = count.parse().ok()?;
    let span = Span::new();
    let back = match grain.trim().to_lowercase().trim_end_matches('s') {
        "hour" => span.try_hours(count),
        "day" => span.try_days(count),
        "month" => span.try_months(count),
        "year" => span.try_years(count),
        _ => return None,
    };
    let start = now.to_zoned(TimeZone::UTC).checked_sub(back.ok()?).ok()?;
    Some(Window { start: start.timestamp(), end: now })
}

fn absolute(text: &str) -> Result<Window> {
    let map = yaml::parse_text("--sample", text)?.to_json();
    let moment = |key: &str| map.get(key).and_then(|value| value.as_str().and_then(moment));
    match (moment("start"), moment("end")) {
        (Some(start), Some(end)) => Ok(Window { start, end }),
        _ => Err(Diagnostic::error(Code::USAGE, format!("--sample '{text}' needs a start and an end."))
            .hint("Write \"{start: 2024-01-01, end: 2024-02-01}\".")),
    }
}

/// A date or time stamp; in UTC where it names no zone.
fn moment(text: &str) -> Option<Timestamp> {
    let utc = |at: DateTime| at.to_zoned(TimeZone::UTC).ok().map(|at| at.timestamp());
    text.parse().ok().or_else(|| text.parse().ok().and_then(utc))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn at(text: &str) -> Timestamp {
        text.parse().unwrap()
    }

    #[test]
    fn windows_are_read() {
        let now = at("2024-03-31T16:06:00Z");
        let cases = [
            ("3 days", "2024-03-28T16:06:00Z"),
            ("1 month", "2024-02-29T16:06:00Z"),
            ("1 Hour", "2024-03-31T15:06:00Z"),
            ("2 years", "2022-03-31T16:06:00Z"),
        ];
        for (text, start) in cases {
            assert_eq!(window(text, now).unwrap(), Window { start: at(start), end: now }, "{text}");
        }
        let both = window("{start: 2024-01-01, end: '2024-02-01 03:00:00'}", now).unwrap();
        assert_eq!(both, Window { start: at("2024-01-01T00:00:00Z"), end: at("2024-02-01T03:00:00Z") });
        for wrong in ["3", "three days", "3 weeks", "{start: 2024-01-01}"] {
            assert!(window(wrong, now).is_err(), "{wrong}");
        }
    }
}
