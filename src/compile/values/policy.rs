//! Choices for each part of a relation's name, as templates give and see them.

use crate::adapters::Parts;
use crate::jinja::{Arguments, Dict, Value};

/// The choices of a call such as `include(database=false)`, over those that stand.
pub fn parts_of(arguments: &Arguments<'_>, standing: Parts) -> Parts {
    let choice = |index, name, default| match arguments.get(index, name) {
        Some(value) if !value.is_none() && !value.is_undefined() => value.is_true(),
        _ => default,
    };
    Parts {
        database: choice(0, "database", standing.database),
        schema: choice(1, "schema", standing.schema),
        identifier: choice(2, "identifier", standing.identifier),
    }
}

/// The choices of a mapping such as `quote_policy`, over those that stand.
pub fn parts_of_mapping(mapping: &Value, standing: Parts) -> Parts {
    let choice = |name: &str, default| match mapping.get_attr(name) {
        Ok(value) if !value.is_none() && !value.is_undefined() => value.is_true(),
        _ => default,
    };
    Parts {
        database: choice("database", standing.database),
        schema: choice("schema", standing.schema),
        identifier: choice("identifier", standing.identifier),
    }
}

/// As a mapping.
pub fn parts_value(parts: Parts) -> Value {
    Dict::value([
        (Value::from("database"), Value::from(parts.database)),
        (Value::from("schema"), Value::from(parts.schema)),
        (Value::from("identifier"), Value::from(parts.identifier)),
    ])
}
