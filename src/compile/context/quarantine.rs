//! `quarantine(ref('orders'))`: the relation of a model's bad rows, or of what could not be read of a source's files.

use super::native::Body;
use crate::compile::rendering::Rendering;
use crate::compile::values::{relation_of, relation_value};
use crate::diagnostics::{Code, Diagnostic};
use crate::jinja::{Arguments, Error, State, Value, raise};
use crate::resolve::{Node, Quarantine};
use std::sync::Arc;

/// The function by its name.
pub const FUNCTIONS: &[(&str, Body)] = &[("quarantine", call)];

fn call(rendering: &Arc<Rendering>, _: &mut State<'_, '_>, args: &[Value]) -> Result<Value, Error> {
    let given = Arguments::of("quarantine", args).get(0, "relation").unwrap_or_default();
    let name = relation_of(&given).map(|relation| relation.to_string());
    let graph = rendering.compiler.graph();
    let parents = rendering.node.iter().flat_map(|node| &node.depends_on).filter_map(|id| graph.nodes.get(id));
    let is_given = |parent: &&Arc<Node>| parent.relation.as_ref().map(|relation| relation.to_string()) == name;
    let sources = rendering.node.iter().flat_map(|node| &node.depends_on).filter_map(|id| graph.file_source(id));
    if let Some(source) = sources.into_iter().find(|source| Some(source.relation.to_string()) == name) {
        return Ok(relation_value(&source.quarantine_relation(), rendering.compiler.dialect()));
    }
    let Some(parent) = name.is_some().then(|| parents.into_iter().find(is_given)).flatten() else {
        return Err(raise(
            Diagnostic::error(
                Code::QUARANTINE_INVALID,
                "quarantine() takes a model that is read by ref(), or a source that is read from files.",
            )
            .hint("Write quarantine(ref('orders')) or quarantine(source('shop', 'orders'))."),
        ));
    };
    let quarantine = Quarantine::of(&parent.config).ok().flatten();
    let relation = quarantine.and_then(|quarantine| parent.quarantine_relation(&quarantine)).ok_or_else(|| {
        let message = format!("The model '{}' has no quarantine.", parent.name);
        raise(
            Diagnostic::error(Code::QUARANTINE_INVALID, message).hint("Give it rules: see `quarantine` in its config."),
        )
    })?;
    Ok(relation_value(&relation, rendering.compiler.dialect()))
}
