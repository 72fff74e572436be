//! Whether config values make sense.

use super::Merged;
use super::color::is_color;
use super::keys::{ConfigClass, Shape};
use crate::diagnostics::{Code, Diagnostic, Span, nearest};
use serde_json::Value as Json;

/// An error for each value that does not fit its key, a warning for each key that looks like a slip; `owner` names the resource: `the model 'orders'`.
pub fn check(class: &ConfigClass, merged: &Merged, owner: &str, fallback: &Span) -> Vec<Box<Diagnostic>> {
    let mut errors = vec![];
    for (name, key) in &class.keys {
        let Some(value) = merged.config.given(name).filter(|value| !key.shape.fits(value)) else { continue };
        let span = merged.origin(name).unwrap_or(fallback);
        let message = format!("The config '{name}' of {owner} is {value}, but must be {}.", key.shape.wanted());
        let mut error = Diagnostic::error(Code::CONFIG_INVALID, message).at(span);
        if let (Shape::OneOf(allowed), Some(text)) = (key.shape, value.as_str())
            && let Some(near) = nearest(text, allowed.iter().copied()).first()
        {
            error = error.hint(format!("Did you mean '{near}'?"));
        }
        errors.push(error);
    }
    errors.extend(slips(class, merged, owner));
    errors
}

/// A warning for each key that nobody knows but that looks like one that is known.
fn slips(class: &ConfigClass, merged: &Merged, owner: &str) -> Vec<Box<Diagnostic>> {
    let known = || class.keys.keys().chain(class.beyond);
    let unknown = merged.origins().filter(|(key, _)| !known().any(|known| known == key));
    let slip = |(key, span): (&str, &Span)| {
        let near = known().find(|known| key.len() >= 5 && strsim::osa_distance(key, known) <= 2)?;
        let message = format!("The config '{key}' of {owner} is unknown.");
        Some(Diagnostic::warning(Code::CONFIG_UNKNOWN, message).at(span).hint(format!("Did you mean '{near}'?")))
    };
    unknown.filter_map(slip).collect()
}

impl Shape {
    /// Whether a value fits.
    pub fn fits(self, value: &Json) -> bool {
        if value.is_null() {
            return true;
        }
        match self {
            Shape::Any => true,
            Shape::Bool => value.is_boolean(),
            Shape::Int => value.is_i64() || value.is_u64(),
            Shape::Text => value.is_string(),
            Shape::Texts => {
                value.is_string() || value.as_array().is_some_and(|items| items.iter().all(Json::is_string))
            }
            Shape::Map => value.is_object(),
            Shape::Docs => {
                let color = value.get("node_color").filter(|color| !color.is_null());
                value.is_object() && color.is_none_or(|color| color.as_str().is_some_and(is_color))
            }
            Shape::Hooks => value
                .as_array()
                .is_some_and(|hooks| hooks.iter().all(|hook| hook.get("sql").is_some_and(Json::is_string))),
            Shape::OneOf(allowed) => {
                value.as_str().is_some_and(|text| allowed.iter().any(|allowed| allowed.eq_ignore_ascii_case(text)))
            }
            Shape::Only(text) => value.as_str() == Some(text),
        }
    }

    fn wanted(self) -> String {
        match self {
            Shape::Any => "anything".into(),
            Shape::Bool => "true or false".into(),
            Shape::Int => "a whole number".into(),
            Shape::Text => "text".into(),
            Shape::Texts => "text or a list of texts".into(),
            Shape::Map => "a mapping".into(),
            Shape::Docs => "a mapping whose 'node_color' is a colour's name or a code such as '#cc6600'".into(),
            Shape::Hooks => "SQL or a list of SQL".into(),
            Shape::OneOf(allowed) => {
                format!("one of {}", allowed.iter().map(|text| format!("'{text}'")).collect::<Vec<_>>().join(", "))
            }
            Shape::Only(text) => format!("'{text}'"),
        }
    }
}
