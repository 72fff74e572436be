//! Filters that Jinja2 has otherwise than minijinja, or that dbt adds.

use super::arguments::{Arguments, fail};
use super::decimal::Decimal;
use super::functions::own;
use super::list::List;
use super::number::{Number, parse_float, parse_int};
use super::text::{repr, text};
use super::{literal, text_filters};
use crate::jinja::forgiving::Forgiving;
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
    for name in ["default", "d"] {
        add(environment, name, default);
    }
    for name in ["length", "count"] {
        add(environment, name, length);
    }
    for name in ["as_text", "as_bool", "as_native", "as_number"] {
        environment.add_filter(name, move |state: &State<'_, '_>, value: Value| literal::native(state, name, value));
    }
    add(environment, "abs", abs);
    add(environment, "round", round);
    super::aggregate_filters::install(environment);
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
    ("dictsort", &["case_sensitive", "by", "reverse"]),
    ("unique", &["case_sensitive", "attribute"]),
    ("groupby", &["attribute", "default", "case_sensitive"]),
];

fn by_position(name: &str, parameters: &[&str], value: Value, args: &[ValueOrKwargs]) -> Result<Value, Error> {
    let args: Vec<Value> = args.iter().map(|arg| (**arg).clone()).collect();
    let args = Arguments::of(name, &args);
    let positional = parameters.iter().copied().zip(args.positional().iter().cloned());
    let named: Kwargs = positional.chain(args.named()).collect();
    own(plain(name, &[value, named.into()])?)
}

/// Applies minijinja's own filter of a name.
fn plain(name: &str, args: &[Value]) -> Result<Value, Error> {
    static PLAIN: LazyLock<Environment<'static>> = LazyLock::new(Environment::new);
    PLAIN.empty_state().apply_filter(name, args)
}

fn abs(value: &Value, _: &Arguments<'_>) -> Result<Value, Error> {
    match (value.downcast_object_ref::<Decimal>(), super::datetime::abs(value)) {
        (Some(decimal), _) => Ok(decimal.abs().value()),
        (None, Some(duration)) => Ok(duration),
        (None, None) => filters::abs(value.clone()),
    }
}

fn round(value: &Value, args: &Arguments<'_>) -> Result<Value, Error> {
    let precision = args.integer(0, "precision", 0)?;
    let method = args.get(1, "method").map_or_else(|| "common".to_owned(), |method| method.to_string());
    match value.downcast_object_ref::<Decimal>() {
        Some(decimal) if method == "common" => Ok(decimal.with_places(precision).value()),
        Some(decimal) => plain("round", &[Value::from(decimal.float()), precision.into(), method.into()]),
        None => plain("round", &[value.clone(), precision.into(), method.into()]),
    }
}

fn default(value: &Value, args: &Arguments<'_>) -> Result<Value, Error> {
    let missing = value.is_undefined() || Forgiving::is(value) || args.flag(1, "boolean") && !value.is_true();
    let default = || args.get(0, "default_value").unwrap_or_else(|| Value::from(""));
    Ok(if missing { default() } else { value.clone() })
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
