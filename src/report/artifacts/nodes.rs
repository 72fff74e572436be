//! Resources as the manifest has them.

use super::sql_files::path_of;
use crate::compile::document;
use crate::event::{NodeResult, Status};
use crate::resolve::{Exposure, Graph, Group, Macro, Node, NodeKind, Source};
use crate::select::Resource;
use serde_json::{Map, Value as Json, json};
use std::path::Path;

/// What a compiled node's templates see and its manifest entry does not have.
const ONLY_IN_TEMPLATES: [&str; 5] = ["identifier", "config_call_dict", "raw_sql", "batch", "compiled_sql"];

/// What the entry of a node with SQL has and a seed's does not.
const NOT_OF_SEEDS: [&str; 7] = ["language", "refs", "sources", "metrics", "functions", "contract", "compiled_path"];

/// A resource as the manifest has it.
pub fn resource(graph: &Graph, id: &str) -> Option<Json> {
    Some(match Resource::find(graph, id)? {
        Resource::Node(node) => node_entry(graph, node, Path::new(""), None),
        Resource::Source(source) => source_entry(source),
        Resource::Exposure(exposure) => exposure_entry(exposure),
        Resource::Document(_, json) => json.clone(),
    })
}

/// A node; `result` is what this call has made of it, with files in `target`.
pub fn node_entry(graph: &Graph, node: &Node, target: &Path, result: Option<&NodeResult>) -> Json {
    let mut entry = map(document::of_node(node));
    entry.retain(|key, _| !ONLY_IN_TEMPLATES.contains(&key.as_str()));
    entry.insert("group".into(), node.group().into());
    if let NodeKind::Function(_) = node.kind {
        // What a function builds is called, not read.
        entry.insert("relation_name".into(), Json::Null);
    }
    if result.is_some_and(|result| was_built(node, result)) {
        entry.insert("build_path".into(), file_in(target, "run", node).into());
    }
    match &node.kind {
        NodeKind::Seed { .. } => {
            entry.retain(|key, _| !NOT_OF_SEEDS.contains(&key.as_str()));
            entry.insert("depends_on".into(), json!({"macros": node.depends_on_macros}));
        }
        _ => {
            let compiled = result.filter(|result| result.compiled_code.is_some());
            entry.extend(compilation(graph, node, target, compiled));
            let tables = compiled.map(|result| result.foreign_tables.as_slice()).unwrap_or_default();
            name_foreign_tables(&mut entry, tables);
        }
    }
    Json::Object(entry)
}

/// Puts the tables that foreign keys mean in place of what is written for them.
fn name_foreign_tables(entry: &mut Map<String, Json>, tables: &[(String, String)]) {
    if tables.is_empty() {
        return;
    }
    let name = |constraints: Option<&mut Json>| {
        for to in constraints.and_then(Json::as_array_mut).into_iter().flatten().filter_map(|one| one.get_mut("to")) {
            if let Some((_, table)) = tables.iter().find(|(written, _)| to.as_str() == Some(written)) {
                *to = table.as_str().into();
            }
        }
    };
    name(entry.get_mut("constraints"));
    let columns = entry.get_mut("columns").and_then(Json::as_object_mut);
    columns.into_iter().flat_map(|columns| columns.values_mut()).for_each(|column| name(column.get_mut("constraints")));
}

/// Whether a statement was sent for it; a seed's rows go in by another way.
fn was_built(node: &Node, result: &NodeResult) -> bool {
    let is_seed = matches!(node.kind, NodeKind::Seed { .. });
    result.run_code.is_some() || (is_seed && result.status == Status::Success && result.message.is_some())
}

fn file_in(target: &Path, kind: &str, node: &Node) -> String {
    target.join(kind).join(path_of(node)).to_string_lossy().into_owned()
}

/// What is known of a node's SQL.
fn compilation(graph: &Graph, node: &Node, target: &Path, compiled: Option<&NodeResult>) -> Map<String, Json> {
    let path = compiled.filter(|_| !matches!(node.kind, NodeKind::Snapshot));
    let path = path.map(|_| file_in(target, "compiled", node));
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
    if let Some(result) = compiled {
        let ctes = result.ctes.iter().map(|(id, sql)| json!({"id": id, "sql": sql}));
        entry.extend(map(json!({
            "compiled": true,
            "compiled_code": result.compiled_code,
            "extra_ctes_injected": true,
            "extra_ctes": ctes.collect::<Vec<_>>(),
        })));
        if let Some(filter) = row_filter(graph, node) {
            let macros = node.depends_on_macros.iter().chain([&filter]).collect::<Vec<_>>();
            entry.insert("depends_on".into(), json!({"macros": macros, "nodes": node.depends_on}));
        }
    }
    entry
}

/// The macro that a generic test's `where` goes through, if compiling the test is the first that tells of it.
fn row_filter(graph: &Graph, node: &Node) -> Option<String> {
    let NodeKind::GenericTest(_) = node.kind else { return None };
    let id = graph.library.find(&node.package_name, "get_where_subquery")?.unique_id();
    (!node.depends_on_macros.contains(&id)).then_some(id)
}

fn contract(node: &Node, key: &str) -> Option<Json> {
    node.config.get("contract").and_then(|contract| contract.get(key)).cloned()
}

/// A source table.
pub fn source_entry(source: &Source) -> Json {
    let mut entry = map(document::of_source(source));
    entry.insert("unrendered_database".into(), source.written_place.database.clone().into());
    entry.insert("unrendered_schema".into(), source.written_place.schema.clone().into());
    Json::Object(entry)
}

/// An exposure.
pub fn exposure_entry(exposure: &Exposure) -> Json {
    document::of_exposure(exposure)
}

/// A group.
pub fn group_entry(id: &str, group: &Group) -> Json {
    let mut entry = map(document::of_group(id, group));
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

/// A JSON object's entries.
pub fn map(json: Json) -> Map<String, Json> {
    match json {
        Json::Object(map) => map,
        _ => Map::new(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn foreign_keys_of_what_is_compiled_name_tables() {
        let mut entry = map(json!({
            "constraints": [{"type": "foreign_key", "to": "ref('a')"}, {"type": "check", "to": null}],
            "columns": {"id": {"constraints": [{"type": "foreign_key", "to": "source('x', 'y')"}]}},
        }));
        name_foreign_tables(&mut entry, &[("ref('a')".into(), "\"s\".\"a\"".into())]);
        assert_eq!(entry["constraints"][0]["to"], "\"s\".\"a\"");
        assert_eq!(entry["columns"]["id"]["constraints"][0]["to"], "source('x', 'y')");
    }
}
