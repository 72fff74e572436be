//! A value for names that mean nothing while a project is parsed.

use super::{DynObject, Enumerator, Error, Object, ObjectRepr, State, Value};
use minijinja::Environment;
use std::cmp::Ordering;
use std::fmt;
use std::sync::{Arc, LazyLock};

/// Empty, false, and itself whatever is asked of it: attributes, items, calls.
#[derive(Debug)]
pub(super) struct Forgiving;

impl Forgiving {
    /// As a value.
    pub fn value() -> Value {
        static VALUE: LazyLock<Value> = LazyLock::new(|| Value::from_object(Forgiving));
        VALUE.clone()
    }

    /// Whether a value is it.
    pub fn is(value: &Value) -> bool {
        value.downcast_object_ref::<Forgiving>().is_some()
    }
}

impl Object for Forgiving {
    fn repr(self: &Arc<Self>) -> ObjectRepr {
        ObjectRepr::Seq
    }

    fn get_value(self: &Arc<Self>, _: &Value) -> Option<Value> {
        Some(Self::value())
    }

    fn enumerate(self: &Arc<Self>) -> Enumerator {
        Enumerator::Empty
    }

    fn is_true(self: &Arc<Self>) -> bool {
        false
    }

    fn call(self: &Arc<Self>, _: &mut State<'_, '_>, _: &[Value]) -> Result<Value, Error> {
        Ok(Self::value())
    }

    fn call_method(self: &Arc<Self>, _: &mut State<'_, '_>, _: &str, _: &[Value]) -> Result<Value, Error> {
        Ok(Self::value())
    }

    fn custom_cmp(self: &Arc<Self>, other: &DynObject) -> Option<Ordering> {
        other.downcast_ref::<Forgiving>().map(|_| Ordering::Equal)
    }

    fn render(self: &Arc<Self>, _: &mut fmt::Formatter<'_>) -> fmt::Result {
        Ok(())
    }
}

/// Makes an environment take it for something undefined.
pub(super) fn install(environment: &mut Environment<'static>) {
    environment.add_test("defined", |value: &Value| !value.is_undefined() && !Forgiving::is(value));
    environment.add_test("undefined", |value: &Value| value.is_undefined() || Forgiving::is(value));
    environment.set_unknown_method_callback(|state, value, method, args| match value.is_undefined() {
        true => Ok(Forgiving::value()),
        false => super::python::method(state, value, method, args),
    });
}
