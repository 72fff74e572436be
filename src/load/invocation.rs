//! One call of the program.

use super::Flags;
use jiff::Timestamp;
use serde_json::Value as Json;

/// Facts of this call that templates, logs and artifacts carry.
#[derive(Debug, Clone)]
pub struct Invocation {
    /// A new UUID for each call.
    pub id: String,
    /// When it began.
    pub started_at: Timestamp,
    /// The verb: `run`, `build`, `docs generate`…; dbt's `WHICH` is its last word.
    pub verb: &'static str,
    /// The command line, without the program.
    pub command_line: String,
    /// The settings as a JSON object, for `invocation_args_dict` and the artifacts; no secrets.
    pub args: Json,
    /// The settings.
    pub flags: Flags,
}

impl Invocation {
    /// The run's clock, which templates see as `run_started_at`: `--as-of`, else when the call began.
    pub fn clock(&self) -> Timestamp {
        self.flags.as_of.unwrap_or(self.started_at)
    }
}
