//! From what was loaded to the [`Graph`].

use super::descriptions::Docs;
use super::drafting::Drafts;
use super::edges::dag;
use super::link::{Linker, Links, link_all};
use super::semantic_layer::{Layering, SemanticLayer};
use super::stations::{Station, Stations};
use super::template_node::Drafter;
use super::unit_test::UnitTests;
use super::{Exposure, Graph, Node, Source, UniqueId, cycles, exposures, hooks, macros, requirements, whole};
use crate::diagnostics::{Diagnostic, Severity};
use crate::event::{Event, EventSink};
use crate::load::{BaseContext, Invocation, Outputs, Package, Project};
use crate::parse::{self, Macros, Parsed};
use crate::world::World;
use crate::yaml::Yaml;
use indexmap::IndexMap;
use rayon::prelude::*;
use serde_json::Value as Json;
use std::sync::{Arc, OnceLock};

/// The graph of a project, for tests: warnings go to `sink`, and all errors are reported together.
#[cfg(test)]
pub fn graph(
    project: Arc<Project>,
    invocation: Arc<Invocation>,
    outputs: Arc<Outputs>,
    world: &Arc<World>,
    sink: &dyn EventSink,
) -> Result<Graph, Vec<Box<Diagnostic>>> {
    let (graph, findings) = understand(project, invocation, outputs, world);
    announce(findings, sink)?;
    Ok(graph)
}

/// Understands a project: reads its files, merges configs, finds out what names mean, and checks it as a whole. Answers
/// with the graph and what is wrong with it. Where there are errors, what they are about is not in the graph.
pub fn understand(
    project: Arc<Project>,
    invocation: Arc<Invocation>,
    outputs: Arc<Outputs>,
    world: &Arc<World>,
) -> (Graph, Vec<Box<Diagnostic>>) {
    let mut findings = vec![];
    let base = BaseContext::new(&project, &invocation, outputs.default(), world);
    let render = |package: &Package, text: &Yaml| base.render(package, text);
    let rules = parse::Rules::new(&render, &invocation);
    let (parsed, macros) = parse::project(&project, outputs.default().adapter.as_ref(), &rules, &mut findings);
    let (Parsed { templates, mut properties, docs }, Macros { library, definitions }) = (parsed, macros);
    let library = Arc::new(library);
    let stations = Stations::new(&project, &invocation, &outputs, &base, world, library, &mut findings);
    let (Station { site, namer, .. }, docs) = (&stations.default, Docs::new(docs, &mut findings));
    let drafter = Drafter { stations: &stations, site, namer, docs: &docs };

    let groups = exposures::groups(&drafter, &properties, &mut findings);
    let drafts = Drafts::new(&drafter, templates, &properties, &mut findings);
    // Most of what the properties say is part of nodes and sources now.
    properties.par_iter_mut().for_each(|file| (file.nodes, file.sources) = (vec![], vec![]));
    let linker = Linker::new(site, &drafts);
    let Drafts { enabled, disabled, sources, disabled_sources } = drafts;
    let Links { mut nodes, disabled, loose } = link_all(&linker, enabled, disabled, &mut findings);
    let absent: Vec<&Node> = disabled.iter().chain(&loose).map(AsRef::as_ref).collect();
    whole::finish(&mut nodes, &absent, &groups, site, &outputs, &mut findings);

    let maker = UnitTests { drafter: &drafter, linker: &linker, nodes: &nodes, world };
    let (unit_tests, mut disabled_documents) = maker.list(&properties, &mut findings);
    let layering = Layering { drafter: &drafter, linker: &linker, nodes: &nodes, groups: &groups };
    let layer = layering.list(&properties, &mut findings);
    layer.link_nodes(&mut nodes, &mut findings);
    let (exposures, disabled_exposures) = exposures::list(&drafter, &linker, &layer, &properties, &mut findings);
    let SemanticLayer { semantic_models, metrics, saved_queries, disabled: disabled_semantics, .. } = layer;
    disabled_documents.extend(disabled_semantics);
    let macros = macros::list(&drafter, &stations.definitions(definitions), &properties, &mut findings);

    let nodes = shared(nodes, |node: &Node| &node.unique_id);
    let sources = shared(sources, |source: &Source| &source.unique_id);
    let documents = [&unit_tests, &semantic_models, &metrics, &saved_queries];
    let all = nodes.values().map(AsRef::as_ref);
    let (dag, warnings) = rayon::join(
        || dag(&nodes, &sources, &exposures, documents),
        || requirements::warn(all, &nodes, &sources, &outputs, world.now()),
    );
    findings.extend(cycles::check(&dag, &nodes));
    findings.extend(site.trees.unused());
    let graph = Graph {
        operations: hooks::operations(nodes.values()),
        disabled: grouped(disabled, |node: &Node| &node.unique_id),
        loose: shared(loose, |node: &Node| &node.unique_id),
        disabled_sources: grouped(disabled_sources, |source: &Source| &source.unique_id),
        disabled_exposures: grouped(disabled_exposures, |exposure: &Exposure| &exposure.unique_id),
        disabled_documents: grouped(disabled_documents, |(id, _): &(UniqueId, Json)| id),
        kept: None,
        library: site.library().clone(),
        other_libraries: stations.other_libraries(),
        docs: docs.to_manifest(),
        nodes,
        sources,
        exposures,
        unit_tests,
        metrics,
        semantic_models,
        saved_queries,
        groups,
        macros,
        dag: OnceLock::from(dag),
        project: project.clone(),
        invocation: invocation.clone(),
        outputs: outputs.clone(),
    };
    findings.extend(warnings);
    findings.extend(graph.check_transfers());
    (graph, findings)
}

fn shared<T>(items: Vec<impl Into<Arc<T>>>, id: impl Fn(&T) -> &UniqueId) -> IndexMap<UniqueId, Arc<T>> {
    items.into_iter().map(Into::into).map(|item| (id(&item).clone(), item)).collect()
}

fn grouped<T>(items: Vec<impl Into<Arc<T>>>, id: impl Fn(&T) -> &UniqueId) -> IndexMap<UniqueId, Vec<Arc<T>>> {
    let mut map: IndexMap<UniqueId, Vec<Arc<T>>> = IndexMap::new();
    for item in items.into_iter().map(Into::into) {
        map.entry(id(&item).clone()).or_default().push(item);
    }
    map
}

/// Sends off what was found while a graph was made that is a warning; answers with the errors if there are any.
pub fn announce(findings: Vec<Box<Diagnostic>>, sink: &dyn EventSink) -> Result<(), Vec<Box<Diagnostic>>> {
    let (errors, warnings): (Vec<_>, Vec<_>) =
        findings.into_iter().partition(|finding| finding.severity == Severity::Error);
    for warning in warnings {
        sink.emit(Event::Warned(warning));
    }
    if errors.is_empty() { Ok(()) } else { Err(errors) }
}
