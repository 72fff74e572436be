//! Python's `datetime` and `pytz`, on jiff.

mod classes;
mod date;
mod delta;
mod moment;
pub(super) mod parse;
mod pytz;
mod strftime;
mod time;
mod zone;

use crate::jinja::{Error, Value};
use jiff::Timestamp;
use std::sync::Arc;

pub(super) use classes::module;
pub(super) use pytz::module as pytz;

pub use date::Date;
pub use delta::Delta;
pub use moment::Moment;
pub use time::Time;
pub use zone::Zone;

/// Tells the time.
pub type Clock = Arc<dyn Fn() -> Timestamp + Send + Sync>;

/// An operator on dates, moments and durations; `None` if neither side is one.
pub(super) fn arithmetic(operator: &str, a: &Value, b: &Value) -> Option<Result<Value, Error>> {
    if let Some(moment) = a.downcast_object_ref::<Moment>() {
        return moment.arithmetic(operator, b);
    }
    if let Some(date) = a.downcast_object_ref::<Date>() {
        return date.arithmetic(operator, b);
    }
    if let Some(delta) = a.downcast_object_ref::<Delta>() {
        return delta.arithmetic(operator, b);
    }
    // `timedelta + date` and `2 * timedelta` are the same the other way around.
    let delta = b.downcast_object_ref::<Delta>()?;
    match operator {
        "*" => delta.arithmetic(operator, a),
        _ => None,
    }
}

/// Whether two moments have no order, since only one of them has a zone.
pub(super) fn incomparable(a: &Value, b: &Value) -> bool {
    match (a.downcast_object_ref::<Moment>(), b.downcast_object_ref::<Moment>()) {
        (Some(a), Some(b)) => a.zone.is_some() != b.zone.is_some(),
        _ => false,
    }
}

/// Whether a value is a duration.
pub(super) fn is_duration(value: &Value) -> bool {
    value.downcast_object_ref::<Delta>().is_some()
}

/// The length of a duration, if the value is one.
pub(super) fn abs(value: &Value) -> Option<Value> {
    value.downcast_object_ref::<Delta>().map(|delta| Delta(delta.0.abs()).value())
}

/// `repr` of a date, time, moment or duration.
pub(super) fn repr(value: &Value) -> Option<String> {
    let object = value.as_object()?;
    object
        .downcast_ref::<Moment>()
        .map(Moment::repr_text)
        .or_else(|| object.downcast_ref::<Date>().map(Date::repr_text))
        .or_else(|| object.downcast_ref::<Time>().map(Time::repr_text))
        .or_else(|| object.downcast_ref::<Delta>().map(Delta::repr_text))
        .or_else(|| object.downcast_ref::<Zone>().map(Zone::repr_text))
}
