//! What a node must have to be built: checks on the merged config and on neighbours, once all nodes are known.

use super::{Access, Node, NodeKind, ResourceType, Source, UniqueId};
use crate::diagnostics::{Code, Diagnostic};
use crate::load::Outputs;
use indexmap::IndexMap;
use jiff::Timestamp;
use serde_json::Value as Json;
use std::sync::Arc;

/// What is wrong with a node.
pub fn check(node: &Node) -> Vec<Box<Diagnostic>> {
    let error =
        |message: String, hint: &str| Diagnostic::error(Code::CONFIG_INVALID, message).at(&node.span).hint(hint);
    let mut errors = vec![];
    match &node.kind {
        NodeKind::Snapshot => errors.extend(snapshot(node).map(|(message, hint)| error(message, hint))),
        NodeKind::Model(info) if info.access == Access::Public && node.is_ephemeral() => errors.push(error(
            format!("The model '{}' is public but ephemeral: others cannot query it.", node.name),
            "Give it another access or materialization.",
        )),
        NodeKind::Model(_) => {
            let found = microbatch(node).into_iter().chain(build_after(node));
            errors.extend(found.map(|(message, hint)| error(message, hint)));
        }
        _ => {}
    }
    errors
}

/// A finding if a node's name contains a blank.
pub fn blank_in_name(node: &Node, is_error: bool) -> Option<Box<Diagnostic>> {
    node.name.contains(' ').then(|| {
        let message = format!("The name '{}' of {} contains a blank.", node.name, node.unique_id);
        let error = Diagnostic::error(Code::CONFIG_INVALID, message).at(&node.span).hint("Rename it; use '_'.");
        if is_error { error } else { error.deprecated(Code::BLANK_IN_NAME_DEPRECATED) }
    })
}

/// What is wrong with a snapshot's config, and what to do.
fn snapshot(node: &Node) -> Option<(String, &'static str)> {
    let config = &node.config;
    let is_given = |key: &str| config.get(key).is_some_and(|value| value != "" && *value != Json::Array(vec![]));
    let lacks = |key: &str| format!("The snapshot '{}' has no '{key}'.", node.name);
    for key in ["strategy", "unique_key"] {
        if !is_given(key) {
            return Some((lacks(key), "Snapshots need a 'strategy' (timestamp or check) and a 'unique_key'."));
        }
    }
    match config.str("strategy") {
        Some("check") if !is_given("check_cols") => {
            Some((lacks("check_cols"), "The check strategy needs 'check_cols': 'all', or a list of columns."))
        }
        Some("check") if config.str("check_cols").is_some_and(|columns| columns != "all") => Some((
            format!("The 'check_cols' of the snapshot '{}' is neither 'all' nor a list.", node.name),
            "Write check_cols: all, or check_cols: [column, …].",
        )),
        Some("timestamp") if !is_given("updated_at") => {
            Some((lacks("updated_at"), "The timestamp strategy needs 'updated_at', the column that tells of changes."))
        }
        _ => history(node),
    }
}

/// What is wrong with how a snapshot treats late and deleted rows.
fn history(node: &Node) -> Option<(String, &'static str)> {
    let config = &node.config;
    let wrong = |key: &str| {
        format!("The '{key}' of the snapshot '{}' cannot be {}.", node.name, config.value(key).unwrap_or(&Json::Null))
    };
    let given = |key: &str| config.get(key).filter(|value| !value.is_null());
    if given("late_arriving").is_some_and(|value| !["ignore", "restitch", "error"].map(Json::from).contains(value)) {
        return Some((wrong("late_arriving"), "Use ignore, restitch or error."));
    }
    if given("on_full_refresh").is_some_and(|value| !["keep", "rebuild"].map(Json::from).contains(value)) {
        return Some((wrong("on_full_refresh"), "Use keep or rebuild."));
    }
    if config.str("dbt_valid_to_current").is_some_and(|sql| sql.trim().parse::<jiff::civil::Date>().is_ok()) {
        return Some((
            wrong("dbt_valid_to_current"),
            "It is SQL, where this is a subtraction: write \"date '9999-12-31'\".",
        ));
    }
    if given("max_delete_ratio").is_some_and(|value| !value.as_f64().is_some_and(|ratio| (0.0..=1.0).contains(&ratio)))
    {
        return Some((wrong("max_delete_ratio"), "Give the share of keys that may go missing, from 0 to 1."));
    }
    if given("deleted_when").is_some_and(|value| !value.is_string()) {
        return Some((
            wrong("deleted_when"),
            "Give SQL that is true of rows which tell of a deletion, such as \"op = 'D'\".",
        ));
    }
    if given("type1_cols").is_some_and(|value| !matches!(value, Json::String(_) | Json::Array(_))) {
        return Some((wrong("type1_cols"), "Name a column, or a list of columns."));
    }
    let names = |key: &str| config.get(key).and_then(Json::as_array).into_iter().flatten();
    if let Some(column) = names("type1_cols").find(|column| names("check_cols").any(|other| other == *column)) {
        return Some((
            format!("The snapshot '{}' has {column} in 'check_cols' and in 'type1_cols'.", node.name),
            "A column either makes versions or keeps no history. Leave it out of one of them.",
        ));
    }
    if config.str("late_arriving") == Some("restitch") && config.str("strategy") != Some("timestamp") {
        return Some((
            format!("The snapshot '{}' cannot restitch late rows without the timestamp strategy.", node.name),
            "With check, a row holds from the moment it is seen, and none is late. Use strategy: timestamp with 'updated_at'; \
             'check_cols' may stay.",
        ));
    }
    None
}

/// What is wrong with a microbatch model's config, and what to do.
fn microbatch(node: &Node) -> Option<(String, &'static str)> {
    let config = &node.config;
    if config.materialized() != "incremental" || config.str("incremental_strategy") != Some("microbatch") {
        return None;
    }
    let wrong = |key: &str| match config.get(key) {
        None => format!("The microbatch model '{}' has no '{key}'.", node.name),
        Some(value) => format!("The '{key}' of the microbatch model '{}' cannot be {value}.", node.name),
    };
    if config.str("event_time").is_none() {
        return Some((wrong("event_time"), "Name the column that holds the time of an event, as text."));
    }
    if !config.str("begin").is_some_and(is_time) {
        return Some((wrong("begin"), "Give the earliest time, such as '2024-01-01'."));
    }
    if !config.str("batch_size").is_some_and(|size| ["hour", "day", "month", "year"].contains(&size)) {
        return Some((wrong("batch_size"), "Use hour, day, month or year."));
    }
    if config.get("lookback").is_some_and(|lookback| !lookback.is_i64()) {
        return Some((wrong("lookback"), "Give a whole number of batches."));
    }
    if config.get("concurrent_batches").is_some_and(|concurrent| !concurrent.is_boolean()) {
        return Some((wrong("concurrent_batches"), "Use true or false."));
    }
    None
}

/// What is wrong with a model's `freshness.build_after`, and what to do.
fn build_after(node: &Node) -> Option<(String, &'static str)> {
    let build_after = node.config.get("freshness")?.get("build_after")?;
    let is_given = |key: &str| build_after.get(key).is_some_and(|value| !value.is_null());
    let lacks = |key: &str, other: &str| {
        let message = format!("The 'freshness.build_after' of '{}' has a '{other}', but no '{key}'.", node.name);
        Some((message, "Give both, such as build_after: {count: 4, period: hour}."))
    };
    match (is_given("count"), is_given("period")) {
        (true, false) => lacks("period", "count"),
        (false, true) => lacks("count", "period"),
        _ => None,
    }
}

fn is_time(text: &str) -> bool {
    text.parse::<jiff::civil::DateTime>().is_ok() || text.parse::<Timestamp>().is_ok()
}

/// Warnings for those of these nodes that are microbatch models none of whose inputs has an `event_time` or whose batches
/// are to be built at the same time where the engine cannot, and for models that are deprecated and those that refer to them.
pub fn warn<'n>(
    of: impl IntoIterator<Item = &'n Node>,
    nodes: &IndexMap<UniqueId, Arc<Node>>,
    sources: &IndexMap<UniqueId, Arc<Source>>,
    outputs: &Outputs,
    now: Timestamp,
) -> Vec<Box<Diagnostic>> {
    let has_event_time = |id: &UniqueId| {
        let of_source = || sources.get(id).map(|source| &source.config);
        let config = nodes.get(id).map(|node| &node.config).or_else(of_source);
        config.is_some_and(|config| config.get("event_time").is_some())
    };
    let mut warnings = vec![];
    for node in of {
        let is_microbatch = node.config.str("incremental_strategy") == Some("microbatch")
            && node.resource_type() == ResourceType::Model
            && node.config.materialized() == "incremental";
        if is_microbatch && !node.depends_on.iter().any(has_event_time) {
            let message = format!("No input of the microbatch model '{}' has an 'event_time'.", node.name);
            let hint =
                "Set 'event_time' on inputs that are to be read batch by batch; the others are read whole each time.";
            warnings.push(Diagnostic::warning(Code::MICROBATCH_INPUTS, message).at(&node.span).hint(hint));
        }
        let dialect = outputs.dialect(&node.target);
        if is_microbatch && !dialect.concurrent_batches && node.config.bool("concurrent_batches") == Some(true) {
            let message = format!("The batches of '{}' are built one after the other on {}.", node.name, dialect.name);
            let hint = "Remove 'concurrent_batches', or set it to false.";
            warnings.push(Diagnostic::warning(Code::BATCHES_SEQUENTIAL, message).at(&node.span).hint(hint));
        }
        warnings.extend(deprecated_itself(node, now));
        if node.resource_type() == ResourceType::Model {
            let parents = node.depends_on.iter().filter_map(|id| nodes.get(id));
            warnings.extend(parents.filter_map(|parent| refers_to_deprecated(node, parent, now)));
        }
    }
    warnings
}

/// The last moment at which [`warn`] says what it says `now`; none if it always will.
pub fn warnings_hold_until(nodes: &IndexMap<UniqueId, Arc<Node>>, now: Timestamp) -> Option<Timestamp> {
    nodes.values().filter_map(|node| deprecation(node)).map(|(_, time)| time).filter(|time| *time >= now).min()
}

/// A model's deprecation date, as text and in time.
fn deprecation(node: &Node) -> Option<(&str, Timestamp)> {
    let NodeKind::Model(info) = &node.kind else { return None };
    let date = info.deprecation_date.as_deref()?;
    Some((date, date.parse().ok()?))
}

fn deprecated_itself(node: &Node, now: Timestamp) -> Option<Box<Diagnostic>> {
    let (date, _) = deprecation(node).filter(|(_, time)| *time < now)?;
    let message = format!("Model {} has passed its deprecation date of {date}.", node.name);
    Some(Diagnostic::warning(Code::DEPRECATED, message).at(&node.span).hint("Remove the model when nobody uses it."))
}

fn refers_to_deprecated(node: &Node, parent: &Node, now: Timestamp) -> Option<Box<Diagnostic>> {
    let (date, time) = deprecation(parent)?;
    let (code, verb) = match time < now {
        true => (Code::REFERENCE_DEPRECATED, "is deprecated since"),
        false => (Code::REFERENCE_DEPRECATED_SOON, "will be deprecated on"),
    };
    let calls = || node.refs.iter().filter(|call| call.name == parent.name);
    let of_version = calls().find(|call| parent.unique_id.ends_with(&format!(".v{}", version_text(call))));
    let call = of_version.or_else(|| calls().next()).and_then(|call| call.span.as_ref());
    let message = format!("'{}' refers to {}, which {verb} {date}.", node.name, parent.unique_id);
    let warning = Diagnostic::warning(code, message).at(call.map_or(&node.span, |span| &span.0));
    Some(warning.hint("Refer to another model or version."))
}

fn version_text(call: &super::RefCall) -> String {
    call.version.as_ref().map(super::python::str).unwrap_or_default()
}
