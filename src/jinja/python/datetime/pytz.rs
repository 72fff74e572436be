//! `modules.pytz`.

use super::zone::Zone;
use crate::diagnostics::nearest;
use crate::jinja::python::list::List;
use crate::jinja::{Error, ErrorKind, Object, Value};
use jiff::tz::Offset;
use std::sync::Arc;

/// `modules.pytz`.
pub(in crate::jinja::python) fn module() -> Value {
    Value::from_object(Pytz)
}

#[derive(Debug)]
struct Pytz;

impl Object for Pytz {
    fn get_value(self: &Arc<Self>, key: &Value) -> Option<Value> {
        Some(match key.as_str()? {
            "utc" | "UTC" => Zone::utc().value(),
            "timezone" => Value::from_function(timezone),
            "FixedOffset" => Value::from_function(fixed_offset),
            "all_timezones" | "common_timezones" => names(),
            _ => return None,
        })
    }
}

fn names() -> Value {
    List::value(jiff::tz::db().available().map(|name| Value::from(name.as_str())).collect())
}

fn timezone(name: String) -> Result<Value, Error> {
    if let Some(zone) = Zone::named(&name) {
        return Ok(zone.value());
    }
    let known: Vec<String> = jiff::tz::db().available().map(|name| name.to_string()).collect();
    let near = nearest(&name, known.iter().map(String::as_str));
    let hint = if near.is_empty() { String::new() } else { format!("; did you mean {}?", near.join(" or ")) };
    Err(Error::new(ErrorKind::InvalidOperation, format!("there is no time zone '{name}'{hint}")))
}

fn fixed_offset(minutes: i32) -> Result<Value, Error> {
    match Offset::from_seconds(minutes.saturating_mul(60)) {
        Ok(offset) => Ok(Zone::fixed(offset).value()),
        Err(_) => Err(Error::new(ErrorKind::InvalidOperation, "the offset is too large")),
    }
}
