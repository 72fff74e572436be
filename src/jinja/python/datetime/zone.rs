//! Time zones, as `pytz` has them.

use super::delta::Delta;
use super::moment::Moment;
use crate::jinja::python::arguments::{Arguments, fail};
use crate::jinja::{DynObject, Error, ErrorKind, Object, ObjectRepr, State, Value};
use jiff::tz::{Offset, TimeZone};
use std::cmp::Ordering;
use std::fmt;
use std::sync::Arc;

/// A time zone.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Zone {
    name: String,
    zone: TimeZone,
}

impl Zone {
    /// Universal time.
    pub fn utc() -> Self {
        Self { name: "UTC".into(), zone: TimeZone::UTC }
    }

    /// The zone of a name such as `Europe/Berlin`.
    pub(super) fn named(name: &str) -> Option<Self> {
        if name.eq_ignore_ascii_case("utc") {
            return Some(Self::utc());
        }
        let zone = TimeZone::get(name).ok()?;
        let name = zone.iana_name().unwrap_or(name).to_owned();
        Some(Self { name, zone })
    }

    /// A zone that is always as far from universal time.
    pub(super) fn fixed(offset: Offset) -> Self {
        if offset == Offset::UTC {
            return Self::utc();
        }
        let minutes = offset.seconds() / 60;
        Self { name: format!("pytz.FixedOffset({minutes})"), zone: TimeZone::fixed(offset) }
    }

    /// The zone that a value is; none and undefined are none.
    pub(super) fn of(value: Option<Value>) -> Result<Option<Self>, Error> {
        match value {
            None => Ok(None),
            Some(value) if value.is_none() || value.is_undefined() => Ok(None),
            Some(value) => match value.downcast_object_ref::<Zone>() {
                Some(zone) => Ok(Some(zone.clone())),
                None => fail(format!("a time zone is expected, not {}", value.kind())),
            },
        }
    }

    /// As a value.
    pub fn value(self) -> Value {
        Value::from_object(self)
    }

    /// For jiff.
    pub(super) fn jiff(&self) -> &TimeZone {
        &self.zone
    }

    fn localize(&self, args: &Arguments<'_>) -> Result<Value, Error> {
        match args.require(0, "dt")?.downcast_object_ref::<Moment>() {
            Some(moment) if moment.zone.is_some() => fail("localize() takes a datetime without a time zone"),
            Some(moment) => Ok(Moment { civil: moment.civil, zone: Some(self.clone()) }.value()),
            None => fail("localize() takes a datetime"),
        }
    }

    fn normalize(&self, args: &Arguments<'_>) -> Result<Value, Error> {
        match args.require(0, "dt")?.downcast_object_ref::<Moment>() {
            Some(moment) => moment.in_zone(self),
            None => fail("normalize() takes a datetime"),
        }
    }

    fn offset(&self, args: &Arguments<'_>, method: &str) -> Result<Value, Error> {
        let given = args.require(0, "dt")?;
        let Some(moment) = given.downcast_object_ref::<Moment>() else { return Ok(Value::from(())) };
        let moment = Moment { civil: moment.civil, zone: Some(self.clone()) };
        Ok(match method {
            "tzname" => Value::from(moment.zone_abbreviation().unwrap_or_default()),
            _ => Delta(i64::from(moment.offset_seconds().unwrap_or_default()) * 1_000_000).value(),
        })
    }

    pub(super) fn repr_text(&self) -> String {
        if self.name == "UTC" { "<UTC>".into() } else { format!("<DstTzInfo '{}'>", self.name) }
    }
}

impl Object for Zone {
    fn repr(self: &Arc<Self>) -> ObjectRepr {
        ObjectRepr::Plain
    }

    fn get_value(self: &Arc<Self>, key: &Value) -> Option<Value> {
        (key.as_str() == Some("zone")).then(|| Value::from(self.name.as_str()))
    }

    fn call_method(self: &Arc<Self>, _: &mut State<'_, '_>, method: &str, args: &[Value]) -> Result<Value, Error> {
        let args = Arguments::of(method, args);
        match method {
            "localize" => self.localize(&args),
            "normalize" => self.normalize(&args),
            "utcoffset" | "tzname" => self.offset(&args, method),
            _ => Err(Error::from(ErrorKind::UnknownMethod)),
        }
    }

    fn custom_cmp(self: &Arc<Self>, other: &DynObject) -> Option<Ordering> {
        other.downcast_ref::<Zone>().map(|other| self.name.cmp(&other.name))
    }

    fn render(self: &Arc<Self>, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.name)
    }
}
