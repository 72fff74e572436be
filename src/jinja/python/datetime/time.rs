//! `time`.

use super::strftime::{Stamp, strftime};
use crate::jinja::python::arguments::{Arguments, fail};
use crate::jinja::{DynObject, Error, ErrorKind, Object, ObjectRepr, State, Value};
use jiff::civil;
use std::cmp::Ordering;
use std::fmt;
use std::sync::Arc;

/// A time of day.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Time(pub civil::Time);

impl Time {
    /// As a value.
    pub fn value(self) -> Value {
        Value::from_object(self)
    }

    /// `time(hour, minute, second, microsecond)`; the hour is the argument at `first`.
    pub(super) fn construct(args: &Arguments<'_>, first: usize) -> Result<civil::Time, Error> {
        Self(civil::Time::midnight()).replaced(args, first)
    }

    /// With the parts changed that are given, the first of them at `first`.
    pub(super) fn replaced(self, args: &Arguments<'_>, first: usize) -> Result<civil::Time, Error> {
        let hour = args.integer(first, "hour", i64::from(self.0.hour()))?;
        let minute = args.integer(first + 1, "minute", i64::from(self.0.minute()))?;
        let second = args.integer(first + 2, "second", i64::from(self.0.second()))?;
        let micros = args.integer(first + 3, "microsecond", self.micros())?;
        let parts = (i8::try_from(hour), i8::try_from(minute), i8::try_from(second), i32::try_from(micros));
        let (Ok(hour), Ok(minute), Ok(second), Ok(micros)) = parts else { return fail("the time is out of range") };
        civil::Time::new(hour, minute, second, micros.saturating_mul(1000)).or_else(|error| fail(error.to_string()))
    }

    fn micros(self) -> i64 {
        i64::from(self.0.subsec_nanosecond() / 1000)
    }

    pub(super) fn field(self, name: &str) -> Option<Value> {
        Some(match name {
            "hour" => Value::from(self.0.hour()),
            "minute" => Value::from(self.0.minute()),
            "second" => Value::from(self.0.second()),
            "microsecond" => Value::from(self.micros()),
            _ => return None,
        })
    }

    /// Hour and minute, and what is not zero behind them.
    pub(super) fn repr_parts(self) -> String {
        let mut parts = vec![i64::from(self.0.hour()), i64::from(self.0.minute())];
        if self.0.second() != 0 || self.micros() != 0 {
            parts.push(i64::from(self.0.second()));
        }
        if self.micros() != 0 {
            parts.push(self.micros());
        }
        parts.iter().map(i64::to_string).collect::<Vec<_>>().join(", ")
    }

    pub(super) fn repr_text(&self) -> String {
        format!("datetime.time({})", self.repr_parts())
    }
}

/// `12:30:00.5`: how precise by Python's names, `auto` leaving out microseconds if there are none.
pub(super) fn clock_text(time: civil::Time, precision: &str) -> String {
    let micros = time.subsec_nanosecond() / 1000;
    let (hour, minute, second) = (time.hour(), time.minute(), time.second());
    match precision {
        "hours" => format!("{hour:02}"),
        "minutes" => format!("{hour:02}:{minute:02}"),
        "seconds" => format!("{hour:02}:{minute:02}:{second:02}"),
        "milliseconds" => format!("{hour:02}:{minute:02}:{second:02}.{:03}", micros / 1000),
        "auto" if micros == 0 => format!("{hour:02}:{minute:02}:{second:02}"),
        _ => format!("{hour:02}:{minute:02}:{second:02}.{micros:06}"),
    }
}

impl Object for Time {
    fn repr(self: &Arc<Self>) -> ObjectRepr {
        ObjectRepr::Plain
    }

    fn get_value(self: &Arc<Self>, key: &Value) -> Option<Value> {
        self.field(key.as_str()?)
    }

    fn call_method(self: &Arc<Self>, _: &mut State<'_, '_>, method: &str, args: &[Value]) -> Result<Value, Error> {
        let args = Arguments::of(method, args);
        match method {
            "strftime" => {
                let civil = civil::date(1900, 1, 1).to_datetime(self.0);
                let stamp = Stamp { civil, offset: None, zone: None, epoch: 0 };
                Ok(Value::from(strftime(&stamp, &args.string(0, "format")?)))
            }
            "isoformat" => {
                let precision = args.get(0, "timespec").map_or_else(|| "auto".to_owned(), |spec| spec.to_string());
                Ok(Value::from(clock_text(self.0, &precision)))
            }
            "replace" => self.replaced(&args, 0).map(|time| Self(time).value()),
            _ => Err(Error::from(ErrorKind::UnknownMethod)),
        }
    }

    fn custom_cmp(self: &Arc<Self>, other: &DynObject) -> Option<Ordering> {
        other.downcast_ref::<Time>().map(|other| self.0.cmp(&other.0))
    }

    fn render(self: &Arc<Self>, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&clock_text(self.0, "auto"))
    }
}
