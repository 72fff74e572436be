//! Methods of values that are not objects of ours: text, numbers, tuples.

use super::functions::own;
use crate::jinja::{Error, State, Value};

/// Calls a method that the value itself does not know.
pub(in crate::jinja) fn method(
    state: &mut State<'_, '_>,
    value: &Value,
    name: &str,
    args: &[Value],
) -> Result<Value, Error> {
    own(minijinja_contrib::pycompat::unknown_method_callback(state, value, name, args)?)
}
