//! A run of selected nodes.

use super::dependents::Dependents;
use super::node_info::node_info;
use super::pool::{self, Skip, Work, skipped};
use super::schedule::{Order, Schedule};
use super::stopwatch::Stopwatch;
use super::{Cancellation, attempt, hooks, preview, replica, schemas};
use crate::adapters::Relation;
use crate::compile::{Compiler, Session};
use crate::dag::Dag;
use crate::diagnostics::{Code, Diagnostic, Result};
use crate::event::{Event, EventSink, NodeInfo, NodeResult, Status};
use crate::resolve::{Node, ResourceType, UniqueId};
use crate::world::World;
use jiff::Timestamp;
use std::collections::{BTreeMap, HashMap, HashSet};
use std::num::NonZeroUsize;
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::sync::{Arc, Mutex, PoisonError};
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
    /// For `retry`: the batches of microbatch models to build, instead of those that would be due.
    pub batches: HashMap<UniqueId, Vec<(Timestamp, Timestamp)>>,
}

/// Runs the selected nodes, with the project's hooks around them; returns a result for each, in the order they were
/// done. The error is that of a run that could not start.
pub fn run(compiler: &Arc<Compiler>, selected: &[UniqueId], options: Options) -> Result<Vec<Arc<NodeResult>>> {
    let run = Run::new(compiler, selected, options);
    let began = Instant::now();
    run.sink().emit(run.announcement());
    let results = run.all();
    let cancelled = run.options.cancellation.is_asked();
    run.sink().emit(Event::RunFinished { elapsed: began.elapsed(), cancelled });
    results
}

/// What the threads of a run share.
pub(super) struct Run {
    pub(super) compiler: Arc<Compiler>,
    pub(super) options: Options,
    pub(super) dependents: Dependents,
    main: Arc<Session>,
    sessions: Vec<Arc<Session>>,
    nodes: HashMap<UniqueId, Arc<Node>>,
    order: Dag,
    started: Mutex<usize>,
}

impl Run {
    fn new(compiler: &Arc<Compiler>, selected: &[UniqueId], options: Options) -> Self {
        let graph = compiler.graph();
        let compiles = options.verb == Verb::Compile || matches!(options.verb, Verb::Show { .. });
        let found = selected.iter().filter_map(|id| graph.nodes.get(id));
        let nodes: HashMap<_, _> = found
            .filter(|node| compiles || !node.is_ephemeral())
            .filter(|node| compiles || node.resource_type() != ResourceType::Analysis)
            .map(|node| (node.unique_id.clone(), node.clone()))
            .collect();
        let chosen: HashSet<_> = nodes.keys().cloned().collect();
        let mut order = graph.dag.subgraph(&chosen);
        if options.verb == Verb::Build {
            order = with_test_gates(&order, &nodes);
        }
        let threads = graph.project.profile.target.threads.clamp(1, nodes.len().max(1));
        let names = (1..=threads).map(|thread| format!("Thread-{thread}"));
        let sessions = names.map(|name| compiler.session(&name)).collect();
        let main = compiler.session("master");
        let started = Mutex::new(0);
        let dependents = Dependents::default();
        Self { compiler: compiler.clone(), options, dependents, main, sessions, nodes, order, started }
    }

    pub(super) fn sink(&self) -> &dyn EventSink {
        self.options.sink.as_ref()
    }

    pub(super) fn world(&self) -> &World {
        &self.options.world
    }

    fn all(&self) -> Result<Vec<Arc<NodeResult>>> {
        self.options.cancellation.watch(&self.main);
        self.sessions.iter().for_each(|session| self.options.cancellation.watch(session));
        if self.nodes.is_empty() {
            return Ok(vec![]);
        }
        let builds = self.options.verb == Verb::Build;
        if builds || matches!(self.options.verb, Verb::Clone { .. }) {
            schemas::prepare(self, &self.main, self.nodes.values())?;
        }
        let mut results = if builds { hooks::at_start(self, &self.main) } else { vec![] };
        if results.iter().any(|result| result.status.is_failure()) {
            let ids = self.order.topological();
            results.extend(ids.iter().map(|id| Arc::new(self.skip(id, Skip::Parent("an on-run-start hook".into())))));
        } else {
            let kind = if self.sessions.len() == 1 { Order::Levels } else { Order::LongestPath };
            let schedule = Schedule::new(&self.order, kind);
            let threads = NonZeroUsize::new(self.sessions.len()).unwrap_or(NonZeroUsize::MIN);
            let fail_fast = self.compiler.graph().invocation.flags.fail_fast;
            results.extend(pool::run(schedule, threads, fail_fast, &self.options.cancellation, self));
        }
        if builds {
            results.extend(hooks::at_end(self, &self.main, &results));
        }
        Ok(results)
    }

    fn announcement(&self) -> Event {
        let mut counts: BTreeMap<&str, usize> = BTreeMap::new();
        for node in self.nodes.values() {
            let what = match node.resource_type() {
                ResourceType::Test => "data test",
                ResourceType::Model => match node.config.materialized() {
                    "view" => "view model",
                    "table" => "table model",
                    "incremental" => "incremental model",
                    _ => "model",
                },
                other => other.as_str(),
            };
            *counts.entry(what).or_default() += 1;
        }
        let phrase = |(what, count): (&str, usize)| match (what, count) {
            (_, 1) => format!("1 {what}"),
            ("analysis", _) => format!("{count} analyses"),
            _ => format!("{count} {what}s"),
        };
        Event::RunStarted {
            total: self.nodes.len(),
            threads: self.sessions.len(),
            target: self.compiler.graph().project.profile.target.name.clone(),
            summary: counts.into_iter().map(phrase).collect::<Vec<_>>().join(", "),
        }
    }

    fn next_info(&self, node: &Node) -> Arc<NodeInfo> {
        let mut started = self.started.lock().unwrap_or_else(PoisonError::into_inner);
        *started += 1;
        node_info(node, *started, self.nodes.len())
    }

    fn work_on(&self, session: &Arc<Session>, node: &Arc<Node>, watch: &mut Stopwatch<'_>) -> NodeResult {
        let done = match &self.options.verb {
            Verb::Build => attempt::build(self, session, node, watch),
            Verb::Compile => watch.time("compile", || attempt::compile(self, session, node)),
            Verb::Show { limit } => preview::show(self, session, node, *limit, watch),
            Verb::Clone { from } => {
                watch.time("execute", || replica::copy(self, session, node, from.get(&node.unique_id)))
            }
        };
        done.unwrap_or_else(|diagnostic| failed(&node.unique_id, diagnostic))
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

impl Work for Run {
    fn run(&self, thread: usize, id: &Arc<str>) -> NodeResult {
        let (Some(node), Some(session)) = (self.nodes.get(id), self.sessions.get(thread)) else {
            return failed(id, Diagnostic::error(Code::INTERNAL, format!("{id} is not part of this run.")));
        };
        let info = self.next_info(node);
        session.report_as(Some(info.clone()));
        self.sink().emit(Event::NodeStarted(info.clone()));
        let began = Instant::now();
        let mut watch = Stopwatch::new(self.world());
        let work = catch_unwind(AssertUnwindSafe(|| self.work_on(session, node, &mut watch)));
        let result = work.unwrap_or_else(|panic| {
            session.close();
            failed(id, fault(panic.as_ref(), node))
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

    fn skip(&self, id: &Arc<str>, why: Skip) -> NodeResult {
        let result = skipped(id, &why);
        if let Some(node) = self.nodes.get(id) {
            let info = self.next_info(node);
            let result = NodeResult { relation_name: info.relation_name.clone(), ..result.clone() };
            self.sink().emit(Event::NodeFinished(info, Arc::new(result)));
        }
        result
    }
}

/// A panic as an error: a fault of the program itself must not hang the run.
fn fault(panic: &(dyn std::any::Any + Send), node: &Node) -> Box<Diagnostic> {
    let text = panic.downcast_ref::<String>().map(String::as_str).or_else(|| panic.downcast_ref::<&str>().copied());
    let message = format!("sqlbuild stumbled over '{}': {}", node.name, text.unwrap_or("no message"));
    Diagnostic::error(Code::INTERNAL, message).at(&node.span)
}

/// Lets what is built from a node wait for the node's tests. A test of several nodes holds up what is built from all of
/// them.
fn with_test_gates(order: &Dag, nodes: &HashMap<UniqueId, Arc<Node>>) -> Dag {
    let is_test = |id: &Arc<str>| nodes.get(id).is_some_and(|node| node.is_test());
    let ids: Vec<_> = order.ids().cloned().collect();
    let mut edges: Vec<_> =
        ids.iter().flat_map(|id| order.parents(id).map(move |parent| (parent.clone(), id.clone()))).collect();
    for test in ids.iter().filter(|id| is_test(id)) {
        let gated = order.parents(test).map(|parent| order.descendants(parent, None));
        let Some(gated) = gated.reduce(|a, b| a.intersection(&b).cloned().collect()) else { continue };
        // An edge to the first ones is enough: the others come after them.
        let first = gated.iter().filter(|id| !is_test(id) && order.parents(id).all(|parent| !gated.contains(parent)));
        edges.extend(first.map(|id| (test.clone(), id.clone())));
    }
    Dag::new(ids, edges)
}
