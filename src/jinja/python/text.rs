//! `str` and `repr`: how values are written.

use super::decimal::Decimal;
use super::number::float_repr;
use crate::jinja::{Error, State, Value};
use minijinja::Output;
use minijinja::value::ValueKind;
use std::borrow::Cow;
use std::cell::Cell;
use std::fmt::{self, Write};

/// `str(value)`.
pub(in crate::jinja) fn text(value: &Value) -> Cow<'_, str> {
    let written = match (value.kind(), value.as_str()) {
        (ValueKind::Bytes, _) => format!("{value:?}"),
        (_, Some(text)) => return Cow::Borrowed(text),
        _ if is_tuple(value) => repr(value),
        _ => match float(value) {
            Some(number) => float_repr(number),
            None => value.to_string(),
        },
    };
    Cow::Owned(written)
}

fn is_tuple(value: &Value) -> bool {
    value.downcast_object_ref::<minijinja::value::Tuple>().is_some()
}

fn float(value: &Value) -> Option<f64> {
    (value.kind() == ValueKind::Number && !value.is_integer()).then(|| f64::try_from(value.clone()).ok()).flatten()
}

/// Writes what `{{ value }}` puts out.
pub(super) fn format_output(out: &mut Output<'_>, _: &mut State<'_, '_>, value: &Value) -> Result<(), Error> {
    out.write_str(&text(value)).map_err(Error::from)
}

/// Writes `repr(value)`.
pub(super) fn write_repr(f: &mut fmt::Formatter<'_>, value: &Value) -> fmt::Result {
    match value.kind() {
        ValueKind::Undefined => f.write_str("Undefined"),
        ValueKind::Number => f.write_str(&text(value)),
        ValueKind::Plain => match (value.downcast_object_ref::<Decimal>(), super::datetime::repr(value)) {
            (Some(decimal), _) => write!(f, "{decimal:?}"),
            (None, Some(repr)) => f.write_str(&repr),
            (None, None) => write!(f, "{value:?}"),
        },
        _ if is_tuple(value) => {
            let items: Vec<Value> = value.try_iter().map(Iterator::collect).unwrap_or_default();
            let close = if items.len() == 1 { ",)" } else { ")" };
            brackets(f, "(", close, |f| repr_items(f, items))
        }
        _ => write!(f, "{value:?}"),
    }
}

/// Writes items with commas between them.
pub(super) fn repr_items(f: &mut fmt::Formatter<'_>, items: Vec<Value>) -> fmt::Result {
    for (index, item) in items.iter().enumerate() {
        f.write_str(if index > 0 { ", " } else { "" })?;
        write_repr(f, item)?;
    }
    Ok(())
}

thread_local! {
    static DEPTH: Cell<usize> = const { Cell::new(0) };
}

/// How deep containers are written; a list may contain itself.
const DEEPEST: usize = 64;

/// Writes a container between its brackets.
pub(super) fn brackets(
    f: &mut fmt::Formatter<'_>,
    open: &str,
    close: &str,
    inside: impl FnOnce(&mut fmt::Formatter<'_>) -> fmt::Result,
) -> fmt::Result {
    f.write_str(open)?;
    let depth = DEPTH.get();
    if depth >= DEEPEST {
        f.write_str("...")?;
    } else {
        DEPTH.set(depth + 1);
        let written = inside(f);
        DEPTH.set(depth);
        written?;
    }
    f.write_str(close)
}

/// `repr(value)`.
pub(super) fn repr(value: &Value) -> String {
    struct Repr<'a>(&'a Value);
    impl fmt::Display for Repr<'_> {
        fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
            write_repr(f, self.0)
        }
    }
    let mut written = String::new();
    // Writing to a string does not fail.
    let _ = write!(written, "{}", Repr(value));
    written
}
