//! Nodes and sources as the mappings that templates know: the keys are those of dbt's manifest.

mod column;
mod field;

pub use field::{Document, Field};

use crate::resolve::{Exposure, GenericTest, Group, ModelInfo, Node, NodeKind, RefCall, Source};
use serde_json::{Map, Value as Json, json};
use std::path::{Path, PathBuf};

/// A node as a mapping; what has no value is null.
pub fn of_node(node: &Node) -> Document<'_> {
    let mut document = identity(node);
    document.extend(properties(node));
    document.extend(references(node));
    match &node.kind {
        NodeKind::Model(model) => document.extend(of_model(model)),
        NodeKind::Seed { disk_path } => document.set("root_path", root_path(disk_path, &node.original_file_path)),
        NodeKind::GenericTest(test) => document.extend(of_generic_test(test)),
        NodeKind::Function(signature) => {
            let entries = signature.as_object().into_iter().flatten();
            entries.for_each(|(key, value)| document.set(key, value));
        }
        NodeKind::Operation { index, .. } => document.set("index", Json::from(*index)),
        _ => {}
    }
    document
}

/// The same without what has no value: `model` in a node's own templates.
pub fn without_nulls(document: Json) -> Json {
    match document {
        Json::Object(map) => {
            let kept = map.into_iter().filter(|(_, value)| !value.is_null());
            Json::Object(kept.map(|(key, value)| (key, without_nulls(value))).collect())
        }
        Json::Array(items) => Json::Array(items.into_iter().map(without_nulls).collect()),
        other => other,
    }
}

fn object(value: Json) -> Map<String, Json> {
    match value {
        Json::Object(map) => map,
        _ => Map::new(),
    }
}

fn identity(node: &Node) -> Document<'_> {
    let checksum =
        Document::of([("name", node.checksum.name.as_ref().into()), ("checksum", (&node.checksum.checksum).into())]);
    Document::of([
        ("database", (&node.database).into()),
        ("schema", (&node.schema).into()),
        ("name", (&node.name).into()),
        ("resource_type", node.resource_type().as_str().into()),
        ("package_name", (&node.package_name).into()),
        ("path", (&node.path).into()),
        ("original_file_path", (&node.original_file_path).into()),
        ("unique_id", node.unique_id.as_ref().into()),
        ("fqn", (&node.fqn).into()),
        ("alias", (&node.alias).into()),
        ("identifier", (&node.alias).into()),
        ("checksum", checksum.into()),
    ])
}

fn properties(node: &Node) -> [(&'static str, Field<'_>); 17] {
    let config = &node.config;
    [
        ("config", Field::Config(config)),
        ("tags", (&node.tags).into()),
        ("description", (&node.description).into()),
        ("columns", Field::Columns(&node.columns)),
        ("meta", (&node.meta).into()),
        ("group", config.value("group").into()),
        ("docs", config.value("docs").map_or_else(|| json!({ "show": true, "node_color": null }).into(), Field::from)),
        ("patch_path", node.patch_path.as_ref().into()),
        ("build_path", Field::Null),
        ("unrendered_config", (&node.unrendered_config).into()),
        ("created_at", node.created_at.into()),
        ("config_call_dict", (&node.config_call).into()),
        ("relation_name", node.relation.as_ref().map(ToString::to_string).into()),
        ("raw_code", node.raw_code().into()),
        ("raw_sql", node.raw_code().into()),
        ("doc_blocks", (&node.doc_blocks).into()),
        ("language", node.language().as_str().into()),
    ]
}

fn references(node: &Node) -> [(&'static str, Field<'_>); 7] {
    let depends_on =
        Document::of([("macros", (&node.depends_on_macros).into()), ("nodes", Field::Ids(&node.depends_on))]);
    let metrics: Json = node.metrics.iter().map(|(names, _)| Json::from(names.as_slice())).collect();
    [
        ("refs", Field::Refs(&node.refs)),
        ("sources", Field::Pairs(&node.sources)),
        ("metrics", metrics.into()),
        ("functions", Field::Lists(&node.functions)),
        ("depends_on", depends_on.into()),
        ("compiled_path", Field::Null),
        ("contract", node.config.value("contract").into()),
    ]
}

fn of_ref(call: &RefCall) -> Document<'_> {
    Document::of([
        ("name", (&call.name).into()),
        ("package", call.package.as_ref().into()),
        ("version", call.version.as_ref().into()),
    ])
}

fn of_model(model: &ModelInfo) -> [(&'static str, Field<'_>); 9] {
    [
        ("group", model.group.as_ref().into()),
        ("access", model.access.as_str().into()),
        ("constraints", Field::ModelConstraints(&model.constraints)),
        ("version", model.version.as_ref().into()),
        ("latest_version", model.latest_version.as_ref().into()),
        ("deprecation_date", model.deprecation_date.as_ref().into()),
        ("primary_key", (&model.primary_key).into()),
        ("time_spine", model.time_spine.as_ref().into()),
        ("batch", Field::Null),
    ]
}

fn of_generic_test(test: &GenericTest) -> [(&'static str, Field<'_>); 4] {
    let metadata = Document::of([
        ("name", (&test.name).into()),
        ("kwargs", (&test.kwargs).into()),
        ("namespace", test.namespace.as_ref().into()),
    ]);
    [
        ("column_name", test.column_name.as_ref().into()),
        ("file_key_name", (&test.file_key_name).into()),
        ("attached_node", test.attached_node.as_deref().into()),
        ("test_metadata", metadata.into()),
    ]
}

/// The folder that a seed's path is relative to.
fn root_path(disk_path: &std::path::Path, original: &str) -> Json {
    let whole = disk_path.to_string_lossy();
    Json::from(whole.strip_suffix(original).unwrap_or(&whole).trim_end_matches('/'))
}

/// A source table as a mapping.
pub fn of_source(source: &Source) -> Json {
    let relation = &source.relation;
    json!({
        "database": relation.database,
        "schema": relation.schema,
        "name": source.name,
        "resource_type": "source",
        "package_name": source.package_name,
        "path": source.original_file_path,
        "original_file_path": source.original_file_path,
        "unique_id": source.unique_id.as_ref(),
        "fqn": source.fqn,
        "source_name": source.source_name,
        "source_description": source.source_description,
        "loader": source.loader,
        "identifier": relation.identifier,
        "quoting": {
            "database": source.quoting.database,
            "schema": source.quoting.schema,
            "identifier": source.quoting.identifier,
            "column": source.quoting.column,
        },
        "loaded_at_field": source.loaded_at_field,
        "loaded_at_query": source.loaded_at_query,
        "freshness": source.freshness,
        "external": source.external,
        "description": source.description,
        "columns": Field::Columns(&source.columns),
        "meta": source.meta,
        "source_meta": source.source_meta,
        "tags": source.tags,
        "config": source.config.to_json(),
        "patch_path": null,
        "unrendered_config": source.unrendered_config,
        "relation_name": source.location.clone().unwrap_or_else(|| relation.to_string()),
        "created_at": source.created_at,
        "doc_blocks": source.doc_blocks,
    })
}

/// An exposure as a mapping.
pub fn of_exposure(exposure: &Exposure) -> Json {
    let mut map = object(json!({
        "name": exposure.name,
        "resource_type": "exposure",
        "package_name": exposure.package_name,
        "path": below_folder(&exposure.original_file_path),
        "original_file_path": exposure.original_file_path,
        "unique_id": exposure.unique_id.as_ref(),
        "fqn": exposure.fqn,
        "description": exposure.description,
        "meta": exposure.meta,
        "tags": exposure.tags,
        "config": exposure.config.to_json(),
        "unrendered_config": exposure.unrendered_config,
        "depends_on": { "macros": [], "nodes": exposure.depends_on },
        "refs": Field::Refs(&exposure.refs),
        "sources": exposure.sources,
        "metrics": exposure.metrics,
        "created_at": exposure.created_at,
    }));
    map.extend(exposure.properties.clone());
    Json::Object(map)
}

/// A path without its first folder: `models/a/b.yml` → `a/b.yml`.
fn below_folder(path: &str) -> String {
    let rest: PathBuf = Path::new(path).components().skip(1).collect();
    rest.to_string_lossy().into_owned()
}

/// A group as a mapping.
pub fn of_group(unique_id: &str, group: &Group) -> Json {
    json!({
        "name": group.name,
        "resource_type": "group",
        "package_name": group.package_name,
        "path": below_folder(&group.original_file_path),
        "original_file_path": group.original_file_path,
        "unique_id": unique_id,
        "owner": group.owner,
        "description": group.description,
        "config": group.config,
    })
}
