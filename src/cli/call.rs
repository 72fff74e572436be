//! One call: the settings, the reporter, and the stages of the pipeline in their order.

use super::flags;
use super::verb::{Outcome, Verb};
use crate::adapters::Relation;
use crate::cache::{self, Understanding};
use crate::compile::{self, Compiler};
use crate::diagnostics::{Code, Diagnostic, Result};
use crate::event::{BatchResults, Event, EventSink, NodeResult, Status};
use crate::execute::{self, Cancellation};
use crate::load::{self, Flags, Invocation, Outputs, Project};
use crate::report::artifacts::{self, Folder, ManifestCall, SqlFiles};
use crate::report::notifications::Account;
use crate::report::{Reporter, Tee};
use crate::resolve::{Graph, ResourceType, UniqueId};
use crate::select::{self, Criteria, PreviousState, Resource};
use crate::world::World;
use jiff::Timestamp;
use serde_json::Value as Json;
use std::collections::{HashMap, HashSet};
use std::path::Path;
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Arc, OnceLock};
use std::time::{Duration, Instant};

/// One call of the program.
pub struct Call {
    /// The outside.
    pub world: Arc<World>,
    /// Facts of this call.
    pub invocation: Arc<Invocation>,
    /// Where everything is told.
    pub reporter: Arc<Reporter>,
    /// Keeps count, for those who are told how the call ended.
    pub account: Arc<Account>,
    /// Stops what is running.
    pub cancellation: Arc<Cancellation>,
    /// The engines, once the project is loaded.
    outputs: OnceLock<Arc<Outputs>>,
    /// For `retry`: what to run, instead of what the selection says.
    pub again: Option<Again>,
}

/// What a `retry` runs.
#[derive(Debug, Clone, Default)]
pub struct Again {
    /// The nodes.
    pub nodes: HashSet<UniqueId>,
    /// For microbatch models of which some batches were built: which, and which are missing.
    pub batches: HashMap<UniqueId, BatchResults>,
    /// When the earlier run began: what was due then is due now.
    pub began: Option<Timestamp>,
}

/// Where the other environment built its nodes.
type Deferred = HashMap<UniqueId, Relation>;

impl Call {
    /// A call with these settings.
    pub fn new(verb: &dyn Verb, flags: Flags, world: Arc<World>, command_line: String) -> Self {
        let command_line = load::scrub(&command_line, &load::secrets(&world, &flags.vars));
        let mut args = flags::describe(&flags, &command_line);
        args.extend(verb.extra_args());
        let id = uuid::Uuid::new_v4().to_string();
        let reporter = Arc::new(Reporter::new(&flags, &id, world.clone(), verb.voice()));
        let invocation = Invocation {
            id,
            started_at: world.now(),
            verb: verb.name(),
            command_line,
            args: Json::Object(args),
            flags,
        };
        Self {
            world,
            invocation: Arc::new(invocation),
            reporter,
            account: Arc::default(),
            cancellation: Arc::default(),
            outputs: OnceLock::new(),
            again: None,
        }
    }

    /// This call continued as another verb with other settings: it stays one invocation.
    pub fn with(&self, verb: &dyn Verb, flags: Flags) -> Self {
        let mut args = flags::describe(&flags, &self.invocation.command_line);
        args.extend(verb.extra_args());
        let invocation =
            Invocation { verb: verb.name(), args: Json::Object(args), flags, ..(*self.invocation).clone() };
        Self {
            world: self.world.clone(),
            invocation: Arc::new(invocation),
            reporter: self.reporter.clone(),
            account: self.account.clone(),
            cancellation: self.cancellation.clone(),
            outputs: OnceLock::new(),
            again: None,
        }
    }

    /// The settings.
    pub fn flags(&self) -> &Flags {
        &self.invocation.flags
    }

    /// Loads and resolves the project, and writes manifest.json and semantic_manifest.json.
    pub fn graph(&self) -> Result<Arc<Graph>> {
        let understanding = self.understand()?;
        let (project, kept) = (understanding.project().clone(), understanding.unchanged());
        // What is kept is copied while the graph is read.
        let (are_written, graph) = rayon::join(
            || kept.is_some_and(|kept| self.copy_manifests(&kept, &project)),
            || understanding.graph().map_err(|errors| self.tell_all_but_last(errors)),
        );
        let graph = Arc::new(graph?);
        // The process ends with the call: taking everything apart before would only take time.
        std::mem::forget(graph.clone());
        if !are_written {
            self.folder(&graph).write_manifests(&graph, &[])?;
        }
        Ok(graph)
    }

    /// The same for who does not need the graph: answers with the numbers of its nodes and sources.
    pub fn parse(&self) -> Result<(usize, usize)> {
        let understanding = self.understand()?;
        let size = understanding.size();
        let copied = understanding.unchanged().is_some_and(|kept| self.copy_manifests(&kept, understanding.project()));
        match copied {
            true => std::mem::forget(understanding),
            false => {
                let graph = understanding.graph().map_err(|errors| self.tell_all_but_last(errors))?;
                self.folder(&graph).write_manifests(&graph, &[])?;
                std::mem::forget(graph);
            }
        }
        Ok(size)
    }

    /// Loads and resolves the project.
    pub fn resolve(&self) -> Result<Graph> {
        self.understand()?.graph().map_err(|errors| self.tell_all_but_last(errors))
    }

    /// Loads and resolves the project for `work` that writes the manifests itself; if it fails they are written without it.
    pub fn resolve_for<T>(&self, work: impl FnOnce(&Arc<Graph>) -> Result<T>) -> Result<T> {
        let graph = Arc::new(self.resolve()?);
        // As in `graph`.
        std::mem::forget(graph.clone());
        let outcome = work(&graph);
        if outcome.is_err() {
            self.folder(&graph).write_manifests(&graph, &[])?;
        }
        outcome
    }

    /// Writes the manifests of the graph that is kept under this name, if they are kept as well.
    fn copy_manifests(&self, kept: &str, project: &Project) -> bool {
        let Some(outputs) = self.outputs.get() else { return false };
        let call = ManifestCall { project, invocation: &self.invocation, outputs, world: &self.world };
        Folder::new(project.root(), self.flags(), &self.world).copy_manifests(kept, &call)
    }

    /// Loads the project and understands it, or finds that this was done before.
    fn understand(&self) -> Result<Understanding> {
        let loaded = load::outline(&self.world, &self.invocation, self.reporter.as_ref());
        let (outline, outputs) = loaded.map_err(|errors| self.tell_all_but_last(errors))?;
        let _ = self.outputs.set(outputs.clone());
        self.open_log(Some(Path::new(&outline.root().settings.log_path)));
        let folder = Folder::new(outline.root(), self.flags(), &self.world).path().to_owned();
        let call = cache::Call { invocation: self.invocation.clone(), outputs, world: self.world.clone(), folder };
        let understanding = cache::understand(outline, call, self.reporter.as_ref());
        let understanding = understanding.map_err(|errors| self.tell_all_but_last(errors))?;
        self.check_warnings()?;
        Ok(understanding)
    }

    /// Writes the log file from now on: where the settings say, else where the project says, else to `logs`.
    pub fn open_log(&self, configured: Option<&Path>) {
        let dir = self.flags().log_path.as_deref().or(configured).unwrap_or(Path::new("logs"));
        self.reporter.log_to(&self.flags().project_dir.join(dir).join("sqlbuild.log"));
    }

    /// A call ends with one error; the others are told at once.
    fn tell_all_but_last(&self, mut errors: Vec<Box<Diagnostic>>) -> Box<Diagnostic> {
        let last = errors.pop();
        errors.iter().for_each(|error| self.reporter.fatal(error));
        last.unwrap_or_else(|| Diagnostic::error(Code::INTERNAL, "The project could not be understood."))
    }

    /// The error that a warning so far has become, if any.
    pub fn check_warnings(&self) -> Result<()> {
        self.reporter.escalated().map_or(Ok(()), Err)
    }

    /// Where this call's artifacts are written.
    pub fn folder(&self, graph: &Graph) -> Folder {
        Folder::new(graph.project.root(), self.flags(), &self.world)
    }

    /// Selects nodes of the verb's kinds (`all`: those that `--resource-type all` adds), in the graph's order.
    pub fn select(&self, graph: &Graph, kinds: &[ResourceType], all: &[ResourceType]) -> Result<Vec<UniqueId>> {
        self.select_by(graph, &Criteria::new(self.flags(), kinds, all))
    }

    /// Selects nodes.
    pub fn select_by(&self, graph: &Graph, criteria: &Criteria) -> Result<Vec<UniqueId>> {
        if let Some(again) = &self.again {
            if let Some(gone) = again.nodes.iter().find(|id| Resource::find(graph, id).is_none()) {
                let message = format!("{gone} failed in the earlier run, and is no longer part of the project.");
                return Err(Diagnostic::error(Code::STATE_MISSING, message).hint("Run the verb itself again."));
            }
            return Ok(graph.dag().topological().into_iter().filter(|id| again.nodes.contains(id)).collect());
        }
        let state = self.flags().state.as_deref().map(|dir| self.previous_state(graph, dir)).transpose()?;
        let selection = select::select(graph, criteria, state.as_ref())?;
        selection.warnings.into_iter().for_each(|warning| self.reporter.emit(Event::Warned(warning)));
        self.check_warnings()?;
        Ok(selection.nodes)
    }

    /// The artifacts of an earlier run.
    fn previous_state(&self, graph: &Graph, dir: &Path) -> Result<PreviousState> {
        artifacts::previous_state(&self.world, dir, self.folder(graph).path())
    }

    /// Where `--defer` or `clone` finds what the other environment built.
    pub fn deferred(&self, graph: &Graph) -> Result<Deferred> {
        let flags = self.flags();
        let dir = flags.defer_state.as_deref().or(flags.state.as_deref()).ok_or_else(|| {
            let message = "--state or --defer-state are required for deferral, but neither was provided.";
            Diagnostic::error(Code::STATE_MISSING, message)
                .hint("Give the folder with the manifest.json of the other environment: --state path/to/folder.")
        })?;
        let state = self.previous_state(graph, dir)?;
        if state.manifest.is_none() {
            return Err(Diagnostic::error(
                Code::STATE_MISSING,
                format!("There is no manifest.json in '{}'.", dir.display()),
            )
            .hint("Copy the one of the other environment there, or name another folder."));
        }
        Ok(artifacts::relations(graph, &state))
    }

    /// Whether the earlier run's folder is the one that this run writes to, which is warned about.
    pub fn compares_with_itself(&self, graph: &Graph) -> bool {
        let flags = self.flags();
        let target = self.folder(graph).path().canonicalize().ok();
        let dirs = [flags.defer_state.as_ref(), flags.state.as_ref()];
        let Some(dir) = dirs.into_iter().flatten().find(|dir| target.is_some() && dir.canonicalize().ok() == target)
        else {
            return false;
        };
        let shown = dir.strip_prefix(self.world.cwd()).unwrap_or(dir).display();
        let message = format!("The state and target directories are the same: '{shown}'");
        let warning = Diagnostic::warning(Code::STATE_MISSING, message)
            .hint("Nothing can be told from a comparison with itself: copy the earlier run's artifacts elsewhere.");
        self.reporter.emit(Event::Warned(warning));
        true
    }

    /// Loads, selects nodes of these kinds and builds them.
    pub fn build(&self, kinds: &[ResourceType]) -> Result<Outcome> {
        self.build_and_show(kinds, false)
    }

    /// Loads, selects nodes of these kinds and builds them; shows what the seeds among them hold.
    pub fn build_and_show(&self, kinds: &[ResourceType], show_seeds: bool) -> Result<Outcome> {
        let graph = self.graph()?;
        let selected = self.select(&graph, kinds, kinds)?;
        let results = self.run(&graph, &selected, execute::Verb::Build)?;
        for result in results.iter().filter(|_| show_seeds) {
            if let (Some(preview), Some(node)) = (&result.preview, graph.nodes.get(&result.unique_id)) {
                self.reporter.preview(node, preview, false);
            }
        }
        Ok(outcome(&results))
    }

    /// Does something with the selected nodes and writes what tools read of it.
    pub fn run(&self, graph: &Arc<Graph>, selected: &[UniqueId], verb: execute::Verb) -> Result<Vec<Arc<NodeResult>>> {
        if selected.is_empty() {
            let warning = Diagnostic::warning(Code::NOTHING_TO_DO, "Nothing to do: no nodes are selected.")
                .hint("See what there is with 'sqlbuild list', and check --select and --exclude.");
            self.reporter.emit(Event::Warned(warning));
            self.check_warnings()?;
            self.write_results(graph, &[], Duration::ZERO)?;
            return Ok(vec![]);
        }
        let began = Instant::now();
        let (compiler, sink) = self.compiler(graph, selected)?;
        let options = execute::Options {
            verb,
            world: self.world.clone(),
            sink,
            cancellation: self.cancellation.clone(),
            now: self.again.as_ref().and_then(|again| again.began).unwrap_or_else(|| self.invocation.clock()),
            batches: self.again.as_ref().map(|again| again.batches.clone()).unwrap_or_default(),
        };
        self.cancel_on_interrupt();
        let results = execute::run(&compiler, selected, options)?;
        self.write_results(graph, &results, began.elapsed())?;
        Ok(results)
    }

    /// A compiler for the selected nodes, and the sink that its events go to.
    pub fn compiler(&self, graph: &Arc<Graph>, selected: &[UniqueId]) -> Result<(Arc<Compiler>, Arc<dyn EventSink>)> {
        let deferred = if self.flags().defer { self.deferred(graph)? } else { HashMap::new() };
        self.account.knows(graph);
        let files = SqlFiles::new(self.folder(graph), graph.clone());
        #[cfg_attr(not(debug_assertions), expect(unused_mut))]
        let mut sinks: Vec<Arc<dyn EventSink>> = vec![Arc::new(files), self.reporter.clone(), self.account.clone()];
        #[cfg(debug_assertions)]
        sinks.extend(super::fault::Fault::asked(&self.world).map(|fault| Arc::new(fault) as Arc<dyn EventSink>));
        let sink: Arc<dyn EventSink> = Arc::new(Tee(sinks));
        let options = compile::Options { selected: selected.to_vec(), deferred };
        let compiler = Compiler::new(graph.clone(), self.world.clone(), sink.clone(), options)?;
        Ok((compiler, sink))
    }

    /// Writes the manifests, now with the compiled SQL, and run_results.json.
    pub fn write_results(&self, graph: &Graph, results: &[Arc<NodeResult>], elapsed: Duration) -> Result<()> {
        let folder = self.folder(graph);
        folder.write_manifests(graph, results)?;
        let run_results = artifacts::run_results(graph, results, elapsed, &self.invocation, &self.world);
        folder.write("run_results.json", &run_results)
    }

    /// The first Ctrl-C cancels what is running; the second ends the program.
    pub fn cancel_on_interrupt(&self) {
        let (cancellation, reporter) = (self.cancellation.clone(), self.reporter.clone());
        let asked = AtomicBool::new(false);
        // Without a handler Ctrl-C still ends the program, only less gently.
        let _ = ctrlc::set_handler(move || {
            if asked.swap(true, Ordering::SeqCst) {
                std::process::exit(1);
            }
            reporter.emit(Event::Cancelling { running: cancellation.cancel() });
        });
    }
}

impl Drop for Call {
    fn drop(&mut self) {
        for output in self.outputs.get().iter().flat_map(|outputs| outputs.used()) {
            output.adapter.close();
        }
    }
}

/// Whether any node failed, or was skipped on account of a failure.
pub fn outcome(results: &[Arc<NodeResult>]) -> Outcome {
    let fails = |status: Status| status.is_failure() || status == Status::Skipped;
    if results.iter().any(|result| fails(result.status)) { Outcome::Failure } else { Outcome::Success }
}
