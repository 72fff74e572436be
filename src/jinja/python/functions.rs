//! The functions that every template sees.

use super::arguments::{Arguments, fail};
use super::decimal::Decimal;
use super::dict::{Dict, pairs, tuple};
use super::json::{from_json, to_json};
use super::list::List;
use super::set::Set;
use super::text::text;
use crate::jinja::{Error, ErrorKind, Object, ObjectRepr, Rest, Value};
use crate::yaml;
use md5::{Digest, Md5};
use minijinja::value::{ValueKind, ValueOrKwargs};
use std::fmt;
use std::sync::{Arc, LazyLock};

/// Stands for a parameter that no argument was given for.
#[derive(Debug)]
pub(in crate::jinja) struct Missing;

impl Missing {
    /// As a value.
    pub fn value() -> Value {
        static MISSING: LazyLock<Value> = LazyLock::new(|| Value::from_object(Missing));
        MISSING.clone()
    }

    /// Whether a value is it.
    pub fn is(value: &Value) -> bool {
        value.downcast_object_ref::<Missing>().is_some()
    }
}

impl Object for Missing {
    fn repr(self: &Arc<Self>) -> ObjectRepr {
        ObjectRepr::Plain
    }
}

/// `return(value)` on its way out of a macro.
#[derive(Debug)]
pub(in crate::jinja) struct ReturnSignal(pub Value);

impl fmt::Display for ReturnSignal {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("return() can only be used in a macro")
    }
}

impl std::error::Error for ReturnSignal {}

/// Name and value of each function.
pub(super) fn functions() -> Vec<(String, Value)> {
    let mut all = language();
    all.extend(literals());
    all
}

fn named(name: &str, value: Value) -> (String, Value) {
    (name.to_owned(), value)
}

/// What templates are rewritten to call.
fn literals() -> Vec<(String, Value)> {
    vec![
        named("__list", Value::from_function(|items: Value| Ok(List::value(items.try_iter()?.collect())))),
        named("__dict", Value::from_function(own_dict)),
        named("__slice", Value::from_function(super::slice::slice)),
        named("__nothing", Value::from_function(|_: Value| "")),
    ]
}

fn language() -> Vec<(String, Value)> {
    vec![
        named("return", Value::from_function(return_)),
        named("dict", Value::from_function(dict)),
        named(
            "zip",
            function("zip", |args| Ok(zip(args.positional()).unwrap_or_else(|_| args.default_or_none(usize::MAX)))),
        ),
        named("zip_strict", function("zip_strict", |args| zip(args.positional()))),
        named(
            "set",
            function("set", |args| Ok(set_of(&args.require(0, "value")?).unwrap_or_else(|_| args.default_or_none(1)))),
        ),
        named("set_strict", function("set_strict", |args| set_of(&args.require(0, "value")?))),
        named("tojson", function("tojson", tojson)),
        named("toyaml", function("toyaml", toyaml)),
        named("fromyaml", function("fromyaml", fromyaml)),
        named("fromjson", function("fromjson", fromjson)),
        named("namespace", function("namespace", namespace)),
        named("cycler", Value::from_function(super::cycler::cycler)),
        named("joiner", Value::from_function(minijinja_contrib::globals::joiner)),
        named("lipsum", function("lipsum", super::lipsum::lipsum)),
        named("local_md5", Value::from_function(local_md5)),
    ]
}

/// A function whose arguments are bound as in Python.
fn function(name: &'static str, body: fn(&Arguments<'_>) -> Result<Value, Error>) -> Value {
    Value::from_function(move |args: Rest<ValueOrKwargs>| {
        let args: Vec<Value> = args.iter().map(|arg| (**arg).clone()).collect();
        body(&Arguments::of(name, &args))
    })
}

fn return_(value: Option<Value>) -> Result<Value, Error> {
    let value = value.unwrap_or_else(|| Value::from(()));
    Err(Error::new(ErrorKind::InvalidOperation, "return() can only be used in a macro")
        .with_source(ReturnSignal(value)))
}

/// `namespace({…}, b=2)`.
fn namespace(args: &Arguments<'_>) -> Result<Value, Error> {
    minijinja::functions::namespace(Some(Dict::value(pairs(args)?).into()))
}

fn own_dict(value: Value) -> Result<Value, Error> {
    let keys = value.try_iter()?;
    Ok(Dict::value(keys.map(|key| {
        let item = value.get_item(&key).unwrap_or_default();
        (key, item)
    })))
}

/// A list of its own for what is a sequence, anything else as it is.
pub(super) fn own(value: Value) -> Result<Value, Error> {
    match value.kind() {
        ValueKind::Seq | ValueKind::Iterable if !value.is_tuple() => Ok(List::value(value.try_iter()?.collect())),
        _ => Ok(value),
    }
}

fn dict(args: Rest<ValueOrKwargs>) -> Result<Value, Error> {
    let values: Vec<Value> = args.iter().map(|arg| (**arg).clone()).collect();
    Ok(Dict::value(pairs(&Arguments::of("dict", &values))?))
}

fn zip(lists: &[Value]) -> Result<Value, Error> {
    if lists.iter().any(|list| list.is_none() || list.is_undefined()) {
        return fail("zip() takes lists");
    }
    let mut columns = lists.iter().map(Value::try_iter).collect::<Result<Vec<_>, _>>()?;
    let mut rows = vec![];
    while !columns.is_empty() {
        let row: Vec<Value> = columns.iter_mut().map_while(Iterator::next).collect();
        if row.len() < columns.len() {
            break;
        }
        rows.push(tuple(row));
    }
    Ok(List::value(rows))
}

fn set_of(items: &Value) -> Result<Value, Error> {
    match items.is_none() || items.is_undefined() {
        true => fail("set() takes a list"),
        false => Ok(Set::value(items.try_iter()?)),
    }
}

/// The JSON of the argument; with `sort_keys` in the order of its keys.
fn json_of(args: &Arguments<'_>) -> Result<serde_json::Value, Error> {
    let mut json = to_json(&args.require(0, "value")?);
    if args.flag(2, "sort_keys") {
        json.sort_all_objects();
    }
    Ok(json)
}

fn tojson(args: &Arguments<'_>) -> Result<Value, Error> {
    Ok(Value::from(python_json(&json_of(args)?)))
}

fn toyaml(args: &Arguments<'_>) -> Result<Value, Error> {
    if !is_data(&args.require(0, "value")?) {
        return Ok(args.default_or_none(1));
    }
    Ok(Value::from(yaml::write(&json_of(args)?)))
}

/// Whether a value is made of what YAML can write, and of no functions and the like.
fn is_data(value: &Value) -> bool {
    match value.kind() {
        ValueKind::Plain => Decimal::is(value) || super::datetime::repr(value).is_some(),
        ValueKind::Map => {
            value.try_iter().is_ok_and(|mut keys| keys.all(|key| value.get_item(&key).is_ok_and(|v| is_data(&v))))
        }
        ValueKind::Seq | ValueKind::Iterable => {
            value.try_iter().is_ok_and(|mut items| items.all(|item| is_data(&item)))
        }
        _ => true,
    }
}

fn fromjson(args: &Arguments<'_>) -> Result<Value, Error> {
    let source = args.require(0, "string")?;
    let read = source.as_str().and_then(|text| serde_json::from_str(text).ok());
    Ok(read.map_or_else(|| args.default_or_none(1), |json| from_json(&json)))
}

fn fromyaml(args: &Arguments<'_>) -> Result<Value, Error> {
    let source = args.require(0, "value")?;
    Ok(match source.as_str().map(|text| yaml::parse_text("fromyaml", text)) {
        Some(Ok(read)) => super::yaml::from_yaml(&read),
        _ => args.default_or_none(1),
    })
}

fn local_md5(value: Value) -> String {
    let digest = Md5::digest(text(&value).as_bytes());
    digest.iter().map(|byte| format!("{byte:02x}")).collect()
}

/// JSON as Python's `json.dumps` writes it: `", "` and `": "`, ASCII only.
pub fn python_json(json: &serde_json::Value) -> String {
    use serde_json::Value as Json;
    match json {
        Json::Array(items) => format!("[{}]", items.iter().map(python_json).collect::<Vec<_>>().join(", ")),
        Json::Object(items) => {
            let pairs = items.iter().map(|(key, value)| format!("{}: {}", json_string(key), python_json(value)));
            format!("{{{}}}", pairs.collect::<Vec<_>>().join(", "))
        }
        Json::String(text) => json_string(text),
        Json::Number(number) if number.is_f64() => super::number::float_repr(number.as_f64().unwrap_or(f64::NAN)),
        other => other.to_string(),
    }
}

fn json_string(text: &str) -> String {
    let quoted = serde_json::Value::from(text).to_string();
    let mut written = String::with_capacity(quoted.len());
    let mut units = [0; 2];
    for c in quoted.chars() {
        if c.is_ascii() {
            written.push(c);
        } else {
            written.extend(c.encode_utf16(&mut units).iter().map(|unit| format!("\\u{unit:04x}")));
        }
    }
    written
}
