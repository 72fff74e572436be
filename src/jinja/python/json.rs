//! JSON ↔ values.

use super::decimal::Decimal;
use super::dict::Dict;
use super::list::List;
use super::number::Number;
use super::text::text;
use crate::jinja::Value;
use minijinja::value::ValueKind;
use serde_json::{Map, Value as Json};

/// A value that templates can change where it is a list or an object.
pub fn from_json(json: &Json) -> Value {
    match json {
        Json::Null => Value::from(()),
        Json::Bool(truth) => Value::from(*truth),
        Json::Number(number) => match (number.as_i64(), number.as_u64()) {
            (Some(whole), _) => Value::from(whole),
            (_, Some(whole)) => Value::from(whole),
            _ => Value::from(number.as_f64().unwrap_or(f64::NAN)),
        },
        Json::String(text) => Value::from(text.as_str()),
        Json::Array(items) => List::value(items.iter().map(from_json).collect()),
        Json::Object(items) => {
            Dict::value(items.iter().map(|(key, value)| (Value::from(key.as_str()), from_json(value))))
        }
    }
}

/// The JSON of a value; what JSON lacks (dates, relations, macros) becomes the text it prints as, undefined null.
pub fn to_json(value: &Value) -> Json {
    match value.kind() {
        ValueKind::Undefined | ValueKind::None => Json::Null,
        ValueKind::Bool => Json::Bool(value.is_true()),
        ValueKind::Number => number(value),
        ValueKind::Seq | ValueKind::Iterable => match value.try_iter() {
            Ok(items) => items.map(|item| to_json(&item)).collect(),
            Err(_) => Json::String(text(value).into_owned()),
        },
        ValueKind::Map => object(value),
        ValueKind::Plain if Decimal::is(value) => decimal(value),
        _ => Json::String(text(value).into_owned()),
    }
}

fn number(value: &Value) -> Json {
    match Number::of(value) {
        Some(Number::Int(whole)) => match (i64::try_from(whole), u64::try_from(whole)) {
            (Ok(whole), _) => Json::from(whole),
            (_, Ok(whole)) => Json::from(whole),
            _ => Json::from(whole as f64),
        },
        Some(Number::Float(number)) => Json::from(number),
        None => Json::Null,
    }
}

/// As a number; JSON's readers take it for a binary fraction.
fn decimal(value: &Value) -> Json {
    value.downcast_object_ref::<Decimal>().map_or(Json::Null, |decimal| Json::from(decimal.float()))
}

fn object(value: &Value) -> Json {
    let Ok(keys) = value.try_iter() else { return Json::Null };
    let pairs = keys.map(|key| {
        let item = value.get_item(&key).unwrap_or_default();
        (json_key(&key), to_json(&item))
    });
    Json::Object(pairs.collect::<Map<_, _>>())
}

/// An object's key as Python's `json` writes it.
fn json_key(key: &Value) -> String {
    match key.kind() {
        ValueKind::None => "null".into(),
        ValueKind::Bool => key.is_true().to_string(),
        _ => text(key).into_owned(),
    }
}
