//! `date`.

use super::delta::Delta;
use super::strftime::{Stamp, strftime};
use crate::jinja::python::arguments::{Arguments, fail};
use crate::jinja::python::dict::tuple;
use crate::jinja::{DynObject, Error, ErrorKind, Object, ObjectRepr, State, Value};
use jiff::civil;
use std::cmp::Ordering;
use std::fmt;
use std::sync::Arc;

/// A date.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Date(pub civil::Date);

/// The day before the first of January of year 1, from which Python counts days.
const DAY_ZERO: civil::Date = civil::date(0, 12, 31);

impl Date {
    /// As a value.
    pub fn value(self) -> Value {
        Value::from_object(self)
    }

    /// `date(year, month, day)`.
    pub(super) fn construct(args: &Arguments<'_>) -> Result<civil::Date, Error> {
        for (index, name) in ["year", "month", "day"].into_iter().enumerate() {
            args.require(index, name)?;
        }
        Self(civil::date(1, 1, 1)).replaced(args, 0)
    }

    /// The day of that number, the first of January of year 1 being day 1.
    pub(super) fn from_ordinal(ordinal: i64) -> Result<Value, Error> {
        Self(DAY_ZERO).plus(ordinal.saturating_mul(86_400_000_000))
    }

    /// With the parts changed that are given, the first of them at `first`.
    pub(super) fn replaced(self, args: &Arguments<'_>, first: usize) -> Result<civil::Date, Error> {
        let year = args.integer(first, "year", i64::from(self.0.year()))?;
        let month = args.integer(first + 1, "month", i64::from(self.0.month()))?;
        let day = args.integer(first + 2, "day", i64::from(self.0.day()))?;
        let parts = (i16::try_from(year), i8::try_from(month), i8::try_from(day));
        let (Ok(year), Ok(month), Ok(day)) = parts else { return fail("the date is out of range") };
        civil::Date::new(year, month, day).or_else(|error| fail(error.to_string()))
    }

    /// Later by the whole days in some microseconds.
    pub(super) fn plus(self, micros: i64) -> Result<Value, Error> {
        let days = micros.div_euclid(86_400_000_000);
        match self.0.checked_add(jiff::SignedDuration::from_hours(days.saturating_mul(24))) {
            Ok(date) => Ok(Self(date).value()),
            Err(_) => fail("the date is out of range"),
        }
    }

    pub(super) fn arithmetic(self, operator: &str, other: &Value) -> Option<Result<Value, Error>> {
        if let Some(delta) = other.downcast_object_ref::<Delta>() {
            return match operator {
                "+" => Some(self.plus(delta.0)),
                "-" => Some(self.plus(-delta.0)),
                _ => None,
            };
        }
        let other = other.downcast_object_ref::<Date>().filter(|_| operator == "-")?;
        let midnight = |date: civil::Date| date.to_datetime(civil::Time::midnight());
        Some(Ok(Delta::between(midnight(self.0), midnight(other.0)).value()))
    }

    pub(super) fn field(self, name: &str) -> Option<Value> {
        Some(match name {
            "year" => Value::from(self.0.year()),
            "month" => Value::from(self.0.month()),
            "day" => Value::from(self.0.day()),
            _ => return None,
        })
    }

    pub(super) fn iso_text(self) -> String {
        format!("{:04}-{:02}-{:02}", self.0.year(), self.0.month(), self.0.day())
    }

    fn ordinal(self) -> i64 {
        self.0.duration_since(DAY_ZERO).as_hours() / 24
    }

    pub(super) fn repr_text(&self) -> String {
        format!("datetime.date({}, {}, {})", self.0.year(), self.0.month(), self.0.day())
    }

    fn stamp(self) -> Stamp {
        let civil = self.0.to_datetime(civil::Time::midnight());
        let epoch = civil.to_zoned(jiff::tz::TimeZone::system()).map(|zoned| zoned.timestamp().as_second());
        Stamp { civil, offset: None, zone: None, epoch: epoch.unwrap_or_default() }
    }
}

impl Object for Date {
    fn repr(self: &Arc<Self>) -> ObjectRepr {
        ObjectRepr::Plain
    }

    fn get_value(self: &Arc<Self>, key: &Value) -> Option<Value> {
        self.field(key.as_str()?)
    }

    fn call_method(self: &Arc<Self>, _: &mut State<'_, '_>, method: &str, args: &[Value]) -> Result<Value, Error> {
        let args = Arguments::of(method, args);
        match method {
            "strftime" => Ok(Value::from(strftime(&self.stamp(), &args.string(0, "format")?))),
            "isoformat" => Ok(Value::from(self.iso_text())),
            "weekday" => Ok(Value::from(self.0.weekday().to_monday_zero_offset())),
            "isoweekday" => Ok(Value::from(self.0.weekday().to_monday_one_offset())),
            "isocalendar" => {
                let week = self.0.iso_week_date();
                let day = week.weekday().to_monday_one_offset();
                Ok(tuple([Value::from(week.year()), Value::from(week.week()), Value::from(day)]))
            }
            "toordinal" => Ok(Value::from(self.ordinal())),
            "replace" => self.replaced(&args, 0).map(|date| Self(date).value()),
            "ctime" => Ok(Value::from(strftime(&self.stamp(), "%a %b %e %H:%M:%S %Y"))),
            _ => Err(Error::from(ErrorKind::UnknownMethod)),
        }
    }

    fn custom_cmp(self: &Arc<Self>, other: &DynObject) -> Option<Ordering> {
        other.downcast_ref::<Date>().map(|other| self.0.cmp(&other.0))
    }

    fn render(self: &Arc<Self>, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.iso_text())
    }
}
