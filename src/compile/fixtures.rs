//! What a unit test puts in place of the world.

use crate::jinja::{Error, NameTable, Object, ObjectRepr, State, Value, from_json};
use crate::resolve::UniqueId;
use indexmap::IndexMap;
use serde_json::{Map, Value as Json};
use std::collections::HashMap;
use std::sync::Arc;

/// What a unit test puts in place of the world.
#[derive(Debug, Clone, Default)]
pub struct Fixtures {
    /// Queries that stand for the model's inputs, by their unique ids; the model's own stands for `this`.
    pub inputs: IndexMap<UniqueId, String>,
    /// What calls of these macros return.
    pub macros: Map<String, Json>,
    /// `overrides.vars`.
    pub vars: Map<String, Json>,
    /// `overrides.env_vars`.
    pub env_vars: Map<String, Json>,
}

/// Names that are values: what `overrides.macros` says of one takes its place as it is.
const VALUES: &[&str] = &["invocation_id", "run_started_at", "thread_id", "dbt_version", "project_name", "execute"];

impl Fixtures {
    /// The names that win over everything else; `base` has those that they fall back on.
    pub(super) fn overrides(&self, base: &NameTable) -> HashMap<String, Value> {
        let returned = |(name, value): (&String, &Json)| {
            let value = from_json(value);
            (name.clone(), if VALUES.contains(&name.as_str()) { value } else { returning(value) })
        };
        let mut names: HashMap<String, Value> = self.macros.iter().map(returned).collect();
        for (name, given) in [("var", &self.vars), ("env_var", &self.env_vars)] {
            if let (false, Some(usual)) = (given.is_empty(), base.get(name)) {
                names.insert(name.into(), Value::from_object(Lookup { given: given.clone(), usual: usual.clone() }));
            }
        }
        names
    }
}

/// A function that returns the same value whatever it is given.
pub(super) fn returning(value: Value) -> Value {
    Value::from_object(Returning(value))
}

#[derive(Debug)]
struct Returning(Value);

impl Object for Returning {
    fn repr(self: &Arc<Self>) -> ObjectRepr {
        ObjectRepr::Plain
    }

    fn call(self: &Arc<Self>, _: &mut State<'_, '_>, _: &[Value]) -> Result<Value, Error> {
        Ok(self.0.clone())
    }
}

/// `var()` or `env_var()` that looks into a test's own values first.
#[derive(Debug)]
struct Lookup {
    given: Map<String, Json>,
    usual: Value,
}

impl Object for Lookup {
    fn repr(self: &Arc<Self>) -> ObjectRepr {
        ObjectRepr::Plain
    }

    fn call(self: &Arc<Self>, state: &mut State<'_, '_>, args: &[Value]) -> Result<Value, Error> {
        match args.first().and_then(|name| self.given.get(name.as_str()?)) {
            Some(value) => Ok(from_json(value)),
            None => self.usual.call(state, args),
        }
    }

    fn call_method(self: &Arc<Self>, state: &mut State<'_, '_>, method: &str, args: &[Value]) -> Result<Value, Error> {
        let has = args.first().and_then(|name| self.given.get(name.as_str()?)).is_some();
        if method == "has_var" && has { Ok(Value::from(true)) } else { self.usual.call_method(state, method, args) }
    }
}
