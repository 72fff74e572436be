//! A run of selected nodes.

use super::dependents::Dependents;
use super::foreign_keys::ForeignKeys;
use super::gates::with_gates;
use super::lanes::Lanes;
use super::pool::{self, Skip, Work, skipped};
use super::schedule::{Order, Schedule};
use super::stopwatch::Stopwatch;
use super::task::{Task, summary, transfers, with_transfers};
use super::{Cancellation, attempt, files, hooks, preview, replica, schemas, transfer, unit_test};
use crate::adapters::Relation;
use crate::compile::{Compiler, Session};
use crate::dag::Dag;
use crate::diagnostics::{Code, Diagnostic, Result};
use crate::event::{BatchResults, Event, EventSink, NodeInfo, NodeResult, Status};
use crate::load::Output;
use crate::resolve::{Node, ResourceType, UniqueId};
use crate::world::World;
use jiff::Timestamp;
use std::collections::{BTreeSet, HashMap};
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Arc, Mutex, MutexGuard, OnceLock, PoisonError};
use std::time::Instant;

/// What is done with each node.
#[derive(Debug, Clone, PartialEq)]
pub enum Verb {
    /// It is built, loaded or tested: `run`, `seed`, `snapshot`, `test`, `build`.
    Build,
    /// It is compiled: `compile`, `docs generate`.
    Compile,
    /// It is compiled and queried: `show`.
    Show {
        /// How many rows at most.
        limit: Option<usize>,
    },
    /// It is copied from where an earlier run built it: `clone`.
    Clone {
        /// Where that is.
        from: HashMap<UniqueId, Relation>,
    },
}

impl Verb {
    /// Whether there is anything to do for a task: analyses are only compiled.
    fn concerns(&self, task: &Task) -> bool {
        let compiles = matches!(self, Verb::Compile | Verb::Show { .. });
        match task {
            Task::UnitTest(_) | Task::NoOp(_) => *self == Verb::Build,
            Task::Load(_) | Task::Transfer(_) => self.queries(),
            Task::Node(node) if node.is_ephemeral() => compiles || *self == Verb::Build,
            Task::Node(node) => compiles || node.resource_type() != ResourceType::Analysis,
        }
    }

    /// Whether it makes relations.
    fn writes(&self) -> bool {
        matches!(self, Verb::Build | Verb::Clone { .. })
    }

    /// Whether it reads the rows of what a task is built from.
    fn queries(&self) -> bool {
        matches!(self, Verb::Build | Verb::Show { .. })
    }

    /// Whether a task has no result of its own: an ephemeral model is only compiled for those that read it.
    fn is_preparation(&self, task: &Task) -> bool {
        *self == Verb::Build && task.node().is_some_and(|node| node.is_ephemeral())
    }
}

/// How a run goes about its work, beside the flags of the call.
pub struct Options {
    /// What is done with each node.
    pub verb: Verb,
    /// Clock and files.
    pub world: Arc<World>,
    /// Is told what happens.
    pub sink: Arc<dyn EventSink>,
    /// Stops the run.
    pub cancellation: Arc<Cancellation>,
    /// The moment up to which batches of microbatch models are due.
    pub now: Timestamp,
    /// For `retry`: microbatch models of which the earlier run built some batches and not the others, which are built
    /// instead of those that would be due.
    pub batches: HashMap<UniqueId, BatchResults>,
}

/// Runs the selected nodes, with the project's hooks around them; returns a result for each, in the order they were
/// done. The error is that of a run that could not start.
pub fn run(compiler: &Arc<Compiler>, selected: &[UniqueId], options: Options) -> Result<Vec<Arc<NodeResult>>> {
    let run = Run::new(compiler, selected, options)?;
    let began = Instant::now();
    run.sink().emit(run.announcement());
    let results = run.all()?;
    let cancelled = run.options.cancellation.is_asked();
    run.sink().emit(Event::RunFinished { elapsed: began.elapsed(), cancelled });
    Ok(results)
}

/// What the threads of a run share.
pub(super) struct Run {
    pub(super) compiler: Arc<Compiler>,
    pub(super) options: Options,
    pub(super) dependents: Dependents,
    pub(super) foreign_keys: ForeignKeys,
    pub(super) main: Arc<Session>,
    pub(super) lanes: Lanes,
    pub(super) tasks: HashMap<UniqueId, Task>,
    /// Outputs that cannot be written to, and why.
    pub(super) unreachable: OnceLock<HashMap<String, Box<Diagnostic>>>,
    order: Dag,
    /// How many tasks have a result.
    total: usize,
    started: Mutex<usize>,
    /// Whether a failure has ended the run for the nodes that were running.
    interrupted: AtomicBool,
    /// Which ephemeral model's error keeps a task from being done.
    spoilt: Mutex<HashMap<UniqueId, Arc<EphemeralFailure>>>,
}

/// An ephemeral model that cannot be compiled.
struct EphemeralFailure {
    id: UniqueId,
    /// The error, until it is told.
    diagnostic: Mutex<Option<Box<Diagnostic>>>,
}

impl Run {
    pub(super) fn new(compiler: &Arc<Compiler>, selected: &[UniqueId], options: Options) -> Result<Self> {
        let graph = compiler.graph();
        let mut tasks = HashMap::new();
        for id in selected {
            if let Some(task) = Task::of(id, graph)?.filter(|task| options.verb.concerns(task)) {
                tasks.insert(id.clone(), task);
            }
        }
        if options.verb.queries() {
            let sources: Vec<_> = tasks.values().flat_map(|task: &Task| task.file_sources(graph)).collect();
            tasks.extend(sources.into_iter().map(|source| (source.unique_id.clone(), Task::Load(source))));
        }
        let transfers = if options.verb.queries() { transfers(&tasks, graph) } else { vec![] };
        let dag = with_transfers(graph.dag(), &transfers, graph);
        tasks.extend(transfers.into_iter().map(|transfer| (transfer.unique_id.clone(), Task::Transfer(transfer))));
        let order = match options.verb {
            Verb::Build => with_gates(&dag, &tasks),
            // What is cloned exists already, each for itself.
            Verb::Clone { .. } => Dag::new(tasks.keys().cloned().collect::<BTreeSet<_>>(), []),
            _ => dag.subgraph(&tasks.keys().cloned().collect()),
        };
        let total = tasks.values().filter(|task| !options.verb.is_preparation(task)).count();
        Ok(Self {
            compiler: compiler.clone(),
            options,
            dependents: Dependents::default(),
            foreign_keys: ForeignKeys::default(),
            main: compiler.session("master"),
            lanes: Lanes::new(compiler, &tasks),
            tasks,
            unreachable: OnceLock::new(),
            order,
            total,
            started: Mutex::new(0),
            interrupted: AtomicBool::new(false),
            spoilt: Mutex::default(),
        })
    }

    /// Whether the run builds a node of which `is` holds after `id`.
    pub(super) fn is_yet_to_build(&self, id: &UniqueId, is: impl Fn(&Arc<Node>) -> bool) -> bool {
        let after = self.order.descendants(id, None);
        self.options.verb == Verb::Build && after.iter().filter_map(|id| self.tasks.get(id)?.node()).any(is)
    }

    pub(super) fn sink(&self) -> &dyn EventSink {
        self.options.sink.as_ref()
    }

    pub(super) fn world(&self) -> &World {
        &self.options.world
    }

    fn all(&self) -> Result<Vec<Arc<NodeResult>>> {
        self.options.cancellation.watch(&self.main);
        self.lanes.sessions().iter().for_each(|session| self.options.cancellation.watch(session));
        if self.tasks.is_empty() {
            return Ok(vec![]);
        }
        self.main.check_comment()?;
        let builds = self.options.verb == Verb::Build;
        if self.options.verb.writes() || self.tasks.values().any(Task::prepares_others) {
            schemas::prepare(self)?;
        }
        let mut results = if builds { hooks::at_start(self, &self.main)? } else { vec![] };
        let flags = &self.compiler.graph().invocation.flags;
        let skips = flags.behavior("skip_nodes_if_on_run_start_fails", false);
        if skips && results.iter().any(|result| result.status.is_failure()) {
            let ids = self.order.topological();
            results.extend(ids.iter().map(|id| Arc::new(self.skip(id, Skip::Parent("an on-run-start hook".into())))));
        } else {
            let kind = if self.lanes.sessions().len() == 1 { Order::Levels } else { Order::LongestPath };
            let schedule = Schedule::new(&self.order, kind, &|id| self.lane(id));
            results.extend(pool::run(
                schedule,
                self.lanes.threads(),
                flags.fail_fast,
                &self.options.cancellation,
                self,
            ));
        }
        results.retain(|result| self.tasks.get(&result.unique_id).is_none_or(|task| self.has_result(task, result)));
        if builds {
            results.extend(hooks::at_end(self, &self.main, &results)?);
        }
        Ok(results)
    }

    fn announcement(&self) -> Event {
        Event::RunStarted {
            total: self.total,
            threads: self.lanes.sessions().len(),
            target: self.compiler.graph().project.profile.target.name.clone(),
            summary: summary(self.tasks.values().filter(|task| !self.is_preparation(task))),
        }
    }

    /// How many of the threads that an output may use have nothing to do.
    pub(super) fn idle_threads(&self, output: &Output) -> usize {
        let threads = output.target.threads;
        threads.saturating_sub(self.options.cancellation.running())
    }

    fn is_preparation(&self, task: &Task) -> bool {
        self.options.verb.is_preparation(task)
    }

    /// Whether a result is one of the run: not what was only done for those that read it, unless it failed.
    fn has_result(&self, task: &Task, result: &NodeResult) -> bool {
        match task {
            Task::Load(_) => result.status.is_failure(),
            task => !self.is_preparation(task),
        }
    }

    fn next_info(&self, task: &Task) -> Arc<NodeInfo> {
        let mut started = self.started.lock().unwrap_or_else(PoisonError::into_inner);
        *started += 1;
        task.info(*started, self.total)
    }

    /// Compiles an ephemeral model for those that read it.
    fn prepare(&self, session: &Arc<Session>, id: &UniqueId) -> NodeResult {
        match self.compiler.compile_ephemeral(session, id) {
            Ok(()) => NodeResult::new(id.clone(), Status::Success),
            Err(diagnostic) => {
                let failure = EphemeralFailure { id: id.clone(), diagnostic: Mutex::new(Some(diagnostic)) };
                self.spoilt().insert(id.clone(), Arc::new(failure));
                NodeResult::new(id.clone(), Status::Error)
            }
        }
    }

    fn spoilt(&self) -> MutexGuard<'_, HashMap<UniqueId, Arc<EphemeralFailure>>> {
        self.spoilt.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// The result of a task that is not done. An ephemeral model's error is told with the first one that it spoils.
    fn skipped(&self, id: &UniqueId, why: &Skip) -> NodeResult {
        let cause = match why {
            Skip::Parent(parent) => self.spoilt().get(parent).cloned(),
            _ => None,
        };
        let Some(failure) = cause else { return skipped(id, why) };
        self.spoilt().insert(id.clone(), failure.clone());
        let message = format!(
            "Compilation Error in {id}, caused by compilation error in referenced ephemeral model {}",
            failure.id
        );
        let diagnostic = failure.diagnostic.lock().unwrap_or_else(PoisonError::into_inner).take();
        NodeResult { message: Some(message), diagnostic, ..NodeResult::new(id.clone(), Status::Skipped) }
    }

    fn work_on(&self, session: &Arc<Session>, task: &Task, watch: &mut Stopwatch<'_>) -> Result<NodeResult> {
        let node = match task {
            Task::Node(node) => node,
            Task::UnitTest(test) => return unit_test::check(self, session, test, watch),
            Task::NoOp(info) => {
                // Readers of artifacts expect both phases.
                watch.time("compile", || ());
                return Ok(watch.time("execute", || no_op(&info.unique_id)));
            }
            Task::Load(source) => return watch.time("execute", || files::load(self, session, source)),
            Task::Transfer(transfer) => return watch.time("execute", || transfer::carry(self, session, transfer)),
        };
        match &self.options.verb {
            Verb::Build => attempt::build(self, session, node, watch),
            Verb::Compile => {
                let result = watch.time("compile", || attempt::compile(self, session, node))?;
                // Nothing is done with it, but readers of artifacts expect both phases.
                Ok(watch.time("execute", || result))
            }
            Verb::Show { limit } => preview::show(self, session, node, *limit, watch),
            Verb::Clone { from } => {
                watch.time("compile", || ());
                watch.time("execute", || replica::copy(self, session, node, from.get(&node.unique_id)))
            }
        }
    }
}

/// A result that tells of an error.
pub(super) fn failed(id: &UniqueId, diagnostic: Box<Diagnostic>) -> NodeResult {
    NodeResult {
        message: Some(diagnostic.message.clone()),
        diagnostic: Some(diagnostic),
        ..NodeResult::new(id.clone(), Status::Error)
    }
}

/// A result for what there was nothing to do for.
fn no_op(id: &UniqueId) -> NodeResult {
    NodeResult { message: Some("NO-OP".to_owned()), failures: Some(0), ..NodeResult::new(id.clone(), Status::NoOp) }
}

impl Work for Run {
    fn run(&self, thread: usize, id: &Arc<str>) -> NodeResult {
        let (Some(task), Some(session)) = (self.tasks.get(id), self.lanes.session(thread)) else {
            return failed(id, Diagnostic::error(Code::INTERNAL, format!("{id} is not part of this run.")));
        };
        if self.is_preparation(task) {
            return self.prepare(session, id);
        }
        let info = self.next_info(task);
        session.report_as(Some(info.clone()));
        self.sink().emit(Event::NodeStarted(info.clone()));
        let began = Instant::now();
        let mut watch = Stopwatch::new(self.world());
        let work = catch_unwind(AssertUnwindSafe(|| {
            self.check_reachable(session.output())?;
            self.work_on(session, task, &mut watch)
        }));
        let work = work.unwrap_or_else(|panic| {
            session.close();
            Err(fault(panic.as_ref(), task))
        });
        let interrupted = self.interrupted.load(Ordering::SeqCst);
        let result = work.unwrap_or_else(|diagnostic| match diagnostic.code {
            Code::SQL_CANCELLED if interrupted => skipped(id, &Skip::FailFast),
            _ => failed(id, diagnostic),
        });
        let result = NodeResult {
            timing: watch.into_timing(),
            execution_time: began.elapsed(),
            thread_id: session.name().to_owned(),
            relation_name: info.relation_name.clone(),
            ..result
        };
        self.sink().emit(Event::NodeFinished(info, Arc::new(result.clone())));
        result
    }

    fn interrupt(&self) {
        self.interrupted.store(true, Ordering::SeqCst);
        self.lanes.sessions().iter().for_each(|session| session.cancel());
    }

    fn skip(&self, id: &Arc<str>, why: Skip) -> NodeResult {
        let result = self.skipped(id, &why);
        if let Some(task) = self.tasks.get(id).filter(|task| !self.is_preparation(task)) {
            let info = self.next_info(task);
            let result = NodeResult { relation_name: info.relation_name.clone(), ..result };
            self.sink().emit(Event::NodeFinished(info, Arc::new(result.clone())));
            return result;
        }
        result
    }
}

/// A panic as an error: a fault of the program itself must not hang the run.
fn fault(panic: &(dyn std::any::Any + Send), task: &Task) -> Box<Diagnostic> {
    let text = panic.downcast_ref::<String>().map(String::as_str).or_else(|| panic.downcast_ref::<&str>().copied());
    let message = format!("sqlbuild stumbled over '{}': {}", task.name(), text.unwrap_or("no message"));
    let error = Diagnostic::error(Code::INTERNAL, message);
    match task.span() {
        Some(span) => error.at(span),
        None => error,
    }
}
