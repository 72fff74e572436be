//! What can be said of nodes, and checked, only once all of them are known.

use super::primary_key::{self, TestsByNode, tests_by_node};
use super::site::Site;
use super::{Group, Node, NodeKind, UniqueId, contract, duplicates, requirements, time_spine};
use crate::diagnostics::{Code, Diagnostic, Span, nearest};
use crate::load::Outputs;
use indexmap::IndexMap;
use rayon::prelude::*;

/// Completes and checks all nodes.
pub fn finish(
    nodes: &mut [Box<Node>],
    disabled: &[&Node],
    groups: &IndexMap<UniqueId, Group>,
    site: &Site,
    outputs: &Outputs,
    findings: &mut Vec<Box<Diagnostic>>,
) {
    let tests = tests_by_node(nodes.iter().map(AsRef::as_ref), disabled.iter().copied());
    let completions: Vec<_> = nodes.par_iter().map(|node| Completion::of(node, &tests, groups, site)).collect();
    for (node, completion) in nodes.iter_mut().zip(completions) {
        completion.put_into(node, findings);
    }
    let names_must_differ = site.invocation.flags.behavior("require_unique_project_resource_names", false);
    findings.extend(duplicates::same_name(nodes, outputs, names_must_differ));
}

/// What is known of a node once all are.
pub struct Completion {
    found: Vec<Box<Diagnostic>>,
    contract_checksum: Option<String>,
    primary_key: Vec<String>,
}

impl Completion {
    /// Checks a node.
    pub fn of(node: &Node, tests: &TestsByNode<'_>, groups: &IndexMap<UniqueId, Group>, site: &Site) -> Self {
        let blanks_are_errors = site.invocation.flags.behavior("require_resource_names_without_spaces", true);
        let mut found = contract::check(node);
        found.extend(requirements::blank_in_name(node, blanks_are_errors));
        found.extend(requirements::check(node));
        found.extend(time_spine::check(node));
        let group = node.config.str("group");
        found.extend(group.and_then(|group| unknown_group(group, &node.unique_id, &node.span, groups)));
        let tests = tests.get(node.unique_id.as_ref()).map_or(&[][..], Vec::as_slice);
        let primary_key = match &node.kind {
            NodeKind::Model(info) => primary_key::infer(node, info, tests),
            _ => vec![],
        };
        Self { found, contract_checksum: contract::checksum(node), primary_key }
    }

    /// Completes the node; what is wrong with it is added to `findings`.
    pub fn put_into(self, node: &mut Node, findings: &mut Vec<Box<Diagnostic>>) {
        findings.extend(self.found);
        if let NodeKind::Model(info) = &mut node.kind {
            info.contract_checksum = self.contract_checksum;
            info.primary_key = self.primary_key;
        }
    }
}

/// The error for a group that is not among `groups`.
pub fn unknown_group(
    name: &str,
    owner: &str,
    place: &Span,
    groups: &IndexMap<UniqueId, Group>,
) -> Option<Box<Diagnostic>> {
    if groups.values().any(|group| group.name == name) {
        return None;
    }
    let message = format!("Invalid group '{name}' of {owner}: it does not exist.");
    let error = Diagnostic::error(Code::CONFIG_INVALID, message).at(place);
    Some(match nearest(name, groups.values().map(|group| group.name.as_str())).first() {
        Some(near) => error.hint(format!("Did you mean '{near}'?")),
        None => error.hint("Declare it under 'groups:' in a properties file."),
    })
}
