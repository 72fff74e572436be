//! Tests (`x is …`) that Jinja2 has otherwise than minijinja.

use super::functions::Missing;
use crate::jinja::Value;
use minijinja::Environment;
use minijinja::value::ValueKind;

/// Adds them.
pub(super) fn install(environment: &mut Environment<'static>) {
    environment.add_test("__missing", |value: &Value| Missing::is(value));
    environment.add_test("sequence", |value: &Value| {
        matches!(value.kind(), ValueKind::Seq | ValueKind::Map | ValueKind::String | ValueKind::Iterable)
    });
    environment.add_test("iterable", |value: &Value| !value.is_none() && value.try_iter().is_ok());
    environment.add_test("callable", |value: &Value| {
        value.kind() == ValueKind::Plain && value.downcast_object_ref::<Missing>().is_none()
    });
}
