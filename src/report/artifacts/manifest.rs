//! manifest.json: the whole project, understood.

use super::metadata::{metadata, moment};
use super::nodes::{self, map};
use crate::event::NodeResult;
use crate::resolve::{Graph, Node, NodeKind, UniqueId};
use crate::select::Resource;
use crate::world::World;
use indexmap::IndexMap;
use md5::{Digest, Md5};
use serde_json::{Map, Value as Json, json};
use std::collections::{BTreeMap, BTreeSet, HashMap};
use std::path::{Path, PathBuf};
use std::sync::Arc;

/// The artifact; `results` give the SQL of the nodes that were compiled.
pub fn manifest(graph: &Graph, results: &[Arc<NodeResult>], world: &World) -> Json {
    let done: HashMap<&str, &NodeResult> = results.iter().map(|result| (&*result.unique_id, result.as_ref())).collect();
    let target = target_path(graph);
    let entries = |functions: bool| {
        let nodes = graph.nodes.iter().filter(move |(_, node)| matches!(node.kind, NodeKind::Function(_)) == functions);
        let entry = |(id, node): (&UniqueId, &Arc<Node>)| {
            (id.to_string(), nodes::node_entry(graph, node, &target, done.get(&**id).copied()))
        };
        nodes.map(entry).collect::<Map<_, _>>()
    };
    let (parents, children) = family(graph);
    json!({
        "metadata": manifest_metadata(graph, world),
        "nodes": entries(false),
        "sources": each(&graph.sources, |_, source| nodes::source_entry(source)),
        "macros": graph.macros.iter().map(|(id, of)| (id.clone(), nodes::macro_entry(of))).collect::<Map<_, _>>(),
        "docs": graph.docs,
        "exposures": each(&graph.exposures, |_, exposure| nodes::exposure_entry(exposure)),
        "metrics": each(&graph.metrics, |_, metric| metric.clone()),
        "groups": each(&graph.groups, nodes::group_entry),
        "selectors": selectors(graph),
        "disabled": disabled(graph, &target),
        "parent_map": parents,
        "child_map": children,
        "group_map": groups(graph),
        "saved_queries": each(&graph.saved_queries, |_, query| query.clone()),
        "semantic_models": each(&graph.semantic_models, |_, model| model.clone()),
        "unit_tests": each(&graph.unit_tests, |_, test| test.clone()),
        "functions": entries(true),
    })
}

fn each<T>(resources: &IndexMap<UniqueId, T>, entry: impl Fn(&str, &T) -> Json) -> Map<String, Json> {
    resources.iter().map(|(id, resource)| (id.to_string(), entry(id, resource))).collect()
}

/// The target folder as configured: relative to the project.
fn target_path(graph: &Graph) -> PathBuf {
    let flag = graph.invocation.flags.target_path.as_deref();
    flag.unwrap_or(Path::new(&graph.project.root().settings.target_path)).to_owned()
}

fn manifest_metadata(graph: &Graph, world: &World) -> Map<String, Json> {
    let root = graph.project.root();
    let quoting = root.settings.quoting.parts(graph.adapter.dialect());
    let digest = Md5::digest(root.name.as_bytes());
    let mut metadata = metadata("manifest/v12", &graph.invocation, world);
    metadata.extend(map(json!({
        "project_name": root.name,
        "project_id": digest.iter().map(|byte| format!("{byte:02x}")).collect::<String>(),
        "user_id": null,
        "send_anonymous_usage_stats": false,
        "adapter_type": graph.adapter.dialect().name,
        "quoting": {
            "database": quoting.database,
            "schema": quoting.schema,
            "identifier": quoting.identifier,
            "column": null,
        },
        "run_started_at": moment(graph.invocation.clock()),
    })));
    metadata
}

/// Who depends on whom: the parents and the children of each resource, sorted.
fn family(graph: &Graph) -> (BTreeMap<String, BTreeSet<String>>, BTreeMap<String, BTreeSet<String>>) {
    let (mut parents, mut children) = (BTreeMap::new(), BTreeMap::new());
    for (id, resource) in Resource::all(graph) {
        children.entry(id.to_string()).or_insert_with(BTreeSet::new);
        let own: BTreeSet<String> = resource.depends_on().iter().map(ToString::to_string).collect();
        for parent in &own {
            children.entry(parent.clone()).or_insert_with(BTreeSet::new).insert(id.to_string());
        }
        parents.insert(id.to_string(), own);
    }
    (parents, children)
}

fn groups(graph: &Graph) -> BTreeMap<&str, Vec<&str>> {
    let mut groups: BTreeMap<&str, Vec<&str>> =
        graph.groups.values().map(|group| (group.name.as_str(), vec![])).collect();
    for (id, resource) in Resource::all(graph) {
        let group = match resource {
            Resource::Node(node) => node.group(),
            _ => resource.group(),
        };
        if let Some(members) = group.and_then(|group| groups.get_mut(group)) {
            members.push(id);
        }
    }
    groups
}

fn disabled(graph: &Graph, target: &Path) -> Map<String, Json> {
    let nodes = graph.disabled.iter().map(|(id, nodes)| {
        let entries: Vec<Json> = nodes.iter().map(|node| nodes::node_entry(graph, node, target, None)).collect();
        (id.to_string(), Json::from(entries))
    });
    let sources = graph.disabled_sources.iter().map(|(id, sources)| {
        let entries: Vec<Json> = sources.iter().map(|source| nodes::source_entry(source)).collect();
        (id.to_string(), Json::from(entries))
    });
    let exposures = graph.disabled_exposures.iter().map(|(id, exposures)| {
        let entries: Vec<Json> = exposures.iter().map(|exposure| nodes::exposure_entry(exposure)).collect();
        (id.to_string(), Json::from(entries))
    });
    let documents = graph.disabled_documents.iter().map(|(id, documents)| {
        let entries: Vec<Json> = documents.iter().map(|document| document.1.clone()).collect();
        (id.to_string(), Json::from(entries))
    });
    nodes.chain(sources).chain(exposures).chain(documents).collect()
}

/// The selectors by name, as written.
fn selectors(graph: &Graph) -> Map<String, Json> {
    let file = graph.project.selectors.as_ref().and_then(|file| file.get("selectors"));
    let named = file.into_iter().flat_map(|selectors| selectors.items()).filter_map(|selector| {
        let name = selector.get("name")?.as_str()?;
        Some((name.to_owned(), selector.to_json()))
    });
    named.collect()
}
