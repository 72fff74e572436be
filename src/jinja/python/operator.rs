//! Python's arithmetic operators.

use super::decimal::Decimal;
use super::dict::tuple;
use super::list::List;
use super::number::Number;
use super::set::Set;
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
    let negate = ("__neg".to_owned(), Value::from_function(|value: Value| negate(&value)));
    let compare = ("__compare".to_owned(), Value::from_function(super::compare::chain));
    let operators = operators.map(|(name, operator)| (name.to_owned(), Value::from_function(operator)));
    operators.into_iter().chain([negate, compare]).collect()
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

/// `-value`
fn negate(value: &Value) -> Result<Value, Error> {
    if let Some(decimal) = value.downcast_object_ref::<Decimal>() {
        return Ok(decimal.negated().value());
    }
    if Forgiving::is(value) {
        return Ok(value.clone());
    }
    if value.is_undefined() {
        return Err(Error::new(ErrorKind::UndefinedError, format!("{RIGHT} of `-` is undefined")));
    }
    match (Number::of(value), super::datetime::is_duration(value)) {
        (Some(number), _) => calculate("*", number, Number::Int(-1)),
        (None, true) => numeric("*", value, &Value::from(-1)),
        (None, false) => super::arguments::fail(format!("`-` cannot take {}", kind_name(value))),
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
    let mut args: Vec<Value> = if b.is_tuple() { b.try_iter()?.collect() } else { vec![b.clone()] };
    let template = convert_arguments(template, &mut args);
    format(FormatStyle::Printf, &template, &args).map(Value::from)
}

/// Gives each conversion an argument of the type that it takes; `%r` is `%s` of the argument's `repr`.
fn convert_arguments(template: &str, args: &mut [Value]) -> String {
    let mut written = String::with_capacity(template.len());
    let (mut inside, mut number) = (false, 0);
    for c in template.chars() {
        let ends = inside && (c.is_alphabetic() || c == '%');
        written.push(if ends && c == 'r' { 's' } else { c });
        if let Some(arg) = args.get_mut(number).filter(|arg| ends && c != '%' && arg.kind() != ValueKind::Map) {
            *arg = converted(c, arg);
            number += 1;
        }
        inside = if inside { !ends } else { c == '%' };
    }
    written
}

fn converted(conversion: char, value: &Value) -> Value {
    match (conversion, value.downcast_object_ref::<Decimal>()) {
        ('r', _) => Value::from(repr(value)),
        ('s', _) => Value::from(text(value)),
        ('d' | 'i' | 'u', _) => {
            let whole = value.as_str().is_none().then(|| super::number::parse_int(value, 10)).flatten();
            whole.map_or_else(|| value.clone(), |whole| Number::Int(whole).value())
        }
        (_, Some(decimal)) => Value::from(decimal.float()),
        (_, None) => value.clone(),
    }
}

/// An operator on numbers, or on objects that define it.
fn numeric(operator: &str, a: &Value, b: &Value) -> Result<Value, Error> {
    if Decimal::is(a) || Decimal::is(b) {
        return match (Decimal::of(a), Decimal::of(b)) {
            (Some(a), Some(b)) => Decimal::calculate(operator, &a, &b),
            _ => Err(unsupported(operator, a, b)),
        };
    }
    match (Number::of(a), Number::of(b)) {
        (Some(a), Some(b)) => calculate(operator, a, b),
        _ if operator == "-" && is_set(a) && is_set(b) => difference(a, b),
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

fn is_set(value: &Value) -> bool {
    value.downcast_object_ref::<Set>().is_some()
}

fn difference(a: &Value, b: &Value) -> Result<Value, Error> {
    let left_out: Vec<Value> = b.try_iter()?.collect();
    Ok(Set::value(a.try_iter()?.filter(|item| !left_out.contains(item))))
}

/// The error of an operator of which a side is undefined.
pub(super) fn undefined_side(operator: &str, a: &Value, b: &Value) -> Option<Error> {
    let (_, side) = [(a, LEFT), (b, RIGHT)].into_iter().find(|(value, _)| value.is_undefined())?;
    Some(Error::new(ErrorKind::UndefinedError, format!("{side} of `{operator}` is undefined")))
}

fn unsupported(operator: &str, a: &Value, b: &Value) -> Error {
    if let Some(error) = undefined_side(operator, a, b) {
        return error;
    }
    let message = format!("`{operator}` cannot take {} and {}", kind_name(a), kind_name(b));
    Error::new(ErrorKind::InvalidOperation, message)
}

/// What people call a value's type.
pub(super) fn kind_name(value: &Value) -> String {
    match value.kind() {
        ValueKind::Seq if value.is_tuple() => "a tuple".into(),
        ValueKind::Iterable if is_set(value) => "a set".into(),
        ValueKind::Plain if Decimal::is(value) => "a decimal number".into(),
        ValueKind::Seq | ValueKind::Iterable => "a list".into(),
        ValueKind::Map => "a dict".into(),
        ValueKind::String => "text".into(),
        ValueKind::Number => "a number".into(),
        ValueKind::Bool => "a truth value".into(),
        ValueKind::Plain => "an object".into(),
        other => other.to_string(),
    }
}
