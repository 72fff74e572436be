//! What `on-run-end` hooks see: `results`, `schemas`, `database_schemas`.

use crate::compile::document;
use crate::compile::rendering::Rendering;
use crate::compile::values::Record;
use crate::event::{NodeResult, Timing};
use crate::jinja::{Dict, Enumerator, Error, ErrorKind, List, Object, State, Value, from_json};
use crate::resolve::{Graph, NodeKind};
use indexmap::IndexSet;
use jiff::Timestamp;
use serde_json::json;
use std::fmt;
use std::sync::Arc;

/// The names that only hooks at the end of a run see.
pub const NAMES: &[&str] = &["results", "schemas", "database_schemas"];

/// What one of them means.
pub fn at_end(rendering: &Rendering, name: &str) -> Option<Value> {
    let at_end =
        rendering.node.as_ref().is_some_and(|node| matches!(node.kind, NodeKind::Operation { at_end: true, .. }));
    if !at_end || !NAMES.contains(&name) {
        return None;
    }
    if name == "results" {
        return Some(rendering.compiler.results());
    }
    let mut pairs: Vec<(&str, &str)> = vec![];
    let graph = rendering.compiler.graph();
    for node in rendering.compiler.options().selected.iter().filter_map(|id| graph.nodes.get(id)) {
        let pair = (node.database.as_str(), node.schema.as_str());
        if node.relation.is_some() && !pairs.contains(&pair) {
            pairs.push(pair);
        }
    }
    if name == "database_schemas" {
        let pair = |(database, schema): (&str, &str)| List::value(vec![Value::from(database), Value::from(schema)]);
        return Some(List::value(pairs.into_iter().map(pair).collect()));
    }
    let schemas: IndexSet<&str> = pairs.iter().map(|(_, schema)| *schema).collect();
    Some(List::value(schemas.into_iter().map(Value::from).collect()))
}

/// `results`: what came of each node.
pub fn results_value(graph: &Arc<Graph>, results: &[Arc<NodeResult>]) -> Value {
    let one =
        |result: &Arc<NodeResult>| Value::from_object(ResultObject { graph: graph.clone(), result: result.clone() });
    List::value(results.iter().map(one).collect())
}

struct ResultObject {
    graph: Arc<Graph>,
    result: Arc<NodeResult>,
}

const KEYS: &[&str] = &[
    "status",
    "timing",
    "thread_id",
    "execution_time",
    "adapter_response",
    "message",
    "failures",
    "node",
    "unique_id",
    "compiled_code",
    "relation_name",
    "batch_results",
    "error",
    "fail",
    "skip",
];

impl ResultObject {
    fn node(&self) -> Value {
        let node = self.graph.nodes.get(&self.result.unique_id).map(|node| document::of_node(node).to_json());
        let source = || self.graph.sources.get(&self.result.unique_id).map(|source| document::of_source(source));
        let mut document =
            node.or_else(source).unwrap_or_else(|| json!({ "unique_id": self.result.unique_id.as_ref() }));
        if let Some(sql) = &self.result.compiled_code {
            document["compiled"] = json!(true);
            document["compiled_code"] = json!(sql);
        }
        Record::of_resource(&document)
    }

    /// As a plain mapping.
    fn to_dict(self: &Arc<Self>) -> Value {
        Dict::value(KEYS.iter().filter_map(|key| Some((Value::from(*key), self.get_value(&Value::from(*key))?))))
    }

    fn text(text: Option<&str>) -> Value {
        text.map_or_else(|| Value::from(()), Value::from)
    }

    fn timing(timing: &Timing) -> Value {
        Record::value([
            ("name", Value::from(timing.name)),
            ("started_at", Value::from(written(timing.started_at))),
            ("completed_at", Value::from(written(timing.completed_at))),
        ])
    }
}

/// A moment as run results have it.
fn written(at: Timestamp) -> String {
    at.strftime("%Y-%m-%dT%H:%M:%S.%6fZ").to_string()
}

impl Object for ResultObject {
    fn get_value(self: &Arc<Self>, key: &Value) -> Option<Value> {
        let result = &self.result;
        Some(match key.as_str()? {
            "status" => Value::from(result.status.as_str()),
            "timing" => List::value(result.timing.iter().map(Self::timing).collect()),
            "thread_id" => Value::from(result.thread_id.as_str()),
            "execution_time" => Value::from(result.execution_time.as_secs_f64()),
            "adapter_response" => from_json(&result.adapter_response),
            "message" => Self::text(result.message.as_deref()),
            "error" => Self::text(result.message.as_deref().filter(|_| result.status.is_failure())),
            "failures" => result.failures.map_or_else(|| Value::from(()), Value::from),
            "node" => self.node(),
            "unique_id" => Value::from(result.unique_id.clone()),
            "compiled_code" => Self::text(result.compiled_code.as_deref()),
            "relation_name" => Self::text(result.relation_name.as_deref()),
            "batch_results" => Value::from(()),
            "fail" => Value::from(result.status == crate::event::Status::Fail),
            "skip" => Value::from(result.status == crate::event::Status::Skipped),
            _ => return None,
        })
    }

    fn enumerate(self: &Arc<Self>) -> Enumerator {
        Enumerator::Str(KEYS)
    }

    fn call_method(self: &Arc<Self>, _: &mut State<'_, '_>, method: &str, _: &[Value]) -> Result<Value, Error> {
        match method {
            "to_dict" => Ok(self.to_dict()),
            _ => Err(Error::from(ErrorKind::UnknownMethod)),
        }
    }
}

impl fmt::Debug for ResultObject {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "<result of {}: {}>", self.result.unique_id, self.result.status.as_str())
    }
}
