//! Two of the same: nodes with one name, relations at one place.

use super::{Node, NodeKind, ResourceType, Source};
use crate::adapters::Relation;
use crate::diagnostics::{Code, Diagnostic, Span};
use crate::load::Outputs;
use foldhash::fast::RandomState;
use rayon::prelude::*;
use std::collections::HashMap;
use std::sync::Arc;

/// An error for each enabled node whose unique id another one has.
pub fn same_id<'n>(nodes: impl Iterator<Item = &'n Node>) -> Vec<Box<Diagnostic>> {
    let mut seen: HashMap<&str, &Node, RandomState> = HashMap::default();
    let mut errors = vec![];
    for node in nodes {
        let Some(first) = seen.insert(&node.unique_id, node) else { continue };
        let noun = if node.is_test() { "data tests" } else { plural(node.resource_type()) };
        let message = format!("There are two {noun} named '{}' in '{}'.", node.name, node.package_name);
        errors.push(
            Diagnostic::error(Code::NAME_DUPLICATE, message)
                .label(&node.span, "this one")
                .label(&first.span, "and this one")
                .note(format!("{}\n{}", first.original_file_path, node.original_file_path))
                .hint("Rename one of them, or disable it."),
        );
    }
    errors
}

/// An error for each table that two sources declare.
pub fn same_source<'s>(sources: impl Iterator<Item = &'s Source>) -> Vec<Box<Diagnostic>> {
    let mut seen: HashMap<&str, &Source> = HashMap::new();
    let mut errors = vec![];
    for source in sources {
        let Some(first) = seen.insert(&source.unique_id, source) else { continue };
        let message = format!("The source '{}.{}' is declared twice.", source.source_name, source.name);
        errors.push(
            Diagnostic::error(Code::NAME_DUPLICATE, message)
                .at(&source.span)
                .label(&first.span, "declared here first")
                .hint("Merge the two declarations, or disable one of them."),
        );
    }
    errors
}

/// A finding for each name that different kinds of nodes of a package share (an error if names `must_differ`, or one of
/// them has versions), and an error for each relation that two nodes build.
pub fn same_name(nodes: &[Box<Node>], outputs: &Outputs, must_differ: bool) -> Vec<Box<Diagnostic>> {
    let mut errors = vec![];
    let mut names: HashMap<(&str, &str), &Node, RandomState> = HashMap::default();
    let mut places: HashMap<_, &Node, RandomState> = HashMap::default();
    let families: HashMap<(&str, &str), &Node> = nodes
        .iter()
        .filter(|node| is_versioned(node))
        .map(|node| ((&*node.package_name, &*node.name), node.as_ref()))
        .collect();
    let place_of = |node: &Node| node.relation.as_ref().map(|relation| place(&node.target, relation, outputs));
    let all_places: Vec<Option<Place>> = nodes.par_iter().map(|node| place_of(node)).collect();
    for (node, place) in nodes.iter().zip(all_places) {
        if let Some(family) = families.get(&(&*node.package_name, &*node.name))
            && is_refable(node)
            && !is_versioned(node)
        {
            errors.push(shared_name(family, node));
        }
        if is_refable(node) && !is_versioned(node) {
            match names.insert((&node.package_name, &node.name), node) {
                Some(first) if first.unique_id != node.unique_id => {
                    let error = shared_name(first, node);
                    errors.push(if must_differ { error } else { error.deprecated(Code::SHARED_NAME_DEPRECATED) });
                }
                _ => {}
            }
        }
        let Some(place) = place else { continue };
        match places.insert(place, node) {
            Some(first) if first.unique_id != node.unique_id => errors.push(shared_place(first, node)),
            _ => {}
        }
    }
    errors
}

/// An error for each relation of a source's files that a node builds, or another source's files.
pub fn same_files<'n>(
    nodes: impl Iterator<Item = &'n Node>,
    sources: impl Iterator<Item = &'n Source>,
    outputs: &Outputs,
) -> Vec<Box<Diagnostic>> {
    let mut errors = vec![];
    let mut places: HashMap<_, &Source> = HashMap::new();
    for source in sources.filter(|source| source.files.is_some()) {
        for relation in [source.relation.clone(), source.quarantine_relation(), source.ledger_relation()] {
            if let Some(first) = places.insert(place(&source.target, &relation, outputs), source) {
                errors.push(shared_files(source, &relation, &first.unique_id, &first.span));
            }
        }
    }
    if places.is_empty() {
        return errors;
    }
    for node in nodes {
        let Some(relation) = &node.relation else { continue };
        if let Some(source) = places.get(&place(&node.target, relation, outputs)) {
            errors.push(shared_files(source, relation, &node.unique_id, &node.span));
        }
    }
    errors
}

/// An output, and a relation as its engine compares it.
type Place = (Arc<str>, (String, String, String));

fn place(target: &Arc<str>, relation: &Relation, outputs: &Outputs) -> Place {
    (target.clone(), relation.key(outputs.dialect(target)))
}

fn shared_files(source: &Source, relation: &Relation, other: &str, place: &Span) -> Box<Diagnostic> {
    let message = format!("The files of {} are loaded into {relation}, which {other} has too.", source.unique_id);
    Diagnostic::error(Code::RELATION_DUPLICATE, message)
        .label(&source.span, "this one")
        .label(place, "and this one")
        .hint("Give the source's table another schema or 'identifier'.")
}

fn shared_name(first: &Node, second: &Node) -> Box<Diagnostic> {
    let message = format!(
        "'{}' names both a {} and a {} of '{}', so that a ref cannot tell them apart.",
        second.name,
        first.resource_type().as_str(),
        second.resource_type().as_str(),
        second.package_name
    );
    Diagnostic::error(Code::NAME_DUPLICATE, message)
        .label(&second.span, "this one")
        .label(&first.span, "and this one")
        .note(format!("{}\n{}", first.original_file_path, second.original_file_path))
        .hint("Rename one of them.")
}

fn shared_place(first: &Node, second: &Node) -> Box<Diagnostic> {
    let relation = second.relation.as_ref().map(ToString::to_string).unwrap_or_default();
    let message = format!(
        "Two resources have an identical database representation, {relation}: {} and {}.",
        first.unique_id, second.unique_id
    );
    Diagnostic::error(Code::RELATION_DUPLICATE, message)
        .label(&second.span, "this one")
        .label(&first.span, "and this one")
        .note(format!("{}\n{}", first.original_file_path, second.original_file_path))
        .hint("Give one of them another alias, schema or database, or disable it.")
}

fn is_refable(node: &Node) -> bool {
    matches!(node.resource_type(), ResourceType::Model | ResourceType::Seed | ResourceType::Snapshot)
}

fn is_versioned(node: &Node) -> bool {
    matches!(&node.kind, NodeKind::Model(info) if info.version.is_some())
}

fn plural(kind: ResourceType) -> &'static str {
    match kind {
        ResourceType::Model => "models",
        ResourceType::Seed => "seeds",
        ResourceType::Snapshot => "snapshots",
        ResourceType::Analysis => "analyses",
        ResourceType::Function => "functions",
        _ => "resources",
    }
}
