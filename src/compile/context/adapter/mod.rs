//! `adapter`: the database as templates know it. Each file gives some of its methods.

mod bindings;
mod catalogs;
mod columns;
mod constraints;
mod external;
mod grants;
mod relations;
mod schemas;
mod seeds;
mod snapshots;
mod statements;
mod strategies;

use super::{api, runtime_config};
use crate::compile::rendering::Rendering;
use crate::jinja::{Arguments, Error, ErrorKind, Object, ObjectRepr, State, Value, dispatch};
use std::fmt;
use std::sync::Arc;

/// What a method does: with its rendering, where it is called from, and its arguments.
type Method = fn(&Arc<Rendering>, &mut State<'_, '_>, &Arguments<'_>) -> Result<Value, Error>;

/// Methods by name.
type Methods = &'static [(&'static str, Method)];

const ALL: &[Methods] = &[
    catalogs::METHODS,
    columns::METHODS,
    constraints::METHODS,
    external::METHODS,
    grants::METHODS,
    relations::METHODS,
    schemas::METHODS,
    seeds::METHODS,
    snapshots::METHODS,
    statements::METHODS,
    strategies::METHODS,
];

/// `adapter`.
pub fn value(rendering: &Arc<Rendering>) -> Value {
    Value::from_object(AdapterObject(rendering.clone()))
}

struct AdapterObject(Arc<Rendering>);

impl Object for AdapterObject {
    fn repr(self: &Arc<Self>) -> ObjectRepr {
        ObjectRepr::Plain
    }

    fn get_value(self: &Arc<Self>, key: &Value) -> Option<Value> {
        match key.as_str()? {
            "Relation" => Some(api::relation(&self.0)),
            "Column" => Some(api::column(&self.0)),
            "config" => Some(runtime_config::value(&self.0)),
            "behavior" => Some(Value::from_object(Behavior(self.0.clone()))),
            name => {
                let (name, body) = method_named(name)?;
                Some(Value::from_object(BoundMethod { name, body, rendering: self.0.clone() }))
            }
        }
    }

    fn call_method(self: &Arc<Self>, state: &mut State<'_, '_>, method: &str, args: &[Value]) -> Result<Value, Error> {
        let arguments = Arguments::of(method, args);
        if method == "dispatch" {
            let namespace = text(&arguments, 1, "macro_namespace");
            return dispatch(state, &arguments.string(0, "macro_name")?, namespace.as_deref());
        }
        match method_named(method) {
            Some((_, body)) => body(&self.0, state, &arguments),
            None => Err(Error::from(ErrorKind::UnknownMethod)),
        }
    }
}

fn method_named(wanted: &str) -> Option<(&'static str, Method)> {
    ALL.iter().flat_map(|methods| methods.iter()).find(|(name, _)| *name == wanted).copied()
}

/// `adapter.get_relation` without a call.
struct BoundMethod {
    name: &'static str,
    body: Method,
    rendering: Arc<Rendering>,
}

impl Object for BoundMethod {
    fn repr(self: &Arc<Self>) -> ObjectRepr {
        ObjectRepr::Plain
    }

    fn call(self: &Arc<Self>, state: &mut State<'_, '_>, args: &[Value]) -> Result<Value, Error> {
        (self.body)(&self.rendering, state, &Arguments::of(self.name, args))
    }
}

impl fmt::Debug for BoundMethod {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "<method {}>", self.name)
    }
}

impl fmt::Debug for AdapterObject {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "<adapter {}>", self.0.dialect().name)
    }
}

/// An argument as text, if it is given and not none.
fn text(arguments: &Arguments<'_>, index: usize, name: &str) -> Option<String> {
    let value = arguments.get(index, name).filter(|value| !value.is_none() && !value.is_undefined());
    value.map(|value| value.to_string())
}

/// `adapter.behavior`: the project's flags on changes of behaviour, as truth values that also know `no_warn`.
struct Behavior(Arc<Rendering>);

impl Object for Behavior {
    fn get_value(self: &Arc<Self>, key: &Value) -> Option<Value> {
        let flags = &self.0.compiler.graph().invocation.flags.project_flags;
        let name = key.as_str()?;
        let set = flags.get(&name.to_uppercase()).or_else(|| flags.get(name));
        Some(Value::from_object(BehaviorFlag(set.and_then(serde_json::Value::as_bool).unwrap_or(false))))
    }
}

impl fmt::Debug for Behavior {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("<behavior>")
    }
}

#[derive(Debug)]
struct BehaviorFlag(bool);

impl Object for BehaviorFlag {
    fn repr(self: &Arc<Self>) -> ObjectRepr {
        ObjectRepr::Plain
    }

    fn get_value(self: &Arc<Self>, key: &Value) -> Option<Value> {
        matches!(key.as_str()?, "no_warn" | "setting").then(|| Value::from(self.0))
    }

    fn is_true(self: &Arc<Self>) -> bool {
        self.0
    }

    fn render(self: &Arc<Self>, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(if self.0 { "True" } else { "False" })
    }
}
