//! `x[start:stop:step]`.

use super::arguments::fail;
use super::dict::tuple;
use super::list::{List, position};
use super::operator::LEFT;
use crate::jinja::forgiving::Forgiving;
use crate::jinja::{Error, ErrorKind, Value, ValueKind};

/// The selected part of a text, tuple or list: again a text, tuple or list. Anything else has no
/// parts: undefined.
pub(super) fn slice(value: Value, start: Value, stop: Value, step: Option<Value>) -> Result<Value, Error> {
    if Forgiving::is(&value) {
        return Ok(value);
    }
    if value.is_undefined() {
        return Err(Error::new(ErrorKind::UndefinedError, format!("{LEFT} of the slice is undefined")));
    }
    let step = index(step)?.unwrap_or(1);
    if step == 0 {
        return fail("the step of a slice cannot be zero");
    }
    let (start, stop) = (bound(&start)?, bound(&stop)?);
    let select = |length| indices(length, start, stop, step);
    if let Some(text) = value.as_str() {
        let chars: Vec<char> = text.chars().collect();
        let selected = select(chars.len()).into_iter().filter_map(|index| chars.get(index));
        return Ok(Value::from(selected.collect::<String>()));
    }
    if !matches!(value.kind(), ValueKind::Seq | ValueKind::Iterable) {
        return Ok(Value::UNDEFINED);
    }
    let items: Vec<Value> = value.try_iter()?.collect();
    let selected = select(items.len()).into_iter().filter_map(|index| items.get(index).cloned());
    Ok(if value.is_tuple() { tuple(selected) } else { List::value(selected.collect()) })
}

fn index(value: Option<Value>) -> Result<Option<i64>, Error> {
    value.map_or(Ok(None), |value| bound(&value))
}

/// A limit of a slice: none, or a whole number.
fn bound(value: &Value) -> Result<Option<i64>, Error> {
    match value.as_i64() {
        Some(number) => Ok(Some(number)),
        None if value.is_none() || value.is_undefined() => Ok(None),
        None => fail(format!("the limits of a slice are whole numbers, not {}", value.kind())),
    }
}

/// The positions that Python selects from a sequence of a length.
fn indices(length: usize, start: Option<i64>, stop: Option<i64>, step: i64) -> Vec<usize> {
    let last = length as i64;
    let (lowest, highest) = if step > 0 { (0, last) } else { (-1, last - 1) };
    let limit = |bound: Option<i64>, default| bound.map_or(default, |at| position(at, length).clamp(lowest, highest));
    let (first, end) = if step > 0 { (lowest, highest) } else { (highest, lowest) };
    let (mut at, end) = (limit(start, first), limit(stop, end));
    let mut selected = vec![];
    while if step > 0 { at < end } else { at > end } {
        selected.extend(usize::try_from(at));
        at = at.saturating_add(step);
    }
    selected
}
