//! `datetime`.

use super::date::Date;
use super::delta::Delta;
use super::strftime::{Stamp, strftime};
use super::time::{Time, clock_text};
use super::zone::Zone;
use crate::jinja::python::arguments::{Arguments, fail};
use crate::jinja::{DynObject, Error, Object, ObjectRepr, State, Value};
use jiff::Timestamp;
use jiff::civil::{self, DateTime};
use jiff::tz::{Offset, TimeZone};
use std::cmp::Ordering;
use std::fmt;
use std::sync::Arc;

/// A date and a time, with a time zone or without.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Moment {
    /// What calendar and clock show there.
    pub civil: DateTime,
    /// Where.
    pub zone: Option<Zone>,
}

impl Moment {
    /// A point in time, in universal time.
    pub fn utc(at: Timestamp) -> Self {
        Self { civil: at.to_zoned(TimeZone::UTC).datetime(), zone: Some(Zone::utc()) }
    }

    /// As a value.
    pub fn value(self) -> Value {
        Value::from_object(self)
    }

    /// A point in time as it is shown in a zone.
    pub(super) fn at(at: Timestamp, zone: &Zone) -> Self {
        let zone = zone.during(at);
        Self { civil: zone.offset().to_datetime(at), zone: Some(zone) }
    }

    /// The point in time, in microseconds since 1970; without a zone: that of the machine.
    fn micros(&self) -> i64 {
        let offset = self.zone.as_ref().map_or_else(|| machine_offset(self.civil), Zone::offset);
        let shown = Delta::between(self.civil, civil::date(1970, 1, 1).to_datetime(civil::Time::midnight()));
        shown.0 - i64::from(offset.seconds()) * 1_000_000
    }

    pub(super) fn in_zone(&self, zone: &Zone) -> Result<Value, Error> {
        match Timestamp::from_microsecond(self.micros()) {
            Ok(at) => Ok(Self::at(at, zone).value()),
            Err(_) => fail("the date is out of range"),
        }
    }

    pub(super) fn offset_seconds(&self) -> Option<i32> {
        self.zone.as_ref().map(|zone| zone.offset().seconds())
    }

    pub(super) fn zone_abbreviation(&self) -> Option<String> {
        self.zone.as_ref().map(|zone| zone.abbreviation().to_owned())
    }

    /// Later by some microseconds.
    pub(super) fn plus(&self, micros: i64) -> Result<Value, Error> {
        match self.civil.checked_add(Delta(micros).duration()) {
            Ok(civil) => Ok(Self { civil, zone: self.zone.clone() }.value()),
            Err(_) => fail("the date is out of range"),
        }
    }

    pub(super) fn arithmetic(&self, operator: &str, other: &Value) -> Option<Result<Value, Error>> {
        if let Some(delta) = other.downcast_object_ref::<Delta>() {
            return match operator {
                "+" => Some(self.plus(delta.0)),
                "-" => Some(self.plus(-delta.0)),
                _ => None,
            };
        }
        let other = other.downcast_object_ref::<Moment>().filter(|_| operator == "-")?;
        Some(self.since(other))
    }

    fn since(&self, other: &Self) -> Result<Value, Error> {
        match (&self.zone, &other.zone) {
            (None, None) => Ok(Delta::between(self.civil, other.civil).value()),
            (Some(_), Some(_)) => Ok(Delta(self.micros() - other.micros()).value()),
            _ => fail("a datetime with a time zone and one without cannot be subtracted"),
        }
    }

    fn stamp(&self) -> Stamp {
        Stamp {
            civil: self.civil,
            offset: self.offset_seconds(),
            zone: self.zone_abbreviation(),
            epoch: self.micros().div_euclid(1_000_000),
        }
    }

    fn iso_text(&self, separator: &str, precision: &str) -> String {
        let date = self.civil.date();
        let offset = self.offset_seconds().map(offset_text).unwrap_or_default();
        format!("{}{separator}{}{offset}", Date(date).iso_text(), clock_text(self.civil.time(), precision))
    }

    fn replace(&self, args: &Arguments<'_>) -> Result<Value, Error> {
        let date = Date(self.civil.date()).replaced(args, 0)?;
        let time = Time(self.civil.time()).replaced(args, 3)?;
        let zone = match args.get(7, "tzinfo") {
            Some(zone) => Zone::of(Some(zone))?,
            None => self.zone.clone(),
        };
        Ok(Self { civil: date.to_datetime(time), zone }.value())
    }

    pub(super) fn repr_text(&self) -> String {
        let date = self.civil.date();
        let clock = Time(self.civil.time()).repr_parts();
        let zone = self.zone.as_ref().map(|zone| format!(", tzinfo={}", zone.repr_text())).unwrap_or_default();
        format!("datetime.datetime({}, {}, {}, {clock}{zone})", date.year(), date.month(), date.day())
    }
}

/// How far the machine's clock is from universal time when it shows this.
fn machine_offset(civil: DateTime) -> Offset {
    let shown = TimeZone::system().to_ambiguous_timestamp(civil).compatible();
    shown.map_or(Offset::UTC, |at| TimeZone::system().to_offset(at))
}

/// `+01:00`.
fn offset_text(seconds: i32) -> String {
    let sign = if seconds < 0 { '-' } else { '+' };
    let seconds = seconds.abs();
    let rest = if seconds % 60 == 0 { String::new() } else { format!(":{:02}", seconds % 60) };
    format!("{sign}{:02}:{:02}{rest}", seconds / 3600, seconds / 60 % 60)
}

impl Object for Moment {
    fn repr(self: &Arc<Self>) -> ObjectRepr {
        ObjectRepr::Plain
    }

    fn get_value(self: &Arc<Self>, key: &Value) -> Option<Value> {
        match key.as_str()? {
            "tzinfo" => Some(self.zone.clone().map_or_else(|| Value::from(()), Zone::value)),
            name => Date(self.civil.date()).field(name).or_else(|| Time(self.civil.time()).field(name)),
        }
    }

    fn call_method(self: &Arc<Self>, state: &mut State<'_, '_>, method: &str, raw: &[Value]) -> Result<Value, Error> {
        let args = Arguments::of(method, raw);
        match method {
            "strftime" => Ok(Value::from(strftime(&self.stamp(), &args.string(0, "format")?))),
            "isoformat" => {
                let separator = args.get(0, "sep").map_or_else(|| "T".to_owned(), |sep| sep.to_string());
                let precision = args.get(1, "timespec").map_or_else(|| "auto".to_owned(), |spec| spec.to_string());
                Ok(Value::from(self.iso_text(&separator, &precision)))
            }
            "date" => Ok(Date(self.civil.date()).value()),
            "time" | "timetz" => Ok(Time(self.civil.time()).value()),
            "timestamp" => Ok(Value::from(self.micros() as f64 / 1e6)),
            "replace" => self.replace(&args),
            "astimezone" => match Zone::of(args.get(0, "tz"))? {
                Some(zone) => self.in_zone(&zone),
                None => self.in_zone(&Zone::fixed(machine_offset(self.civil))),
            },
            "utcoffset" => Ok(self
                .offset_seconds()
                .map_or_else(|| Value::from(()), |seconds| Delta(i64::from(seconds) * 1_000_000).value())),
            "tzname" => Ok(self.zone_abbreviation().map_or_else(|| Value::from(()), Value::from)),
            _ => Arc::new(Date(self.civil.date())).call_method(state, method, raw),
        }
    }

    fn custom_cmp(self: &Arc<Self>, other: &DynObject) -> Option<Ordering> {
        let other = other.downcast_ref::<Moment>()?;
        match (&self.zone, &other.zone) {
            (None, None) => Some(self.civil.cmp(&other.civil)),
            (Some(_), Some(_)) => Some(self.micros().cmp(&other.micros())),
            _ => None,
        }
    }

    fn render(self: &Arc<Self>, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.iso_text(" ", "auto"))
    }
}
