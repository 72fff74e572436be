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
use crate::jinja::Value;
use native::Native;
use std::collections::HashMap;
use std::sync::Arc;

pub(super) use graph::graph_value;
pub(super) use model::foreign_table;
pub(super) use results::results_value;

/// All names but those of the base context and the macros.
pub(super) fn names(rendering: &Arc<Rendering>) -> HashMap<String, Value> {
    let mut names = HashMap::with_capacity(64);
    let mut add = |name: &str, value: Value| names.insert(name.to_owned(), value);
    let functions = [
        quarantine::FUNCTIONS,
        statement::FUNCTIONS,
        log::FUNCTIONS,
        write::FUNCTIONS,
        seed::FUNCTIONS,
        grants::FUNCTIONS,
    ];
    for (name, body) in functions.into_iter().flatten() {
        add(name, Native::value(name, rendering, *body));
    }
    for (name, value) in builtins::of(rendering) {
        add(name, value.clone());
    }
    add("metric", Native::value("metric", rendering, reference::metric));
    add("builtins", builtins::value(rendering));
    add("adapter", adapter::value(rendering));
    add("api", api::value(rendering));
    add("column", api::column(rendering));
    add("exceptions", exceptions::value(rendering));
    add("validation", validation::value());
    add("execute", Value::from(true));
    add("graph", rendering.compiler.graph_value());
    add("selected_resources", rendering.compiler.selected_value());
    for (name, value) in results::at_end(rendering) {
        add(name, value);
    }
    for (name, value) in this::of(rendering) {
        add(name, value);
    }
    names
}
