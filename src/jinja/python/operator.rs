//! Python's arithmetic operators.

use super::dict::tuple;
use super::list::List;
use super::number::Number;
use super::text::{repr, text};
use crate::jinja::forgiving::Forgiving;
use crate::jinja::{Error, ErrorKind, Value};
use minijinja::formatting::{FormatStyle, format};
use minijinja::value::ValueKind;

/// What templates are rewritten to call: literals and operators.
pub(super) fn functions() -> Vec<(String, Value)> {
    type Operator = fn(Value, Value) -> Result<Value, Error>;
    let operators: [(&str, Operator); 8] = [
        ("__add", |a, b| add(&a, &b)),
        ("__sub", |a, b| numeric("-", &a, &b)),
        ("__mul", |a, b| multiply(&a, &b)),
        ("__div", |a, b| numeric("/", &a, &b)),
        ("__floordiv", |a, b| numeric("//", &a, &b)),
        ("__mod", |a, b| modulo(&a, &b)),
        ("__pow", |a, b| numeric("**", &a, &b)),
        ("__concat", |a, b| Ok(Value::from(text(&a).into_owned() + &text(&b)))),
    ];
    operators.into_iter().map(|(name, operator)| (name.to_owned(), Value::from_function(operator))).collect()
}

pub(super) fn add(a: &Value, b: &Value) -> Result<Value, Error> {
    if let (Some(a), Some(b)) = (a.as_str(), b.as_str()) {
        return Ok(Value::from([a, b].concat()));
    }
    if Forgiving::is(a) || Forgiving::is(b) {
        return Ok(Forgiving::value());
    }
    match (sequence(a), sequence(b)) {
        (Some(left), Some(right)) if a.is_tuple() == b.is_tuple() => {
            let items = left.chain(right);
            Ok(if a.is_tuple() { tuple(items) } else { List::value(items.collect()) })
        }
        _ => numeric("+", a, b),
    }
}

fn sequence(value: &Value) -> Option<impl Iterator<Item = Value> + use<>> {
    matches!(value.kind(), ValueKind::Seq | ValueKind::Iterable).then(|| value.try_iter().ok()).flatten()
}

fn multiply(a: &Value, b: &Value) -> Result<Value, Error> {
    let (repeated, times) = if b.as_str().is_some() || sequence(b).is_some() { (b, a) } else { (a, b) };
    let count = || times.as_i64().filter(|_| times.is_integer()).map(|count| count.max(0) as usize);
    if let (Some(text), Some(count)) = (repeated.as_str(), count()) {
        return bounded(text.len(), count).map(|()| Value::from(text.repeat(count)));
    }
    if let (Some(items), Some(count)) = (sequence(repeated), count()) {
        let items: Vec<Value> = items.collect();
        bounded(items.len(), count)?;
        let all = std::iter::repeat_n(items, count).flatten().collect::<Vec<_>>();
        return Ok(if repeated.is_tuple() { tuple(all) } else { List::value(all) });
    }
    numeric("*", a, b)
}

/// A slip of the pen should not take all memory.
fn bounded(length: usize, count: usize) -> Result<(), Error> {
    const MOST: usize = 1 << 28;
    match length.checked_mul(count).is_some_and(|size| size <= MOST) {
        true => Ok(()),
        false => super::arguments::fail("the result of the multiplication is too large"),
    }
}

fn modulo(a: &Value, b: &Value) -> Result<Value, Error> {
    let Some(template) = a.as_str() else { return numeric("%", a, b) };
    let args: Vec<Value> = if b.is_tuple() { b.try_iter()?.collect() } else { vec![b.clone()] };
    let mut args: Vec<Value> = args.iter().map(printable).collect();
    let template = quote_arguments(template, &mut args);
    format(FormatStyle::Printf, &template, &args).map(Value::from)
}

/// `%r` is `%s` of the argument's `repr`.
fn quote_arguments(template: &str, args: &mut [Value]) -> String {
    let mut written = String::with_capacity(template.len());
    let (mut inside, mut number) = (false, 0);
    for c in template.chars() {
        let ends = inside && (c.is_alphabetic() || c == '%');
        match args.get_mut(number) {
            Some(arg) if ends && c == 'r' => {
                *arg = Value::from(repr(arg));
                written.push('s');
            }
            _ => written.push(c),
        }
        number += usize::from(ends && c != '%');
        inside = if inside { !ends } else { c == '%' };
    }
    written
}

/// What `%s` and `%r` print is Python's text; numbers and mappings stay what they are.
fn printable(value: &Value) -> Value {
    match value.kind() {
        ValueKind::Number | ValueKind::String | ValueKind::Bool | ValueKind::None | ValueKind::Map => value.clone(),
        _ => Value::from(text(value)),
    }
}

/// An operator on numbers, or on objects that define it.
fn numeric(operator: &str, a: &Value, b: &Value) -> Result<Value, Error> {
    match (Number::of(a), Number::of(b)) {
        (Some(a), Some(b)) => calculate(operator, a, b),
        _ if Forgiving::is(a) || Forgiving::is(b) => Ok(Forgiving::value()),
        _ => super::datetime::arithmetic(operator, a, b).unwrap_or_else(|| Err(unsupported(operator, a, b))),
    }
}

fn calculate(operator: &str, a: Number, b: Number) -> Result<Value, Error> {
    if matches!(operator, "/" | "//" | "%") && b.float() == 0.0 {
        return super::arguments::fail("division by zero");
    }
    let result = match (a, b) {
        (Number::Int(a), Number::Int(b)) => whole(operator, a, b),
        _ => Some(Number::Float(real(operator, a.float(), b.float()))),
    };
    match result {
        Some(number) => Ok(number.value()),
        None => super::arguments::fail(format!("the result of `{operator}` is too large")),
    }
}

fn whole(operator: &str, a: i128, b: i128) -> Option<Number> {
    let result = match operator {
        "+" => a.checked_add(b),
        "-" => a.checked_sub(b),
        "*" => a.checked_mul(b),
        "//" => a.checked_div_euclid(b).map(|_| floor_div(a, b)),
        "%" => Some(a - b * floor_div(a, b)),
        "**" if b >= 0 => a.checked_pow(u32::try_from(b).ok()?),
        _ => return Some(Number::Float(real(operator, a as f64, b as f64))),
    };
    result.map(Number::Int)
}

/// Rounds towards minus infinity.
fn floor_div(a: i128, b: i128) -> i128 {
    let quotient = a / b;
    if a % b != 0 && (a < 0) != (b < 0) { quotient - 1 } else { quotient }
}

fn real(operator: &str, a: f64, b: f64) -> f64 {
    match operator {
        "+" => a + b,
        "-" => a - b,
        "*" => a * b,
        "/" => a / b,
        "//" => (a / b).floor(),
        "%" => a - b * (a / b).floor(),
        _ => a.powf(b),
    }
}

/// How an error says which operand is undefined.
pub(in crate::jinja) const LEFT: &str = "the left side";
/// The same for the other one.
pub(in crate::jinja) const RIGHT: &str = "the right side";

fn unsupported(operator: &str, a: &Value, b: &Value) -> Error {
    if let Some(side) = [(a, LEFT), (b, RIGHT)].into_iter().find(|(value, _)| value.is_undefined()) {
        let message = format!("{} of `{operator}` is undefined", side.1);
        return Error::new(ErrorKind::UndefinedError, message);
    }
    let message = format!("`{operator}` cannot take {} and {}", kind_name(a), kind_name(b));
    Error::new(ErrorKind::InvalidOperation, message)
}

/// What people call a value's type.
pub(super) fn kind_name(value: &Value) -> String {
    match value.kind() {
        ValueKind::Seq | ValueKind::Iterable => "a list".into(),
        ValueKind::Map => "a dict".into(),
        ValueKind::String => "text".into(),
        ValueKind::Number => "a number".into(),
        ValueKind::Bool => "a truth value".into(),
        ValueKind::Plain => "an object".into(),
        other => other.to_string(),
    }
}
