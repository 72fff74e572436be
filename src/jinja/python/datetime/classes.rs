//! The classes of `modules.datetime`: what is called on `datetime`, `date`, `time` and `timedelta` themselves.

use super::date::Date;
use super::delta::Delta;
use super::moment::Moment;
use super::time::Time;
use super::zone::Zone;
use super::{Clock, parse};
use crate::jinja::python::arguments::{Arguments, fail};
use crate::jinja::python::number::parse_float;
use crate::jinja::{DynObject, Error, ErrorKind, Object, ObjectRepr, State, Value};
use jiff::Timestamp;
use jiff::civil;
use jiff::tz::TimeZone;
use std::cmp::Ordering;
use std::fmt;
use std::sync::Arc;

/// `modules.datetime`.
pub(in crate::jinja::python) fn module(clock: &Clock) -> Value {
    let class = |kind| Value::from_object(Class { kind, clock: clock.clone() });
    Value::from_pairs([
        ("datetime", class(Kind::Moment)),
        ("date", class(Kind::Date)),
        ("time", class(Kind::Time)),
        ("timedelta", class(Kind::Delta)),
    ])
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
enum Kind {
    Moment,
    Date,
    Time,
    Delta,
}

struct Class {
    kind: Kind,
    clock: Clock,
}

impl Class {
    fn construct(&self, args: &Arguments<'_>) -> Result<Value, Error> {
        match self.kind {
            Kind::Moment => {
                let civil = Date::construct(args)?.to_datetime(Time::construct(args, 3)?);
                Ok(Moment { civil, zone: Zone::of(args.get(7, "tzinfo"))? }.value())
            }
            Kind::Date => Date::construct(args).map(|date| Date(date).value()),
            Kind::Time => Time::construct(args, 0).map(|time| Time(time).value()),
            Kind::Delta => Delta::construct(args),
        }
    }

    fn moment_method(&self, method: &str, args: &Arguments<'_>) -> Result<Value, Error> {
        match method {
            "now" | "today" => Ok(shown((self.clock)(), Zone::of(args.get(0, "tz"))?)),
            "utcnow" => Ok(naive((self.clock)(), TimeZone::UTC)),
            "fromtimestamp" => Ok(shown(timestamp(args)?, Zone::of(args.get(1, "tz"))?)),
            "utcfromtimestamp" => Ok(naive(timestamp(args)?, TimeZone::UTC)),
            "strptime" => parse::strptime(&args.string(0, "date_string")?, &args.string(1, "format")?),
            "fromisoformat" => parse::moment(&args.string(0, "date_string")?),
            "combine" => combine(args),
            "fromordinal" => {
                let day = Date::from_ordinal(args.integer(0, "ordinal", 1)?)?;
                combine(&Arguments::of(method, &[day, Time(civil::Time::midnight()).value()]))
            }
            _ => Err(Error::from(ErrorKind::UnknownMethod)),
        }
    }

    fn date_method(&self, method: &str, args: &Arguments<'_>) -> Result<Value, Error> {
        let local = |at: Timestamp| Date(at.to_zoned(TimeZone::system()).date()).value();
        match method {
            "today" => Ok(local((self.clock)())),
            "fromtimestamp" => timestamp(args).map(local),
            "fromisoformat" => parse::date(&args.string(0, "date_string")?),
            "fromordinal" => Date::from_ordinal(args.integer(0, "ordinal", 1)?),
            _ => Err(Error::from(ErrorKind::UnknownMethod)),
        }
    }
}

/// A point in time in a zone, or as the machine's own clock shows it.
fn shown(at: Timestamp, zone: Option<Zone>) -> Value {
    match zone {
        Some(zone) => Moment::at(at, &zone).value(),
        None => naive(at, TimeZone::system()),
    }
}

fn naive(at: Timestamp, zone: TimeZone) -> Value {
    Moment { civil: at.to_zoned(zone).datetime(), zone: None }.value()
}

fn timestamp(args: &Arguments<'_>) -> Result<Timestamp, Error> {
    let given = args.require(0, "timestamp")?;
    let micros = parse_float(&given).map(|seconds| (seconds * 1e6).round() as i64);
    match micros.and_then(|micros| Timestamp::from_microsecond(micros).ok()) {
        Some(at) => Ok(at),
        None => Err(args.wrong("timestamp", "seconds since 1970", &given)),
    }
}

fn combine(args: &Arguments<'_>) -> Result<Value, Error> {
    let (date, time) = (args.require(0, "date")?, args.require(1, "time")?);
    let day = match (date.downcast_object_ref::<Date>(), date.downcast_object_ref::<Moment>()) {
        (Some(date), _) => date.0,
        (_, Some(moment)) => moment.civil.date(),
        _ => return fail("combine() takes a date and a time"),
    };
    match time.downcast_object_ref::<Time>() {
        Some(time) => Ok(Moment { civil: day.to_datetime(time.0), zone: Zone::of(args.get(2, "tzinfo"))? }.value()),
        None => fail("combine() takes a date and a time"),
    }
}

impl Object for Class {
    fn repr(self: &Arc<Self>) -> ObjectRepr {
        ObjectRepr::Plain
    }

    fn get_value(self: &Arc<Self>, key: &Value) -> Option<Value> {
        let (first, last) = (civil::date(1, 1, 1), civil::date(9999, 12, 31));
        let end = civil::time(23, 59, 59, 999_999_000);
        Some(match (self.kind, key.as_str()?) {
            (Kind::Date, "min") => Date(first).value(),
            (Kind::Date, "max") => Date(last).value(),
            (Kind::Time, "min") => Time(civil::Time::midnight()).value(),
            (Kind::Time, "max") => Time(end).value(),
            (Kind::Moment, "min") => Moment { civil: first.to_datetime(civil::Time::midnight()), zone: None }.value(),
            (Kind::Moment, "max") => Moment { civil: last.to_datetime(end), zone: None }.value(),
            _ => return None,
        })
    }

    fn call(self: &Arc<Self>, _: &mut State<'_, '_>, args: &[Value]) -> Result<Value, Error> {
        self.construct(&Arguments::of(self.name(), args))
    }

    fn call_method(self: &Arc<Self>, _: &mut State<'_, '_>, method: &str, args: &[Value]) -> Result<Value, Error> {
        let args = Arguments::of(method, args);
        match self.kind {
            Kind::Moment => self.moment_method(method, &args),
            Kind::Date => self.date_method(method, &args),
            Kind::Time if method == "fromisoformat" => parse::time(&args.string(0, "time_string")?),
            Kind::Time | Kind::Delta => Err(Error::from(ErrorKind::UnknownMethod)),
        }
    }

    fn custom_cmp(self: &Arc<Self>, other: &DynObject) -> Option<Ordering> {
        other.downcast_ref::<Class>().map(|other| self.kind.cmp(&other.kind))
    }
}

impl Class {
    fn name(&self) -> &'static str {
        match self.kind {
            Kind::Moment => "datetime",
            Kind::Date => "date",
            Kind::Time => "time",
            Kind::Delta => "timedelta",
        }
    }
}

impl fmt::Debug for Class {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "<class 'datetime.{}'>", self.name())
    }
}
