//! Functions of the program that templates call.

use crate::compile::rendering::Rendering;
use crate::jinja::{Error, Object, ObjectRepr, State, Value};
use std::fmt;
use std::sync::Arc;

/// What a native function does: with its rendering, where it is called from, and its arguments.
pub type Body = fn(&Arc<Rendering>, &mut State<'_, '_>, &[Value]) -> Result<Value, Error>;

/// A function of the program, as a value.
pub struct Native {
    name: &'static str,
    rendering: Arc<Rendering>,
    body: Body,
}

impl Native {
    /// A function as templates see it.
    pub fn value(name: &'static str, rendering: &Arc<Rendering>, body: Body) -> Value {
        Value::from_object(Self { name, rendering: rendering.clone(), body })
    }
}

impl Object for Native {
    fn repr(self: &Arc<Self>) -> ObjectRepr {
        ObjectRepr::Plain
    }

    /// `ref.config`: packages read the project's settings there.
    fn get_value(self: &Arc<Self>, key: &Value) -> Option<Value> {
        (key.as_str()? == "config").then(|| super::runtime_config::value(&self.rendering))
    }

    fn call(self: &Arc<Self>, state: &mut State<'_, '_>, args: &[Value]) -> Result<Value, Error> {
        (self.body)(&self.rendering, state, args)
    }
}

impl fmt::Debug for Native {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "<function {}>", self.name)
    }
}
