//! Python as templates see it: what Jinja2 takes from the language it is embedded in.

mod aggregate_filters;
mod arguments;
mod compare;
mod cycler;
mod datetime;
mod decimal;
mod dict;
mod filters;
mod functions;
mod itertools;
mod json;
mod lipsum;
mod list;
mod literal;
mod methods;
mod number;
mod operator;
mod predicates;
mod regex;
mod set;
mod slice;
mod str_format;
mod string;
mod text;
mod text_filters;
mod urlize;
mod yaml;

use minijinja::{AutoEscape, Environment};

pub use arguments::Arguments;
pub use compare::{equal, sort};
pub use datetime::{Clock, Date, Delta, Moment, Time, Zone};
pub use decimal::Decimal;
pub use dict::{Dict, tuple};
pub use json::{from_json, to_json};
pub use list::List;
pub use set::Set;
pub use yaml::from_yaml;

pub use functions::python_json;

pub(super) use dict::pairs;
pub(super) use functions::{Missing, ReturnSignal};
pub(super) use literal::is_literal;
pub(super) use methods::method;
pub(super) use operator::{LEFT, RIGHT};
pub(super) use text::text as printed;

use super::{NameTable, Value};

/// Makes an environment speak Python.
pub(super) fn install(environment: &mut Environment<'static>) {
    environment.set_auto_escape_callback(|_| AutoEscape::None);
    environment.set_formatter(text::format_output);
    environment.set_unknown_method_callback(methods::method);
    filters::install(environment);
    predicates::install(environment);
}

/// The functions that templates see; `modules.datetime` takes the time from `clock`.
pub(super) fn language(clock: &Clock) -> NameTable {
    let mut names: NameTable =
        Environment::<'static>::new().globals().map(|(name, value)| (name.to_owned(), value)).collect();
    names.extend(operator::functions());
    names.extend(functions::functions());
    names.insert("modules".into(), modules(clock));
    names
}

/// `modules`.
fn modules(clock: &Clock) -> Value {
    Value::from_pairs([
        ("datetime", datetime::module(clock)),
        ("pytz", datetime::pytz()),
        ("re", regex::module()),
        ("itertools", itertools::module()),
    ])
}

#[cfg(test)]
mod tests {
    use crate::diagnostics::SourceFile;
    use crate::jinja::{Engine, MacroLibrary, Scope, Value, from_json};
    use std::collections::HashMap;
    use std::sync::Arc;

    /// What Jinja2 3.1 renders (null: it fails) from templates whose names mean what `CONTEXT` says.
    const JINJA2: &str = include_str!("jinja2.json");

    const CONTEXT: &str = r#"{"x": "abc", "n": 3, "f": 1.5, "none": null, "t": true, "fa": false, "l": [3, 1, 2],
        "d": {"b": 1, "a": 2}, "rows": [{"k": "x", "v": 1}, {"k": "y", "v": 2}, {"k": "x", "v": 3}],
        "s": "Hello World", "names": ["b", "A", "c"]}"#;

    fn scope() -> Scope {
        let context: serde_json::Map<String, serde_json::Value> = serde_json::from_str(CONTEXT).unwrap();
        let names: HashMap<String, Value> =
            context.iter().map(|(name, value)| (name.clone(), from_json(value))).collect();
        Scope::new("p", vec![Arc::new(names)], false)
    }

    #[test]
    fn renders_what_jinja2_renders() {
        let engine = Engine::new(Arc::new(MacroLibrary::default()));
        let cases: Vec<(String, Option<String>)> = serde_json::from_str(JINJA2).unwrap();
        let mut different = vec![];
        for (template, expected) in cases {
            let file = SourceFile::new("a.sql", template.as_str());
            let rendered = engine.render(&file.span(0..template.len()), &scope());
            let rendered = rendered.map(|rendered| rendered.text);
            if rendered.as_ref().ok() != expected.as_ref() {
                let rendered = rendered.unwrap_or_else(|error| format!("error: {error}"));
                different.push(format!("{template}\n  Jinja2: {expected:?}\n  ours:   {rendered:?}"));
            }
        }
        assert!(different.is_empty(), "{} differences:\n{}", different.len(), different.join("\n"));
    }
}
