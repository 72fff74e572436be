//! Filters that Jinja2 has otherwise than minijinja, or that dbt adds.

use super::functions::own;
use super::list::List;
use super::number::{parse_float, parse_int};
use super::text::text;
use crate::jinja::{Error, Value};
use minijinja::Environment;

/// Adds them.
pub(super) fn install(environment: &mut Environment<'static>) {
    environment.add_filter("list", |value: Value| Ok::<_, Error>(List::value(value.try_iter()?.collect())));
    environment.add_filter("sort", |state: &mut minijinja::State, value: Value, args: minijinja::value::Kwargs| {
        own(minijinja::filters::sort(state, value, args)?)
    });
    environment.add_filter("string", |value: Value| text(&value).into_owned());
    environment.add_filter("int", |value: Value, default: Option<Value>, base: Option<u32>| {
        parse_int(&value, base.unwrap_or(10))
            .or_else(|| parse_float(&value).map(|number| number.trunc() as i128))
            .map_or_else(
                || default.unwrap_or_else(|| Value::from(0)),
                |number| super::number::Number::Int(number).value(),
            )
    });
    environment.add_filter("float", |value: Value, default: Option<Value>| {
        parse_float(&value).map_or_else(|| default.unwrap_or_else(|| Value::from(0.0)), Value::from)
    });
    for name in ["as_text", "as_bool", "as_native", "as_number"] {
        environment.add_filter(name, |value: Value| value);
    }
}
