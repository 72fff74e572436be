//! `retry`: runs again what failed the last time.

use super::Call;
use super::call::Again;
use super::flags;
use super::settings::Settings;
use super::verb::{Outcome, Verb};
use super::{build, clone, compile, docs_generate, run, run_operation, seed, snapshot, test};
use crate::diagnostics::{Code, Diagnostic, Result};
use crate::event::BatchResults;
use crate::load::{self, Flags};
use crate::report::artifacts;
use jiff::Timestamp;
use serde_json::{Map, Value as Json};
use std::path::PathBuf;
use std::sync::Arc;
use std::time::Duration;

/// The arguments of `retry`.
#[derive(Debug, Default, clap::Args)]
pub struct Arguments {
    /// Build incremental models and seeds from scratch
    #[arg(long, short)]
    pub full_refresh: Option<bool>,
}

/// How a node ended that is run again.
const FAILED: [&str; 5] = ["error", "fail", "skipped", "partial success", "runtime error"];

impl Verb for Arguments {
    fn name(&self) -> &'static str {
        "retry"
    }

    fn settle(&self, settings: &Settings<'_>, flags: &mut Flags) -> Result<()> {
        flags.full_refresh = settings.switch(self.full_refresh, "FULL_REFRESH", false)?;
        Ok(())
    }

    fn notifies(&self) -> bool {
        true
    }

    fn run(&self, call: &Call) -> Result<Outcome> {
        let path = results_path(call)?;
        let results = artifacts::artifact(&call.world, &path)?.ok_or_else(|| nothing_to_retry(&path))?;
        let args = results.get("args").and_then(Json::as_object).cloned().unwrap_or_default();
        let which = args.get("which").and_then(Json::as_str).unwrap_or_default();
        let verb = verb(which, &args).ok_or_else(|| {
            Diagnostic::error(Code::USAGE, format!("'{which}' cannot be retried."))
                .hint("run, test, seed, snapshot, build, compile, clone, docs generate and run-operation can.")
        })?;
        let again = again(&results, call.flags().warn_error);
        let mut settings = call.flags().clone();
        flags::restore(&args, &mut settings)?;
        let mut retried = call.with(verb.as_ref(), settings);
        if again.nodes.is_empty() {
            call.reporter.note("Nothing to retry: the last run left no failures. Nothing to do.");
            let graph = retried.graph()?;
            if which != "run-operation" {
                retried.write_results(&graph, &[], Duration::ZERO)?;
            }
            return Ok(Outcome::Success);
        }
        retried.again = Some(again);
        verb.run(&retried)
    }
}

/// The run_results.json of the last run: in --state, else in the target folder.
fn results_path(call: &Call) -> Result<PathBuf> {
    let flags = call.flags();
    let folder = match (&flags.state, &flags.target_path) {
        (Some(state), _) => state.clone(),
        (None, Some(target)) => flags.project_dir.join(target),
        (None, None) => {
            let project = load::root_project(&call.world, &call.invocation, call.reporter.as_ref())?;
            project.dir.join(project.settings.target_path)
        }
    };
    Ok(folder.join("run_results.json"))
}

fn nothing_to_retry(path: &std::path::Path) -> Box<Diagnostic> {
    Diagnostic::error(Code::STATE_MISSING, format!("Could not find previous run in '{}'.", path.display()))
        .hint("There is nothing to retry before the first run.")
}

/// What failed or was not run (with `--warn-error` also what warned), and of microbatch models that were built in part
/// the batches. Of one that has no batch at all, those are built that were due.
fn again(results: &Json, warn_error: bool) -> Again {
    let metadata = |key: &str| results.get("metadata").and_then(|metadata| metadata.get(key)).and_then(Json::as_str);
    let began = metadata("invocation_started_at").or(metadata("generated_at")).and_then(|text| text.parse().ok());
    let mut again = Again { began, ..Again::default() };
    let entries = results.get("results").and_then(Json::as_array);
    for entry in entries.into_iter().flatten() {
        let text = |key: &str| entry.get(key).and_then(Json::as_str).unwrap_or("");
        let failed = FAILED.contains(&text("status")) || warn_error && text("status") == "warn";
        if !failed || ["operation.", "transfer."].iter().any(|kind| text("unique_id").starts_with(kind)) {
            continue;
        }
        let id: Arc<str> = Arc::from(text("unique_id"));
        let spans = |key: &str| -> Vec<(Timestamp, Timestamp)> {
            let batches = entry.get("batch_results").and_then(|batches| batches.get(key)).and_then(Json::as_array);
            batches.into_iter().flatten().filter_map(batch).collect()
        };
        let batches = BatchResults { successful: spans("successful"), failed: spans("failed") };
        if !batches.successful.is_empty() && !batches.failed.is_empty() {
            again.batches.insert(id.clone(), batches);
        }
        again.nodes.insert(id);
    }
    again
}

fn batch(pair: &Json) -> Option<(Timestamp, Timestamp)> {
    let moment = |at: usize| {
        let text = pair.get(at)?.as_str()?;
        text.parse().ok().or_else(|| flags::moment("batch", text).ok())
    };
    Some((moment(0)?, moment(1)?))
}

/// The verb of the last run, with its own arguments.
fn verb(which: &str, args: &Map<String, Json>) -> Option<Box<dyn Verb>> {
    Some(match which {
        "run" => Box::new(run::Arguments::default()),
        "test" => Box::new(test::Arguments::default()),
        "seed" => Box::new(seed::Arguments::default()),
        "snapshot" => Box::new(snapshot::Arguments::default()),
        "build" => Box::new(build::Arguments::default()),
        "compile" => Box::new(compile::Arguments::default()),
        "clone" => Box::new(clone::Arguments::default()),
        "generate" => Box::new(docs_generate::Arguments::default()),
        "run-operation" => Box::new(run_operation::Arguments {
            name: args.get("macro").and_then(Json::as_str)?.to_owned(),
            args: args.get("args").map_or_else(|| "{}".to_owned(), Json::to_string),
        }),
        _ => return None,
    })
}
