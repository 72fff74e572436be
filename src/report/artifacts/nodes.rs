//! Resources as the manifest has them.

use super::sql_files::path_of;
use crate::compile::document;
use crate::resolve::{Exposure, Graph, Group, Macro, Node, NodeKind, Source};
use crate::select::Resource;
use serde_json::{Map, Value as Json, json};
use std::path::{Path, PathBuf};

/// What a compiled node's templates see and its manifest entry does not have.
const ONLY_IN_TEMPLATES: [&str; 5] = ["identifier", "config_call_dict", "raw_sql", "batch", "compiled_sql"];

/// What the entry of a node with SQL has and a seed's does not.
const NOT_OF_SEEDS: [&str; 7] = ["language", "refs", "sources", "metrics", "functions", "contract", "compiled_path"];

/// A resource as the manifest has it.
pub fn resource(graph: &Graph, id: &str) -> Option<Json> {
    Some(match Resource::find(graph, id)? {
        Resource::Node(node) => node_entry(node, Path::new(""), None),
        Resource::Source(source) => source_entry(source),
        Resource::Exposure(exposure) => exposure_entry(exposure),
        Resource::Document(_, json) => json.clone(),
    })
}

/// A node; `compiled` is its SQL, where this call compiled it into `target`.
pub fn node_entry(node: &Node, target: &Path, compiled: Option<&str>) -> Json {
    let mut entry = map(document::of_node(node));
    entry.retain(|key, _| !ONLY_IN_TEMPLATES.contains(&key.as_str()));
    entry.insert("group".into(), node.group().into());
    match &node.kind {
        NodeKind::Seed { .. } => {
            entry.retain(|key, _| !NOT_OF_SEEDS.contains(&key.as_str()));
            entry.insert("depends_on".into(), json!({"macros": node.depends_on_macros}));
        }
        _ => entry.extend(compilation(node, target, compiled)),
    }
    Json::Object(entry)
}

/// What is known of a node's SQL.
fn compilation(node: &Node, target: &Path, compiled: Option<&str>) -> Map<String, Json> {
    let path = compiled.filter(|_| !matches!(node.kind, NodeKind::Snapshot));
    let path = path.map(|_| target.join("compiled").join(path_of(node)).to_string_lossy().into_owned());
    let checksum = match &node.kind {
        NodeKind::Model(info) => info.contract_checksum.clone(),
        _ => None,
    };
    let mut entry = map(json!({
        "compiled_path": path,
        "contract": {
            "enforced": node.config.contract_enforced(),
            "alias_types": contract(node, "alias_types").unwrap_or(Json::Bool(true)),
            "checksum": checksum,
        },
    }));
    if let Some(sql) = compiled {
        entry.extend(map(json!({
            "compiled": true,
            "compiled_code": sql,
            "extra_ctes_injected": true,
            "extra_ctes": [],
        })));
    }
    entry
}

fn contract(node: &Node, key: &str) -> Option<Json> {
    node.config.get("contract").and_then(|contract| contract.get(key)).cloned()
}

/// A source table.
pub fn source_entry(source: &Source) -> Json {
    let mut entry = map(document::of_source(source));
    entry
        .entry("unrendered_database")
        .or_insert_with(|| source.unrendered_config.get("database").cloned().unwrap_or_default());
    entry
        .entry("unrendered_schema")
        .or_insert_with(|| source.unrendered_config.get("schema").cloned().unwrap_or_default());
    Json::Object(entry)
}

/// An exposure.
pub fn exposure_entry(exposure: &Exposure) -> Json {
    let mut entry = map(document::of_exposure(exposure));
    entry.entry("path").or_insert_with(|| below_folder(&exposure.original_file_path).into());
    Json::Object(entry)
}

/// A group.
pub fn group_entry(id: &str, group: &Group) -> Json {
    let mut entry = map(document::of_group(id, group));
    entry.entry("path").or_insert_with(|| below_folder(&group.original_file_path).into());
    if let Some(Json::Object(config)) = entry.get_mut("config") {
        config.entry("meta").or_insert_with(|| json!({}));
    }
    Json::Object(entry)
}

/// A macro.
pub fn macro_entry(of: &Macro) -> Json {
    let arguments = of
        .arguments
        .iter()
        .map(|argument| json!({"name": argument.name, "type": argument.kind, "description": argument.description}));
    json!({
        "name": of.name,
        "resource_type": "macro",
        "package_name": of.package_name,
        "path": of.original_file_path,
        "original_file_path": of.original_file_path,
        "unique_id": of.unique_id,
        "macro_sql": of.macro_sql,
        "depends_on": {"macros": of.depends_on},
        "description": of.description,
        "meta": of.meta,
        "docs": of.docs,
        "config": of.config,
        "patch_path": of.patch_path,
        "arguments": arguments.collect::<Vec<_>>(),
        "created_at": of.created_at,
        "supported_languages": of.supported_languages,
    })
}

/// A path without its first folder: `models/a/b.yml` → `a/b.yml`.
fn below_folder(path: &str) -> String {
    let rest: PathBuf = Path::new(path).components().skip(1).collect();
    rest.to_string_lossy().into_owned()
}

/// A JSON object's entries.
pub fn map(json: Json) -> Map<String, Json> {
    match json {
        Json::Object(map) => map,
        _ => Map::new(),
    }
}
