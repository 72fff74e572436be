//! Files that hold what a node builds: its `export`, and what `materialized: external` writes.

use super::{Situation, Step};
use crate::adapters::{ExportFile, ExportFormat, Relation};
use crate::diagnostics::{Code, Diagnostic, Result};
use crate::resolve::Node;
use serde_json::{Map, Value as Json};
use std::path::{Component, Path};

/// A file and what goes into it.
#[derive(Debug, Clone, PartialEq)]
pub struct Export {
    /// Whose rows; `None`: those of the node's query.
    pub relation: Option<Relation>,
    /// Expressions that the rows are ordered by.
    pub order_by: Vec<String>,
    /// The file, its path as written.
    pub file: ExportFile,
}

const KEYS: &[&str] = &["location", "format", "order_by", "header", "delimiter", "partition_by"];

/// Adds what the node's `export` asks for to its steps: in their last transaction, when all else is done.
pub(super) fn add(situation: &Situation<'_>, steps: &mut Vec<Step>) -> Result<()> {
    let node = situation.node;
    let Some(given) = node.config.get("export").filter(|given| !given.is_null() && situation.hooks.post) else {
        return Ok(());
    };
    let relation = situation.target()?;
    let entries = given.as_array().map_or_else(|| vec![given], |entries| entries.iter().collect());
    let exports = entries.into_iter().map(|entry| {
        let export = export(situation, entry, relation.clone()).map_err(|wrong| {
            let message = format!("'export' of '{}' is wrong: {wrong}.", node.name);
            Diagnostic::error(Code::CONFIG_INVALID, message).at(&node.span)
        });
        export.map(Step::Export)
    });
    let exports = exports.collect::<Result<Vec<_>>>()?;
    let end = steps.iter().rposition(|step| *step == Step::Commit).unwrap_or(steps.len());
    steps.splice(end..end, exports);
    Ok(())
}

fn export(situation: &Situation<'_>, given: &Json, relation: Relation) -> Result<Export, String> {
    let node = situation.node;
    let given = given.as_object().ok_or("it is neither a mapping nor a list of mappings")?;
    if let Some(key) = given.keys().find(|key| !KEYS.contains(&key.as_str())) {
        return Err(format!("it has no key '{key}', only {}", KEYS.join(", ")));
    }
    let location =
        given.get("location").map(|location| location.as_str().ok_or("its `location` is no text")).transpose()?;
    let location = location.map(|location| location.replace("{name}", &node.alias).replace("{schema}", &node.schema));
    if location.as_deref().is_some_and(|location| climbs(Path::new(location))) {
        return Err("its `location` leads out of the project; write an absolute path".into());
    }
    let file = file(situation, location.as_deref(), &|name| given.get(name))?;
    Ok(Export { relation: Some(relation), order_by: order_by(given.get("order_by"))?, file })
}

fn climbs(path: &Path) -> bool {
    path.is_relative() && path.components().any(|part| part == Component::ParentDir)
}

/// The file that `location` and options describe, its path as written. Without a location: the node's name and its
/// format's ending, in the project's folder. Without a format: by the location's ending, else Parquet.
pub(super) fn file<'a>(
    situation: &Situation<'_>,
    location: Option<&str>,
    option: &dyn Fn(&str) -> Option<&'a Json>,
) -> Result<ExportFile, String> {
    let (node, dialect) = (situation.node, situation.dialect);
    let ending = location.and_then(|location| Path::new(location).extension()?.to_str());
    let name = option("format").and_then(Json::as_str).or(ending).unwrap_or("parquet");
    let format = ExportFormat::parse(name).ok_or_else(|| {
        format!("'{name}' is no format; csv, json and parquet are, by the location's ending or `format`")
    })?;
    let delimiter = match option("delimiter").and_then(Json::as_str) {
        None => ',',
        Some("\\t") => '\t',
        Some(text) => {
            text.chars().next().filter(|_| text.chars().count() == 1).ok_or("its `delimiter` is one character")?
        }
    };
    let header = match option("header") {
        None | Some(Json::Null) => true,
        Some(header) => header
            .as_bool()
            .or_else(|| header.as_i64().map(|number| number != 0))
            .ok_or("its `header` is true or false")?,
    };
    let partition_by = partition_by(option("partition_by"))?;
    if !partition_by.is_empty() && !dialect.partitions_files {
        return Err(format!("its `partition_by` asks for a folder of files, and {} writes one file", dialect.name));
    }
    let own_name = || if partition_by.is_empty() { format!("{}.{name}", node.alias) } else { node.alias.clone() };
    let path = location.map_or_else(own_name, str::to_owned).into();
    Ok(ExportFile { path, format, delimiter, header, partition_by })
}

/// Columns: a list, or a text with commas.
fn partition_by(given: Option<&Json>) -> Result<Vec<String>, String> {
    let columns = match given {
        None | Some(Json::Null) => return Ok(vec![]),
        Some(Json::String(text)) => text.split(',').map(|name| Some(name.trim().to_owned())).collect(),
        Some(Json::Array(items)) => items.iter().map(|item| item.as_str().map(str::to_owned)).collect(),
        Some(_) => None,
    };
    let columns: Option<Vec<String>> = columns;
    columns
        .filter(|columns| columns.iter().all(|name| !name.is_empty()))
        .ok_or_else(|| "its `partition_by` names no columns: a text with commas, or a list of texts".into())
}

/// Expressions, one or a list of them.
pub(super) fn order_by(given: Option<&Json>) -> Result<Vec<String>, String> {
    let list = match given {
        None | Some(Json::Null) => return Ok(vec![]),
        Some(Json::Array(items)) => items.iter().map(|item| item.as_str().map(str::to_owned)).collect(),
        Some(one) => one.as_str().map(|text| vec![text.to_owned()]),
    };
    list.ok_or_else(|| "its `order_by` is neither a text nor a list of texts".into())
}

/// The options of `materialized: external`, which stand beside `location` or in `options`.
pub(super) fn option<'a>(node: &'a Node, name: &str) -> Option<&'a Json> {
    let options =
        || node.config.get("options").and_then(Json::as_object).and_then(|options: &Map<_, _>| options.get(name));
    node.config.get(name).filter(|value| !value.is_null()).or_else(options)
}
