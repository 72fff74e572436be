//! `clone`: a node's relation as a copy of what an earlier run built elsewhere.

use super::rollback::rolled_back;
use super::run::Run;
use crate::adapters::{Relation, RelationKind, Response};
use crate::compile::{Session, relation_value};
use crate::diagnostics::Result;
use crate::event::{NodeResult, Status};
use crate::jinja::{MacroDef, Value, from_json};
use crate::resolve::Node;
use serde_json::json;
use std::sync::Arc;

/// Clones a table where the engine can, else makes a view of the original. What is there already stays, unless
/// everything is to be built anew.
pub(super) fn copy(run: &Run, session: &Arc<Session>, node: &Arc<Node>, from: Option<&Relation>) -> Result<NodeResult> {
    let done = |message: &str| NodeResult {
        message: Some(message.to_owned()),
        ..NodeResult::new(node.unique_id.clone(), Status::Success)
    };
    if let Some(own) = run.compiler.materialization_of("clone", &node.target) {
        let response = by_macro(run, session, node, from, &own)?;
        let message = response.as_ref().map_or("No-op", |response| response.message.as_str());
        let adapter_response = response.as_ref().map_or_else(|| json!({}), Response::to_json);
        return Ok(NodeResult { adapter_response, ..done(message) });
    }
    let (Some(original), Some(target)) = (from, &node.relation) else {
        return Ok(done("No-op"));
    };
    let catalog = session.catalog();
    let dialect = session.dialect();
    let existing = session.with_connection(|connection| catalog.get(connection, target))?;
    let same = original.same_place(target, dialect);
    if same || (existing.is_some() && !run.compiler.graph().invocation.flags.full_refresh) {
        return Ok(done("No-op"));
    }
    let found = session.with_connection(|connection| catalog.get(connection, original))?;
    let cx = run.compiler.context(session, node, None);
    let clones = run.compiler.call(&cx, "can_clone_table", &[], &[])?.is_true();
    let is_table = found.is_some_and(|relation| relation.kind == Some(RelationKind::Table));
    let kind = if clones && is_table { RelationKind::Table } else { RelationKind::View };
    let target = target.clone().with_kind(kind);
    session.begin()?;
    let made = make(run, session, node, existing.as_ref(), original, &target);
    match made.and_then(|response| session.commit().map(|()| response)) {
        Ok(response) => {
            catalog.add(target);
            Ok(NodeResult { adapter_response: response.to_json(), ..done(&response.message) })
        }
        Err(diagnostic) => Err(rolled_back(session, diagnostic)),
    }
}

/// Clones by the project's own materialization, which sees the original as `defer_relation`; the answer to its main
/// statement, if it sent one.
fn by_macro(
    run: &Run,
    session: &Arc<Session>,
    node: &Arc<Node>,
    from: Option<&Relation>,
    own: &Arc<MacroDef>,
) -> Result<Option<Response>> {
    let dialect = session.dialect();
    let original = from.map_or_else(|| Value::from(()), |original| relation_value(original, dialect));
    let cx = run.compiler.context(session, node, None).with("defer_relation", original);
    let made = run.compiler.run_materialization(&cx, own).and_then(|_| session.commit());
    made.map_err(|diagnostic| rolled_back(session, diagnostic))?;
    Ok(cx.response("main"))
}

fn make(
    run: &Run,
    session: &Arc<Session>,
    node: &Arc<Node>,
    existing: Option<&Relation>,
    original: &Relation,
    target: &Relation,
) -> Result<Response> {
    let dialect = session.dialect();
    let cx = run.compiler.context(session, node, None);
    let value = |relation: &Relation| relation_value(relation, dialect);
    if let Some(existing) = existing {
        run.dependents.of(run, &cx, &node.span, existing)?;
        run.compiler.call(&cx, "drop_relation", &[value(existing)], &[])?;
    }
    let sql = if target.kind == Some(RelationKind::Table) {
        run.compiler.call_sql(&cx, "create_or_replace_clone", &[value(target), value(original)], &[])?
    } else {
        let query = Value::from(format!("select * from {original}"));
        run.compiler.call_sql(&cx, "get_create_view_as_sql", &[value(target), query], &[])?
    };
    let response = session.execute(&sql)?;
    let revoke =
        run.compiler.call(&cx, "should_revoke", &[existing.map_or(Value::from(()), value), Value::from(true)], &[])?;
    let grants = node.config.get("grants").map_or(Value::from(()), from_json);
    run.compiler.call(&cx, "apply_grants", &[value(target), grants, revoke], &[])?;
    run.compiler.call(&cx, "persist_docs", &[value(target), cx.get("model").unwrap_or_default()], &[])?;
    Ok(response)
}
