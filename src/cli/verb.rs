//! What every verb can do.

use super::Call;
use super::settings::Settings;
use crate::diagnostics::Result;
use crate::load::Flags;
use crate::report::Voice;
use serde_json::{Map, Value as Json};

/// How a call ended whose errors, if any, have been told.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Outcome {
    /// All went well.
    Success,
    /// Some node failed: exit code 1.
    Failure,
    /// What was asked for could not be made: exit code 2.
    Impossible,
}

/// A verb with its arguments.
pub trait Verb {
    /// As written: `run`, `docs generate`.
    fn name(&self) -> &'static str;

    /// Puts the verb's own arguments into the settings.
    fn settle(&self, settings: &Settings<'_>, flags: &mut Flags) -> Result<()>;

    /// The verb's arguments that are no settings, as dbt's artifacts name them.
    fn extra_args(&self) -> Map<String, Json> {
        Map::new()
    }

    /// How much it says.
    fn voice(&self) -> Voice {
        Voice::Progress
    }

    /// Whether a `--profiles-dir` that does not exist is wrong: not for verbs that look into it or do without.
    fn needs_profile(&self) -> bool {
        true
    }

    /// Whether people are told when it fails: it does the project's work.
    fn notifies(&self) -> bool {
        false
    }

    /// Does it.
    fn run(&self, call: &Call) -> Result<Outcome>;
}
