//! `on-run-start` and `on-run-end`.

use super::node_info::node_info;
use super::rollback::rolled_back;
use super::run::{Run, failed};
use super::stopwatch::Stopwatch;
use crate::compile::{NodeContext, Session};
use crate::diagnostics::{Code, Diagnostic, Result};
use crate::event::{Event, NodeResult, Status};
use crate::jinja::{List, Value};
use crate::resolve::{Node, ResourceType};
use std::collections::BTreeSet;
use std::sync::Arc;
use std::time::Instant;

/// Runs the hooks of the start; after a failure the others are skipped.
pub(super) fn at_start(run: &Run, session: &Arc<Session>) -> Vec<Arc<NodeResult>> {
    all(run, session, false, |cx| cx)
}

/// Runs the hooks of the end, which see the results so far. A cancelled run has none.
pub(super) fn at_end(run: &Run, session: &Arc<Session>, results: &[Arc<NodeResult>]) -> Vec<Arc<NodeResult>> {
    if run.options.cancellation.is_asked() {
        return vec![];
    }
    run.compiler.set_results(results);
    let built = results.iter().filter(|result| result.status == Status::Success);
    let nodes = built.filter_map(|result| run.compiler.graph().nodes.get(&result.unique_id));
    let places: BTreeSet<(String, String)> = nodes
        .filter(|node| node.resource_type() == ResourceType::Model)
        .map(|node| (node.database.clone(), node.schema.clone()))
        .collect();
    let schemas: BTreeSet<_> = places.iter().map(|(_, schema)| schema.clone()).collect();
    let schemas = List::value(schemas.into_iter().map(Value::from).collect());
    let pair = |(database, schema)| Value::from(vec![Value::from(database), Value::from(schema)]);
    let places = List::value(places.into_iter().map(pair).collect());
    all(run, session, true, |cx| cx.with("schemas", schemas.clone()).with("database_schemas", places.clone()))
}

fn all(
    run: &Run,
    session: &Arc<Session>,
    at_end: bool,
    names: impl Fn(NodeContext) -> NodeContext,
) -> Vec<Arc<NodeResult>> {
    let graph = run.compiler.graph();
    let hooks = graph.operations.iter().filter(|operation| operation.at_end == at_end);
    let hooks: Vec<_> = hooks.filter_map(|operation| graph.nodes.get(&operation.unique_id)).collect();
    let mut results: Vec<Arc<NodeResult>> = vec![];
    for (index, node) in hooks.iter().enumerate() {
        let result = if results.iter().any(|result| result.status != Status::Success) {
            let message = Some(format!("{} skipped", node.name));
            Arc::new(NodeResult { message, ..NodeResult::new(node.unique_id.clone(), Status::Skipped) })
        } else {
            one(run, session, node, index + 1, hooks.len(), &names)
        };
        results.push(result);
    }
    session.report_as(None);
    results
}

fn one(
    run: &Run,
    session: &Arc<Session>,
    node: &Arc<Node>,
    index: usize,
    total: usize,
    names: &impl Fn(NodeContext) -> NodeContext,
) -> Arc<NodeResult> {
    let info = node_info(node, index, total);
    session.report_as(Some(info.clone()));
    run.sink().emit(Event::NodeStarted(info.clone()));
    let began = Instant::now();
    let mut watch = Stopwatch::new(run.world());
    let done = carry_out(run, session, node, &mut watch, names);
    let result = match done {
        Ok(()) => NodeResult {
            message: Some(format!("{} passed", node.name)),
            failures: Some(0),
            ..NodeResult::new(node.unique_id.clone(), Status::Success)
        },
        Err(diagnostic) => {
            let message = format!("The hook {} failed: {}", node.name, diagnostic.message);
            let diagnostic = Box::new(Diagnostic { code: Code::HOOK_FAILED, message, ..*diagnostic });
            NodeResult { failures: Some(1), ..failed(&node.unique_id, diagnostic) }
        }
    };
    let result = Arc::new(NodeResult {
        timing: watch.into_timing(),
        execution_time: began.elapsed(),
        thread_id: "main".into(),
        ..result
    });
    run.sink().emit(Event::NodeFinished(info, result.clone()));
    result
}

/// A hook runs outside of transactions, unless it opens one itself.
fn carry_out(
    run: &Run,
    session: &Arc<Session>,
    node: &Arc<Node>,
    watch: &mut Stopwatch<'_>,
    names: &impl Fn(NodeContext) -> NodeContext,
) -> Result<()> {
    let cx = names(run.compiler.context(session, node, None));
    let rendered = watch.time("compile", || run.compiler.render(&cx, &node.span))?;
    watch.time("execute", || {
        let sql = rendered.text.trim();
        let sent = if sql.is_empty() { Ok(()) } else { session.execute(sql).map(drop) };
        // A macro that the hook calls may have left a transaction open.
        match sent {
            Ok(()) => session.commit(),
            Err(diagnostic) => Err(rolled_back(session, diagnostic)),
        }
    })
}
