//! Methods of values that are not objects of ours: text, numbers, tuples, bytes, what Rust hands in.

use super::arguments::Arguments;
use super::dict::{Dict, pairs};
use super::functions::own;
use super::list::List;
use super::string;
use crate::jinja::{Error, ErrorKind, Object, State, Value, ValueKind};
use std::sync::Arc;

/// Calls a method that the value itself does not know.
pub(in crate::jinja) fn method(
    state: &mut State<'_, '_>,
    value: &Value,
    name: &str,
    args: &[Value],
) -> Result<Value, Error> {
    match value.kind() {
        ValueKind::String => string::method(value.as_str().unwrap_or_default(), name, args),
        // What reads only is the same for a list or dict that cannot be changed.
        ValueKind::Map if !matches!(name, "update" | "pop" | "popitem" | "setdefault" | "clear") => {
            let copy = Dict::value(pairs(&Arguments::of("dict", std::slice::from_ref(value)))?);
            call(&copy, state, name, args)
        }
        ValueKind::Seq | ValueKind::Iterable if matches!(name, "index" | "count" | "copy") => {
            call(&own(List::value(value.try_iter()?.collect()))?, state, name, args)
        }
        ValueKind::Bytes if name == "decode" => {
            Ok(Value::from(String::from_utf8_lossy(value.as_bytes().unwrap_or_default())))
        }
        ValueKind::Number if name == "bit_length" && value.is_integer() => {
            let number = i128::try_from(value.clone()).unwrap_or_default().unsigned_abs();
            Ok(Value::from(u128::BITS - number.leading_zeros()))
        }
        ValueKind::Number if name == "is_integer" => {
            Ok(Value::from(f64::try_from(value.clone()).is_ok_and(|number| number.fract() == 0.0)))
        }
        _ => Err(Error::from(ErrorKind::UnknownMethod)),
    }
}

fn call(value: &Value, state: &mut State<'_, '_>, name: &str, args: &[Value]) -> Result<Value, Error> {
    if let Some(list) = value.downcast_object::<List>() {
        return Object::call_method(&list, state, name, args);
    }
    match value.downcast_object::<Dict>() {
        Some(dict) => Arc::clone(&dict).call_method(state, name, args),
        None => Err(Error::from(ErrorKind::UnknownMethod)),
    }
}
