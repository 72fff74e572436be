//! Filters that Jinja2 has otherwise than minijinja, or that dbt adds.

use super::arguments::{Arguments, fail};
use super::functions::own;
use super::list::List;
use super::number::{Number, parse_float, parse_int};
use super::text::{repr, text};
use super::{literal, text_filters};
use crate::jinja::{Error, Kwargs, Rest, State, Value, ValueKind, ValueOrKwargs};
use minijinja::{Environment, filters};
use std::sync::LazyLock;

/// Adds them.
pub(super) fn install(environment: &mut Environment<'static>) {
    for (name, parameters) in BY_POSITION {
        environment.add_filter(*name, move |value: Value, args: Rest<ValueOrKwargs>| {
            by_position(name, parameters, value, &args)
        });
    }
    add(environment, "list", |value, _| Ok(List::value(value.try_iter()?.collect())));
    add(environment, "string", |value, _| Ok(Value::from(text(value))));
    add(environment, "int", int);
    add(environment, "float", float);
    add(environment, "random", random);
    add(environment, "pprint", |value, _| Ok(Value::from(repr(value))));
    add(environment, "is_list", |value, _| Ok(Value::from(value.kind() == ValueKind::Seq && !value.is_tuple())));
    for name in ["length", "count"] {
        add(environment, name, length);
    }
    for name in ["as_text", "as_bool", "as_native", "as_number"] {
        environment.add_filter(name, move |state: &State<'_, '_>, value: Value| literal::native(state, name, value));
    }
    text_filters::install(environment);
}

/// A filter of a value and arguments that are given as in Python.
pub(super) fn add(
    environment: &mut Environment<'static>,
    name: &'static str,
    filter: fn(&Value, &Arguments<'_>) -> Result<Value, Error>,
) {
    environment.add_filter(name, move |value: Value, args: Rest<ValueOrKwargs>| {
        let args: Vec<Value> = args.iter().map(|arg| (**arg).clone()).collect();
        filter(&value, &Arguments::of(name, &args))
    });
}

/// minijinja's own filters whose parameters Jinja2 also takes by position.
const BY_POSITION: &[(&str, &[&str])] = &[
    ("sort", &["reverse", "case_sensitive", "attribute"]),
    ("dictsort", &["case_sensitive", "by", "reverse"]),
    ("unique", &["case_sensitive", "attribute"]),
    ("min", &["case_sensitive", "attribute"]),
    ("max", &["case_sensitive", "attribute"]),
    ("groupby", &["attribute", "default", "case_sensitive"]),
];

fn by_position(name: &str, parameters: &[&str], value: Value, args: &[ValueOrKwargs]) -> Result<Value, Error> {
    static PLAIN: LazyLock<Environment<'static>> = LazyLock::new(Environment::new);
    let args: Vec<Value> = args.iter().map(|arg| (**arg).clone()).collect();
    let args = Arguments::of(name, &args);
    let positional = parameters.iter().copied().zip(args.positional().iter().cloned());
    let named: Kwargs = positional.chain(args.named()).collect();
    own(PLAIN.empty_state().apply_filter(name, &[value, named.into()])?)
}

fn length(value: &Value, _: &Arguments<'_>) -> Result<Value, Error> {
    match value.is_undefined() {
        true => Ok(Value::from(0)),
        false => filters::length(value).map(Value::from),
    }
}

fn int(value: &Value, args: &Arguments<'_>) -> Result<Value, Error> {
    let base = u32::try_from(args.integer(1, "base", 10)?).unwrap_or(10).clamp(2, 36);
    let number = parse_int(value, base).or_else(|| parse_float(value).map(|number| number.trunc() as i128));
    Ok(match number {
        Some(number) => Number::Int(number).value(),
        None => args.get(0, "default").unwrap_or_else(|| Value::from(0)),
    })
}

fn float(value: &Value, args: &Arguments<'_>) -> Result<Value, Error> {
    Ok(match parse_float(value) {
        Some(number) => Value::from(number),
        None => args.get(0, "default").unwrap_or_else(|| Value::from(0.0)),
    })
}

fn random(value: &Value, _: &Arguments<'_>) -> Result<Value, Error> {
    let items: Vec<Value> = value.try_iter()?.collect();
    // The random bits of a UUID.
    let bits = uuid::Uuid::new_v4().as_u64_pair().1 as usize;
    match items.len() {
        0 => fail("there is nothing to choose from"),
        length => Ok(items.into_iter().nth(bits % length).unwrap_or_default()),
    }
}
