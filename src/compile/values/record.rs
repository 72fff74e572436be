//! Mappings that dbt has as objects of its own.

use crate::jinja::{Dict, Enumerator, Error, Object, State, Value, from_json};
use serde_json::Value as Json;
use std::fmt;
use std::sync::Arc;

/// A mapping that is an object in dbt: its keys are attributes, and `to_dict()` gives a plain one.
pub struct Record {
    entries: Value,
    /// Whether keys that it does not have are none, rather than undefined.
    has_all: bool,
}

impl Record {
    /// As a value.
    pub fn value(items: impl IntoIterator<Item = (&'static str, Value)>) -> Value {
        let entries = Dict::value(items.into_iter().map(|(key, value)| (Value::from(key), value)));
        Value::from_object(Self { entries, has_all: false })
    }

    /// A JSON object, as a value.
    pub fn of_json(json: &Json) -> Value {
        Value::from_object(Self { entries: from_json(json), has_all: false })
    }

    /// A node or source: any key of its config that has no value is none.
    pub fn of_resource(document: &Json) -> Value {
        let entries = from_json(document);
        if let (Some(config), Some(dict)) = (document.get("config"), entries.downcast_object_ref::<Dict>()) {
            let config = Self { entries: from_json(config), has_all: true };
            dict.insert(Value::from("config"), Value::from_object(config));
        }
        Value::from_object(Self { entries, has_all: false })
    }
}

impl Object for Record {
    fn get_value(self: &Arc<Self>, key: &Value) -> Option<Value> {
        let found = self.entries.get_item(key).ok().filter(|value| !value.is_undefined());
        found.or_else(|| self.has_all.then(|| Value::from(())))
    }

    fn enumerate(self: &Arc<Self>) -> Enumerator {
        Enumerator::Values(self.entries.try_iter().map(Iterator::collect).unwrap_or_default())
    }

    fn is_true(self: &Arc<Self>) -> bool {
        true
    }

    fn call_method(self: &Arc<Self>, state: &mut State<'_, '_>, method: &str, args: &[Value]) -> Result<Value, Error> {
        match method {
            "to_dict" => Ok(plain(&self.entries)),
            _ => self.entries.call_method(state, method, args),
        }
    }

    fn render(self: &Arc<Self>, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}", self.entries)
    }
}

/// The value with plain mappings in place of the records in it.
fn plain(value: &Value) -> Value {
    if let Some(record) = value.downcast_object_ref::<Record>() {
        return plain(&record.entries);
    }
    match value.downcast_object_ref::<Dict>() {
        Some(dict) => Dict::value(dict.items().into_iter().map(|(key, item)| (key, plain(&item)))),
        None => value.clone(),
    }
}

impl fmt::Debug for Record {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{:?}", self.entries)
    }
}
