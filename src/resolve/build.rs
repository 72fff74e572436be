//! From what was loaded to the [`Graph`].

use super::config::ConfigTrees;
use super::data_test::{self, Tested, What};
use super::descriptions::Docs;
use super::exposures::{self, ExposureDraft};
use super::link::{Linked, Linker, group_of, loose_test, shared};
use super::lookup::Lookup;
use super::names::Namer;
use super::patches::{Patches, match_up};
use super::reach::Reach;
use super::semantic_layer::{Layering, SemanticLayer};
use super::site::Site;
use super::template_node::{Draft, Drafter};
use super::unit_test::UnitTests;
use super::{
    Exposure, Graph, Group, Node, NodeKind, Source, UniqueId, absent_database, contract, cycles, duplicates, hooks,
    macros, primary_key, requirements, sources,
};
use crate::adapters::Adapter;
use crate::dag::Dag;
use crate::diagnostics::{Code, Diagnostic, Severity, nearest};
use crate::event::{Event, EventSink};
use crate::jinja::Engine;
use crate::load::{BaseContext, Invocation, Project};
use crate::parse::{self, Parsed, PropertiesFile};
use crate::world::World;
use indexmap::IndexMap;
use rayon::prelude::*;
use serde_json::Value as Json;
use std::sync::Arc;

/// Understands a project: reads its files, merges configs, finds out what names mean, and checks it as a whole.
/// Warnings go to `sink`; all errors are reported together.
pub fn graph(
    project: Arc<Project>,
    invocation: Arc<Invocation>,
    adapter: Arc<dyn Adapter>,
    world: &Arc<World>,
    sink: &dyn EventSink,
) -> Result<Graph, Vec<Box<Diagnostic>>> {
    let mut findings = vec![];
    let base = BaseContext::new(&project, &invocation, adapter.as_ref(), world);
    let parsed = parse::project(&project, adapter.as_ref(), &|package, text| base.render(package, text), &mut findings);
    let Parsed { templates, properties, docs, macros } = parsed;
    let reach = Reach::new(&macros.library, &macros.definitions, &mut findings);
    let library = Arc::new(macros.library);
    let absent = absent_database::layer();
    let site = Site {
        project: &project,
        invocation: &invocation,
        adapter: adapter.as_ref(),
        engine: Engine::new(library.clone()),
        reach,
        trees: ConfigTrees::new(&project),
        bases: project.packages.keys().map(|name| (name.clone(), vec![absent.clone(), base.layer(name)])).collect(),
        created_at: world.now().as_microsecond() as f64 / 1e6,
    };
    let docs = Docs::new(docs, &mut findings);
    let namer = Namer::new(&site);
    let drafter = Drafter { site: &site, namer: &namer, docs: &docs };
    let patches = match_up(&templates, &properties, &mut findings);

    let groups = exposures::groups(&drafter, &properties, &mut findings);
    let mut drafts = Drafts::default();
    let of_templates = collect(&mut findings, templates.par_iter().enumerate(), |(at, template), found| {
        drafter.draft(template, patches.by_template[at].as_ref(), found)
    });
    let attached: Vec<Option<Attached>> = attach(&patches, templates.len(), of_templates, &mut drafts);
    let sources = sources::draft(&drafter, &properties, &mut findings);
    for package in project.packages.values() {
        for hook in hooks::drafts(&drafter, package) {
            match hook {
                Ok(draft) => drafts.add(draft),
                Err(error) => findings.push(error),
            }
        }
    }
    for tests in collect(&mut findings, patches.testable.par_iter(), |(patch, template), found| {
        let attached = template.and_then(|at| attached[at].clone());
        Ok(declared_tests(&drafter, patch, attached, found))
    }) {
        tests.into_iter().flatten().for_each(|draft| drafts.add(draft));
    }
    sources.tests.into_iter().for_each(|draft| drafts.add(draft));

    let (enabled_sources, disabled_sources): (Vec<Source>, Vec<Source>) =
        sources.sources.into_iter().partition(|source| source.config.enabled());
    findings.extend(duplicates::same_source(enabled_sources.iter()));
    findings.extend(duplicates::same_id(drafts.enabled.iter().map(|draft| &draft.node)));
    let lookup = Lookup::new(
        drafts.enabled.iter().map(|draft| &draft.node),
        drafts.disabled.iter().map(|draft| &draft.node),
        &enabled_sources,
        &disabled_sources,
    );
    let linker = Linker::new(&site, lookup, drafts.enabled.iter().map(|draft| &draft.node));
    let mut disabled: Vec<Node> = drafts.disabled.into_iter().map(declared_only).collect();
    let mut nodes: Vec<Node> = vec![];
    let links: Vec<_> = drafts.enabled.into_par_iter().map(|draft| linker.link(draft)).collect();
    for link in links {
        match link {
            Ok(Linked::Whole(node)) => nodes.push(node),
            Ok(Linked::Loose(mut node, error)) => {
                if error.code != Code::REF_DISABLED {
                    findings.push(loose_test(&node, error));
                }
                node.config.0.insert("enabled".into(), Json::Bool(false));
                disabled.push(node);
            }
            Err(errors) => findings.extend(errors),
        }
    }
    finish(&mut nodes, &disabled, &groups, &site, &mut findings);

    let unit_tests = UnitTests { drafter: &drafter, linker: &linker, nodes: &nodes }.list(&properties, &mut findings);
    let layering = Layering { drafter: &drafter, linker: &linker, nodes: &nodes };
    let SemanticLayer { semantic_models, metrics, saved_queries } = layering.list(&properties, &mut findings);
    let exposures = link_exposures(&drafter, &linker, &properties, &mut findings);
    let macros = macros::list(&drafter, &macros.definitions, &properties, &mut findings);
    findings.extend(site.trees.unused());
    let nodes: IndexMap<UniqueId, Arc<Node>> = nodes.into_iter().map(shared).collect();
    let sources: IndexMap<UniqueId, Arc<Source>> =
        enabled_sources.into_iter().map(|source| (source.unique_id.clone(), Arc::new(source))).collect();
    let documents = [&unit_tests, &semantic_models, &metrics, &saved_queries];
    let dag = dag(&nodes, &sources, &exposures, documents);
    findings.extend(cycles::check(&dag, &nodes));
    let has_event_time = |id: &str| {
        let node = nodes.get(id).map(|node| &node.config);
        node.or(sources.get(id).map(|source| &source.config)).is_some_and(|config| config.get("event_time").is_some())
    };
    findings.extend(requirements::warn(&nodes, has_event_time, world.now()));
    let docs = docs.to_manifest();
    report(findings, sink)?;
    Ok(Graph {
        operations: hooks::operations(nodes.values()),
        disabled: by_id(disabled, |node| node.unique_id.clone()),
        disabled_sources: by_id(disabled_sources, |source| source.unique_id.clone()),
        library,
        nodes,
        sources,
        exposures,
        unit_tests,
        metrics,
        semantic_models,
        saved_queries,
        groups,
        macros,
        docs,
        dag,
        project: project.clone(),
        invocation: invocation.clone(),
        adapter: adapter.clone(),
    })
}

/// Nodes on their way, those that take part and those that do not.
#[derive(Default)]
struct Drafts {
    enabled: Vec<Draft>,
    disabled: Vec<Draft>,
}

impl Drafts {
    fn add(&mut self, draft: Draft) {
        let list = if draft.node.config.enabled() { &mut self.enabled } else { &mut self.disabled };
        list.push(draft);
    }
}

/// A node that data tests are attached to: its unique id and group.
type Attached = (String, Option<String>);

/// Works in parallel and keeps the order; what goes wrong with one item is added to `findings`.
fn collect<I: IndexedParallelIterator, T: Send>(
    findings: &mut Vec<Box<Diagnostic>>,
    items: I,
    make: impl Fn(I::Item, &mut Vec<Box<Diagnostic>>) -> crate::diagnostics::Result<T> + Sync + Send,
) -> Vec<Option<T>> {
    let made = items.map(|item| {
        let mut found = vec![];
        let made = make(item, &mut found).map_err(|error| found.push(error)).ok();
        (made, found)
    });
    let made: Vec<_> = made.collect();
    made.into_iter()
        .map(|(made, found)| {
            findings.extend(found);
            made
        })
        .collect()
}

/// Takes the templates' drafts over; answers which node each template became.
fn attach(patches: &Patches<'_>, count: usize, made: Vec<Option<Draft>>, drafts: &mut Drafts) -> Vec<Option<Attached>> {
    debug_assert_eq!(patches.by_template.len(), count);
    made.into_iter()
        .map(|draft| {
            let draft = draft?;
            let attached = (draft.node.unique_id.to_string(), group_of(&draft.node).map(str::to_owned));
            drafts.add(draft);
            Some(attached)
        })
        .collect()
}

/// The data tests that an entry of properties declares.
fn declared_tests(
    drafter: &Drafter<'_>,
    patch: &super::patches::Patch<'_>,
    attached: Option<Attached>,
    findings: &mut Vec<Box<Diagnostic>>,
) -> Vec<Draft> {
    let what =
        What::Node { section: patch.entry.section.key(), name: &patch.entry.name, version: patch.version_value() };
    let tested = Tested { file: patch.file, what, tags: vec![], quote_columns: patch.entry.quote_columns, attached };
    let of_columns = patch.columns().flat_map(|column| column.tests.iter().map(move |test| (test, Some(column))));
    let of_whole = patch.tests().iter().map(|test| (test, None));
    let mut drafts = vec![];
    for (test, column) in of_columns.chain(of_whole) {
        match data_test::draft(drafter, &tested, test, column, findings) {
            Ok(draft) => drafts.push(draft),
            Err(error) => findings.push(error),
        }
    }
    drafts
}

/// A disabled node: what it refers to is written down, not looked up.
fn declared_only(draft: Draft) -> Node {
    let Draft { mut node, calls } = draft;
    node.refs = calls.refs;
    node.sources = calls.sources.into_iter().map(|(source, _)| source).collect();
    node.functions = calls.functions.into_iter().map(|(function, _)| function).collect();
    node
}

/// What can be said of nodes only once all are known.
fn finish(
    nodes: &mut [Node],
    disabled: &[Node],
    groups: &IndexMap<UniqueId, Group>,
    site: &Site<'_>,
    findings: &mut Vec<Box<Diagnostic>>,
) {
    let tests = primary_key::tests_by_node(nodes.iter(), disabled.iter());
    for node in nodes.iter_mut() {
        findings.extend(contract::check(node));
        findings.extend(requirements::check(node));
        findings.extend(unknown_group(node, groups));
        let key_tests = tests.get(node.unique_id.as_ref()).map_or(&[][..], Vec::as_slice);
        let checksum = contract::checksum(node);
        let key = match &node.kind {
            NodeKind::Model(info) => primary_key::infer(node, info, key_tests),
            _ => vec![],
        };
        if let NodeKind::Model(info) = &mut node.kind {
            info.contract_checksum = checksum;
            info.primary_key = key;
        }
    }
    findings.extend(duplicates::same_name(nodes.iter(), site.adapter.dialect()));
}

fn unknown_group(node: &Node, groups: &IndexMap<UniqueId, Group>) -> Option<Box<Diagnostic>> {
    let name = node.config.str("group")?;
    if groups.values().any(|group| group.name == name) {
        return None;
    }
    let message = format!("The group '{name}' of {} does not exist.", node.unique_id);
    let error = Diagnostic::error(Code::CONFIG_INVALID, message).at(&node.span);
    Some(match nearest(name, groups.values().map(|group| group.name.as_str())).first() {
        Some(near) => error.hint(format!("Did you mean '{near}'?")),
        None => error.hint("Declare it under 'groups:' in a properties file."),
    })
}

fn link_exposures(
    drafter: &Drafter<'_>,
    linker: &Linker<'_>,
    files: &[PropertiesFile],
    findings: &mut Vec<Box<Diagnostic>>,
) -> IndexMap<UniqueId, Arc<Exposure>> {
    let mut exposures = IndexMap::new();
    for (file, entry) in files.iter().flat_map(|file| file.exposures.iter().map(move |entry| (file, entry))) {
        let drafted = exposures::draft(drafter, file, entry, findings);
        let linked = drafted.map_err(|error| vec![error]).and_then(|ExposureDraft { mut exposure, calls }| {
            let parents = match exposure.config.enabled() {
                true => linker.resolve(&exposure.package_name, &calls, &entry.yaml.span)?,
                false => vec![],
            };
            exposure.depends_on = parents.into_iter().map(|(id, _)| id).collect();
            Ok(exposure)
        });
        match linked {
            Ok(exposure) if !exposure.config.enabled() => {}
            Ok(exposure) => {
                let id = exposure.unique_id.clone();
                if exposures.insert(id, Arc::new(exposure)).is_some() {
                    let message = format!("There are two exposures '{}' in '{}'.", entry.name, file.package.name);
                    findings.push(Diagnostic::error(Code::NAME_DUPLICATE, message).at(&entry.yaml.span));
                }
            }
            Err(errors) => findings.extend(errors),
        }
    }
    exposures
}

/// Who depends on whom.
fn dag(
    nodes: &IndexMap<UniqueId, Arc<Node>>,
    sources: &IndexMap<UniqueId, Arc<Source>>,
    exposures: &IndexMap<UniqueId, Arc<Exposure>>,
    documents: [&IndexMap<UniqueId, Json>; 4],
) -> Dag {
    let documents = || documents.into_iter().flatten();
    let ids = sources.keys().chain(nodes.keys()).chain(exposures.keys()).chain(documents().map(|(id, _)| id)).cloned();
    let of_nodes = nodes.values().flat_map(|node| edges(&node.depends_on, &node.unique_id));
    let of_exposures = exposures.values().flat_map(|exposure| edges(&exposure.depends_on, &exposure.unique_id));
    let of_documents = documents().flat_map(|(id, document)| {
        let parents = document["depends_on"]["nodes"].as_array().into_iter().flatten();
        parents.filter_map(|parent| Some((Arc::from(parent.as_str()?), id.clone())))
    });
    Dag::new(ids, of_nodes.chain(of_exposures).chain(of_documents))
}

fn edges(parents: &[UniqueId], child: &UniqueId) -> Vec<(UniqueId, UniqueId)> {
    parents.iter().map(|parent| (parent.clone(), child.clone())).collect()
}

fn by_id<T>(items: Vec<T>, id: impl Fn(&T) -> UniqueId) -> IndexMap<UniqueId, Vec<Arc<T>>> {
    let mut map: IndexMap<UniqueId, Vec<Arc<T>>> = IndexMap::new();
    for item in items {
        map.entry(id(&item)).or_default().push(Arc::new(item));
    }
    map
}

/// Sends the warnings off; answers with the errors if there are any.
fn report(findings: Vec<Box<Diagnostic>>, sink: &dyn EventSink) -> Result<(), Vec<Box<Diagnostic>>> {
    let (errors, warnings): (Vec<_>, Vec<_>) =
        findings.into_iter().partition(|finding| finding.severity == Severity::Error);
    for warning in warnings {
        sink.emit(Event::Warned(warning));
    }
    if errors.is_empty() { Ok(()) } else { Err(errors) }
}
