//! Plain data ↔ template values.

use crate::jinja::Value;
use serde_json::Value as Json;

/// A value of plain data.
pub fn from_json(json: &Json) -> Value {
    serde_json::from_value(json.clone()).unwrap_or_default()
}

/// The plain data of a value.
pub fn to_json(value: &Value) -> Json {
    serde_json::to_value(value).unwrap_or_default()
}
