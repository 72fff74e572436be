//! Time spines: models with a row for each unit of time.

use super::{Node, NodeKind};
use crate::diagnostics::{Code, Diagnostic};
use serde_json::Value as Json;
use std::collections::HashSet;

/// The model that is a time spine of days even where nothing says so.
pub const LEGACY: &str = "metricflow_time_spine";

/// Units of time of a day or less.
const FINE: [&str; 7] = ["nanosecond", "microsecond", "millisecond", "second", "minute", "hour", "day"];

fn of(node: &Node) -> Option<&Json> {
    match &node.kind {
        NodeKind::Model(info) => info.time_spine.as_ref(),
        _ => None,
    }
}

/// The errors of a model whose time spine names columns that it does not describe.
pub fn check(node: &Node) -> Vec<Box<Diagnostic>> {
    let Some(spine) = of(node) else { return vec![] };
    let mut errors = vec![];
    let mut error = |message: String, hint: &str| {
        errors.push(Diagnostic::error(Code::SEMANTIC_INVALID, message).at(&node.span).hint(hint));
    };
    let standard = spine["standard_granularity_column"].as_str().unwrap_or_default();
    match node.columns.get(standard) {
        None => error(
            format!("The time spine '{}' has no column '{standard}' in its properties.", node.name),
            "'standard_granularity_column' names one of 'columns'.",
        ),
        Some(column) if column.granularity.is_none() => error(
            format!("The column '{standard}' of the time spine '{}' has no granularity.", node.name),
            "Set 'granularity' of the column, such as day.",
        ),
        Some(_) => {}
    }
    for custom in spine["custom_granularities"].as_array().into_iter().flatten() {
        let column = custom["column_name"].as_str().or_else(|| custom["name"].as_str()).unwrap_or_default();
        if !node.columns.contains_key(column) {
            error(
                format!("The time spine '{}' has no column '{column}' in its properties.", node.name),
                "Each of 'custom_granularities' names one of 'columns'.",
            );
        }
    }
    errors
}

/// The projects' own units of time.
pub fn granularities(nodes: &[Box<Node>]) -> HashSet<String> {
    let custom = nodes.iter().filter_map(|node| of(node)).filter_map(|spine| spine["custom_granularities"].as_array());
    custom.flatten().filter_map(|custom| custom["name"].as_str().map(str::to_owned)).collect()
}

/// Whether a model is a time spine with a row a day or more.
pub fn counts_days(node: &Node) -> bool {
    let NodeKind::Model(_) = node.kind else { return false };
    let column = of(node).and_then(|spine| node.columns.get(spine["standard_granularity_column"].as_str()?));
    let unit = column.and_then(|column| column.granularity.as_deref());
    node.name == LEGACY || unit.is_some_and(|unit| FINE.contains(&unit))
}
