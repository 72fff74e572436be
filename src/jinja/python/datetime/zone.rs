//! Time zones, as `pytz` has them: a zone stands at one of its offsets.

use super::delta::Delta;
use super::moment::Moment;
use crate::jinja::python::arguments::{Arguments, fail};
use crate::jinja::{DynObject, Error, ErrorKind, Object, ObjectRepr, State, Value};
use jiff::civil::DateTime;
use jiff::tz::{AmbiguousOffset, Offset, TimeZone};
use jiff::{Span, Timestamp};
use std::cmp::Ordering;
use std::fmt;
use std::sync::Arc;

/// A time zone, standing at one of its offsets. `localize` and its like find the offset of a moment; a zone that was
/// only named stands at its first one, the local mean time, which a datetime gets that is made with it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Zone {
    name: String,
    rules: TimeZone,
    offset: Offset,
    abbreviation: String,
}

impl Zone {
    /// Universal time.
    pub fn utc() -> Self {
        Self { name: "UTC".into(), rules: TimeZone::UTC, offset: Offset::UTC, abbreviation: "UTC".into() }
    }

    /// The zone of a name such as `Europe/Berlin`.
    pub(super) fn named(name: &str) -> Option<Self> {
        if name.eq_ignore_ascii_case("utc") {
            return Some(Self::utc());
        }
        let rules = TimeZone::get(name).ok()?;
        let name = rules.iana_name().unwrap_or(name).to_owned();
        let mut zone = Self { name, rules, ..Self::utc() }.during(Timestamp::MIN);
        zone.offset = whole_minutes(zone.offset);
        Some(zone)
    }

    /// A zone that is always as far from universal time.
    pub(super) fn fixed(offset: Offset) -> Self {
        if offset == Offset::UTC {
            return Self::utc();
        }
        let name = format!("pytz.FixedOffset({})", offset.seconds() / 60);
        Self { name, rules: TimeZone::fixed(offset), ..Self::utc() }.during(Timestamp::UNIX_EPOCH)
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

    /// How far it is from universal time.
    pub(super) fn offset(&self) -> Offset {
        self.offset
    }

    /// What the clocks there are called, such as `CEST`.
    pub(super) fn abbreviation(&self) -> &str {
        &self.abbreviation
    }

    /// The zone at the offset that it has at a point in time.
    pub(super) fn during(&self, at: Timestamp) -> Self {
        let info = self.rules.to_offset_info(at);
        Self { offset: info.offset(), abbreviation: info.abbreviation().to_owned(), ..self.clone() }
    }

    /// The zone at the offset of what its clocks show. When they show it twice or never, `summer` says which side of
    /// the change is meant; none: an error.
    fn showing(&self, civil: DateTime, summer: Option<bool>) -> Result<Self, Error> {
        let shown = self.rules.to_ambiguous_timestamp(civil);
        let aside = match (shown.offset(), summer) {
            (AmbiguousOffset::Unambiguous { .. }, _) => Span::new(),
            (_, None) => return fail(format!("{civil} is shown twice or never in {}", self.name)),
            (AmbiguousOffset::Fold { .. }, Some(summer)) => Span::new().hours(if summer { -6 } else { 6 }),
            (AmbiguousOffset::Gap { .. }, Some(summer)) => Span::new().hours(if summer { 6 } else { -6 }),
        };
        let near = self.rules.to_ambiguous_timestamp(civil.saturating_add(aside)).compatible();
        let end = if civil.year() > 0 { Timestamp::MAX } else { Timestamp::MIN };
        Ok(self.during(near.unwrap_or(end)))
    }

    fn localize(&self, args: &Arguments<'_>) -> Result<Value, Error> {
        let summer = match args.get(1, "is_dst") {
            Some(given) => (!given.is_none()).then(|| given.is_true()),
            None => Some(false),
        };
        match args.require(0, "dt")?.downcast_object_ref::<Moment>() {
            Some(moment) if moment.zone.is_some() => fail("localize() takes a datetime without a time zone"),
            Some(moment) => {
                let zone = Some(self.showing(moment.civil, summer)?);
                Ok(Moment { civil: moment.civil, zone }.value())
            }
            None => fail("localize() takes a datetime"),
        }
    }

    fn normalize(&self, args: &Arguments<'_>) -> Result<Value, Error> {
        match args.require(0, "dt")?.downcast_object_ref::<Moment>() {
            Some(moment) => moment.in_zone(self),
            None => fail("normalize() takes a datetime"),
        }
    }

    fn fact(&self, args: &Arguments<'_>, method: &str) -> Result<Value, Error> {
        let given = args.require(0, "dt")?;
        let Some(moment) = given.downcast_object_ref::<Moment>() else { return Ok(Value::from(())) };
        let zone = self.showing(moment.civil, Some(false))?;
        Ok(match method {
            "tzname" => Value::from(zone.abbreviation()),
            _ => Delta(i64::from(zone.offset.seconds()) * 1_000_000).value(),
        })
    }

    pub(super) fn repr_text(&self) -> String {
        if self.name == "UTC" { "<UTC>".into() } else { format!("<DstTzInfo '{}'>", self.name) }
    }
}

/// `pytz` knows local mean times to the minute.
fn whole_minutes(offset: Offset) -> Offset {
    Offset::from_seconds((offset.seconds() + 30).div_euclid(60) * 60).unwrap_or(offset)
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
            "utcoffset" | "tzname" => self.fact(&args, method),
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
