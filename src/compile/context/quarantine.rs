//! `quarantine(ref('orders'))`: the relation of a model's bad rows, or of what could not be read of a source's files.

use super::native::Body;
use super::reference::fixture;
use crate::compile::rendering::Rendering;
use crate::compile::values::{relation_of, relation_value};
use crate::diagnostics::{Code, Diagnostic};
use crate::jinja::{Arguments, Error, State, Value, raise};
use crate::resolve::{UniqueId, quarantine_id};
use std::sync::Arc;

/// The function by its name.
pub const FUNCTIONS: &[(&str, Body)] = &[("quarantine", call)];

fn call(rendering: &Arc<Rendering>, _: &mut State<'_, '_>, args: &[Value]) -> Result<Value, Error> {
    let given = Arguments::of("quarantine", args).get(0, "relation").unwrap_or_default();
    let name = relation_of(&given).map(|relation| relation.to_string());
    let parents = rendering.node.iter().flat_map(|node| &node.depends_on);
    let Some(parent) = name.and_then(|name| parents.into_iter().find(|id| is_called(rendering, id, &name))) else {
        let message = "quarantine() takes a model that is read by ref(), or a source that is read from files.";
        return Err(raise(
            Diagnostic::error(Code::QUARANTINE_INVALID, message)
                .hint("Write quarantine(ref('orders')) or quarantine(source('shop', 'orders'))."),
        ));
    };
    if let Some(given) = fixture(rendering, &quarantine_id(parent)) {
        return Ok(given);
    }
    match rendering.compiler.graph().quarantine_relation(parent) {
        Some(_) if graph_moves(rendering, parent) => Err(raise(
            Diagnostic::error(Code::TARGETS_DIFFER, format!("The quarantine of {parent} belongs to another output."))
                .hint("Read it in a model that belongs to the same output, and that model here."),
        )),
        Some(relation) => Ok(relation_value(&relation, rendering.dialect())),
        None => Err(raise(
            Diagnostic::error(Code::QUARANTINE_INVALID, format!("{parent} has no quarantine."))
                .hint("A model needs rules: see `quarantine` in its config. A source needs files: see `external`."),
        )),
    }
}

fn graph_moves(rendering: &Rendering, id: &UniqueId) -> bool {
    rendering.compiler.graph().transfer(id, rendering.session.output()).is_some()
}

/// Whether a node or source is read under this name: its relation's, or in a unit test its rows'.
fn is_called(rendering: &Rendering, id: &UniqueId, name: &str) -> bool {
    let graph = rendering.compiler.graph();
    let moved = graph.transfer(id, rendering.session.output()).map(|transfer| transfer.relation);
    let node = || graph.nodes.get(id).and_then(|node| node.relation.clone());
    let relation = moved.or_else(node).or_else(|| graph.sources.get(id).map(|source| source.relation.clone()));
    relation.is_some_and(|relation| relation.to_string() == name) || rendering.compiler.fixture_name(id) == name
}
