//! Nodes and sources as the mappings that templates know: the keys are those of dbt's manifest.

use crate::resolve::{
    ColumnInfo, Constraint, Exposure, GenericTest, Group, ModelInfo, Node, NodeKind, RefCall, Source,
};
use indexmap::IndexMap;
use serde_json::{Map, Value as Json, json};
use std::path::{Path, PathBuf};

/// A node as a mapping; what has no value is null.
pub fn of_node(node: &Node) -> Json {
    let mut map = identity(node);
    map.extend(properties(node));
    map.extend(references(node));
    match &node.kind {
        NodeKind::Model(model) => map.extend(of_model(model)),
        NodeKind::Seed { disk_path } => {
            map.insert("root_path".into(), root_path(disk_path, &node.original_file_path));
        }
        NodeKind::GenericTest(test) => map.extend(of_generic_test(test)),
        NodeKind::Function(signature) => map.extend(object(signature.clone())),
        NodeKind::Operation { index, .. } => {
            map.insert("index".into(), (*index).into());
        }
        _ => {}
    }
    Json::Object(map)
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

fn identity(node: &Node) -> Map<String, Json> {
    object(json!({
        "database": node.database,
        "schema": node.schema,
        "name": node.name,
        "resource_type": node.resource_type().as_str(),
        "package_name": node.package_name,
        "path": node.path,
        "original_file_path": node.original_file_path,
        "unique_id": node.unique_id.as_ref(),
        "fqn": node.fqn,
        "alias": node.alias,
        "identifier": node.alias,
        "checksum": { "name": node.checksum.name, "checksum": node.checksum.checksum },
    }))
}

fn properties(node: &Node) -> Map<String, Json> {
    let config = &node.config;
    object(json!({
        "config": Json::Object(config.0.clone().into_iter().collect()),
        "tags": node.tags,
        "description": node.description,
        "columns": of_columns(&node.columns),
        "meta": node.meta,
        "group": config.0.get("group").cloned().unwrap_or(Json::Null),
        "docs": config.0.get("docs").cloned().unwrap_or_else(|| json!({ "show": true, "node_color": null })),
        "patch_path": node.patch_path,
        "build_path": null,
        "unrendered_config": node.unrendered_config,
        "created_at": node.created_at,
        "config_call_dict": node.config_call,
        "relation_name": node.relation.as_ref().map(ToString::to_string),
        "raw_code": node.raw_code,
        "raw_sql": node.raw_code,
        "doc_blocks": node.doc_blocks,
        "language": node.language().as_str(),
    }))
}

fn references(node: &Node) -> Map<String, Json> {
    object(json!({
        "refs": node.refs.iter().map(of_ref).collect::<Vec<_>>(),
        "sources": node.sources,
        "metrics": [],
        "functions": node.functions,
        "depends_on": { "macros": node.depends_on_macros, "nodes": of_ids(&node.depends_on) },
        "compiled_path": null,
        "contract": node.config.0.get("contract").cloned().unwrap_or(Json::Null),
    }))
}

fn of_ref(call: &RefCall) -> Json {
    json!({ "name": call.name, "package": call.package, "version": call.version })
}

fn of_ids(ids: &[crate::resolve::UniqueId]) -> Vec<&str> {
    ids.iter().map(AsRef::as_ref).collect()
}

fn of_model(model: &ModelInfo) -> Map<String, Json> {
    object(json!({
        "group": model.group,
        "access": model.access.as_str(),
        "constraints": model.constraints.iter().map(of_constraint).collect::<Vec<_>>(),
        "version": model.version,
        "latest_version": model.latest_version,
        "deprecation_date": model.deprecation_date,
        "primary_key": model.primary_key,
        "time_spine": model.time_spine,
        "batch": null,
    }))
}

fn of_generic_test(test: &GenericTest) -> Map<String, Json> {
    object(json!({
        "column_name": test.column_name,
        "file_key_name": test.file_key_name,
        "attached_node": test.attached_node.as_deref(),
        "test_metadata": { "name": test.name, "kwargs": test.kwargs, "namespace": test.namespace },
    }))
}

/// The folder that a seed's path is relative to.
fn root_path(disk_path: &std::path::Path, original: &str) -> Json {
    let whole = disk_path.to_string_lossy();
    Json::from(whole.strip_suffix(original).unwrap_or(&whole).trim_end_matches('/'))
}

/// Documented columns by name.
pub fn of_columns(columns: &IndexMap<String, ColumnInfo>) -> Json {
    Json::Object(columns.iter().map(|(name, column)| (name.clone(), of_column(column))).collect())
}

fn of_column(column: &ColumnInfo) -> Json {
    let mut map = object(json!({
        "name": column.name,
        "description": column.description,
        "meta": column.meta,
        "data_type": column.data_type,
        "constraints": column.constraints.iter().map(of_constraint).collect::<Vec<_>>(),
        "quote": column.quote,
        "config": column.config,
        "tags": column.tags,
        "granularity": column.granularity,
        "doc_blocks": column.doc_blocks,
    }));
    for (key, value) in &column.extra {
        map.entry(key.as_str()).or_insert_with(|| value.clone());
    }
    Json::Object(map)
}

fn of_constraint(constraint: &Constraint) -> Json {
    let mut map = object(json!({
        "type": constraint.kind.as_str(),
        "name": constraint.name,
        "expression": constraint.expression,
        "warn_unenforced": constraint.warn_unenforced,
        "warn_unsupported": constraint.warn_unsupported,
        "to": constraint.to,
        "to_columns": constraint.to_columns,
    }));
    if !constraint.columns.is_empty() {
        map.insert("columns".into(), json!(constraint.columns));
    }
    Json::Object(map)
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
        "columns": of_columns(&source.columns),
        "meta": source.meta,
        "source_meta": source.source_meta,
        "tags": source.tags,
        "config": Json::Object(source.config.0.clone().into_iter().collect()),
        "patch_path": null,
        "unrendered_config": source.unrendered_config,
        "relation_name": relation.to_string(),
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
        "config": Json::Object(exposure.config.0.clone().into_iter().collect()),
        "unrendered_config": exposure.unrendered_config,
        "depends_on": { "macros": [], "nodes": of_ids(&exposure.depends_on) },
        "refs": exposure.refs.iter().map(of_ref).collect::<Vec<_>>(),
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
