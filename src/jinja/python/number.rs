//! Python's numbers.

use super::decimal::Decimal;
use crate::jinja::Value;

/// `repr` of a float: the shortest digits that give it back, with an exponent where Python writes one.
pub(super) fn float_repr(number: f64) -> String {
    if number.is_nan() {
        return "nan".into();
    }
    if number.is_infinite() {
        return if number > 0.0 { "inf".into() } else { "-inf".into() };
    }
    let scientific = format!("{number:e}");
    let (digits, exponent) = scientific.split_once('e').unwrap_or((&scientific, "0"));
    let exponent: i32 = exponent.parse().unwrap_or(0);
    if (-4..16).contains(&exponent) {
        let fixed = number.to_string();
        return if fixed.contains('.') { fixed } else { fixed + ".0" };
    }
    let sign = if exponent < 0 { '-' } else { '+' };
    format!("{digits}e{sign}{:02}", exponent.abs())
}

/// A number, for arithmetic: Python counts true as 1.
#[derive(Debug, Clone, Copy, PartialEq)]
pub(super) enum Number {
    Int(i128),
    Float(f64),
}

impl Number {
    /// The number that a value is.
    pub fn of(value: &Value) -> Option<Self> {
        use minijinja::value::ValueKind;
        match value.kind() {
            ValueKind::Bool => Some(Self::Int(i128::from(value.is_true()))),
            ValueKind::Number if value.is_integer() => i128::try_from(value.clone()).ok().map(Self::Int),
            ValueKind::Number => f64::try_from(value.clone()).ok().map(Self::Float),
            _ => None,
        }
    }

    /// As a float.
    pub fn float(self) -> f64 {
        match self {
            Self::Int(number) => number as f64,
            Self::Float(number) => number,
        }
    }

    /// As a value; a small number in its usual form.
    pub fn value(self) -> Value {
        match self {
            Self::Int(number) => i64::try_from(number).map_or_else(|_| Value::from(number), Value::from),
            Self::Float(number) => Value::from(number),
        }
    }
}

/// `int(text)` or `int(number)` as Python reads it.
pub(super) fn parse_int(value: &Value, base: u32) -> Option<i128> {
    if let Some(text) = value.as_str() {
        let text = text.trim().replace('_', "");
        let (sign, digits) = match text.strip_prefix('-') {
            Some(rest) => (-1, rest),
            None => (1, text.strip_prefix('+').unwrap_or(&text)),
        };
        let prefix = match base {
            2 => "0b",
            8 => "0o",
            16 => "0x",
            _ => "",
        };
        let digits = digits.strip_prefix(prefix).unwrap_or(digits);
        return i128::from_str_radix(digits, base).ok().map(|number| sign * number);
    }
    if let Some(decimal) = value.downcast_object_ref::<Decimal>() {
        return decimal.truncated();
    }
    match Number::of(value)? {
        Number::Int(number) => Some(number),
        Number::Float(number) => number.is_finite().then_some(number.trunc() as i128),
    }
}

/// `float(text)` or `float(number)`.
pub(super) fn parse_float(value: &Value) -> Option<f64> {
    match value.as_str() {
        Some(text) => text.trim().replace('_', "").parse().ok(),
        None => match value.downcast_object_ref::<Decimal>() {
            Some(decimal) => Some(decimal.float()),
            None => Number::of(value).map(Number::float),
        },
    }
}
