//! Events as records: what a line of any log says, in words and as data shaped like dbt's structured events.

use super::description::{self, describe, error_class};
use super::summary::{self, Finished};
use super::tally::Tally;
use super::text::Look;
use super::warnings::event_names;
use crate::diagnostics::{Code, Diagnostic};
use crate::event::{BatchInfo, Event, Level, NodeInfo, NodeResult, Quarantined, Status};
use jiff::Timestamp;
use serde_json::{Value as Json, json};
use std::time::Duration;

/// One thing to tell.
pub struct Record<'a> {
    /// How important it is.
    pub level: Level,
    /// dbt's name and code for such an event.
    pub kind: (&'static str, &'static str),
    /// In words; may have several lines.
    pub message: String,
    /// As data, which is made for who wants it: most logs are text.
    pub data: Box<dyn Fn() -> Json + 'a>,
}

impl<'a> Record<'a> {
    /// A record.
    pub fn new(
        level: Level,
        kind: (&'static str, &'static str),
        message: impl Into<String>,
        data: impl Fn() -> Json + 'a,
    ) -> Self {
        Self { level, kind, message: message.into(), data: Box::new(data) }
    }

    /// A message for people that is nothing else.
    pub fn note(level: Level, message: &'a str) -> Self {
        Self::new(level, ("Note", "Z050"), message, move || json!({"msg": message}))
    }

    /// The call begins.
    pub fn begins(command_line: &str) -> Self {
        let version = env!("CARGO_PKG_VERSION");
        let message = format!("Running with sqlbuild={version}: {command_line}");
        let data = move || json!({"log_version": 3, "version": version});
        Self::new(Level::Info, ("MainReportVersion", "A001"), message, data)
    }

    /// The call is over.
    pub fn ends(command_line: &'a str, exit_code: u8, elapsed: Duration) -> Self {
        let took = description::duration(elapsed);
        let message = format!("Command `sqlbuild {command_line}` ended with exit code {exit_code} after {took}");
        let data = move || {
            json!({
                "command": command_line,
                "success": exit_code == 0,
                "elapsed": elapsed.as_secs_f64(),
            })
        };
        Self::new(Level::Info, ("CommandCompleted", "Q039"), message, data)
    }

    /// A text that somebody asked for.
    pub fn printed(text: &'a str) -> Self {
        Self::new(Level::Info, ("PrintEvent", "Z052"), text, move || json!({"msg": text}))
    }

    /// An error that ends the call.
    pub fn fatal(error: &'a Diagnostic, look: Look) -> Self {
        let data = || json!({"exc": error.to_string(), "code": error.code.id});
        Self::new(Level::Error, ("MainEncounteredError", "A002"), summary::draw(error, look), data)
    }

    /// A warning, or an error that would be one.
    pub fn warning(warning: &'a Diagnostic, level: Level, look: Look) -> Self {
        let name = event_names(warning.code).first().copied().unwrap_or("Note");
        let code = if warning.code == Code::SELECTION_EMPTY { "M030" } else { "" };
        let data = || json!({"msg": warning.message, "code": warning.code.id, "hint": warning.hint});
        Self::new(level, (name, code), summary::draw(warning, look), data)
    }
}

/// What is known of a node beside the event that tells of it.
#[derive(Debug, Clone, Copy, Default)]
pub struct Times {
    /// When it started.
    pub started: Option<Timestamp>,
    /// When it was done.
    pub finished: Option<Timestamp>,
}

/// An event as a record; `None` for those that are no line of their own.
pub fn record(event: &Event, look: Look, times: Times) -> Option<Record<'_>> {
    Some(match event {
        Event::Message { level, text } => {
            let kind = if *level == Level::Debug { ("JinjaLogDebug", "I063") } else { ("JinjaLogInfo", "I062") };
            Record::new(*level, kind, text, move || json!({"msg": text}))
        }
        Event::Printed(text) => Record::printed(text),
        Event::Warned(warning) => Record::warning(warning, Level::Warn, look),
        Event::RunStarted { total, threads, target, summary } => {
            let threads_word = if *threads == 1 { "thread" } else { "threads" };
            let message = format!("Running {summary} with {threads} {threads_word} on target '{target}'");
            let data = move || json!({"node_count": total, "num_threads": threads, "target_name": target});
            Record::new(Level::Info, ("ConcurrencyLine", "Q027"), message, data)
        }
        Event::NodeStarted(node) => started(node, look, times),
        Event::NodeFinished(node, result) => finished(node, result, look, times),
        Event::BatchFinished(node, batch, result) => batch_finished(node, batch, result, times),
        Event::Statement { node, connection, sql, outcome, elapsed } => {
            let on_behalf = node.as_ref().map_or(connection.as_str(), |node| &node.unique_id);
            let (status, level) = match outcome {
                Ok(answer) => (answer.as_str(), Level::Debug),
                Err(error) => (error.as_str(), Level::Debug),
            };
            let message =
                format!("On {on_behalf}: {sql}\nSQL status: {status} in {:.3} seconds", elapsed.as_secs_f64());
            let data = move || {
                json!({
                    "conn_name": connection,
                    "sql": sql,
                    "status": status,
                    "elapsed": elapsed.as_secs_f64(),
                    "node_info": node.as_ref().map(|node| node_info(node, "executing", times)),
                })
            };
            Record::new(level, ("SQLQuery", "E016"), message, data)
        }
        Event::Cancelling { running } => {
            let message = format!("Cancelling: {running} running. Press Ctrl-C again to stop at once.");
            Record::new(Level::Warn, ("CancellingRun", "Q040"), message, move || json!({"running": running}))
        }
        Event::RunFinished { .. } => return None,
    })
}

fn started(node: &NodeInfo, look: Look, times: Times) -> Record<'_> {
    let data = move || {
        json!({
            "index": node.index,
            "total": node.total,
            "description": format!("{} {}", describe(node), node.display),
            "node_info": node_info(node, "started", times),
        })
    };
    Record::new(Level::Info, ("LogStartLine", "Q011"), look.started(node), data)
}

fn finished<'a>(node: &'a NodeInfo, result: &'a NodeResult, look: Look, times: Times) -> Record<'a> {
    let kind = match (node.resource_type, result.status) {
        (_, Status::Skipped) => ("SkippingDetails", "Q034"),
        ("test" | "unit_test", _) => ("LogTestResult", "Q007"),
        ("seed", _) => ("LogSeedResult", "Q016"),
        ("snapshot", _) => ("LogSnapshotResult", "Q015"),
        ("source", _) => ("LogFreshnessResult", "Q018"),
        ("operation", _) => ("LogHookEndLine", "Q033"),
        (_, Status::NoOp) => ("LogNodeNoOpResult", "Q019"),
        _ => ("LogModelResult", "Q012"),
    };
    let level = match result.status {
        Status::Warn => Level::Warn,
        status if status.is_failure() => Level::Error,
        _ => Level::Info,
    };
    let data = move || {
        json!({
            "name": node.name,
            "node_name": node.name,
            "resource_type": node.resource_type,
            "description": format!("{} {}", describe(node), node.display),
            "status": result.status.as_str(),
            "result_message": result.message,
            "index": node.index,
            "total": node.total,
            "num_models": node.total,
            "num_failures": result.failures.unwrap_or(0),
            "execution_time": result.execution_time.as_secs_f64(),
            "node_info": node_info(node, result.status.as_str(), times),
        })
    };
    Record::new(level, kind, look.finished(node, result), data)
}

fn batch_finished<'a>(node: &'a NodeInfo, batch: &'a BatchInfo, result: &'a NodeResult, times: Times) -> Record<'a> {
    let BatchInfo { label, index, total } = batch;
    let word = description::word(result);
    let answer = result.message.as_deref().and_then(|message| message.lines().next()).filter(|answer| *answer != word);
    let message = format!("Batch {index} of {total} {word:<8} {} {label} {}", node.display, answer.unwrap_or_default());
    let data = move || {
        json!({
            "description": format!("batch {label} of {}", node.display),
            "status": result.status.as_str(),
            "batch_index": index,
            "total_batches": total,
            "execution_time": result.execution_time.as_secs_f64(),
            "node_info": node_info(node, result.status.as_str(), times),
        })
    };
    let level = if result.status.is_failure() { Level::Error } else { Level::Info };
    Record::new(level, ("LogBatchResult", "Q046"), message.trim_end(), data)
}

/// A node as dbt's events have it.
fn node_info(node: &NodeInfo, status: &str, times: Times) -> Json {
    let time = |time: Option<Timestamp>| time.map(|time| time.to_string()).unwrap_or_default();
    json!({
        "unique_id": &*node.unique_id,
        "resource_type": node.resource_type,
        "node_name": node.name,
        "node_path": node.path,
        "materialized": node.materialized,
        "node_relation": {"relation_name": node.relation_name.clone().unwrap_or_default()},
        "node_status": status,
        "node_started_at": time(times.started),
        "node_finished_at": time(times.finished),
    })
}

/// The rows that a model diverted.
pub fn quarantined((node, result): &Finished) -> Record<'_> {
    let data = move || {
        json!({
            "node_name": node.name,
            "relation": result.quarantined.as_ref().map(|quarantined| &quarantined.relation),
            "rows": result.quarantined.as_ref().map(Quarantined::rows),
        })
    };
    Record::new(Level::Info, ("RowsQuarantined", ""), format!("\n{}", summary::quarantined(node, result)), data)
}

/// What is told when a run is over: each failure and warning in full, then the totals.
pub fn closing<'a>(
    troubles: &'a [Finished],
    tally: &'a Tally,
    cancelled: bool,
    elapsed: Duration,
    look: Look,
) -> Vec<Record<'a>> {
    let trouble = |(node, result): &'a Finished| {
        let (level, kind) = match result.status {
            Status::Warn => (Level::Warn, ("RunResultWarning", "Z021")),
            Status::Fail => (Level::Error, ("RunResultFailure", "Z022")),
            _ => (Level::Error, ("RunResultError", "Z024")),
        };
        let data = move || {
            json!({
                "msg": result.message,
                "class": result.diagnostic.as_deref().map(error_class),
                "resource_type": node.resource_type,
                "node_name": node.name,
                "path": node.path,
                "node_info": node_info(node, result.status.as_str(), Times::default()),
            })
        };
        Record::new(level, kind, format!("\n{}", summary::failure(node, result, look).trim_end()), data)
    };
    let mut records: Vec<Record<'a>> = troubles.iter().map(trouble).collect();
    let verdict = summary::verdict(tally, cancelled, elapsed);
    let data = move || {
        json!({
            "num_errors": tally.errors(),
            "num_warnings": tally.warn,
            "num_partial_success": tally.partial,
            "keyboard_interrupt": cancelled,
            "execution_time": elapsed.as_secs_f64(),
        })
    };
    let worst = match (cancelled, tally.errors(), tally.warn) {
        (false, 0, 0) => Status::Success,
        (false, 0, _) => Status::Warn,
        _ => Status::Error,
    };
    let line = format!("\n{}", look.status(&verdict, worst));
    records.push(Record::new(Level::Info, ("EndOfRunSummary", "Z030"), line, data));
    let stats = move || {
        json!({"stats": {
            "pass": tally.pass, "warn": tally.warn, "error": tally.error, "skip": tally.skip, "noop": tally.no_op,
            "total": tally.total(),
        }})
    };
    records.push(Record::new(Level::Info, ("StatsLine", "Z023"), tally.line(), stats));
    records
}
