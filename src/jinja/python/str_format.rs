//! Python's `str.format`.

use super::arguments::Arguments;
use super::text::{repr, text};
use crate::jinja::{Error, Kwargs, Value};
use minijinja::formatting::{FormatStyle, format};

/// `template.format(…)`. minijinja formats; conversions (`{!r}`, `{x!s:>10}`), which it lacks, are made before.
pub(super) fn str_format(template: &str, raw: &[Value]) -> Result<Value, Error> {
    if !template.contains('!') {
        return format(FormatStyle::StrFormat, template, raw).map(Value::from);
    }
    let args = Arguments::of("format", raw);
    let mut positional = args.positional().to_vec();
    let template = converted(template, &args, &mut positional);
    positional.push(args.named().into_iter().collect::<Kwargs>().into());
    format(FormatStyle::StrFormat, &template, &positional).map(Value::from)
}

/// The template without conversions: what is converted becomes a further positional argument.
fn converted(template: &str, args: &Arguments<'_>, positional: &mut Vec<Value>) -> String {
    let mut written = String::with_capacity(template.len());
    let (mut rest, mut automatic) = (template, 0);
    while let Some(at) = rest.find(['{', '}']) {
        let (before, field) = rest.split_at(at);
        written.push_str(before);
        let Some(length) = field.find('}').filter(|_| field.starts_with('{') && !field.starts_with("{{")) else {
            // A doubled bracket stands for itself.
            let literal = field.get(..2).unwrap_or(field);
            written.push_str(literal);
            rest = &field[literal.len()..];
            continue;
        };
        let inner = &field[1..length];
        let (name, spec) =
            inner.split_once(':').map_or((inner, String::new()), |(name, spec)| (name, [":", spec].concat()));
        let (name, conversion) = name.split_once('!').unwrap_or((name, ""));
        let name = match name {
            "" => {
                automatic += 1;
                (automatic - 1).to_string()
            }
            given => given.to_owned(),
        };
        match (conversion, argument(&name, args)) {
            ("", _) | (_, None) => written.push_str(&format!("{{{name}{spec}}}")),
            (conversion, Some(value)) => {
                written.push_str(&format!("{{{}{spec}}}", positional.len()));
                positional.push(Value::from(if conversion == "s" { text(&value).into_owned() } else { repr(&value) }));
            }
        }
        rest = &field[length + 1..];
    }
    written + rest
}

fn argument(name: &str, args: &Arguments<'_>) -> Option<Value> {
    match name.parse::<usize>() {
        Ok(index) => args.positional().get(index).cloned(),
        Err(_) => args.named().into_iter().find(|(known, _)| *known == name).map(|(_, value)| value),
    }
}
