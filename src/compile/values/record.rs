//! Mappings that dbt has as objects of its own.

use crate::jinja::{Dict, Enumerator, Error, Object, State, Value, from_json};
use serde_json::Value as Json;
use std::fmt;
use std::sync::Arc;

/// A mapping that is an object in dbt: its keys are attributes, and `to_dict()` gives a plain one.
pub struct Record(Value);

impl Record {
    /// As a value.
    pub fn value(items: impl IntoIterator<Item = (&'static str, Value)>) -> Value {
        Value::from_object(Self(Dict::value(items.into_iter().map(|(key, value)| (Value::from(key), value)))))
    }

    /// A JSON object, as a value.
    pub fn of_json(json: &Json) -> Value {
        Value::from_object(Self(from_json(json)))
    }
}

impl Object for Record {
    fn get_value(self: &Arc<Self>, key: &Value) -> Option<Value> {
        self.0.get_item(key).ok().filter(|value| !value.is_undefined())
    }

    fn enumerate(self: &Arc<Self>) -> Enumerator {
        Enumerator::Values(self.0.try_iter().map(Iterator::collect).unwrap_or_default())
    }

    fn is_true(self: &Arc<Self>) -> bool {
        true
    }

    fn call_method(self: &Arc<Self>, state: &mut State<'_, '_>, method: &str, args: &[Value]) -> Result<Value, Error> {
        match method {
            "to_dict" => Ok(plain(&self.0)),
            _ => self.0.call_method(state, method, args),
        }
    }

    fn render(self: &Arc<Self>, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}", self.0)
    }
}

/// The value with plain mappings in place of the records in it.
fn plain(value: &Value) -> Value {
    if let Some(record) = value.downcast_object_ref::<Record>() {
        return plain(&record.0);
    }
    match value.downcast_object_ref::<Dict>() {
        Some(dict) => Dict::value(dict.items().into_iter().map(|(key, item)| (key, plain(&item)))),
        None => value.clone(),
    }
}

impl fmt::Debug for Record {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{:?}", self.0)
    }
}
