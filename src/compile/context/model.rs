//! `model`: the node as a mapping.

use crate::compile::document;
use crate::compile::rendering::Rendering;
use crate::compile::values::moment;
use crate::jinja::{Dict, Enumerator, Object, Value, from_json};
use serde_json::json;
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
            let mut document = document::without_nulls(document::of_node(node));
            if let Some(compiled) = &self.rendering.compiled {
                document["compiled"] = json!(true);
                document["compiled_code"] = json!(compiled.sql);
                document["compiled_sql"] = json!(compiled.sql);
            }
            if let Some(batch) = &self.rendering.batch {
                document["batch"] = json!({
                    "id": batch.id,
                    "event_time_start": moment(batch.start),
                    "event_time_end": moment(batch.end),
                });
            }
            from_json(&document)
        })
    }
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
