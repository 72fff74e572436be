//! Tests (`x is …`) that Jinja2 has otherwise than minijinja.

use super::compare::holds;
use super::decimal::Decimal;
use super::functions::Missing;
use crate::jinja::{Error, Value};
use minijinja::Environment;
use minijinja::value::ValueKind;

/// Operators, and the tests that are the same.
const COMPARISONS: &[(&str, &[&str])] = &[
    ("==", &["eq", "equalto", "=="]),
    ("!=", &["ne", "!="]),
    ("<", &["lt", "lessthan", "<"]),
    ("<=", &["le", "<="]),
    (">", &["gt", "greaterthan", ">"]),
    (">=", &["ge", ">="]),
    ("in", &["in"]),
];

/// Adds them.
pub(super) fn install(environment: &mut Environment<'static>) {
    environment.add_test("__missing", |value: &Value| Missing::is(value));
    environment.add_test("sequence", |value: &Value| {
        matches!(value.kind(), ValueKind::Seq | ValueKind::Map | ValueKind::String | ValueKind::Iterable)
    });
    environment.add_test("iterable", |value: &Value| !value.is_none() && value.try_iter().is_ok());
    environment.add_test("callable", |value: &Value| {
        value.kind() == ValueKind::Plain && !Missing::is(value) && !Decimal::is(value)
    });
    environment.add_test("number", |value: &Value| {
        matches!(value.kind(), ValueKind::Number | ValueKind::Bool) || Decimal::is(value)
    });
    for (operator, names) in COMPARISONS {
        for name in *names {
            let test = move |value: Value, other: Value| -> Result<bool, Error> { holds(operator, &value, &other) };
            environment.add_test(*name, test);
        }
    }
}
