//! `builtins`: the names that a project may override with macros and then still needs.

use super::config::ConfigObject;
use super::native::Native;
use super::{reference, source};
use crate::compile::rendering::Rendering;
use crate::jinja::{Dict, Value};
use std::sync::Arc;

/// `ref`, `source`, `function` and `config`.
pub fn of(rendering: &Arc<Rendering>) -> [(&'static str, Value); 4] {
    [
        ("ref", Native::value("ref", rendering, reference::call)),
        ("source", Native::value("source", rendering, source::call)),
        ("function", Native::value("function", rendering, reference::function)),
        ("config", Value::from_object(ConfigObject { rendering: rendering.clone() })),
    ]
}

/// `builtins`: these, and the names that every template sees.
pub fn value(rendering: &Arc<Rendering>) -> Value {
    let base = rendering.session.backend().names(rendering.package());
    let base = base.iter().map(|(name, value)| (Value::from(name.as_str()), value.clone()));
    Dict::value(base.chain(of(rendering).map(|(name, value)| (Value::from(name), value))))
}
