//! Which node, source or function a name in a template means.

use crate::resolve::{Graph, Node, NodeKind, RefCall, Source, UniqueId};
use serde_json::Value as Json;
use std::collections::HashMap;
use std::sync::Arc;

/// Finds nodes by name.
pub(super) struct Names {
    graph: Arc<Graph>,
    by_name: HashMap<String, Vec<UniqueId>>,
}

impl Names {
    pub fn new(graph: Arc<Graph>) -> Self {
        let mut by_name: HashMap<String, Vec<UniqueId>> = HashMap::new();
        for (id, node) in graph.nodes.iter().filter(|(_, node)| can_be_named(node)) {
            by_name.entry(node.name.clone()).or_default().push(id.clone());
        }
        Self { graph, by_name }
    }

    /// The node that a `ref()` in `node` means; among nodes of that name one that `node` depends on, else one of the
    /// root project.
    pub fn node<'a>(&'a self, node: Option<&Node>, call: &'a RefCall) -> Option<&'a Arc<Node>> {
        let found =
            self.candidates(&call.name, call.package.as_deref(), |node| !matches!(node.kind, NodeKind::Function(_)));
        self.best(node, found.filter(|node| fits_version(node, call.version.as_ref())))
    }

    /// The function that a `function()` in `node` means.
    pub fn function<'a>(&'a self, node: Option<&Node>, name: &str, package: Option<&'a str>) -> Option<&'a Arc<Node>> {
        self.best(node, self.candidates(name, package, |node| matches!(node.kind, NodeKind::Function(_))))
    }

    /// The source table that a `source()` in `node` means.
    pub fn source(&self, node: Option<&Node>, source: &str, table: &str) -> Option<&Arc<Source>> {
        let fits = |found: &&Arc<Source>| found.source_name == source && found.name == table;
        let declared = node.into_iter().flat_map(|node| &node.depends_on);
        let declared = declared.filter_map(|id| self.graph.sources.get(id)).find(fits);
        let in_package = |package: &str| self.graph.sources.get(format!("source.{package}.{source}.{table}").as_str());
        declared
            .or_else(|| node.and_then(|node| in_package(&node.package_name)))
            .or_else(|| in_package(&self.graph.project.root().name))
            .or_else(|| self.graph.sources.values().find(fits))
    }

    fn candidates<'a>(
        &'a self,
        name: &str,
        package: Option<&'a str>,
        kind: impl Fn(&Node) -> bool + 'a,
    ) -> impl Iterator<Item = &'a Arc<Node>> {
        let ids = self.by_name.get(name).map(Vec::as_slice).unwrap_or_default();
        ids.iter()
            .filter_map(|id| self.graph.nodes.get(id))
            .filter(move |node| kind(node) && package.is_none_or(|package| node.package_name == package))
    }

    fn best<'a>(
        &'a self,
        from: Option<&Node>,
        candidates: impl Iterator<Item = &'a Arc<Node>>,
    ) -> Option<&'a Arc<Node>> {
        let root = &self.graph.project.root().name;
        candidates.min_by_key(|node| match from {
            Some(from) if from.depends_on.contains(&node.unique_id) => 0,
            Some(from) if from.package_name == node.package_name => 1,
            _ if node.package_name == *root => 2,
            _ => 3,
        })
    }
}

/// Whether `ref()` or `function()` can name it.
fn can_be_named(node: &Node) -> bool {
    matches!(node.kind, NodeKind::Model(_) | NodeKind::Seed { .. } | NodeKind::Snapshot | NodeKind::Function(_))
}

/// Whether it is the version asked for; without one the latest is meant.
fn fits_version(node: &Node, wanted: Option<&Json>) -> bool {
    let text = |version: &Json| version.as_str().map_or_else(|| version.to_string(), str::to_owned);
    let (version, latest) = match &node.kind {
        NodeKind::Model(model) => (model.version.as_ref(), model.latest_version.as_ref()),
        _ => (None, None),
    };
    match (wanted, version) {
        (None, None) => true,
        (None, Some(version)) => latest.is_some_and(|latest| text(latest) == text(version)),
        (Some(wanted), version) => version.is_some_and(|version| text(version) == text(wanted)),
    }
}
