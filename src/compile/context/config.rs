//! `config`.

use crate::compile::rendering::Rendering;
use crate::diagnostics::{Code, Diagnostic};
use crate::jinja::{Arguments, Error, ErrorKind, Object, ObjectRepr, State, Value, from_json, raise, to_json};
use serde_json::Value as Json;
use std::fmt;
use std::sync::Arc;

/// `config(…)` and `config.set(…)`, which do nothing once the project is read, and `config.get(…)` and its like.
pub struct ConfigObject {
    /// Whose node's config it is.
    pub rendering: Arc<Rendering>,
}

impl ConfigObject {
    fn lookup(&self, name: &str) -> Option<Value> {
        let config = &self.rendering.node.as_ref()?.config;
        let dashed =
            || matches!(name, "pre_hook" | "post_hook").then(|| config.value(&name.replace('_', "-"))).flatten();
        config.value(name).or_else(dashed).map(from_json)
    }

    fn lookup_meta(&self, name: &str) -> Option<Value> {
        self.rendering.node.as_ref()?.meta.get(name).map(from_json)
    }

    fn get(&self, state: &mut State<'_, '_>, found: Option<Value>, arguments: &Arguments<'_>) -> Result<Value, Error> {
        let default = arguments.get(1, "default");
        let validator =
            arguments.get(2, "validator").filter(|_| default.as_ref().is_some_and(|value| !value.is_none()));
        let value = found.or(default).unwrap_or_else(|| Value::from(()));
        self.validate(state, validator, value)
    }

    fn require(
        &self,
        state: &mut State<'_, '_>,
        found: Option<Value>,
        arguments: &Arguments<'_>,
    ) -> Result<Value, Error> {
        match found {
            Some(value) => self.validate(state, arguments.get(1, "validator"), value),
            None => Err(raise(self.missing(&arguments.string(0, "name")?))),
        }
    }

    fn validate(&self, state: &mut State<'_, '_>, validator: Option<Value>, value: Value) -> Result<Value, Error> {
        if let Some(validator) = validator.filter(|validator| !validator.is_none()) {
            validator.call(state, std::slice::from_ref(&value))?;
        }
        Ok(value)
    }

    fn missing(&self, name: &str) -> Box<Diagnostic> {
        let id = self.rendering.node.as_ref().map_or("", |node| node.unique_id.as_ref());
        Diagnostic::error(Code::CONFIG_INVALID, format!("'{id}' does not define a required config parameter '{name}'."))
            .hint(format!("Write {{{{ config({name}=…) }}}} at the top of the file, or `+{name}:` in dbt_project.yml."))
    }

    fn persists(&self, what: &str) -> Result<Value, Error> {
        let docs = self.lookup("persist_docs").map_or(Json::Null, |docs| to_json(&docs));
        match docs {
            Json::Null => Ok(Value::from(false)),
            Json::Object(map) => Ok(map.get(what).map_or_else(|| Value::from(false), from_json)),
            other => {
                let message = format!("persist_docs must be a mapping of relation and columns, not {other}.");
                Err(raise(Diagnostic::error(Code::CONFIG_INVALID, message)))
            }
        }
    }
}

impl Object for ConfigObject {
    fn repr(self: &Arc<Self>) -> ObjectRepr {
        ObjectRepr::Plain
    }

    fn get_value(self: &Arc<Self>, key: &Value) -> Option<Value> {
        match key.as_str()? {
            "model" => Some(super::model::value(&self.rendering)),
            _ => None,
        }
    }

    fn call(self: &Arc<Self>, _: &mut State<'_, '_>, _: &[Value]) -> Result<Value, Error> {
        Ok(Value::from(""))
    }

    fn call_method(self: &Arc<Self>, state: &mut State<'_, '_>, method: &str, args: &[Value]) -> Result<Value, Error> {
        let arguments = Arguments::of(method, args);
        let name = || arguments.string(0, "name");
        match method {
            "get" => self.get(state, self.lookup(&name()?), &arguments),
            "require" => self.require(state, self.lookup(&name()?), &arguments),
            "meta_get" => self.get(state, self.lookup_meta(&name()?), &arguments),
            "meta_require" => self.require(state, self.lookup_meta(&name()?), &arguments),
            "persist_relation_docs" => self.persists("relation"),
            "persist_column_docs" => self.persists("columns"),
            "set" => Ok(Value::from("")),
            _ => Err(Error::from(ErrorKind::UnknownMethod)),
        }
    }
}

impl fmt::Debug for ConfigObject {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("<config>")
    }
}
