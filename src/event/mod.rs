//! What can happen in a run. `execute/` (and every stage before it) tells; `report/` listens; neither knows the other.

use crate::diagnostics::Diagnostic;
use jiff::Timestamp;
use serde_json::Value as Json;
use std::sync::Arc;
use std::time::Duration;

/// Something that happened.
#[derive(Debug, Clone)]
pub enum Event {
    /// A message for people, from the program or from a template's `log()`.
    Message {
        /// How important it is.
        level: Level,
        /// The text, without an end of line.
        text: String,
    },
    /// `print()` in a template: to standard output as it is.
    Printed(String),
    /// A warning.
    Warned(Box<Diagnostic>),
    /// The nodes to run are known and the first is about to start.
    RunStarted {
        /// How many nodes will run.
        total: usize,
        /// How many at once.
        threads: usize,
        /// The profile's target.
        target: String,
        /// A phrase per resource type, such as `3 models, 12 data tests`.
        summary: String,
    },
    /// A node starts.
    NodeStarted(Arc<NodeInfo>),
    /// A node is done, one way or another.
    NodeFinished(Arc<NodeInfo>, Arc<NodeResult>),
    /// A batch of a microbatch model is done.
    BatchFinished(Arc<NodeInfo>, BatchInfo, Arc<NodeResult>),
    /// A statement was sent and answered.
    Statement {
        /// The node on whose behalf.
        node: Option<Arc<NodeInfo>>,
        /// The connection's name.
        connection: String,
        /// The SQL as sent.
        sql: Arc<str>,
        /// The server's answer, such as `SELECT 5`, or the error's message.
        outcome: std::result::Result<String, String>,
        /// From sending to the answer.
        elapsed: Duration,
    },
    /// Ctrl-C: queries in flight are being cancelled.
    Cancelling {
        /// How many nodes are running.
        running: usize,
    },
    /// All nodes are done.
    RunFinished {
        /// From the start of the first node to the end of the last.
        elapsed: Duration,
        /// Whether the run was cancelled.
        cancelled: bool,
    },
}

/// How important a message is, least first.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub enum Level {
    /// For finding faults; only in the log file by default.
    Debug,
    /// For everyone.
    Info,
    /// Something is not right.
    Warn,
    /// Something failed.
    Error,
}

/// A node as reports name it.
#[derive(Debug, Clone)]
pub struct NodeInfo {
    /// Such as `model.shop.orders`.
    pub unique_id: Arc<str>,
    /// Such as `model` or `test`.
    pub resource_type: &'static str,
    /// The node's name.
    pub name: String,
    /// The materialization; for tests `test`.
    pub materialized: String,
    /// The relation in the database, as rendered.
    pub relation_name: Option<String>,
    /// `schema.identifier` for people.
    pub display: String,
    /// The file, relative to the project.
    pub path: String,
    /// Place in the run, from 1; 0 for what is not counted (hooks).
    pub index: usize,
    /// How many nodes run.
    pub total: usize,
}

/// How a node ended. The names are those of dbt's run results.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Status {
    /// Built, loaded, compiled or done.
    Success,
    /// It failed.
    Error,
    /// A parent failed or was skipped, or the run stopped early.
    Skipped,
    /// A data or unit test passed, or a source is fresh.
    Pass,
    /// A test failed.
    Fail,
    /// A test failed within its warning limits.
    Warn,
    /// Some batches were built, others failed.
    PartialSuccess,
    /// It was not needed (`--empty`, no batches).
    NoOp,
    /// A source's freshness cannot be known.
    RuntimeError,
}

impl Status {
    /// As written in artifacts.
    pub fn as_str(self) -> &'static str {
        match self {
            Status::Success => "success",
            Status::Error => "error",
            Status::Skipped => "skipped",
            Status::Pass => "pass",
            Status::Fail => "fail",
            Status::Warn => "warn",
            Status::PartialSuccess => "partial success",
            Status::NoOp => "no-op",
            Status::RuntimeError => "runtime error",
        }
    }

    /// Whether the run as a whole counts as failed because of it.
    pub fn is_failure(self) -> bool {
        matches!(self, Status::Error | Status::Fail | Status::PartialSuccess | Status::RuntimeError)
    }
}

/// What came of a node.
#[derive(Debug, Clone)]
pub struct NodeResult {
    /// Such as `model.shop.orders`.
    pub unique_id: Arc<str>,
    /// How it ended.
    pub status: Status,
    /// The server's answer (`SELECT 5`), the error's message, or why it was skipped.
    pub message: Option<String>,
    /// For tests: how many rows failed.
    pub failures: Option<i64>,
    /// What happened when.
    pub timing: Vec<Timing>,
    /// From the node's start to its end.
    pub execution_time: Duration,
    /// Such as `Thread-1`.
    pub thread_id: String,
    /// The driver's facts on the main statement: `_message`, `code`, `rows_affected`.
    pub adapter_response: Json,
    /// The SQL after compilation.
    pub compiled_code: Option<String>,
    /// The ephemeral models in it, each with its common table expression.
    pub ctes: Vec<(Arc<str>, String)>,
    /// What the `to` of its foreign keys means: as written, and the table.
    pub foreign_tables: Vec<(String, String)>,
    /// The statement that built it (dbt's file below `target/run`), without the query comment.
    pub run_code: Option<String>,
    /// The relation in the database, as rendered.
    pub relation_name: Option<String>,
    /// For microbatch models: which batches (`[start, end]`) were built and which failed.
    pub batch_results: Option<BatchResults>,
    /// The rows of `show`, as JSON objects, in column order.
    pub preview: Option<Preview>,
    /// For sources: how old their rows are.
    pub freshness: Option<Freshness>,
    /// The rows that its model diverts because they break a rule.
    pub quarantined: Option<Quarantined>,
    /// The error, in full.
    pub diagnostic: Option<Box<Diagnostic>>,
}

/// The rows in a model's quarantine after a build.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Quarantined {
    /// The relation that has them, as rendered.
    pub relation: String,
    /// How many rows are there for each reason.
    pub reasons: Vec<(String, u64)>,
}

impl Quarantined {
    /// How many rows there are.
    pub fn rows(&self) -> u64 {
        self.reasons.iter().map(|(_, rows)| rows).sum()
    }
}

impl NodeResult {
    /// A result with nothing but a status.
    pub fn new(unique_id: Arc<str>, status: Status) -> Self {
        Self {
            unique_id,
            status,
            message: None,
            failures: None,
            timing: vec![],
            execution_time: Duration::ZERO,
            thread_id: "MainThread".into(),
            adapter_response: Json::Object(Default::default()),
            compiled_code: None,
            ctes: vec![],
            foreign_tables: vec![],
            run_code: None,
            relation_name: None,
            batch_results: None,
            preview: None,
            freshness: None,
            quarantined: None,
            diagnostic: None,
        }
    }
}

/// A phase of a node's work.
#[derive(Debug, Clone)]
pub struct Timing {
    /// `compile` or `execute`.
    pub name: &'static str,
    /// When it began.
    pub started_at: Timestamp,
    /// When it ended.
    pub completed_at: Timestamp,
}

/// A batch of a microbatch model, as reports name it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct BatchInfo {
    /// By its start: `2024-01-31`.
    pub label: String,
    /// Place among the model's batches, from 1.
    pub index: usize,
    /// How many batches the model has in this run.
    pub total: usize,
}

/// The batches of a microbatch model.
#[derive(Debug, Clone, Default)]
pub struct BatchResults {
    /// Those built.
    pub successful: Vec<(Timestamp, Timestamp)>,
    /// Those that failed; `retry` runs just these.
    pub failed: Vec<(Timestamp, Timestamp)>,
}

/// How old a source's rows are.
#[derive(Debug, Clone, PartialEq)]
pub struct Freshness {
    /// When its newest row was loaded.
    pub max_loaded_at: Timestamp,
    /// When that was found out, by the database's clock.
    pub snapshotted_at: Timestamp,
    /// The time between the two, in seconds.
    pub age: f64,
}

impl Freshness {
    /// What stands for the newest row's time where there are no rows: as old as can be.
    pub const NEVER: Timestamp = Timestamp::constant(-62_135_596_800, 0);
}

/// Some rows of a query's result.
#[derive(Debug, Clone, Default)]
pub struct Preview {
    /// The columns' names.
    pub columns: Vec<String>,
    /// The rows, each as long as `columns`.
    pub rows: Vec<Vec<Json>>,
}

/// Where events go.
pub trait EventSink: Send + Sync {
    /// Takes an event; must not block for long and never panic.
    fn emit(&self, event: Event);

    /// Whether this warning is an error to whoever listens, so that what caused it must not go on.
    fn refuses(&self, _warning: &Diagnostic) -> bool {
        false
    }
}

/// Drops every event.
#[derive(Debug, Clone, Copy)]
pub struct Silent;

impl EventSink for Silent {
    fn emit(&self, _: Event) {}
}
