//! `source freshness`: checks how old the newest rows of sources are.

use super::Call;
use super::arguments::SelectionArguments;
use super::call::outcome;
use super::settings::Settings;
use super::verb::{Outcome, Verb};
use crate::diagnostics::{Code, Diagnostic, Result};
use crate::event::{Event, EventSink};
use crate::execute;
use crate::load::Flags;
use crate::report::artifacts;
use crate::resolve::ResourceType;
use std::collections::HashMap;
use std::path::PathBuf;
use std::time::Instant;

/// The arguments of `source freshness`.
#[derive(Debug, Default, clap::Args)]
pub struct Arguments {
    /// Which sources.
    #[command(flatten)]
    pub selection: SelectionArguments,
    /// Where to write the results [default: sources.json in the target folder]
    #[arg(long, short, value_name = "FILE", help_heading = "Output")]
    pub output: Option<PathBuf>,
}

impl Verb for Arguments {
    fn name(&self) -> &'static str {
        "source freshness"
    }

    fn settle(&self, settings: &Settings<'_>, flags: &mut Flags) -> Result<()> {
        self.selection.settle(settings, flags)
    }

    fn notifies(&self) -> bool {
        true
    }

    fn run(&self, call: &Call) -> Result<Outcome> {
        if self.output.is_some() {
            let message =
                "--output of 'source freshness' is deprecated: tools look for sources.json in the target folder.";
            let warning = Diagnostic::warning(Code::FRESHNESS_OUTPUT_DEPRECATED, message).hint("Use --target-path.");
            call.reporter.emit(Event::Warned(warning));
        }
        let graph = call.graph()?;
        let selected = call.select(&graph, &[ResourceType::Source], &[ResourceType::Source])?;
        let (compiler, sink) = call.compiler(&graph, &selected)?;
        call.cancel_on_interrupt();
        let options = execute::Options {
            verb: execute::Verb::Build,
            world: call.world.clone(),
            sink: sink.clone(),
            cancellation: call.cancellation.clone(),
            now: call.invocation.clock(),
            batches: HashMap::new(),
        };
        let began = Instant::now();
        let results = execute::freshness(&compiler, &selected, options)?;
        let elapsed = began.elapsed();
        sink.emit(Event::RunFinished { elapsed, cancelled: call.cancellation.is_asked() });
        let artifact = artifacts::sources(&graph, &results, elapsed, &call.invocation, &call.world);
        match &self.output {
            Some(path) => call.world.write(&call.world.cwd().join(path), artifact.to_string())?,
            None => call.folder(&graph).write("sources.json", &artifact)?,
        }
        Ok(outcome(&results))
    }
}
