//! Names → unique ids: what each node depends on, and whether it may.

use super::calls::Calls;
use super::drafting::Drafts;
use super::lookup::Lookup;
use super::site::Site;
use super::template_node::Draft;
use super::{Access, Graph, Node, NodeKind, RefCall, ResourceType, SpanEq, UniqueId};
use crate::diagnostics::{Code, Diagnostic, Result, Span};
use rayon::prelude::*;
use serde_json::Value as Json;
use std::collections::HashMap;

/// What linking needs to know of all nodes.
pub struct Linker<'a> {
    site: &'a Site,
    lookup: Lookup,
    /// Access, group and package of every model that is not open to all.
    guarded: HashMap<UniqueId, Guard>,
}

#[derive(Debug)]
struct Guard {
    access: Access,
    group: Option<String>,
    package: String,
}

/// What became of a draft.
enum Linked {
    /// It depends only on what exists.
    Whole(Box<Node>),
    /// A data test on something that does not exist: it will not run.
    Loose(Box<Node>, Box<Diagnostic>),
}

impl<'a> Linker<'a> {
    /// Over the names of all drafts.
    pub fn new(site: &'a Site, drafts: &Drafts) -> Self {
        let disabled = drafts.disabled.iter().map(|draft| &*draft.node);
        let lookup = |enabled| Lookup::new(enabled, disabled, &drafts.sources, &drafts.disabled_sources);
        let enabled = drafts.enabled.iter().map(|draft| &*draft.node);
        Self::over(site, enabled.clone(), lookup(enabled))
    }

    /// Over the names of a graph.
    pub fn of_graph(site: &'a Site, graph: &Graph) -> Self {
        let disabled = graph.disabled.values().flatten().map(AsRef::as_ref);
        let sources = graph.sources.values().map(AsRef::as_ref);
        let disabled_sources = graph.disabled_sources.values().flatten().map(AsRef::as_ref);
        let enabled = graph.nodes.values().map(AsRef::as_ref);
        Self::over(site, enabled.clone(), Lookup::new(enabled, disabled, sources, disabled_sources))
    }

    fn over<'n>(site: &'a Site, enabled: impl Iterator<Item = &'n Node>, lookup: Lookup) -> Self {
        let guard = |node: &Node| match &node.kind {
            NodeKind::Model(info) if info.access != Access::Public => {
                let guard =
                    Guard { access: info.access, group: info.group.clone(), package: node.package_name.clone() };
                Some((node.unique_id.clone(), guard))
            }
            _ => None,
        };
        Self { site, lookup, guarded: enabled.filter_map(guard).collect() }
    }

    /// Resolves everything that a node refers to.
    fn link(&self, draft: Draft) -> Result<Linked, Vec<Box<Diagnostic>>> {
        let Draft { mut node, calls } = draft;
        let (ids, mut errors) = self.look_up(&node.package_name, &calls, &node.span);
        declare(&mut node, calls);
        if !errors.is_empty() && !node.is_test() {
            return Err(errors);
        }
        if errors.is_empty() {
            check_seed(&node, &ids)?;
            if node.resource_type() != ResourceType::SqlOperation {
                self.check_access(&node.unique_id, &node.package_name, node.group(), &ids)?;
            }
        }
        node.depends_on = ids.into_iter().map(|(id, _)| id).collect();
        Ok(match errors.is_empty() {
            true => Linked::Whole(node),
            false => Linked::Loose(node, errors.swap_remove(0)),
        })
    }

    /// The unique ids that calls mean, sources first, once each, with their places.
    pub fn resolve(
        &self,
        package: &str,
        calls: &Calls,
        fallback: &Span,
    ) -> Result<Vec<(UniqueId, Span)>, Vec<Box<Diagnostic>>> {
        let (ids, errors) = self.look_up(package, calls, fallback);
        if errors.is_empty() { Ok(ids) } else { Err(errors) }
    }

    /// The same, as far as they mean anything; beside it the errors.
    fn look_up(&self, package: &str, calls: &Calls, fallback: &Span) -> (Vec<(UniqueId, Span)>, Vec<Box<Diagnostic>>) {
        let search = self.site.search_order(package);
        let sources = calls.sources.iter().map(|(call, place)| (self.lookup.source(call, &search), place));
        let refs = calls.refs.iter().map(|call| {
            let place = call.span.as_ref().map_or(fallback, |span| &span.0);
            (self.lookup.node(call, &search), place)
        });
        let functions = calls.functions.iter().map(|(call, place)| (self.lookup.function(call, &search), place));
        let (mut ids, mut errors): (Vec<(UniqueId, Span)>, Vec<_>) = (vec![], vec![]);
        for (found, place) in sources.chain(refs).chain(functions) {
            match found {
                Ok(id) if ids.iter().any(|(known, _)| known == id) => {}
                Ok(id) => ids.push((id.clone(), place.clone())),
                Err(error) => errors.push(error.at(place)),
            }
        }
        (ids, errors)
    }

    /// Refuses parents that are not open to the resource `user` of this package and group.
    pub fn check_access(
        &self,
        user: &str,
        package: &str,
        group: Option<&str>,
        parents: &[(UniqueId, Span)],
    ) -> Result<(), Vec<Box<Diagnostic>>> {
        let denied = parents.iter().filter_map(|(id, place)| {
            let guard = self.guarded.get(id)?;
            self.denied(package, group, guard).map(|why| {
                let access = guard.access.as_str();
                let message = format!("{user} may not refer to {id}, which is {access}: {why}.");
                Diagnostic::error(Code::ACCESS_DENIED, message).at(place)
            })
        });
        let errors: Vec<_> = denied.collect();
        if errors.is_empty() { Ok(()) } else { Err(errors) }
    }

    fn denied(&self, package: &str, group: Option<&str>, guard: &Guard) -> Option<String> {
        let is_elsewhere = package != guard.package;
        let is_restricted =
            self.site.project.packages.get(&guard.package).is_some_and(|package| package.settings.restrict_access);
        match guard.access {
            Access::Public => None,
            Access::Private => {
                let is_outside = group.is_none() || group != guard.group.as_deref();
                let name = guard.group.as_deref().unwrap_or("");
                (is_outside || (is_elsewhere && is_restricted)).then(|| format!("only nodes of the group '{name}' may"))
            }
            Access::Protected => {
                (is_elsewhere && is_restricted).then(|| format!("only nodes of the package '{}' may", guard.package))
            }
        }
    }
}

/// A seed is loaded before anything else, so its hooks cannot refer to what is built.
fn check_seed(node: &Node, parents: &[(UniqueId, Span)]) -> Result<(), Vec<Box<Diagnostic>>> {
    let Some((parent, place)) = parents.first().filter(|_| node.resource_type() == ResourceType::Seed) else {
        return Ok(());
    };
    let message = format!("Seeds cannot depend on other nodes, and a hook of '{}' refers to {parent}.", node.name);
    let hint = "Refer to the relation by its name, or move the hook to a model.";
    Err(vec![Diagnostic::error(Code::CONFIG_INVALID, message).at(place).hint(hint)])
}

/// All nodes, linked.
pub struct Links {
    /// Those that take part.
    pub nodes: Vec<Box<Node>>,
    /// Those that do not.
    pub disabled: Vec<Box<Node>>,
    /// Data tests on something disabled or missing, which will not run.
    pub loose: Vec<Box<Node>>,
}

/// Links all drafts.
pub fn link_all(
    linker: &Linker<'_>,
    enabled: Vec<Draft>,
    disabled: Vec<Draft>,
    findings: &mut Vec<Box<Diagnostic>>,
) -> Links {
    let disabled = disabled.into_iter().map(declared_only).collect();
    let links: Vec<_> = enabled.into_par_iter().map(|draft| linker.link(draft)).collect();
    let (mut nodes, mut loose) = (Vec::with_capacity(links.len()), vec![]);
    for link in links {
        match link {
            Ok(Linked::Whole(node)) => {
                findings.extend(needs_project(&node, &linker.site.root().name));
                nodes.push(node);
            }
            Ok(Linked::Loose(mut node, error)) => {
                if error.code != Code::REF_DISABLED {
                    findings.push(loose_test(&node, &error));
                }
                node.config.set("enabled", Json::Bool(false));
                loose.push(node);
            }
            Err(errors) => findings.extend(errors),
        }
    }
    Links { nodes, disabled, loose }
}

/// A warning for a package's node that refers, without naming it, to the project that uses the package.
fn needs_project(node: &Node, root: &str) -> Option<Box<Diagnostic>> {
    if node.package_name == root {
        return None;
    }
    let is_of_root = |call: &RefCall| {
        let model = format!(".{root}.{}", call.name);
        call.package.as_deref() != Some(root)
            && node.depends_on.iter().any(|id| id.ends_with(&model) || id.contains(&format!("{model}.")))
    };
    let call = node.refs.iter().find(|call| is_of_root(call))?;
    let message = format!(
        "'{}' of the package '{}' refers to '{}' of the project '{root}', which uses the package.",
        node.name, node.package_name, call.name
    );
    let warning = Diagnostic::warning(Code::PACKAGE_NEEDS_PROJECT, message);
    Some(
        warning.at(call.span.as_ref().map_or(&node.span, |span| &span.0)).hint(
            "The flag 'require_ref_searches_node_package_before_root' makes packages look into themselves first.",
        ),
    )
}

/// A disabled node: what it refers to is written down, not looked up.
fn declared_only(draft: Draft) -> Box<Node> {
    let Draft { mut node, calls } = draft;
    declare(&mut node, calls);
    node
}

/// Writes down what a node refers to.
fn declare(node: &mut Node, calls: Calls) {
    node.refs = calls.refs;
    node.refs.shrink_to_fit();
    node.sources = calls.sources.into_iter().map(|(source, _)| source).collect();
    node.functions = calls.functions.into_iter().map(|(function, _)| function).collect();
    node.metrics = calls.metrics.into_iter().map(|(metric, span)| (metric, SpanEq(span))).collect();
}

/// The warning for a test that has lost what it tests.
fn loose_test(node: &Node, error: &Diagnostic) -> Box<Diagnostic> {
    let message = format!("The data test '{}' will not run: {}", node.name, error.message);
    let mut warning = Diagnostic::warning(error.code, message);
    (warning.labels, warning.hint) = (error.labels.clone(), error.hint.clone());
    warning
}
