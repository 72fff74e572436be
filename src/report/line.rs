//! Records as lines: text with a time, or a JSON object.

use super::record::Record;
use crate::event::Level;
use jiff::Timestamp;
use jiff::tz::TimeZone;
use serde_json::{Map, Value as Json, json};

/// How records are written.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Format {
    /// For people: the message, after the time of day.
    Text,
    /// For finding faults: with date, level and thread.
    Debug,
    /// A JSON object a line.
    Json,
}

impl Format {
    /// The format of this name of `--log-format`; `otherwise` for `default` and unknown ones.
    pub fn parse(name: &str, otherwise: Format) -> Self {
        match name {
            "text" => Format::Text,
            "json" => Format::Json,
            "debug" => Format::Debug,
            _ => otherwise,
        }
    }

    /// The record as a line (or, as text, several), without the last line end.
    pub fn line(self, record: &Record<'_>, now: Timestamp, call: &CallFacts) -> String {
        match self {
            Format::Text => {
                after(&now.to_zoned(TimeZone::system()).strftime("%H:%M:%S  ").to_string(), &record.message)
            }
            Format::Debug => {
                let time = now.to_zoned(TimeZone::system()).strftime("%Y-%m-%d %H:%M:%S%.6f").to_string();
                let head = format!("{time} [{:<5}] [{}]: ", level_name(record.level), thread_name());
                after(&head, &record.message)
            }
            Format::Json => json!({
                "info": {
                    "name": record.kind.0,
                    "code": record.kind.1,
                    "level": level_name(record.level),
                    "msg": record.message,
                    "ts": now.strftime("%Y-%m-%dT%H:%M:%S%.6fZ").to_string(),
                    "invocation_id": call.invocation_id,
                    "thread": thread_name(),
                    "pid": std::process::id(),
                    "category": "",
                    "extra": call.extra,
                },
                "data": (record.data)(),
            })
            .to_string(),
        }
    }
}

/// What every line of a call's JSON log repeats.
#[derive(Debug, Clone, Default)]
pub struct CallFacts {
    /// The call's id.
    pub invocation_id: String,
    /// The environment's custom variables.
    pub extra: Map<String, Json>,
}

/// Puts a head before the first line that says something.
fn after(head: &str, message: &str) -> String {
    let blank = message.len() - message.trim_start_matches('\n').len();
    let (blank, rest) = message.split_at(blank);
    if rest.is_empty() { blank.to_owned() } else { format!("{blank}{head}{}", rest.trim_end()) }
}

fn level_name(level: Level) -> &'static str {
    match level {
        Level::Debug => "debug",
        Level::Info => "info",
        Level::Warn => "warn",
        Level::Error => "error",
    }
}

fn thread_name() -> String {
    match std::thread::current().name() {
        None | Some("main") => "MainThread".into(),
        Some(name) => name.into(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn json_lines_have_dbts_shape() {
        let record = Record::note(Level::Warn, "two\nlines");
        let extra = [("TEAM".to_owned(), "x".into())].into_iter().collect();
        let call = CallFacts { invocation_id: "abc".into(), extra };
        let line = Format::Json.line(&record, Timestamp::UNIX_EPOCH, &call);
        assert_eq!(line.lines().count(), 1);
        let parsed: Json = serde_json::from_str(&line).unwrap();
        assert_eq!(parsed["info"]["name"], "Note");
        assert_eq!(parsed["info"]["level"], "warn");
        assert_eq!(parsed["info"]["ts"], "1970-01-01T00:00:00.000000Z");
        assert_eq!(parsed["info"]["invocation_id"], "abc");
        assert_eq!(parsed["info"]["extra"], json!({"TEAM": "x"}));
        assert_eq!(parsed["data"]["msg"], "two\nlines");
    }

    #[test]
    fn the_time_stands_before_the_first_line_that_says_something() {
        let record = Record::note(Level::Info, "\n\nx\ny\n");
        let line = Format::Debug.line(&record, Timestamp::UNIX_EPOCH, &CallFacts::default());
        assert!(line.starts_with("\n\n19") && line.ends_with(": x\ny"), "{line:?}");
    }
}
