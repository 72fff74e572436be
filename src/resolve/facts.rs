//! What templates see of a node while it is being made: `model`, `node`, `this`.

use super::Config;
use super::site::Site;
use super::template_node::Identity;
use crate::adapters::{Parts, Relation};
use crate::jinja::{Enumerator, Error, ErrorKind, List, Object, ObjectRepr, State, Value, from_json};
use serde_json::Value as Json;
use std::fmt;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};

/// A node's facts by dbt's names.
#[derive(Debug)]
pub struct Facts {
    identity: Arc<Identity>,
    config: Arc<Config>,
    database: String,
    schema: String,
    read: AtomicBool,
}

impl Facts {
    /// The facts of a node whose relation is not known yet: it is taken to be in the target's database and schema.
    pub fn new(site: &Site, identity: Arc<Identity>, config: Arc<Config>) -> Arc<Self> {
        let (database, schema) = (site.output.adapter.database().to_owned(), site.output.adapter.schema().to_owned());
        Arc::new(Self { identity, config, database, schema, read: AtomicBool::new(false) })
    }

    /// The relation that the node is taken to build.
    pub fn relation(&self) -> Value {
        Stand::value(&self.database, &self.schema, &self.identity.name)
    }

    /// The target's database and schema.
    pub fn database_and_schema(&self) -> (&str, &str) {
        (&self.database, &self.schema)
    }

    /// Whether a template has asked for anything.
    pub fn was_read(&self) -> bool {
        self.read.load(Ordering::Relaxed)
    }
}

const KEYS: [&str; 14] = [
    "name",
    "resource_type",
    "package_name",
    "unique_id",
    "fqn",
    "path",
    "original_file_path",
    "version",
    "alias",
    "database",
    "schema",
    "tags",
    "meta",
    "config",
];

impl Object for Facts {
    fn repr(self: &Arc<Self>) -> ObjectRepr {
        ObjectRepr::Map
    }

    fn get_value(self: &Arc<Self>, key: &Value) -> Option<Value> {
        self.read.store(true, Ordering::Relaxed);
        let Identity { kind, package, name, unique_id, fqn, path, original_file_path, version } = &*self.identity;
        Some(match key.as_str()? {
            "name" | "alias" => Value::from(name.as_str()),
            "resource_type" => Value::from(kind.as_str()),
            "package_name" => Value::from(package.as_str()),
            "unique_id" => Value::from(unique_id.as_str()),
            "fqn" => List::value(fqn.iter().map(|part| Value::from(part.as_str())).collect()),
            "path" => Value::from(path.as_str()),
            "original_file_path" => Value::from(original_file_path.as_str()),
            "version" => version.as_ref().map_or(Value::from(()), from_json),
            "database" => Value::from(self.database.as_str()),
            "schema" => Value::from(self.schema.as_str()),
            "tags" => List::value(self.config.strings("tags").into_iter().map(Value::from).collect()),
            "meta" => from_json(self.config.value("meta").unwrap_or(&Json::Null)),
            "config" => Value::from_object(ConfigFacts(self.config.clone())),
            _ => return None,
        })
    }

    fn enumerate(self: &Arc<Self>) -> Enumerator {
        self.read.store(true, Ordering::Relaxed);
        Enumerator::Str(&KEYS)
    }

    /// As Python's `dict.get`.
    fn call_method(self: &Arc<Self>, _: &mut State<'_, '_>, method: &str, args: &[Value]) -> Result<Value, Error> {
        get(method, args, |key| self.get_value(key))
    }
}

/// A node's config.
#[derive(Debug)]
struct ConfigFacts(Arc<Config>);

impl Object for ConfigFacts {
    fn repr(self: &Arc<Self>) -> ObjectRepr {
        ObjectRepr::Map
    }

    fn get_value(self: &Arc<Self>, key: &Value) -> Option<Value> {
        self.0.value(key.as_str()?).map(from_json)
    }

    fn enumerate(self: &Arc<Self>) -> Enumerator {
        Enumerator::Values(self.0.entries().map(|(key, _)| Value::from(key)).collect())
    }

    /// As Python's `dict.get`.
    fn call_method(self: &Arc<Self>, _: &mut State<'_, '_>, method: &str, args: &[Value]) -> Result<Value, Error> {
        get(method, args, |key| self.get_value(key))
    }
}

/// `get(key, default)`; null counts as absent.
fn get(method: &str, args: &[Value], value: impl Fn(&Value) -> Option<Value>) -> Result<Value, Error> {
    match (method, args) {
        ("get", [key, rest @ ..]) => {
            let default = rest.first().cloned().unwrap_or(Value::from(()));
            Ok(value(key).filter(|value| !value.is_none()).unwrap_or(default))
        }
        _ => Err(Error::from(ErrorKind::UnknownMethod)),
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

    fn is_true(self: &Arc<Self>) -> bool {
        true
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
