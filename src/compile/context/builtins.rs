//! `builtins`: the names that a project may override with macros and then still needs.

use super::config::ConfigObject;
use super::native::Native;
use super::{reference, source};
use crate::compile::rendering::Rendering;
use crate::jinja::{Dict, Value};
use std::sync::Arc;

/// The names of functions that nodes need.
pub const NAMES: &[&str] = &["ref", "source", "function", "config"];

/// What one of them means.
pub fn get(rendering: &Arc<Rendering>, name: &str) -> Option<Value> {
    Some(match name {
        "ref" => Native::value("ref", rendering, reference::call),
        "source" => Native::value("source", rendering, source::call),
        "function" => Native::value("function", rendering, reference::function),
        "config" => Value::from_object(ConfigObject { rendering: rendering.clone() }),
        _ => return None,
    })
}

/// `builtins`: these, and the names that every template sees.
pub fn value(rendering: &Arc<Rendering>) -> Value {
    let base = rendering.session.backend().names(rendering.package());
    let base = base.iter().map(|(name, value)| (Value::from(name.as_str()), value.clone()));
    let own = NAMES.iter().filter_map(|name| Some((Value::from(*name), get(rendering, name)?)));
    Dict::value(base.chain(own))
}
