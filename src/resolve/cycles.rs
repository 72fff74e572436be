//! Models that depend on each other in a circle.

use super::{Node, UniqueId};
use crate::dag::Dag;
use crate::diagnostics::{Code, Diagnostic};
use indexmap::IndexMap;
use std::sync::Arc;

/// The error for a circle, if there is one: every node on it with its file, and the refs that close it.
pub fn check(dag: &Dag, nodes: &IndexMap<UniqueId, Arc<Node>>) -> Option<Box<Diagnostic>> {
    let cycle = dag.cycle()?;
    let names: Vec<&str> = cycle.iter().chain(cycle.first()).map(|id| short(id)).collect();
    let message = format!("These depend on each other in a circle: {}.", names.join(" → "));
    let mut error = Diagnostic::error(Code::CYCLE, message);
    for (at, id) in cycle.iter().enumerate() {
        let parent = &cycle[(at + cycle.len() - 1) % cycle.len()];
        let Some(node) = nodes.get(id) else { continue };
        let call =
            node.refs.iter().find(|call| call.name == short(parent) || parent.contains(&format!(".{}.", call.name)));
        let span = call.and_then(|call| call.span.as_ref()).map_or(&node.span, |span| &span.0);
        error = error.label(span, format!("{} needs {}", short(id), short(parent)));
    }
    let path = cycle.iter().map(|id| {
        let file = nodes.get(id).map_or("", |node| node.original_file_path.as_str());
        format!("{id}  ({file})")
    });
    let path = path.collect::<Vec<_>>().join("\n");
    Some(error.note(path).hint("Take one of these refs out, or split a model in two."))
}

/// An id without its kind and package.
fn short(id: &str) -> &str {
    id.splitn(3, '.').nth(2).unwrap_or(id)
}
