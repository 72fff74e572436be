//! One call: the settings, the reporter, and the stages of the pipeline in their order.

use super::settings::Settings;
use super::verb::{Outcome, Verb};
use super::{arguments::Arguments, flags};
use crate::diagnostics::{Code, Diagnostic, Result};
use crate::load::{Flags, Invocation};
use crate::report::Reporter;
use crate::resolve::ResourceType;
use crate::world::World;
use serde_json::Value as Json;
use std::sync::Arc;

/// One call of the program.
pub struct Call {
    /// The outside.
    pub world: Arc<World>,
    /// Facts of this call.
    pub invocation: Arc<Invocation>,
    /// Where everything is told.
    pub reporter: Arc<Reporter>,
}

impl Call {
    /// A call with these settings.
    pub fn new(verb: &dyn Verb, flags: Flags, world: Arc<World>, command_line: String) -> Self {
        let mut args = flags::describe(&flags, &command_line);
        args.extend(verb.extra_args());
        let id = uuid::Uuid::new_v4().to_string();
        let data_only = verb.prints_data();
        let reporter = Arc::new(Reporter::new(&flags, &id, world.clone(), data_only));
        let invocation = Invocation {
            id,
            started_at: world.now(),
            verb: verb.name(),
            command_line,
            args: Json::Object(args),
            flags,
        };
        Self { world, invocation: Arc::new(invocation), reporter }
    }

    /// The settings.
    pub fn flags(&self) -> &Flags {
        &self.invocation.flags
    }

    /// Selects nodes of these kinds and runs them.
    pub fn execute(&self, kinds: &[ResourceType]) -> Result<Outcome> {
        let _ = kinds;
        Err(Diagnostic::error(Code::UNSUPPORTED, format!("'{}' cannot be run yet.", self.invocation.verb)))
    }
}
