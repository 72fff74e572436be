//! What dbt's names mean to a node's templates and macros: one file a noun.

mod adapter;
mod api;
mod builtins;
mod config;
mod contract;
mod exceptions;
mod grants;
mod graph;
mod log;
mod model;
mod native;
mod quarantine;
mod reference;
mod results;
mod runtime_config;
mod seed;
mod source;
mod statement;
mod this;
mod validation;
mod write;

use super::rendering::Rendering;
use crate::jinja::{NameTable, Naming, Value};
use foldhash::fast::RandomState;
use native::{Body, Native};
use std::collections::HashMap;
use std::sync::{Arc, LazyLock, Mutex, PoisonError};

pub(super) use graph::graph_value;
pub(super) use model::foreign_table;
pub(super) use results::results_value;

/// All names but those of the base context and the macros. What a name means is made when it is first asked for: most
/// templates need few of them.
pub(super) struct NodeNames {
    rendering: Arc<Rendering>,
    made: Mutex<NameTable>,
}

static FUNCTIONS: LazyLock<HashMap<&'static str, (&'static str, Body), RandomState>> = LazyLock::new(|| {
    let functions = [
        quarantine::FUNCTIONS,
        statement::FUNCTIONS,
        log::FUNCTIONS,
        write::FUNCTIONS,
        seed::FUNCTIONS,
        grants::FUNCTIONS,
        &[("metric", reference::metric)],
    ];
    functions.into_iter().flatten().map(|(name, body)| (*name, (*name, *body))).collect()
});

/// Names that mean something else than a function.
const VALUES: [&str; 9] =
    ["builtins", "adapter", "api", "column", "exceptions", "validation", "execute", "graph", "selected_resources"];

impl NodeNames {
    pub(super) fn of(rendering: &Arc<Rendering>) -> Self {
        Self { rendering: rendering.clone(), made: Mutex::default() }
    }

    fn make(&self, name: &str) -> Option<Value> {
        let rendering = &self.rendering;
        if let Some((name, body)) = FUNCTIONS.get(name) {
            return Some(Native::value(name, rendering, *body));
        }
        Some(match name {
            "builtins" => builtins::value(rendering),
            "adapter" => adapter::value(rendering),
            "api" => api::value(rendering),
            "column" => api::column(rendering),
            "exceptions" => exceptions::value(rendering),
            "validation" => validation::value(),
            "execute" => Value::from(true),
            "graph" => rendering.compiler.graph_value(),
            "selected_resources" => rendering.compiler.selected_value(),
            name => {
                let builtin = builtins::get(rendering, name);
                return builtin.or_else(|| this::get(rendering, name)).or_else(|| results::at_end(rendering, name));
            }
        })
    }
}

impl Naming for NodeNames {
    fn get(&self, name: &str) -> Option<Value> {
        let made = || self.made.lock().unwrap_or_else(PoisonError::into_inner);
        if let Some(value) = made().get(name) {
            return Some(value.clone());
        }
        let value = self.make(name)?;
        Some(made().entry(name.to_owned()).or_insert(value).clone())
    }

    fn names(&self) -> Vec<String> {
        let values = [&VALUES, builtins::NAMES, this::NAMES, results::NAMES].into_iter().flatten();
        FUNCTIONS.keys().chain(values).map(|name| (*name).to_owned()).collect()
    }
}
