//! Python as templates see it: what Jinja2 takes from the language it is embedded in.

mod arguments;
mod dict;
mod filters;
mod functions;
mod json;
mod list;
mod methods;
mod number;
mod operator;
mod predicates;
mod set;
mod text;

use minijinja::{AutoEscape, Environment};
use std::collections::HashMap;

pub use dict::Dict;
pub use json::{from_json, to_json};
pub use list::List;
pub use set::Set;

pub(super) use functions::{Missing, ReturnSignal};
pub(super) use methods::method;

use super::Value;

/// Makes an environment speak Python.
pub(super) fn install(environment: &mut Environment<'static>) {
    environment.set_auto_escape_callback(|_| AutoEscape::None);
    environment.set_formatter(text::format_output);
    environment.set_unknown_method_callback(methods::method);
    filters::install(environment);
    predicates::install(environment);
}

/// The functions that templates see.
pub(super) fn language() -> HashMap<String, Value> {
    let mut names: HashMap<String, Value> =
        Environment::<'static>::new().globals().map(|(name, value)| (name.to_owned(), value)).collect();
    names.extend(operator::functions());
    names.extend(functions::functions());
    names
}
