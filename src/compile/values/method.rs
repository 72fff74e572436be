//! Methods as values: `column.is_string` without a call, which templates pass on or ask whether it is there.

use crate::jinja::{Error, Object, ObjectRepr, State, Value};
use std::fmt;
use std::sync::Arc;

/// A method of an object, to be called later.
struct Method<T> {
    object: Arc<T>,
    name: &'static str,
}

/// The method of an object that is called `name`, if it is one of `names`.
pub fn method<T: Object + 'static>(object: &Arc<T>, names: &[&'static str], name: &str) -> Option<Value> {
    let name = names.iter().find(|known| **known == name)?;
    Some(Value::from_object(Method { object: object.clone(), name }))
}

impl<T: Object + 'static> Object for Method<T> {
    fn repr(self: &Arc<Self>) -> ObjectRepr {
        ObjectRepr::Plain
    }

    fn call(self: &Arc<Self>, state: &mut State<'_, '_>, args: &[Value]) -> Result<Value, Error> {
        self.object.call_method(state, self.name, args)
    }
}

impl<T> fmt::Debug for Method<T> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "<bound method {}>", self.name)
    }
}
