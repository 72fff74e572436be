//! YAML → values.

use super::datetime::parse;
use super::dict::Dict;
use super::json::from_json;
use super::list::List;
use crate::jinja::Value;
use crate::yaml::{Yaml, YamlValue};

/// A value that templates can change where it is a list or a mapping. Dates are dates, and keys need be no texts.
pub fn from_yaml(yaml: &Yaml) -> Value {
    match &yaml.value {
        YamlValue::Seq(items) => List::value(items.iter().map(from_yaml).collect()),
        YamlValue::Map(entries) => Dict::value(entries.iter().map(|(key, item)| (from_yaml(key), from_yaml(item)))),
        YamlValue::Float(number) => Value::from(*number),
        YamlValue::Time(text) => time(text),
        _ => from_json(&yaml.to_json()),
    }
}

/// The date, or the date with a time, that a text in ISO format is.
fn time(text: &str) -> Value {
    let read = if text.contains('T') { parse::moment(text) } else { parse::date(text) };
    read.unwrap_or_else(|_| Value::from(text))
}
