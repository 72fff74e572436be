//! Python's comparisons.

use super::arguments::fail;
use super::decimal::Decimal;
use super::number::Number;
use super::operator::{kind_name, undefined_side};
use super::set::Set;
use crate::jinja::forgiving::Forgiving;
use crate::jinja::{Error, Rest, Value, ValueKind};
use std::cmp::Ordering;

/// `a < b <= c`, given as `a, "<", b, "<=", c`.
pub(super) fn chain(operands: Rest<Value>) -> Result<Value, Error> {
    for link in operands.windows(3).step_by(2) {
        if !holds(link[1].as_str().unwrap_or_default(), &link[0], &link[2])? {
            return Ok(Value::from(false));
        }
    }
    Ok(Value::from(true))
}

/// Whether `a operator b`.
pub(super) fn holds(operator: &str, a: &Value, b: &Value) -> Result<bool, Error> {
    Ok(match operator {
        "==" => equal(a, b),
        "!=" => !equal(a, b),
        "in" => contains(b, a)?,
        "not in" => !contains(b, a)?,
        "<" => ordered(operator, a, b)?.is_some_and(Ordering::is_lt),
        "<=" => ordered(operator, a, b)?.is_some_and(Ordering::is_le),
        ">" => ordered(operator, a, b)?.is_some_and(Ordering::is_gt),
        _ => ordered(operator, a, b)?.is_some_and(Ordering::is_ge),
    })
}

/// `a == b`: numbers are compared by value, whatever their types, also inside lists.
pub fn equal(a: &Value, b: &Value) -> bool {
    if let Some(order) = decimals(a, b) {
        return order == Some(Ordering::Equal);
    }
    match (items(a), items(b)) {
        (Some(left), Some(right)) if a.is_tuple() == b.is_tuple() && !is_set(a) && !is_set(b) => {
            left.len() == right.len() && left.iter().zip(&right).all(|(a, b)| equal(a, b))
        }
        _ => a == b,
    }
}

/// The order of two values, for sorting; an error if Python has none for them.
pub(super) fn order(a: &Value, b: &Value) -> Result<Ordering, Error> {
    Ok(ordered("<", a, b)?.unwrap_or(Ordering::Equal))
}

/// Sorts by keys, as Python's `sort` does: what is equal stays in its order, also backwards.
pub fn sort<T>(keyed: &mut [(Value, T)], reverse: bool) -> Result<(), Error> {
    let mut failure = None;
    keyed.sort_by(|(a, _), (b, _)| {
        let order = order(a, b).unwrap_or_else(|error| {
            failure.get_or_insert(error);
            Ordering::Equal
        });
        if reverse { order.reverse() } else { order }
    });
    failure.map_or(Ok(()), Err)
}

/// The order of two values for an operator; none if neither is less nor greater nor equal, as with sets.
fn ordered(operator: &str, a: &Value, b: &Value) -> Result<Option<Ordering>, Error> {
    if Forgiving::is(a) || Forgiving::is(b) {
        return Ok(Some(a.cmp(b)));
    }
    if let Some(order) = decimals(a, b) {
        return Ok(order);
    }
    if let (Some(a), Some(b)) = (Number::of(a), Number::of(b)) {
        return Ok(match (a, b) {
            (Number::Int(a), Number::Int(b)) => Some(a.cmp(&b)),
            _ => a.float().partial_cmp(&b.float()),
        });
    }
    if let (Some(a), Some(b)) = (a.downcast_object_ref::<Set>(), b.downcast_object_ref::<Set>()) {
        return Ok(a.subset_order(b));
    }
    match (items(a), items(b)) {
        (Some(left), Some(right)) if a.is_tuple() == b.is_tuple() => {
            let first = left.iter().zip(&right).find(|(a, b)| !equal(a, b));
            return first.map_or(Ok(Some(left.len().cmp(&right.len()))), |(a, b)| ordered(operator, a, b));
        }
        _ if comparable(a, b) => return Ok(Some(a.cmp(b))),
        _ => {}
    }
    if let Some(error) = undefined_side(operator, a, b) {
        return Err(error);
    }
    fail(format!("`{operator}` cannot compare {} and {}", kind_name(a), kind_name(b)))
}

/// Whether two values of the same type have an order of their own.
fn comparable(a: &Value, b: &Value) -> bool {
    match (a.kind(), b.kind()) {
        (ValueKind::String, ValueKind::String) | (ValueKind::Bytes, ValueKind::Bytes) => true,
        (ValueKind::None | ValueKind::Undefined, _) => false,
        _ => match (a.as_object(), b.as_object()) {
            (Some(a_object), Some(b_object)) => {
                a_object.type_name() == b_object.type_name() && !super::datetime::incomparable(a, b)
            }
            _ => false,
        },
    }
}

/// The order of two numbers of which one is a decimal.
fn decimals(a: &Value, b: &Value) -> Option<Option<Ordering>> {
    if !Decimal::is(a) && !Decimal::is(b) {
        return None;
    }
    match (Decimal::of(a), Decimal::of(b)) {
        (Some(a), Some(b)) => Some(Some(a.cmp(&b))),
        (Some(a), None) => Number::of(b).map(|b| a.cmp_float(b.float())),
        (None, Some(b)) => Number::of(a).map(|a| b.cmp_float(a.float()).map(Ordering::reverse)),
        (None, None) => None,
    }
}

fn is_set(value: &Value) -> bool {
    value.downcast_object_ref::<Set>().is_some()
}

fn items(value: &Value) -> Option<Vec<Value>> {
    let is_sequence = matches!(value.kind(), ValueKind::Seq | ValueKind::Iterable);
    is_sequence.then(|| value.try_iter().ok()).flatten().map(Iterator::collect)
}

fn contains(container: &Value, item: &Value) -> Result<bool, Error> {
    match (container.kind(), container.as_str(), item.as_str()) {
        (ValueKind::Undefined | ValueKind::Plain, ..) => Ok(false),
        (_, Some(text), Some(part)) => Ok(text.contains(part)),
        (ValueKind::Seq | ValueKind::Iterable, ..) => Ok(container.try_iter()?.any(|known| equal(&known, item))),
        (ValueKind::Map, ..) => Ok(container.as_object().is_some_and(|map| map.get_value(item).is_some())),
        (_, Some(_), None) if Forgiving::is(item) => Ok(false),
        _ => fail(format!("`in` cannot look for {} in {}", kind_name(item), kind_name(container))),
    }
}
