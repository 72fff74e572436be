//! manifest.json: the whole project, understood.

use super::metadata::{metadata, moment};
use super::nodes::{self, map};
use super::section::{Places, Section};
use crate::event::NodeResult;
use crate::load::{Invocation, Outputs, Project};
use crate::resolve::{Graph, Node, NodeKind, UniqueId};
use crate::select::{Resource, selectors};
use crate::world::World;
use indexmap::IndexMap;
use md5::{Digest, Md5};
use rayon::prelude::*;
use serde::{Serialize, Serializer};
use serde_json::{Map, Value as Json, json};
use std::collections::{BTreeMap, HashMap};
use std::path::{Path, PathBuf};
use std::sync::Arc;

/// The artifact, with this `metadata`; `results` give the SQL of the nodes that were compiled. Entries are made while it is
/// written: the whole of it is never in memory. `places` are noted of nodes, parents, children and functions.
pub fn manifest<'g>(
    graph: &'g Graph,
    results: &'g [Arc<NodeResult>],
    metadata: Map<String, Json>,
    places: Option<&'g Places>,
) -> impl Serialize + use<'g> {
    let done: HashMap<&str, &'g NodeResult> =
        results.iter().map(|result| (&*result.unique_id, result.as_ref())).collect();
    let entries = NodeEntries::new(graph);
    let entry = move |id: &str, node: &'g Arc<Node>| entries.of(node, done.get(id).copied());
    let (nodes, functions) = nodes_and_functions(graph);
    let [parent_map, child_map] = family(graph);
    Manifest {
        metadata,
        nodes: Section::new(nodes, entry.clone()).noting(places),
        sources: Section::new(&graph.sources, |_, source| nodes::source_entry(source)),
        macros: Section::new(&graph.macros, |_, of| nodes::macro_entry(of)),
        docs: &graph.docs,
        exposures: Section::new(&graph.exposures, |_, exposure| nodes::exposure_entry(exposure)),
        metrics: &graph.metrics,
        groups: Section::new(&graph.groups, nodes::group_entry),
        selectors: graph.project.selectors.as_ref().map(|file| selectors(&file.to_json())).unwrap_or_default(),
        disabled: disabled(graph, &target_path(graph)),
        parent_map: parent_map.noting(places),
        child_map: child_map.noting(places),
        group_map: groups(graph),
        saved_queries: &graph.saved_queries,
        semantic_models: &graph.semantic_models,
        unit_tests: &graph.unit_tests,
        functions: Section::new(functions, entry).noting(places),
    }
}

/// A node by its unique id.
pub type Identified<'g> = (&'g UniqueId, &'g Arc<Node>);

/// What is in the manifest's sections `nodes` and `functions`, in its order.
pub fn nodes_and_functions(graph: &Graph) -> (Vec<Identified<'_>>, Vec<Identified<'_>>) {
    let is_function = |(_, node): &Identified<'_>| matches!(node.kind, NodeKind::Function(_));
    let (functions, nodes) = graph.nodes.iter().chain(&graph.loose).partition(is_function);
    (nodes, functions)
}

/// The sections in dbt's order: `N`, `S`, `M`, `E` and `G` are made entry by entry.
#[derive(Serialize)]
struct Manifest<'g, N, S, M, E, G> {
    metadata: Map<String, Json>,
    nodes: N,
    sources: S,
    macros: M,
    docs: &'g IndexMap<String, Json>,
    exposures: E,
    metrics: &'g IndexMap<UniqueId, Json>,
    groups: G,
    selectors: Map<String, Json>,
    disabled: Map<String, Json>,
    parent_map: Relatives<'g>,
    child_map: Relatives<'g>,
    group_map: BTreeMap<&'g str, Vec<&'g str>>,
    saved_queries: &'g IndexMap<UniqueId, Json>,
    semantic_models: &'g IndexMap<UniqueId, Json>,
    unit_tests: &'g IndexMap<UniqueId, Json>,
    functions: N,
}

/// Makes the entries of nodes.
#[derive(Clone)]
pub struct NodeEntries<'g> {
    graph: &'g Graph,
    target: PathBuf,
}

impl<'g> NodeEntries<'g> {
    /// Of this graph.
    pub fn new(graph: &'g Graph) -> Self {
        Self { graph, target: target_path(graph) }
    }

    /// A node's; `result` is what this call has made of it.
    pub fn of(&self, node: &'g Node, result: Option<&'g NodeResult>) -> impl Serialize + use<'g> {
        nodes::node_entry(self.graph, node, &self.target, result)
    }
}

/// By resource, sorted: others that depend on it, or that it depends on.
pub struct Relatives<'g> {
    by_resource: Vec<(UniqueId, Vec<UniqueId>)>,
    places: Option<&'g Places>,
}

impl<'g> Relatives<'g> {
    fn new(mut by_resource: Vec<(UniqueId, Vec<UniqueId>)>) -> Self {
        by_resource.par_sort_unstable_by(|(a, _), (b, _)| a.cmp(b));
        Self { by_resource, places: None }
    }

    /// The same; where they stand is noted.
    fn noting(self, places: Option<&'g Places>) -> Self {
        Self { places, ..self }
    }
}

impl Serialize for Relatives<'_> {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        let start = self.places.map(Places::written);
        let written = serializer.collect_map(self.by_resource.iter().map(|(id, others)| (id, others)))?;
        self.places.zip(start).into_iter().for_each(|(places, start)| places.note(start));
        Ok(written)
    }
}

/// The target folder as configured: relative to the project.
fn target_path(graph: &Graph) -> PathBuf {
    let flag = graph.invocation.flags.target_path.as_deref();
    flag.unwrap_or(Path::new(&graph.project.root().settings.target_path)).to_owned()
}

/// Who writes a manifest, and of what.
pub struct Call<'a> {
    /// The project.
    pub project: &'a Project,
    /// The call itself.
    pub invocation: &'a Invocation,
    /// The engines.
    pub outputs: &'a Outputs,
    /// The outside.
    pub world: &'a World,
}

/// Who wrote it, and of what.
pub fn manifest_metadata(call: &Call<'_>) -> Map<String, Json> {
    let root = call.project.root();
    let dialect = call.outputs.default().dialect();
    let quoting = root.settings.quoting.parts(dialect);
    let digest = Md5::digest(root.name.as_bytes());
    let mut metadata = metadata("manifest/v12", call.invocation, call.world);
    metadata.extend(map(json!({
        "project_name": root.name,
        "project_id": digest.iter().map(|byte| format!("{byte:02x}")).collect::<String>(),
        "user_id": null,
        "send_anonymous_usage_stats": false,
        "adapter_type": dialect.name,
        "quoting": {
            "database": quoting.database,
            "schema": quoting.schema,
            "identifier": quoting.identifier,
            "column": null,
        },
        "run_started_at": moment(call.invocation.clock()),
    })));
    metadata
}

/// Who depends on whom: the parents and the children of each resource, sorted.
pub fn family<'g>(graph: &Graph) -> [Relatives<'g>; 2] {
    let with_parents = |(id, mut parents): (&UniqueId, Vec<UniqueId>)| {
        parents.sort_unstable();
        parents.dedup();
        (id.clone(), parents)
    };
    let all = Resource::all(graph).map(|(id, resource)| (id, resource.depends_on()));
    let loose = graph.loose.iter().map(|(id, test)| (id, test.depends_on.clone()));
    let parents = Relatives::new(all.chain(loose).map(with_parents).collect());
    let mut children: HashMap<&UniqueId, Vec<UniqueId>> = HashMap::with_capacity(parents.by_resource.len());
    for (id, own) in &parents.by_resource {
        children.entry(id).or_default();
        own.iter().for_each(|parent| children.entry(parent).or_default().push(id.clone()));
    }
    let children = children.into_iter().map(|(id, children)| (id.clone(), children)).collect();
    [parents, Relatives::new(children)]
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
        let entries: Vec<Json> =
            nodes.iter().map(|node| nodes::node_entry(graph, node, target, None).to_json()).collect();
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
