//! `timedelta`.

use super::date::Date;
use super::moment::Moment;
use crate::jinja::python::arguments::{Arguments, fail};
use crate::jinja::python::number::Number;
use crate::jinja::{DynObject, Error, ErrorKind, Object, ObjectRepr, State, Value};
use jiff::SignedDuration;
use std::cmp::Ordering;
use std::fmt;
use std::sync::Arc;

const SECOND: i64 = 1_000_000;
const DAY: i64 = 86_400 * SECOND;

/// A duration in microseconds.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub struct Delta(pub i64);

impl Delta {
    /// As a value.
    pub fn value(self) -> Value {
        Value::from_object(self)
    }

    /// The time from `earlier` to `later`.
    pub(super) fn between(later: jiff::civil::DateTime, earlier: jiff::civil::DateTime) -> Self {
        Self(later.duration_since(earlier).as_micros() as i64)
    }

    /// For jiff.
    pub(super) fn duration(self) -> SignedDuration {
        SignedDuration::from_micros(self.0)
    }

    /// `timedelta(days, seconds, microseconds, milliseconds, minutes, hours, weeks)`.
    pub(super) fn construct(args: &Arguments<'_>) -> Result<Value, Error> {
        const UNITS: [(&str, i64); 7] = [
            ("days", DAY),
            ("seconds", SECOND),
            ("microseconds", 1),
            ("milliseconds", 1000),
            ("minutes", 60 * SECOND),
            ("hours", 3600 * SECOND),
            ("weeks", 7 * DAY),
        ];
        let mut total = 0.0;
        let mut whole = 0_i64;
        for (index, (name, unit)) in UNITS.into_iter().enumerate() {
            match args.get(index, name).map(|value| (Number::of(&value), value)) {
                None => {}
                Some((Some(Number::Int(count)), _)) => whole = add(whole, i64::try_from(count).ok(), unit)?,
                Some((Some(Number::Float(count)), _)) => total += count * unit as f64,
                Some((None, value)) => return Err(args.wrong(name, "a number", &value)),
            }
        }
        add(whole, Some(total.round_ties_even() as i64), 1).map(|micros| Self(micros).value())
    }

    fn days(self) -> i64 {
        self.0.div_euclid(DAY)
    }

    fn seconds(self) -> i64 {
        self.0.rem_euclid(DAY) / SECOND
    }

    fn micros(self) -> i64 {
        self.0.rem_euclid(SECOND)
    }

    pub(super) fn arithmetic(&self, operator: &str, other: &Value) -> Option<Result<Value, Error>> {
        if operator == "+" {
            if let Some(moment) = other.downcast_object_ref::<Moment>() {
                return Some(moment.plus(self.0));
            }
            if let Some(date) = other.downcast_object_ref::<Date>() {
                return Some(date.plus(self.0));
            }
        }
        if let Some(other) = other.downcast_object_ref::<Delta>() {
            return self.with_delta(operator, other.0);
        }
        let number = Number::of(other)?.float();
        let scaled = match operator {
            "*" => self.0 as f64 * number,
            "/" if number != 0.0 => self.0 as f64 / number,
            "//" if number != 0.0 => (self.0 as f64 / number).floor(),
            "/" | "//" => return Some(fail("division by zero")),
            _ => return None,
        };
        Some(Ok(Self(scaled.round_ties_even() as i64).value()))
    }

    fn with_delta(&self, operator: &str, other: i64) -> Option<Result<Value, Error>> {
        Some(match operator {
            "+" => self.0.checked_add(other).map_or_else(too_long, |micros| Ok(Self(micros).value())),
            "-" => self.0.checked_sub(other).map_or_else(too_long, |micros| Ok(Self(micros).value())),
            "/" | "//" | "%" if other == 0 => fail("division by zero"),
            "/" => Ok(Value::from(self.0 as f64 / other as f64)),
            "//" => Ok(Value::from(self.0.div_euclid(other))),
            "%" => Ok(Self(self.0.rem_euclid(other)).value()),
            _ => return None,
        })
    }

    pub(super) fn repr_text(&self) -> String {
        let parts = [("days", self.days()), ("seconds", self.seconds()), ("microseconds", self.micros())];
        let given: Vec<String> =
            parts.iter().filter(|(_, count)| *count != 0).map(|(name, count)| format!("{name}={count}")).collect();
        let inner = if given.is_empty() { "0".into() } else { given.join(", ") };
        format!("datetime.timedelta({inner})")
    }
}

fn add(sum: i64, count: Option<i64>, unit: i64) -> Result<i64, Error> {
    match count.and_then(|count| count.checked_mul(unit)).and_then(|micros| sum.checked_add(micros)) {
        Some(sum) => Ok(sum),
        None => too_long(),
    }
}

fn too_long<T>() -> Result<T, Error> {
    fail("the timedelta is too long")
}

impl Object for Delta {
    fn repr(self: &Arc<Self>) -> ObjectRepr {
        ObjectRepr::Plain
    }

    fn get_value(self: &Arc<Self>, key: &Value) -> Option<Value> {
        Some(Value::from(match key.as_str()? {
            "days" => self.days(),
            "seconds" => self.seconds(),
            "microseconds" => self.micros(),
            _ => return None,
        }))
    }

    fn call_method(self: &Arc<Self>, _: &mut State<'_, '_>, method: &str, _: &[Value]) -> Result<Value, Error> {
        match method {
            "total_seconds" => Ok(Value::from(self.0 as f64 / SECOND as f64)),
            _ => Err(Error::from(ErrorKind::UnknownMethod)),
        }
    }

    fn is_true(self: &Arc<Self>) -> bool {
        self.0 != 0
    }

    fn custom_cmp(self: &Arc<Self>, other: &DynObject) -> Option<Ordering> {
        other.downcast_ref::<Delta>().map(|other| self.0.cmp(&other.0))
    }

    fn render(self: &Arc<Self>, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        if self.days() != 0 {
            let plural = if self.days().abs() == 1 { "" } else { "s" };
            write!(f, "{} day{plural}, ", self.days())?;
        }
        let seconds = self.seconds();
        write!(f, "{}:{:02}:{:02}", seconds / 3600, seconds / 60 % 60, seconds % 60)?;
        if self.micros() != 0 {
            write!(f, ".{:06}", self.micros())?;
        }
        Ok(())
    }
}
