//! Microbatch models: a transaction for each slice of time.

use super::attempt::{carry_out, full_refresh, repeated, with_code};
use super::node_info::node_info;
use super::run::{Run, failed};
use crate::adapters::RelationKind;
use crate::compile::{Batch, Session, relation_value};
use crate::diagnostics::{Diagnostic, Result};
use crate::event::{BatchInfo, BatchResults, Event, NodeInfo, NodeResult, Status};
use crate::plan::{BatchRange, HookSet, batches};
use crate::resolve::{Node, NodeKind};
use std::sync::atomic::{AtomicBool, AtomicUsize, Ordering};
use std::sync::{Arc, Mutex, PoisonError};
use std::time::Instant;

/// Whether a node is built batch by batch.
pub(super) fn is_microbatch(run: &Run, node: &Node) -> bool {
    matches!(node.kind, NodeKind::Model(_))
        && node.config.materialized() == "incremental"
        && node.config.str("incremental_strategy") == Some("microbatch")
        && run.compiler.materialization(node).is_none()
        && !has_strategy_of_its_own(run)
}

/// Whether the project brings its own macro for the strategy. Such a one writes all batches at once, unless the project
/// says that it takes one at a time.
fn has_strategy_of_its_own(run: &Run) -> bool {
    let graph = run.compiler.graph();
    let flag = graph.invocation.flags.project_flags.get("REQUIRE_BATCHED_EXECUTION_FOR_CUSTOM_MICROBATCH_STRATEGY");
    let is_own =
        |package: &String| graph.macros.contains_key(&format!("macro.{package}.get_incremental_microbatch_sql"));
    flag != Some(&true.into()) && graph.project.packages.keys().any(is_own)
}

/// Builds the batches that are due: the first alone, which makes the table; those between at the same time where the
/// engine and the config allow it; the last alone. A failed one does not undo the others; but when the first fails none
/// is tried.
pub(super) fn build(run: &Run, session: &Arc<Session>, node: &Arc<Node>) -> Result<NodeResult> {
    let lock = lock(run, session, node)?;
    let incremental = is_incremental(run, session, node)?;
    let before = run.options.batches.get(&node.unique_id);
    let due = match before {
        Some(before) => {
            before.failed.iter().map(|span| batches(node, again(run, *span))).collect::<Result<Vec<_>>>()?.concat()
        }
        None => batches(node, range(run, incremental))?,
    };
    let work = Batches {
        run,
        node,
        info: node_info(node, 0, 0),
        incremental: incremental || before.is_some(),
        done: Mutex::new(due.iter().map(|_| None).collect()),
        due,
        given_up: AtomicBool::new(false),
    };
    let last = work.due.len().saturating_sub(1);
    work.build(session, 0);
    if work.is_concurrent() {
        work.build_concurrently(session, 1..last);
    } else {
        (1..last).for_each(|index| work.build(session, index));
    }
    if last > 0 {
        work.build(session, last);
    }
    if let Some(lock) = lock {
        // Where its connection was lost meanwhile, so is the lock.
        let _ = lock.rollback();
    }
    let earlier = before.map(|before| before.successful.clone()).unwrap_or_default();
    Ok(work.into_result(earlier))
}

/// Keeps other runs of the model away, where the engine needs a lock for it: a transaction holds it that lasts longer
/// than those of the batches. What another run has built while this one waited is seen.
fn lock(run: &Run, session: &Arc<Session>, node: &Arc<Node>) -> Result<Option<Arc<Session>>> {
    let Some(relation) = &node.relation else { return Ok(None) };
    let cx = run.compiler.context(session, node, None);
    let relation_value = relation_value(relation, session.dialect());
    let sql = run.compiler.call_sql(&cx, "get_write_lock_sql", &[relation_value], &[])?;
    if sql.trim().is_empty() {
        return Ok(None);
    }
    let holder = run.compiler.session_with(&format!("{}-lock", session.name()), &node.target);
    run.options.cancellation.watch(&holder);
    holder.begin()?;
    holder.execute(&sql)?;
    session.catalog().forget(relation);
    Ok(Some(holder))
}

/// Whether batches are added to the table that is there.
fn is_incremental(run: &Run, session: &Arc<Session>, node: &Arc<Node>) -> Result<bool> {
    let Some(relation) = &node.relation else { return Ok(false) };
    let there = session.with_connection(|connection| session.catalog().get(connection, relation))?;
    let is_table = there.is_some_and(|relation| relation.kind == Some(RelationKind::Table));
    Ok(is_table && !full_refresh(run, &run.compiler.context(session, node, None), node)?)
}

/// The batches of a run: of the window that was asked for, else of the sample's.
fn range(run: &Run, incremental: bool) -> BatchRange {
    let flags = &run.compiler.graph().invocation.flags;
    let (start, end) = match run.compiler.sampled() {
        Some((start, end)) => (Some(start), Some(end)),
        None => (flags.event_time_start, flags.event_time_end),
    };
    BatchRange { start, end, now: run.options.now, incremental }
}

/// The batch that is built again.
fn again(run: &Run, (start, end): (jiff::Timestamp, jiff::Timestamp)) -> BatchRange {
    BatchRange { start: Some(start), end: Some(end), now: run.options.now, incremental: true }
}

/// What became of a batch.
enum Outcome {
    Built(Box<NodeResult>),
    Failed(Box<Diagnostic>),
    Skipped,
}

/// The batches of a model on their way.
struct Batches<'a> {
    run: &'a Run,
    node: &'a Arc<Node>,
    info: Arc<NodeInfo>,
    incremental: bool,
    due: Vec<Batch>,
    done: Mutex<Vec<Option<Outcome>>>,
    /// No further batch is started.
    given_up: AtomicBool,
}

impl Batches<'_> {
    /// Whether several batches may be written at the same time. What reads its own table may need the batch before.
    fn is_concurrent(&self) -> bool {
        let mut words = self.node.raw_code().split(|c: char| !(c.is_alphanumeric() || c == '_'));
        let wanted = self.node.config.bool("concurrent_batches");
        self.run.compiler.graph().dialect_of(&self.node.unique_id).concurrent_batches
            && wanted.unwrap_or_else(|| words.all(|word| word != "this"))
    }

    /// Builds these batches on this thread and on those that have nothing to do, each with a session of its own.
    fn build_concurrently(&self, session: &Arc<Session>, batches: std::ops::Range<usize>) {
        let next = AtomicUsize::new(batches.start);
        let work_off = |session: &Arc<Session>| {
            loop {
                let index = next.fetch_add(1, Ordering::SeqCst);
                if index >= batches.end {
                    return;
                }
                self.build(session, index);
            }
        };
        let helpers = self.run.idle_threads(session.output()).min(batches.len().saturating_sub(1));
        std::thread::scope(|scope| {
            for helper in 1..=helpers {
                let own = self.run.compiler.session_with(&format!("{}-{helper}", session.name()), &self.node.target);
                own.report_as(Some(self.info.clone()));
                self.run.options.cancellation.watch(&own);
                let builder = std::thread::Builder::new().name(own.name().to_owned()).stack_size(super::pool::STACK);
                // A thread that cannot be had leaves its share to the others.
                let _ = builder.spawn_scoped(scope, move || work_off(&own));
            }
            work_off(session);
        });
    }

    fn build(&self, session: &Arc<Session>, index: usize) {
        let Some(batch) = self.due.get(index) else { return };
        let began = Instant::now();
        let outcome = match self.given_up.load(Ordering::SeqCst) || self.run.options.cancellation.is_asked() {
            true => Outcome::Skipped,
            false => match self.attempt(session, index, batch) {
                Ok(result) => Outcome::Built(Box::new(result)),
                Err(diagnostic) => Outcome::Failed(diagnostic),
            },
        };
        let fail_fast = self.run.compiler.graph().invocation.flags.fail_fast;
        if matches!(outcome, Outcome::Failed(_)) && (index == 0 || fail_fast) {
            self.given_up.store(true, Ordering::SeqCst);
        }
        let result = match &outcome {
            Outcome::Built(result) => (**result).clone(),
            Outcome::Failed(diagnostic) => failed(&self.node.unique_id, diagnostic.clone()),
            Outcome::Skipped => NodeResult::new(self.node.unique_id.clone(), Status::Skipped),
        };
        let result = NodeResult { execution_time: began.elapsed(), thread_id: session.name().to_owned(), ..result };
        let info = BatchInfo { label: batch.label.clone(), index: index + 1, total: self.due.len() };
        self.run.sink().emit(Event::BatchFinished(self.info.clone(), info, Arc::new(result)));
        if let Some(slot) = self.done.lock().unwrap_or_else(PoisonError::into_inner).get_mut(index) {
            *slot = Some(outcome);
        }
    }

    fn attempt(&self, session: &Arc<Session>, index: usize, batch: &Batch) -> Result<NodeResult> {
        let hooks = HookSet { pre: index == 0, post: index + 1 == self.due.len(), ..HookSet::ALL };
        let adds = self.incremental || index > 0;
        repeated(self.run, || {
            let compiled = self.run.compiler.compile_batch(session, self.node, batch, adds)?;
            let result = carry_out(self.run, session, self.node, Some(&compiled), hooks, adds)?;
            Ok(with_code(result, Some(compiled)))
        })
    }

    /// The model's result; `earlier`: batches that were built before this run.
    fn into_result(self, earlier: Vec<(jiff::Timestamp, jiff::Timestamp)>) -> NodeResult {
        let mut results = BatchResults::default();
        let mut last = NodeResult::new(self.node.unique_id.clone(), Status::Success);
        let mut first_error = None;
        let outcomes = self.done.into_inner().unwrap_or_else(PoisonError::into_inner);
        for (batch, outcome) in self.due.iter().zip(outcomes) {
            let span = (batch.start, batch.end);
            match outcome {
                Some(Outcome::Built(result)) => {
                    results.successful.push(span);
                    last = *result;
                }
                Some(Outcome::Failed(diagnostic)) => {
                    results.failed.push(span);
                    first_error.get_or_insert(diagnostic);
                }
                Some(Outcome::Skipped) | None => results.failed.push(span),
            }
        }
        let (built, lost) = (results.successful.len(), results.failed.len());
        let (status, message) = match (built, lost) {
            (_, 0) => (Status::Success, "SUCCESS".to_owned()),
            (0, _) => (Status::Error, "ERROR".to_owned()),
            _ => (Status::PartialSuccess, format!("PARTIAL SUCCESS ({built}/{})", built + lost)),
        };
        let result = match first_error {
            Some(diagnostic) => failed(&self.node.unique_id, diagnostic),
            None => last,
        };
        results.successful.extend(earlier);
        NodeResult { status, message: Some(message), failures: Some(0), batch_results: Some(results), ..result }
    }
}
