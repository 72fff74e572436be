//! Resources as the manifest has them.

use super::sql_files::path_of;
use crate::compile::document::{self, Document, Field};
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
        Resource::Node(node) => node_entry(graph, node, Path::new(""), None).to_json(),
        Resource::Source(source) => source_entry(source),
        Resource::Exposure(exposure) => exposure_entry(exposure),
        Resource::Document(_, json) => json.clone(),
    })
}

/// A node; `result` is what this call has made of it, with files in `target`.
pub fn node_entry<'g>(graph: &'g Graph, node: &'g Node, target: &Path, result: Option<&'g NodeResult>) -> Document<'g> {
    let mut entry = document::of_node(node);
    entry.remove(&ONLY_IN_TEMPLATES);
    entry.set("group", node.group());
    if let NodeKind::Function(_) = node.kind {
        // What a function builds is called, not read.
        entry.set("relation_name", Field::Null);
    }
    if result.is_some_and(|result| was_built(node, result)) {
        entry.set("build_path", file_in(target, "run", node));
    }
    match &node.kind {
        NodeKind::Seed { .. } => {
            entry.remove(&NOT_OF_SEEDS);
            entry.set("depends_on", Document::of([("macros", (&node.depends_on_macros).into())]));
        }
        _ => {
            let compiled = result.filter(|result| result.compiled_code.is_some());
            add_compilation(&mut entry, graph, node, target, compiled);
            let tables = compiled.map(|result| result.foreign_tables.as_slice()).unwrap_or_default();
            name_foreign_tables(&mut entry, tables);
        }
    }
    entry
}

/// Puts the tables that foreign keys mean in place of what is written for them.
fn name_foreign_tables(entry: &mut Document<'_>, tables: &[(String, String)]) {
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
    entry.change("constraints", |constraints| name(Some(constraints)));
    entry.change("columns", |columns| {
        let columns = columns.as_object_mut().into_iter().flat_map(|columns| columns.values_mut());
        columns.for_each(|column| name(column.get_mut("constraints")));
    });
}

/// Whether a statement was sent for it; a seed's rows go in by another way.
fn was_built(node: &Node, result: &NodeResult) -> bool {
    let is_seed = matches!(node.kind, NodeKind::Seed { .. });
    result.run_code.is_some() || (is_seed && result.status == Status::Success && result.message.is_some())
}

fn file_in(target: &Path, kind: &str, node: &Node) -> String {
    target.join(kind).join(path_of(node)).to_string_lossy().into_owned()
}

/// Adds what is known of a node's SQL.
fn add_compilation<'g>(
    entry: &mut Document<'g>,
    graph: &Graph,
    node: &'g Node,
    target: &Path,
    compiled: Option<&'g NodeResult>,
) {
    let path = compiled.filter(|_| !matches!(node.kind, NodeKind::Snapshot));
    let checksum = match &node.kind {
        NodeKind::Model(info) => info.contract_checksum.as_ref(),
        _ => None,
    };
    let alias_types = node.config.get("contract").and_then(|contract| contract.get("alias_types"));
    let contract = Document::of([
        ("enforced", node.config.contract_enforced().into()),
        ("alias_types", alias_types.map_or(Field::Bool(true), Field::from)),
        ("checksum", checksum.into()),
    ]);
    entry.set("compiled_path", path.map(|_| file_in(target, "compiled", node)));
    entry.set("contract", contract);
    let Some(result) = compiled else { return };
    let ctes = result.ctes.iter().map(|(id, sql)| json!({"id": id, "sql": sql}));
    entry.extend([
        ("compiled", true.into()),
        ("compiled_code", result.compiled_code.as_ref().into()),
        ("extra_ctes_injected", true.into()),
        ("extra_ctes", ctes.collect::<Json>().into()),
    ]);
    if let Some(filter) = row_filter(graph, node) {
        let macros = node.depends_on_macros.iter().chain([&filter]).collect::<Vec<_>>();
        entry.set("depends_on", json!({"macros": macros, "nodes": node.depends_on}));
    }
}

/// The macro that a generic test's `where` goes through, if compiling the test is the first that tells of it.
fn row_filter(graph: &Graph, node: &Node) -> Option<String> {
    let NodeKind::GenericTest(_) = node.kind else { return None };
    let id = graph.library.find(&node.package_name, "get_where_subquery")?.unique_id();
    (!node.depends_on_macros.contains(&id)).then_some(id)
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
        let constraints = json!([{"type": "foreign_key", "to": "ref('a')"}, {"type": "check", "to": null}]);
        let columns = json!({"id": {"constraints": [{"type": "foreign_key", "to": "source('x', 'y')"}]}});
        let mut entry = Document::of([("constraints", constraints.into()), ("columns", columns.into())]);
        name_foreign_tables(&mut entry, &[("ref('a')".into(), "\"s\".\"a\"".into())]);
        let entry = entry.to_json();
        assert_eq!(entry["constraints"][0]["to"], "\"s\".\"a\"");
        assert_eq!(entry["columns"]["id"]["constraints"][0]["to"], "source('x', 'y')");
    }
}
