//! Microbatch models: a transaction for each slice of time.

use super::attempt::{carry_out, full_refresh, with_code};
use super::run::{Run, failed};
use crate::adapters::RelationKind;
use crate::compile::{Batch, Session};
use crate::diagnostics::Result;
use crate::event::{BatchResults, Event, Level, NodeResult, Status};
use crate::plan::{BatchRange, HookSet, batches};
use crate::resolve::{Node, NodeKind};
use std::sync::Arc;

/// Whether a node is built batch by batch.
pub(super) fn is_microbatch(run: &Run, node: &Node) -> bool {
    matches!(node.kind, NodeKind::Model(_))
        && node.config.materialized() == "incremental"
        && node.config.str("incremental_strategy") == Some("microbatch")
        && run.compiler.materialization(node).is_none()
}

/// Builds the batches that are due. A failed one does not undo the others; but when the first fails none is tried.
pub(super) fn build(run: &Run, session: &Arc<Session>, node: &Arc<Node>) -> Result<NodeResult> {
    let incremental = is_incremental(run, session, node)?;
    let due = due(run, node, incremental)?;
    let mut outcome = BatchResults::default();
    let mut last = NodeResult::new(node.unique_id.clone(), Status::Success);
    let mut first_error = None;
    for (index, batch) in due.iter().enumerate() {
        let hopeless = index > 0 && outcome.successful.is_empty();
        if hopeless || run.options.cancellation.is_asked() {
            outcome.failed.push((batch.start, batch.end));
            continue;
        }
        let hooks = HookSet { pre: index == 0, post: index + 1 == due.len(), ..HookSet::ALL };
        match one(run, session, node, batch, incremental || index > 0, hooks) {
            Ok(result) => {
                outcome.successful.push((batch.start, batch.end));
                last = result;
            }
            Err(diagnostic) => {
                outcome.failed.push((batch.start, batch.end));
                first_error.get_or_insert(diagnostic);
            }
        }
        tell(run, node, index, &due, &outcome);
    }
    Ok(summary(node, last, outcome, first_error))
}

fn one(
    run: &Run,
    session: &Arc<Session>,
    node: &Arc<Node>,
    batch: &Batch,
    incremental: bool,
    hooks: HookSet,
) -> Result<NodeResult> {
    let compiled = run.compiler.compile_batch(session, node, batch, incremental)?;
    let result = carry_out(run, session, node, Some(&compiled), hooks)?;
    Ok(with_code(result, Some(compiled)))
}

/// Whether batches are added to the table that is there.
fn is_incremental(run: &Run, session: &Arc<Session>, node: &Arc<Node>) -> Result<bool> {
    let Some(relation) = &node.relation else { return Ok(false) };
    let there = session.with_connection(|connection| run.compiler.catalog().get(connection, relation))?;
    let is_table = there.is_some_and(|relation| relation.kind == Some(RelationKind::Table));
    Ok(is_table && !full_refresh(run, &run.compiler.context(session, node, None), node)?)
}

fn due(run: &Run, node: &Node, incremental: bool) -> Result<Vec<Batch>> {
    let invocation = &run.compiler.graph().invocation;
    let range = |start, end| BatchRange { start, end, now: invocation.clock(), incremental };
    match run.options.batches.get(&node.unique_id) {
        None => batches(node, range(invocation.flags.event_time_start, invocation.flags.event_time_end)),
        Some(again) => {
            let batches = again.iter().map(|(start, end)| batches(node, range(Some(*start), Some(*end))));
            Ok(batches.collect::<Result<Vec<_>>>()?.concat())
        }
    }
}

fn tell(run: &Run, node: &Node, index: usize, due: &[Batch], outcome: &BatchResults) {
    let Some(batch) = due.get(index) else { return };
    let failed = outcome.failed.contains(&(batch.start, batch.end));
    let word = if failed { "ERROR" } else { "OK" };
    let text = format!("Batch {} of {}: {word} {} of {}", index + 1, due.len(), batch.id, node.name);
    let level = if failed { Level::Error } else { Level::Info };
    run.sink().emit(Event::Message { level, text });
}

fn summary(
    node: &Node,
    last: NodeResult,
    outcome: BatchResults,
    error: Option<Box<crate::diagnostics::Diagnostic>>,
) -> NodeResult {
    let (built, lost) = (outcome.successful.len(), outcome.failed.len());
    let (status, message) = match (built, lost) {
        (_, 0) => (Status::Success, "SUCCESS".to_owned()),
        (0, _) => (Status::Error, "ERROR".to_owned()),
        _ => (Status::PartialSuccess, format!("PARTIAL SUCCESS ({built}/{})", built + lost)),
    };
    let result = match error {
        Some(diagnostic) => failed(&node.unique_id, diagnostic),
        None => last,
    };
    NodeResult { status, message: Some(message), batch_results: Some(outcome), ..result }
}
