//! `validation`: checks for `config.require(…, validator=validation.any[…])`.

use crate::diagnostics::{Code, Diagnostic};
use crate::jinja::{Error, Object, ObjectRepr, State, Value, raise};
use std::sync::Arc;

/// `validation`.
pub fn value() -> Value {
    Value::from_object(Validation)
}

#[derive(Debug)]
struct Validation;

impl Object for Validation {
    fn repr(self: &Arc<Self>) -> ObjectRepr {
        ObjectRepr::Plain
    }

    fn get_value(self: &Arc<Self>, key: &Value) -> Option<Value> {
        (key.as_str()? == "any").then(|| Value::from_object(Any))
    }
}

/// `validation.any(a, b)`, also written `validation.any[a, b]`.
#[derive(Debug)]
struct Any;

impl Object for Any {
    fn repr(self: &Arc<Self>) -> ObjectRepr {
        ObjectRepr::Plain
    }

    fn get_value(self: &Arc<Self>, key: &Value) -> Option<Value> {
        let several = key.as_str().is_none().then(|| key.try_iter().ok()).flatten();
        Some(Value::from_object(AnyOf(several.map_or_else(|| vec![key.clone()], Iterator::collect))))
    }

    fn call(self: &Arc<Self>, _: &mut State<'_, '_>, args: &[Value]) -> Result<Value, Error> {
        Ok(Value::from_object(AnyOf(args.to_vec())))
    }
}

/// Lets through what equals one of its values; a type, which templates cannot name but by a function, lets all through.
#[derive(Debug)]
struct AnyOf(Vec<Value>);

impl Object for AnyOf {
    fn repr(self: &Arc<Self>) -> ObjectRepr {
        ObjectRepr::Plain
    }

    fn call(self: &Arc<Self>, _: &mut State<'_, '_>, args: &[Value]) -> Result<Value, Error> {
        let value = args.first().cloned().unwrap_or_default();
        if self.0.iter().any(|allowed| *allowed == value || allowed.is_undefined()) {
            return Ok(Value::from(()));
        }
        let allowed: Vec<String> = self.0.iter().map(ToString::to_string).collect();
        let message = format!("The value '{value}' is not one of: {}.", allowed.join(", "));
        Err(raise(Diagnostic::error(Code::CONFIG_INVALID, message)))
    }
}
