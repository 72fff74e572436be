//! What templates see of a node while it is being made: `model`, `node`, `this`.

use crate::adapters::{Parts, Relation};
use crate::jinja::{Enumerator, Error, ErrorKind, Object, ObjectRepr, State, Value, from_json};
use serde_json::{Map, Value as Json};
use std::fmt;
use std::sync::Arc;

/// A node's facts by dbt's names, with a `config` that answers `get`.
#[derive(Debug)]
pub struct Facts(pub Map<String, Json>);

impl Object for Facts {
    fn repr(self: &Arc<Self>) -> ObjectRepr {
        ObjectRepr::Map
    }

    fn get_value(self: &Arc<Self>, key: &Value) -> Option<Value> {
        let value = self.0.get(key.as_str()?)?;
        Some(match (key.as_str(), value) {
            (Some("config"), Json::Object(map)) => Value::from_object(Self(map.clone())),
            (_, value) => from_json(value),
        })
    }

    fn enumerate(self: &Arc<Self>) -> Enumerator {
        Enumerator::Values(self.0.keys().map(|key| Value::from(key.as_str())).collect())
    }

    /// `get` and `meta_get`, as Python's `dict.get`.
    fn call_method(self: &Arc<Self>, _: &mut State<'_, '_>, method: &str, args: &[Value]) -> Result<Value, Error> {
        match (method, args) {
            ("get" | "meta_get", [key, rest @ ..]) => {
                let default = rest.first().cloned().unwrap_or(Value::from(()));
                Ok(self.get_value(key).filter(|value| !value.is_none()).unwrap_or(default))
            }
            _ => Err(Error::from(ErrorKind::UnknownMethod)),
        }
    }
}

/// A relation before relations are known: what `this`, `ref()` and `source()` give while a template is only read for
/// what it declares. Its methods give it back.
#[derive(Debug)]
pub struct Stand(pub Relation);

impl Object for Stand {
    fn get_value(self: &Arc<Self>, key: &Value) -> Option<Value> {
        let relation = &self.0;
        Some(match key.as_str()? {
            "database" => Value::from(relation.database_name()),
            "schema" => Value::from(relation.schema_name()),
            "identifier" | "name" | "table" | "alias" => Value::from(relation.name()),
            _ => return None,
        })
    }

    fn call_method(self: &Arc<Self>, _: &mut State<'_, '_>, method: &str, _: &[Value]) -> Result<Value, Error> {
        Ok(match method {
            "render" => Value::from(self.0.to_string()),
            _ => Value::from_dyn_object(self.clone()),
        })
    }

    fn render(self: &Arc<Self>, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}", self.0)
    }
}

impl Stand {
    /// A stand-in with this name.
    pub fn value(database: &str, schema: &str, identifier: &str) -> Value {
        let relation = Relation::new(database, schema, identifier);
        Value::from_object(Self(Relation { quote: Parts::ALL, ..relation }))
    }
}
