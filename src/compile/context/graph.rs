//! `graph`: the whole project as mappings.

use crate::compile::document;
use crate::compile::values::LazyMap;
use crate::jinja::{Dict, Value, from_json};
use crate::resolve::{Graph, NodeKind, UniqueId};
use serde_json::Value as Json;
use std::sync::Arc;

/// `graph`; each resource becomes a mapping when it is first looked at.
pub fn graph_value(graph: &Arc<Graph>) -> Value {
    let is_function = |kind: &NodeKind| matches!(kind, NodeKind::Function(_));
    let ids = |functions: bool| {
        let of_kind = graph.nodes.iter().filter(|(_, node)| is_function(&node.kind) == functions);
        of_kind.map(|(id, _)| id.clone()).collect::<Vec<_>>()
    };
    let node = |graph: &Graph, id: &str| graph.nodes.get(id).map(|node| document::of_node(node).to_json());
    let sections = [
        ("nodes", lazy(graph, ids(false), node)),
        ("functions", lazy(graph, ids(true), node)),
        (
            "sources",
            lazy(graph, keys(&graph.sources), |graph, id| {
                graph.sources.get(id).map(|source| document::of_source(source))
            }),
        ),
        (
            "exposures",
            lazy(graph, keys(&graph.exposures), |graph, id| {
                graph.exposures.get(id).map(|exposure| document::of_exposure(exposure))
            }),
        ),
        (
            "groups",
            lazy(graph, keys(&graph.groups), |graph, id| {
                graph.groups.get(id).map(|group| document::of_group(id, group))
            }),
        ),
        ("metrics", lazy(graph, keys(&graph.metrics), |graph, id| graph.metrics.get(id).cloned())),
        (
            "semantic_models",
            lazy(graph, keys(&graph.semantic_models), |graph, id| graph.semantic_models.get(id).cloned()),
        ),
        ("saved_queries", lazy(graph, keys(&graph.saved_queries), |graph, id| graph.saved_queries.get(id).cloned())),
    ];
    Dict::value(sections.map(|(name, section)| (Value::from(name), section)))
}

fn keys<T>(map: &indexmap::IndexMap<UniqueId, T>) -> Vec<UniqueId> {
    map.keys().cloned().collect()
}

fn lazy(graph: &Arc<Graph>, ids: Vec<UniqueId>, document: fn(&Graph, &str) -> Option<Json>) -> Value {
    let graph = graph.clone();
    Value::from_object(LazyMap::new(ids, move |id| {
        document(&graph, id).map_or_else(|| Value::from(()), |d| from_json(&d))
    }))
}
