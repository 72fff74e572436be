//! `ref()`, `function()` and `metric()`.

use crate::adapters::{Relation, RelationKind};
use crate::compile::rendering::Rendering;
use crate::compile::sample;
use crate::compile::values::{RelationObject, ephemeral_name};
use crate::diagnostics::{Code, Diagnostic};
use crate::jinja::{Arguments, Error, State, Value, raise, to_json};
use crate::resolve::{Node, NodeKind, RefCall, Transfer, UniqueId, quarantine_id};
use serde_json::Value as Json;
use std::sync::Arc;

/// `ref('name')`, `ref('package', 'name')`, `ref('name', version=1)`.
pub fn call(rendering: &Arc<Rendering>, _: &mut State<'_, '_>, args: &[Value]) -> Result<Value, Error> {
    let arguments = Arguments::of("ref", args);
    let call = ref_call(&arguments)?;
    let id = rendering.compiler.lookup().node(&call, &rendering.search_order()).map_err(raise)?;
    let target = node(rendering, id)?;
    check_declared(rendering, target, &call)?;
    if let Some(given) = fixture(rendering, &target.unique_id) {
        return Ok(given);
    }
    check_given(rendering, &target.unique_id)?;
    let relation = if target.is_ephemeral() { ephemeral(rendering, target)? } else { stored(rendering, target)? };
    Ok(limited(rendering, target, relation))
}

fn ref_call(arguments: &Arguments<'_>) -> Result<RefCall, Error> {
    let (package, name) = match arguments.positional().len() {
        2 => (Some(arguments.string(0, "package")?), arguments.string(1, "name")?),
        _ => (None, arguments.string(0, "name")?),
    };
    let version = arguments.named().into_iter().find(|(name, _)| matches!(*name, "version" | "v"));
    let version = version.map(|(_, version)| to_json(&version)).filter(|version| !version.is_null());
    Ok(RefCall { package, name, version, span: None })
}

/// A node's template may only read what it is known to depend on: it could be built too early otherwise.
fn check_declared(rendering: &Rendering, target: &Node, call: &RefCall) -> Result<(), Error> {
    let Some(node) = &rendering.node else { return Ok(()) };
    let is_self = node.unique_id == target.unique_id;
    let free = matches!(node.kind, NodeKind::SqlOperation | NodeKind::Operation { .. });
    if is_self || free || node.depends_on.contains(&target.unique_id) {
        return Ok(());
    }
    let written = match &call.package {
        Some(package) => format!("ref('{package}', '{}')", call.name),
        None => format!("ref('{}')", call.name),
    };
    let message = format!("'{}' turns out to depend on {written} only while it is compiled.", node.name);
    Err(raise(
        Diagnostic::error(Code::REF_UNDECLARED, message)
            .hint(format!("Declare it at the top of the file: -- depends_on: {{{{ {written} }}}}")),
    ))
}

fn node<'a>(rendering: &'a Rendering, id: &UniqueId) -> Result<&'a Arc<Node>, Error> {
    let lost = || raise(Diagnostic::error(Code::INTERNAL, format!("{id} is not in the graph.")));
    rendering.compiler.graph().nodes.get(id).ok_or_else(lost)
}

fn ephemeral(rendering: &Rendering, target: &Node) -> Result<Relation, Error> {
    if rendering.node.is_none() {
        let message = format!("A macro that runs for no node cannot read '{}', which is ephemeral.", target.name);
        return Err(raise(Diagnostic::error(Code::REF_UNKNOWN, message)));
    }
    rendering.uses_ephemeral(&target.unique_id);
    Ok(cte(&ephemeral_name(&target.alias)))
}

/// What a unit test gives instead of an input.
pub fn fixture(rendering: &Rendering, id: &UniqueId) -> Option<Value> {
    rendering.fixtures.as_ref()?.inputs.get(id)?;
    rendering.uses_ephemeral(id);
    let relation = cte(&rendering.compiler.fixture_name(id));
    Some(RelationObject::new(relation, rendering.dialect()).into_value())
}

/// In a unit test everything that the model reads is given: what the database holds has no part in it.
pub fn check_given(rendering: &Rendering, id: &UniqueId) -> Result<(), Error> {
    let (Some(fixtures), Some(model)) = (&rendering.fixtures, &rendering.node) else { return Ok(()) };
    if fixtures.inputs.contains_key(&quarantine_id(id)) {
        return Ok(());
    }
    let message = format!("The unit test gives no rows for {id}, which '{}' reads.", model.name);
    Err(raise(
        Diagnostic::error(Code::REF_UNKNOWN, message)
            .hint("Add the input to its 'given', with the rows that the test needs, or with rows: []."),
    ))
}

/// The name of a common table expression as a relation.
fn cte(name: &str) -> Relation {
    let mut relation = Relation::new("", "", name).with_kind(RelationKind::Cte);
    relation.schema = None;
    relation.quote.identifier = false;
    relation
}

/// Where the node's rows are: its own relation, the one that `--defer` finds, or where they were moved to.
fn stored(rendering: &Rendering, target: &Node) -> Result<Relation, Error> {
    if let Some(transfer) = moved(rendering, &target.unique_id)? {
        return Ok(transfer.relation);
    }
    let own = target.relation.clone().unwrap_or_else(|| Relation::new(&target.database, &target.schema, &target.alias));
    // The catalog knows no functions: one that is built in this run is the one that is meant.
    if rendering.compiler.is_selected(&target.unique_id) && matches!(target.kind, NodeKind::Function(_)) {
        return Ok(own);
    }
    rendering.compiler.standing_place(&rendering.session, &target.unique_id, &own).map_err(raise)
}

/// How the rows of what belongs to another output get here; `None` where it belongs to this one.
pub fn moved(rendering: &Rendering, id: &UniqueId) -> Result<Option<Transfer>, Error> {
    let (graph, output) = (rendering.compiler.graph(), rendering.session.output());
    let Some(transfer) = graph.transfer(id, output) else { return Ok(None) };
    let moves = rendering.node.as_ref().is_some_and(|node| !matches!(node.kind, NodeKind::Operation { .. }));
    if moves {
        return Ok(Some(transfer));
    }
    let message = format!("{id} belongs to '{}', and this runs in '{}'.", transfer.from, transfer.to);
    let hint = "Rows are moved for models, snapshots and tests only. Let one of these read it.";
    Err(raise(Diagnostic::error(Code::TARGETS_DIFFER, message).hint(hint)))
}

fn limited(rendering: &Rendering, target: &Node, relation: Relation) -> Value {
    let columns = target.columns.values().map(|column| (column.name.as_str(), column.quote));
    let event_time = sample::filter(rendering, target.config.str("event_time"), columns, None);
    RelationObject {
        limit: rendering.compiler.graph().invocation.flags.empty.then_some(0),
        event_time,
        ..RelationObject::new(relation, rendering.dialect())
    }
    .into_value()
}

/// `function('name')`, `function('package', 'name')`.
pub fn function(rendering: &Arc<Rendering>, _: &mut State<'_, '_>, args: &[Value]) -> Result<Value, Error> {
    let arguments = Arguments::of("function", args);
    let mut names = vec![arguments.string(0, "name")?];
    if arguments.positional().len() == 2 {
        names.push(arguments.string(1, "name")?);
    }
    let id = rendering.compiler.lookup().function(&names, &rendering.search_order()).map_err(raise)?;
    let target = node(rendering, id)?;
    let relation = stored(rendering, target)?.with_kind(RelationKind::Function);
    Ok(RelationObject::new(relation, rendering.dialect()).into_value())
}

/// `metric('name')`, `metric('package', 'name')`: the metric's name.
pub fn metric(rendering: &Arc<Rendering>, _: &mut State<'_, '_>, args: &[Value]) -> Result<Value, Error> {
    let arguments = Arguments::of("metric", args);
    let (package, name) = match arguments.positional().len() {
        2 => (Some(arguments.string(0, "package")?), arguments.string(1, "name")?),
        _ => (None, arguments.string(0, "name")?),
    };
    let is_meant = |metric: &Json| {
        metric["name"] == name && package.as_ref().is_none_or(|package| metric["package_name"] == *package)
    };
    if !rendering.compiler.graph().metrics.values().any(is_meant) {
        let message = format!("metric('{name}') names no metric.");
        return Err(raise(Diagnostic::error(Code::REF_UNKNOWN, message)));
    }
    Ok(Value::from(name))
}
