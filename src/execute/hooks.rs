//! `on-run-start` and `on-run-end`.

use super::node_info::node_info;
use super::rollback::rolled_back;
use super::run::{Run, failed};
use super::stopwatch::Stopwatch;
use crate::compile::{NodeContext, Session};
use crate::diagnostics::{Code, Diagnostic, Result};
use crate::event::{Event, NodeResult, Status};
use crate::jinja::{List, Value};
use crate::resolve::{Node, NodeKind};
use std::collections::BTreeSet;
use std::sync::Arc;
use std::time::Instant;

/// Runs the hooks of the start; after a failure the others are skipped. One that cannot be rendered ends the run.
pub(super) fn at_start(run: &Run, session: &Arc<Session>) -> Result<Vec<Arc<NodeResult>>> {
    all(run, session, false, |cx| cx)
}

/// Runs the hooks of the end, which see the results so far, those of hooks that passed aside. A cancelled run has none.
pub(super) fn at_end(run: &Run, session: &Arc<Session>, results: &[Arc<NodeResult>]) -> Result<Vec<Arc<NodeResult>>> {
    if run.options.cancellation.is_asked() {
        return Ok(vec![]);
    }
    let is_hook = |result: &NodeResult| result.unique_id.starts_with("operation.");
    let shown = results.iter().filter(|result| !is_hook(result) || result.status.is_failure());
    run.compiler.set_results(&shown.cloned().collect::<Vec<_>>());
    let is_built = |status| matches!(status, Status::Success | Status::Pass | Status::Warn);
    let built = results.iter().filter(|result| is_built(result.status));
    let nodes = built.filter_map(|result| run.compiler.graph().nodes.get(&result.unique_id));
    // A data test has a relation if its failures are kept.
    let is_relational = |node: &Node| match node.kind {
        NodeKind::Model(_) | NodeKind::Seed { .. } | NodeKind::Snapshot => true,
        _ => node.is_test() && node.relation.is_some(),
    };
    let places: BTreeSet<(String, String)> =
        nodes.filter(|node| is_relational(node)).map(|node| (node.database.clone(), node.schema.clone())).collect();
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
) -> Result<Vec<Arc<NodeResult>>> {
    let graph = run.compiler.graph();
    let hooks = graph.operations.iter().filter(|operation| operation.at_end == at_end);
    let hooks: Vec<_> = hooks.filter_map(|operation| graph.nodes.get(&operation.unique_id)).collect();
    let mut results: Vec<Arc<NodeResult>> = vec![];
    for (index, node) in hooks.iter().enumerate() {
        let result = if results.iter().any(|result| result.status != Status::Success) {
            let message = Some(format!("{} skipped", hook_name(node)));
            Arc::new(NodeResult { message, ..NodeResult::new(node.unique_id.clone(), Status::Skipped) })
        } else {
            one(run, session, node, (index + 1, hooks.len()), at_end, &names)?
        };
        results.push(result);
    }
    session.report_as(None);
    Ok(results)
}

/// Runs a hook. A hook of the end that cannot be rendered has failed; what was built before it has its results.
fn one(
    run: &Run,
    session: &Arc<Session>,
    node: &Arc<Node>,
    (index, total): (usize, usize),
    at_end: bool,
    names: &impl Fn(NodeContext) -> NodeContext,
) -> Result<Arc<NodeResult>> {
    let info = node_info(node, index, total);
    session.report_as(Some(info.clone()));
    run.sink().emit(Event::NodeStarted(info.clone()));
    let began = Instant::now();
    let mut watch = Stopwatch::new(run.world());
    let cx = names(run.compiler.context(session, node, None));
    let sql = match watch.time("compile", || run.compiler.render(&cx, &node.span)) {
        Err(diagnostic) if !at_end => return Err(rolled_back(session, diagnostic)),
        rendered => rendered.map(|rendered| rendered.text),
    };
    let sql = sql.map(|sql| sql.trim().to_owned());
    let compiled_code = sql.as_ref().ok().cloned();
    let result = match sql.and_then(|sql| watch.time("execute", || send(session, &sql))) {
        Ok(()) => NodeResult {
            message: Some(format!("{} passed", hook_name(node))),
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
        compiled_code,
        ..result
    });
    run.sink().emit(Event::NodeFinished(info, result.clone()));
    Ok(result)
}

/// What messages call a hook: `shop.on-run-start.0`.
fn hook_name(node: &Node) -> String {
    match node.kind {
        NodeKind::Operation { index, at_end } => {
            let moment = if at_end { "on-run-end" } else { "on-run-start" };
            format!("{}.{moment}.{index}", node.package_name)
        }
        _ => node.name.clone(),
    }
}

/// A hook runs outside of transactions, unless it opens one itself.
fn send(session: &Session, sql: &str) -> Result<()> {
    let sent = if sql.is_empty() { Ok(()) } else { session.execute(sql).map(drop) };
    // A macro that the hook calls may have left a transaction open.
    match sent {
        Ok(()) => session.commit(),
        Err(diagnostic) => Err(rolled_back(session, diagnostic)),
    }
}
