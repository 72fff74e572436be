//! Reading dates and times.

use super::date::Date;
use super::moment::Moment;
use super::time::Time;
use super::zone::Zone;
use crate::jinja::python::arguments::fail;
use crate::jinja::{Error, Value};
use jiff::civil;
use jiff::fmt::strtime::BrokenDownTime;
use jiff::fmt::temporal::Pieces;

/// `datetime.strptime(text, format)`.
pub(super) fn strptime(text: &str, format: &str) -> Result<Value, Error> {
    let parts = match BrokenDownTime::parse(format, text) {
        Ok(parts) => parts,
        Err(_) => return fail(format!("the time '{text}' does not match the format '{format}'")),
    };
    let date = match parts.to_date() {
        Ok(date) => date,
        Err(_) => {
            let (year, month, day) = (parts.year(), parts.month(), parts.day());
            civil::Date::new(year.unwrap_or(1900), month.unwrap_or(1), day.unwrap_or(1))
                .or_else(|e| fail(e.to_string()))?
        }
    };
    let time = parts.to_time().or_else(|_| hour_only(&parts)).or_else(|error| fail(error.to_string()))?;
    let zone = parts.offset().map(Zone::fixed).or_else(|| parts.iana_time_zone().and_then(Zone::named));
    Ok(Moment { civil: date.to_datetime(time), zone }.value())
}

fn hour_only(parts: &BrokenDownTime) -> Result<civil::Time, jiff::Error> {
    let nanos = parts.subsec_nanosecond().unwrap_or(0);
    civil::Time::new(parts.hour().unwrap_or(0), parts.minute().unwrap_or(0), parts.second().unwrap_or(0), nanos)
}

/// `datetime.fromisoformat(text)`.
pub(in crate::jinja::python) fn moment(text: &str) -> Result<Value, Error> {
    let Ok(pieces) = Pieces::parse(text) else { return invalid(text) };
    let time = pieces.time().unwrap_or(civil::Time::midnight());
    let zone = pieces.to_numeric_offset().map(Zone::fixed);
    Ok(Moment { civil: pieces.date().to_datetime(time), zone }.value())
}

/// `date.fromisoformat(text)`.
pub(in crate::jinja::python) fn date(text: &str) -> Result<Value, Error> {
    match text.parse() {
        Ok(date) => Ok(Date(date).value()),
        Err(_) => invalid(text),
    }
}

/// `time.fromisoformat(text)`.
pub(super) fn time(text: &str) -> Result<Value, Error> {
    match text.parse() {
        Ok(time) => Ok(Time(time).value()),
        Err(_) => invalid(text),
    }
}

fn invalid(text: &str) -> Result<Value, Error> {
    fail(format!("'{text}' is no date or time in ISO format"))
}
