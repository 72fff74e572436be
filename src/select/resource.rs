//! A resource of any kind, as selections see it.

use crate::resolve::{Config, Exposure, Graph, Node, NodeKind, ResourceType, Source};
use serde_json::Value as Json;
use std::borrow::Cow;
use std::sync::Arc;

/// A resource of any kind.
#[derive(Debug, Clone, Copy)]
pub enum Resource<'a> {
    /// A model, seed, snapshot, data test, analysis, hook or function.
    Node(&'a Arc<Node>),
    /// A source table.
    Source(&'a Arc<Source>),
    /// An exposure.
    Exposure(&'a Arc<Exposure>),
    /// A unit test, metric, semantic model or saved query, as dbt's manifest has it.
    Document(ResourceType, &'a Json),
}

impl<'a> Resource<'a> {
    /// All resources of a graph that can be selected.
    pub fn all(graph: &'a Graph) -> impl Iterator<Item = (&'a Arc<str>, Resource<'a>)> {
        let documents = |kind, map: &'a indexmap::IndexMap<Arc<str>, Json>| {
            map.iter().map(move |(id, json)| (id, Resource::Document(kind, json)))
        };
        let nodes = graph.nodes.iter().map(|(id, node)| (id, Resource::Node(node)));
        let sources = graph.sources.iter().map(|(id, source)| (id, Resource::Source(source)));
        let exposures = graph.exposures.iter().map(|(id, exposure)| (id, Resource::Exposure(exposure)));
        nodes
            .chain(sources)
            .chain(exposures)
            .chain(documents(ResourceType::Metric, &graph.metrics))
            .chain(documents(ResourceType::UnitTest, &graph.unit_tests))
            .chain(documents(ResourceType::SemanticModel, &graph.semantic_models))
            .chain(documents(ResourceType::SavedQuery, &graph.saved_queries))
    }

    /// The resource of this unique id.
    pub fn find(graph: &'a Graph, id: &str) -> Option<Resource<'a>> {
        let document =
            |kind, map: &'a indexmap::IndexMap<Arc<str>, Json>| map.get(id).map(|json| Resource::Document(kind, json));
        graph
            .nodes
            .get(id)
            .map(Resource::Node)
            .or_else(|| graph.sources.get(id).map(Resource::Source))
            .or_else(|| graph.exposures.get(id).map(Resource::Exposure))
            .or_else(|| document(ResourceType::UnitTest, &graph.unit_tests))
            .or_else(|| document(ResourceType::Metric, &graph.metrics))
            .or_else(|| document(ResourceType::SemanticModel, &graph.semantic_models))
            .or_else(|| document(ResourceType::SavedQuery, &graph.saved_queries))
    }

    /// Its kind.
    pub fn kind(&self) -> ResourceType {
        match self {
            Resource::Node(node) => node.resource_type(),
            Resource::Source(_) => ResourceType::Source,
            Resource::Exposure(_) => ResourceType::Exposure,
            Resource::Document(kind, _) => *kind,
        }
    }

    /// Its name; a source table's is the table's.
    pub fn name(&self) -> &'a str {
        match self {
            Resource::Node(node) => &node.name,
            Resource::Source(source) => &source.name,
            Resource::Exposure(exposure) => &exposure.name,
            Resource::Document(_, json) => text(json, "name"),
        }
    }

    /// The package that defines it.
    pub fn package(&self) -> &'a str {
        match self {
            Resource::Node(node) => &node.package_name,
            Resource::Source(source) => &source.package_name,
            Resource::Exposure(exposure) => &exposure.package_name,
            Resource::Document(_, json) => text(json, "package_name"),
        }
    }

    /// `[package, folders…, name]`.
    pub fn fqn(&self) -> Cow<'a, [String]> {
        match self {
            Resource::Node(node) => Cow::Borrowed(&node.fqn),
            Resource::Source(source) => Cow::Borrowed(&source.fqn),
            Resource::Exposure(exposure) => Cow::Borrowed(&exposure.fqn),
            Resource::Document(_, json) => Cow::Owned(texts(json.get("fqn"))),
        }
    }

    /// All its tags.
    pub fn tags(&self) -> Cow<'a, [String]> {
        match self {
            Resource::Node(node) => Cow::Borrowed(&node.tags),
            Resource::Source(source) => Cow::Borrowed(&source.tags),
            Resource::Exposure(exposure) => Cow::Borrowed(&exposure.tags),
            Resource::Document(_, json) => {
                let config = json.get("config").and_then(|config| config.get("tags"));
                let own = texts(json.get("tags"));
                Cow::Owned(if own.is_empty() { texts(config) } else { own })
            }
        }
    }

    /// The file that defines it, relative to its package.
    pub fn file(&self) -> &'a str {
        match self {
            Resource::Node(node) => &node.original_file_path,
            Resource::Source(source) => &source.original_file_path,
            Resource::Exposure(exposure) => &exposure.original_file_path,
            Resource::Document(_, json) => text(json, "original_file_path"),
        }
    }

    /// The properties file that describes it, relative to its package.
    pub fn properties_file(&self) -> Option<&'a str> {
        match self {
            Resource::Node(node) => node.patch_path.as_deref()?.split_once("://").map(|(_, path)| path),
            _ => None,
        }
    }

    /// Its merged config, where it has one that can be searched.
    pub fn config(&self) -> Option<&'a Config> {
        match self {
            Resource::Node(node) => Some(&node.config),
            Resource::Source(source) => Some(&source.config),
            _ => None,
        }
    }

    /// Its group.
    pub fn group(&self) -> Option<&'a str> {
        match self {
            Resource::Node(node) => node.config.str("group"),
            Resource::Document(ResourceType::Metric, json) => {
                json.get("config").and_then(|config| config.get("group")).and_then(Json::as_str)
            }
            _ => None,
        }
    }

    /// Its version, for versioned models.
    pub fn version(&self) -> Option<&'a Json> {
        match self {
            Resource::Node(node) => match &node.kind {
                NodeKind::Model(model) => model.version.as_ref(),
                _ => None,
            },
            Resource::Document(ResourceType::UnitTest, json) => {
                json.get("version").filter(|version| !version.is_null())
            }
            _ => None,
        }
    }

    /// Whether its name is written with a version: `dim.v2`.
    pub fn is_versioned(&self) -> bool {
        matches!(self, Resource::Node(_)) && self.version().is_some()
    }

    /// What it depends on.
    pub fn depends_on(&self) -> Vec<Arc<str>> {
        match self {
            Resource::Node(node) => node.depends_on.clone(),
            Resource::Source(_) => vec![],
            Resource::Exposure(exposure) => exposure.depends_on.clone(),
            Resource::Document(_, json) => {
                let nodes = json.get("depends_on").and_then(|depends_on| depends_on.get("nodes"));
                texts(nodes).into_iter().map(Arc::from).collect()
            }
        }
    }

    /// Whether it is code, and none is written.
    pub fn is_blank(&self) -> bool {
        match self {
            Resource::Node(node) => !matches!(node.kind, NodeKind::Seed { .. }) && node.raw_code().trim().is_empty(),
            _ => false,
        }
    }

    /// Whether it comes along with what it tests.
    pub fn is_test(&self) -> bool {
        matches!(self.kind(), ResourceType::Test | ResourceType::UnitTest)
    }
}

fn text<'a>(json: &'a Json, key: &str) -> &'a str {
    json.get(key).and_then(Json::as_str).unwrap_or("")
}

fn texts(json: Option<&Json>) -> Vec<String> {
    match json {
        Some(Json::Array(items)) => items.iter().filter_map(|item| item.as_str().map(str::to_owned)).collect(),
        Some(Json::String(text)) => vec![text.clone()],
        _ => vec![],
    }
}
