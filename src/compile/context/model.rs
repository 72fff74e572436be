//! `model`: the node as a mapping.

use crate::compile::rendering::Rendering;
use crate::compile::values::translate_type;
use crate::compile::{Batch, document};
use crate::diagnostics::SourceFile;
use crate::jinja::{Dict, Enumerator, Moment, Object, Value, from_json};
use serde_json::{Value as Json, json};
use std::fmt;
use std::sync::{Arc, OnceLock};

/// `model`: made when it is first looked into.
pub fn value(rendering: &Arc<Rendering>) -> Value {
    Value::from_object(Model { rendering: rendering.clone(), whole: OnceLock::new() })
}

struct Model {
    rendering: Arc<Rendering>,
    whole: OnceLock<Value>,
}

impl Model {
    fn whole(&self) -> &Value {
        self.whole.get_or_init(|| {
            let Some(node) = &self.rendering.node else { return Dict::value([]) };
            let mut document = document::without_nulls(document::of_node(node).to_json());
            complete_columns(&self.rendering, &mut document);
            if let Some(compiled) = &self.rendering.compiled {
                document["compiled"] = json!(true);
                document["compiled_code"] = json!(compiled.sql);
                document["compiled_sql"] = json!(compiled.sql);
            }
            match &self.rendering.batch {
                Some(batch) => with_batch(&document, batch),
                None => from_json(&document),
            }
        })
    }
}

/// The mapping with a batch's span: as `batch`, and in the config under the names that macros of older projects read.
fn with_batch(document: &Json, batch: &Batch) -> Value {
    let start = || Moment::utc(batch.start).value();
    let end = || Moment::utc(batch.end).value();
    let entries = |value: &Json| -> Vec<(Value, Value)> {
        let map = value.as_object().into_iter().flatten();
        map.map(|(key, value)| (Value::from(key), from_json(value))).collect()
    };
    let mut config = entries(&document["config"]);
    config.push((Value::from("__dbt_internal_microbatch_event_time_start"), start()));
    config.push((Value::from("__dbt_internal_microbatch_event_time_end"), end()));
    let span = [
        (Value::from("id"), Value::from(&batch.id)),
        (Value::from("event_time_start"), start()),
        (Value::from("event_time_end"), end()),
    ];
    let mut whole = entries(document);
    whole.retain(|(key, _)| !matches!(key.as_str(), Some("config" | "batch")));
    whole.push((Value::from("config"), Dict::value(config)));
    whole.push((Value::from("batch"), Dict::value(span)));
    Dict::value(whole)
}

/// Names types as the engine does, and puts tables in place of the refs of foreign keys.
fn complete_columns(rendering: &Arc<Rendering>, document: &mut Json) {
    if let Some(constraints) = document.get_mut("constraints").and_then(Json::as_array_mut) {
        constraints.iter_mut().for_each(|constraint| complete_foreign_key(rendering, constraint));
    }
    let translates = document.pointer("/config/contract/alias_types") != Some(&Json::Bool(false));
    let columns = document.get_mut("columns").and_then(Json::as_object_mut);
    for column in columns.into_iter().flat_map(|columns| columns.values_mut()) {
        if let Some(Json::String(data_type)) = column.get_mut("data_type").filter(|_| translates) {
            *data_type = translate_type(data_type);
        }
        let constraints = column.get_mut("constraints").and_then(Json::as_array_mut);
        constraints.into_iter().flatten().for_each(|constraint| complete_foreign_key(rendering, constraint));
    }
}

/// `to: ref('orders')` → the table. What is no such call, or names nothing, stays as it is written.
fn complete_foreign_key(rendering: &Arc<Rendering>, constraint: &mut Json) {
    if let Some(Json::String(to)) = constraint.get_mut("to")
        && let Some(table) = foreign_table(rendering, to)
    {
        *to = table;
    }
}

/// The table that a foreign key's `to` means, if it is a call of `ref` or `source` that names one.
pub fn foreign_table(rendering: &Arc<Rendering>, to: &str) -> Option<String> {
    if !to.starts_with("ref(") && !to.starts_with("source(") {
        return None;
    }
    let template = format!("{{{{ {to} }}}}");
    let file = SourceFile::new("constraint", template.as_str());
    let table = rendering.engine.render(&file.span(0..template.len()), &rendering.scope()).ok()?;
    Some(table.text)
}

impl Object for Model {
    fn get_value(self: &Arc<Self>, key: &Value) -> Option<Value> {
        self.whole().get_item(key).ok().filter(|value| !value.is_undefined())
    }

    fn enumerate(self: &Arc<Self>) -> Enumerator {
        Enumerator::Values(self.whole().try_iter().map(Iterator::collect).unwrap_or_default())
    }

    fn is_true(self: &Arc<Self>) -> bool {
        true
    }
}

impl fmt::Debug for Model {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{:?}", self.whole())
    }
}
