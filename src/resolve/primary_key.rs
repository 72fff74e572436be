//! The columns that identify a model's rows, as far as constraints and data tests tell.

use super::{ConstraintKind, GenericTest, ModelInfo, Node, NodeKind};
use serde_json::Value as Json;
use std::collections::{BTreeSet, HashMap};

/// Data tests by the node they are attached to, with whether they are enabled.
pub type TestsByNode<'n> = HashMap<&'n str, Vec<(&'n GenericTest, bool)>>;

/// The data tests among these nodes.
pub fn tests_by_node<'n>(
    enabled: impl IntoIterator<Item = &'n Node>,
    disabled: impl IntoIterator<Item = &'n Node>,
) -> TestsByNode<'n> {
    let mut tests = TestsByNode::new();
    let disabled = disabled.into_iter().map(|node| (node, false));
    let all = enabled.into_iter().map(|node| (node, true)).chain(disabled);
    for (node, is_enabled) in all {
        if let NodeKind::GenericTest(test) = &node.kind
            && let Some(attached) = &test.attached_node
        {
            tests.entry(attached).or_default().push((test, is_enabled));
        }
    }
    tests
}

/// In this order: a constraint; columns tested as unique and not null; columns tested as unique; the same by tests that
/// are disabled.
pub fn infer(node: &Node, info: &ModelInfo, tests: &[(&GenericTest, bool)]) -> Vec<String> {
    if let Some(key) = info.constraints.iter().find(|c| c.kind == ConstraintKind::PrimaryKey) {
        return key.columns.clone();
    }
    let is_key = |constraints: &[super::Constraint]| constraints.iter().any(|c| c.kind == ConstraintKind::PrimaryKey);
    if let Some(column) = node.columns.values().find(|column| is_key(&column.constraints)) {
        return vec![column.name.clone()];
    }
    let (mut unique, mut once_unique, mut not_null) = (BTreeSet::new(), BTreeSet::new(), BTreeSet::new());
    for (test, is_enabled) in tests {
        match test.name.as_str() {
            "unique" | "unique_combination_of_columns" if *is_enabled => unique.extend(columns(test)),
            "unique" | "unique_combination_of_columns" => once_unique.extend(columns(test)),
            "not_null" => not_null.extend(columns(test)),
            _ => {}
        }
    }
    let both: Vec<String> =
        not_null.into_iter().filter(|column| unique.contains(column) || once_unique.contains(column)).collect();
    match (both.is_empty(), unique.is_empty()) {
        (false, _) => both,
        (true, false) => unique.into_iter().collect(),
        (true, true) => once_unique.into_iter().collect(),
    }
}

fn columns(test: &GenericTest) -> Vec<String> {
    match (test.kwargs.get("column_name"), test.kwargs.get("combination_of_columns")) {
        (Some(Json::String(column)), _) => vec![column.clone()],
        (_, Some(Json::Array(columns))) => columns.iter().filter_map(|c| c.as_str().map(str::to_owned)).collect(),
        _ => vec![],
    }
}
