//! semantic_manifest.json: what MetricFlow reads.

use crate::resolve::{Graph, LEGACY_TIME_SPINE, Node, NodeKind};
use serde_json::{Map, Value as Json, json};

/// The keys of a semantic model.
const SEMANTIC_MODEL: [&str; 10] = [
    "name",
    "defaults",
    "description",
    "node_relation",
    "primary_entity",
    "entities",
    "measures",
    "dimensions",
    "label",
    "metadata",
];

/// The keys of a metric.
const METRIC: [&str; 8] =
    ["name", "description", "type", "type_params", "filter", "metadata", "label", "time_granularity"];

/// The keys of a saved query.
const SAVED_QUERY: [&str; 7] = ["name", "query_params", "description", "metadata", "label", "exports", "tags"];

/// The artifact.
pub fn semantic_manifest(graph: &Graph) -> Json {
    json!({
        "semantic_models": graph.semantic_models.values().map(semantic_model).collect::<Vec<_>>(),
        "metrics": graph.metrics.values().map(metric).collect::<Vec<_>>(),
        "project_configuration": project_configuration(graph),
        "saved_queries": graph.saved_queries.values().map(saved_query).collect::<Vec<_>>(),
    })
}

fn picked(document: &Json, keys: &[&str]) -> Map<String, Json> {
    keys.iter().map(|key| ((*key).to_owned(), document[*key].clone())).collect()
}

fn config(document: &Json) -> Json {
    json!({"meta": document["config"]["meta"]})
}

fn semantic_model(model: &Json) -> Json {
    let mut picked = picked(model, &SEMANTIC_MODEL);
    picked.insert("config".into(), config(model));
    for elements in ["entities", "measures"] {
        for element in picked[elements].as_array_mut().into_iter().flatten() {
            element["metadata"] = Json::Null;
        }
    }
    Json::Object(picked)
}

fn metric(metric: &Json) -> Json {
    let mut picked = picked(metric, &METRIC);
    picked.insert("config".into(), config(metric));
    if let Json::Object(params) = &mut picked["type_params"] {
        params.remove("metric_aggregation_params");
        if let Some(Json::Object(cumulative)) = params.get_mut("cumulative_type_params") {
            cumulative.remove("metric");
        }
    }
    Json::Object(picked)
}

fn saved_query(query: &Json) -> Json {
    let mut picked = picked(query, &SAVED_QUERY);
    for export in picked["exports"].as_array_mut().into_iter().flatten().filter_map(Json::as_object_mut) {
        export.remove("unrendered_config");
        if let Some(Json::Object(config)) = export.get_mut("config") {
            config.remove("database");
        }
    }
    Json::Object(picked)
}

fn project_configuration(graph: &Graph) -> Json {
    let spines = graph.nodes.values().filter_map(|node| time_spine(node));
    json!({
        "time_spine_table_configurations": legacy_time_spine(graph).into_iter().collect::<Vec<_>>(),
        "metadata": null,
        "dsi_package_version": {"major_version": "0", "minor_version": "9", "patch_version": "0"},
        "time_spines": spines.collect::<Vec<_>>(),
    })
}

fn time_spine(node: &Node) -> Option<Json> {
    let NodeKind::Model(info) = &node.kind else { return None };
    let spine = info.time_spine.as_ref()?;
    let column = spine["standard_granularity_column"].as_str()?;
    Some(json!({
        "node_relation": {
            "alias": node.alias,
            "schema_name": node.schema,
            "database": node.database,
            "relation_name": relation_name(node),
        },
        "primary_column": {
            "name": column,
            "time_granularity": node.columns.get(column).and_then(|column| column.granularity.as_deref()),
        },
        "custom_granularities": spine["custom_granularities"],
    }))
}

fn legacy_time_spine(graph: &Graph) -> Option<Json> {
    if graph.semantic_models.is_empty() {
        return None;
    }
    let is_legacy = |node: &Node| match &node.kind {
        NodeKind::Model(info) => node.name == LEGACY_TIME_SPINE && info.time_spine.is_none(),
        _ => false,
    };
    let model = graph.nodes.values().find(|node| is_legacy(node))?;
    Some(json!({"location": relation_name(model), "column_name": "date_day", "grain": "day"}))
}

fn relation_name(node: &Node) -> Option<String> {
    node.relation.as_ref().map(ToString::to_string)
}
