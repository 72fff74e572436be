//! Files that were edited since a graph was made: what they say is understood anew and put into the graph, as long as
//! nothing else in it depends on what has changed.
//!
//! The edited files are understood together with those that they are about: a template with the properties that describe
//! it, properties with the templates that they describe. This is done for the files as they were and as they are: the
//! findings must be the same, and so must be all that other resources see of these nodes.

use super::descriptions::Docs;
use super::drafting::Drafts;
use super::link::{Linker, Links, link_all};
use super::primary_key::tests_by_node;
use super::site::Site;
use super::stations::{Station, Stations};
use super::template_node::Drafter;
use super::whole::Completion;
use super::{Graph, ModelInfo, Node, NodeKind, UniqueId, cycles, requirements};
use crate::diagnostics::{Code, Diagnostic, Severity, SourceFile};
use crate::load::{BaseContext, FileKind, Package, ProjectFile};
use crate::parse::{self, Parsed, Section};
use crate::world::World;
use crate::yaml::{self, Yaml};
use foldhash::fast::RandomState;
use indexmap::IndexMap;
use serde_json::Value as Json;
use std::collections::{HashMap, HashSet};
use std::ffi::OsStr;
use std::sync::{Arc, OnceLock};

/// A file that was edited.
pub struct Edit {
    /// Its package.
    pub package: Arc<Package>,
    /// The file that the graph was made from.
    pub before: ProjectFile,
    /// The file as it is now.
    pub after: ProjectFile,
}

/// What edits have changed in a graph.
#[derive(Debug, Clone, Default)]
pub struct Revision {
    /// The nodes that are other ones now.
    pub nodes: Vec<UniqueId>,
    /// Whether any of them depends on others than before.
    pub is_rewired: bool,
}

/// Puts what edited files say into a graph, whose project has them already. `None`: that is not enough, the project has to
/// be understood again.
pub fn revise(graph: &mut Graph, edits: &[Edit], world: &Arc<World>) -> Option<Revision> {
    let scope = Scope::of(graph, edits)?;
    let understood = scope.understood(world)?;
    let old: Vec<&Arc<Node>> = scope.concerned(&graph.nodes).collect();
    if old.len() != understood.len() || !old.iter().zip(&understood).all(|(old, new)| looks_alike(old, new)) {
        return None;
    }
    let is_rewired = old.iter().zip(&understood).any(|(old, new)| old.depends_on != new.depends_on);
    let nodes = understood.iter().map(|node| node.unique_id.clone()).collect();
    for node in understood {
        graph.nodes.insert(node.unique_id.clone(), node.into());
    }
    if is_rewired {
        graph.dag = OnceLock::new();
        if cycles::check(graph.dag(), &graph.nodes).is_some() {
            return None;
        }
    }
    Some(Revision { nodes, is_rewired })
}

impl Revision {
    /// Whether nothing has changed.
    pub fn is_empty(&self) -> bool {
        self.nodes.is_empty()
    }
}

/// A file by its package and its path there. Paths are compared as they are written: many are.
type Place<'a> = (&'a str, &'a OsStr);

/// What nodes are made with.
struct Means<'m> {
    base: BaseContext,
    stations: &'m Stations,
    linker: Linker<'m>,
    world: &'m World,
}

/// The part of a project that edits are about.
struct Scope<'a> {
    graph: &'a Graph,
    edits: HashMap<Place<'a>, &'a Edit, RandomState>,
    /// The files that are needed to understand it, in their order.
    files: Vec<(&'a Arc<Package>, &'a ProjectFile)>,
}

impl<'a> Scope<'a> {
    /// `None` where more than nodes may depend on an edit.
    fn of(graph: &'a Graph, edits: &'a [Edit]) -> Option<Self> {
        if !edits.iter().all(|edit| is_about_nodes(graph, edit)) {
            return None;
        }
        let edits = edits.iter().map(|edit| (file_place(&edit.package, &edit.after), edit));
        let mut scope = Self { graph, edits: edits.collect(), files: vec![] };
        if scope.concerned(&graph.loose).next().is_some()
            || graph.disabled.values().flatten().any(|node| scope.concerns(node))
        {
            return None;
        }
        let concerned = scope.concerned(&graph.nodes).flat_map(|node| [Some(place(node)), description(node)]);
        let needed: HashSet<Place<'_>, RandomState> = concerned.flatten().collect();
        let all = graph.project.packages.values();
        let all = all.flat_map(|package| package.files.iter().map(move |file| (package, file)));
        let is_needed = |(package, file): &(&Arc<Package>, &ProjectFile)| {
            file.kind == FileKind::Docs || needed.contains(&file_place(package, file))
        };
        scope.files = all.filter(is_needed).collect();
        Some(scope)
    }

    /// The nodes that stand in edited files or are described there.
    fn concerned<'g>(&self, nodes: &'g IndexMap<UniqueId, Arc<Node>>) -> impl Iterator<Item = &'g Arc<Node>> {
        nodes.values().filter(|node| self.concerns(node))
    }

    fn concerns(&self, node: &Node) -> bool {
        self.edits.contains_key(&place(node)) || description(node).is_some_and(|file| self.edits.contains_key(&file))
    }

    /// The nodes as they are now, if what is found on the way is what was found before.
    fn understood(&self, world: &Arc<World>) -> Option<Vec<Box<Node>>> {
        let Graph { project, invocation, outputs, library, .. } = self.graph;
        let base = BaseContext::new(project, invocation, outputs.default(), world);
        let stations = Stations::new(project, invocation, outputs, &base, world, library.clone(), &mut vec![]);
        let linker = Linker::of_graph(&stations.default.site, self.graph);
        let means = Means { base, stations: &stations, linker, world };
        let (mut before, mut after) = (vec![], vec![]);
        self.nodes(&means, |edit| &edit.before, &mut before)?;
        let nodes = self.nodes(&means, |edit| &edit.after, &mut after)?;
        let is_same = before.iter().map(|finding| gist(finding)).eq(after.iter().map(|finding| gist(finding)));
        is_same.then_some(nodes)
    }

    /// The nodes of one state of the edited files. `None` if some of them take no part.
    fn nodes(
        &self,
        means: &Means<'_>,
        state: impl Fn(&'a Edit) -> &'a ProjectFile,
        findings: &mut Vec<Box<Diagnostic>>,
    ) -> Option<Vec<Box<Node>>> {
        let file = |(package, file): &(&'a Arc<Package>, &'a ProjectFile)| {
            let edit = self.edits.get(&file_place(package, file));
            (*package, edit.map_or(*file, |edit| state(edit)))
        };
        let files: Vec<_> = self.files.iter().map(file).collect();
        let Means { base, stations, linker, world } = means;
        let render = |package: &Package, text: &Yaml| base.render(package, text);
        let rules = parse::Rules::new(&render, &self.graph.invocation);
        let Parsed { templates, properties, docs } = parse::files(&files, &rules, findings);
        let (Station { site, namer, .. }, docs) = (&stations.default, Docs::new(docs, findings));
        let drafter = Drafter { stations, site, namer, docs: &docs };
        let Drafts { enabled, disabled, .. } = Drafts::new(&drafter, templates, &properties, findings);
        let Links { mut nodes, disabled, loose } = link_all(linker, enabled, disabled, findings);
        if disabled.iter().chain(&loose).any(|node| self.concerns(node)) {
            return None;
        }
        nodes.retain(|node| self.concerns(node));
        self.complete(&mut nodes, site, world, findings);
        Some(nodes)
    }

    /// Adds what can be said only beside all other nodes.
    fn complete(&self, nodes: &mut [Box<Node>], site: &Site, world: &World, findings: &mut Vec<Box<Diagnostic>>) {
        let Graph { nodes: all, sources, outputs, groups, disabled, loose, .. } = self.graph;
        let ids: HashSet<&UniqueId, RandomState> = nodes.iter().map(|node| &node.unique_id).collect();
        let is_on_these = |node: &&Node| match &node.kind {
            NodeKind::GenericTest(test) => test.attached_node.as_ref().is_some_and(|id| ids.contains(id)),
            _ => false,
        };
        let others = all.values().map(AsRef::as_ref).filter(is_on_these).filter(|test| !self.concerns(test));
        let absent = disabled.values().flatten().chain(loose.values()).map(AsRef::as_ref);
        let tests = tests_by_node(others.chain(nodes.iter().map(AsRef::as_ref)), absent);
        let completions: Vec<_> = nodes.iter().map(|node| Completion::of(node, &tests, groups, site)).collect();
        for (node, completion) in nodes.iter_mut().zip(completions) {
            completion.put_into(node, findings);
        }
        findings.extend(requirements::warn(nodes.iter().map(AsRef::as_ref), all, sources, outputs, world.now()));
    }
}

fn file_place<'a>(package: &'a Package, file: &'a ProjectFile) -> Place<'a> {
    (&package.name, file.path.as_os_str())
}

fn place(node: &Node) -> Place<'_> {
    (&node.package_name, node.original_file_path.as_ref())
}

/// The properties file that describes a node.
fn description(node: &Node) -> Option<Place<'_>> {
    let (package, path) = node.patch_path.as_deref()?.split_once("://")?;
    Some((package, path.as_ref()))
}

/// Whether an edit changes nodes, and nothing beside them.
fn is_about_nodes(graph: &Graph, edit: &Edit) -> bool {
    match edit.after.kind {
        FileKind::Model | FileKind::PythonModel | FileKind::Snapshot | FileKind::Analysis | FileKind::Test => {
            let file = file_place(&edit.package, &edit.after);
            graph.nodes.values().any(|node| place(node) == file)
        }
        // Unit tests may take its rows.
        FileKind::Seed => graph.unit_tests.is_empty(),
        FileKind::Properties => {
            let (before, after) = (beside_nodes(&edit.before.source), beside_nodes(&edit.after.source));
            before.is_some() && before == after
        }
        FileKind::Macro | FileKind::Function | FileKind::Docs | FileKind::Fixture => false,
    }
}

/// What a properties file says beside what it says of nodes. `None` where that is about sources: these know their places
/// in the file, which may be others now.
fn beside_nodes(file: &Arc<SourceFile>) -> Option<Vec<(String, Json)>> {
    let (yaml, _) = yaml::parse(file).ok()?;
    let is_of_nodes = |key: &str| Section::ALL.iter().any(|section| section.key() == key);
    let rest: Vec<_> = yaml.entries().filter(|(key, _)| !is_of_nodes(key)).collect();
    let has_sources = rest.iter().any(|(key, _)| key == "sources");
    (!has_sources).then(|| rest.into_iter().map(|(key, value)| (key, value.to_json())).collect())
}

/// Whether all that others see of a node is the same.
fn looks_alike(old: &Node, new: &Node) -> bool {
    fn identity(node: &Node) -> impl PartialEq {
        (node.unique_id.clone(), node.fqn.clone(), node.original_file_path.clone(), node.patch_path.clone())
    }
    fn relation(node: &Node) -> impl PartialEq {
        (node.target.clone(), node.relation.clone(), node.database.clone(), node.schema.clone(), node.alias.clone())
    }
    let asks_is_incremental = |node: &Node| node.depends_on_macros.iter().any(|id| id.ends_with(".is_incremental"));
    let says =
        |key: &str| old.config.get(key) == new.config.get(key) && old.config_call.get(key) == new.config_call.get(key);
    identity(old) == identity(new)
        && relation(old) == relation(new)
        && old.group() == new.group()
        && asks_is_incremental(old) == asks_is_incremental(new)
        && says("enabled")
        && says("event_time")
        // Metrics are known by the semantic layer alone.
        && old.metrics.is_empty()
        && new.metrics.is_empty()
        && kinds_look_alike(&old.kind, &new.kind)
}

fn kinds_look_alike(old: &NodeKind, new: &NodeKind) -> bool {
    match (old, new) {
        (NodeKind::Model(old), NodeKind::Model(new)) => {
            let facts = |info: &ModelInfo| {
                (info.access, info.version.clone(), info.latest_version.clone(), info.deprecation_date.clone())
            };
            // A time spine's columns are part of the semantic layer.
            facts(old) == facts(new) && old.time_spine.is_none() && new.time_spine.is_none()
        }
        (NodeKind::GenericTest(old), NodeKind::GenericTest(new)) => old.attached_node == new.attached_node,
        (NodeKind::Seed { .. }, NodeKind::Seed { .. })
        | (NodeKind::Snapshot, NodeKind::Snapshot)
        | (NodeKind::SingularTest, NodeKind::SingularTest)
        | (NodeKind::Analysis, NodeKind::Analysis) => true,
        _ => false,
    }
}

/// A finding without its place.
fn gist(finding: &Diagnostic) -> (Code, Severity, &str, Option<&str>) {
    (finding.code, finding.severity, &finding.message, finding.hint.as_deref())
}
