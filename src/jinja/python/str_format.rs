//! Python's `str.format`.

use super::arguments::{Arguments, fail};
use super::decimal::Decimal;
use super::text::{repr, text};
use crate::jinja::{Error, Value};
use minijinja::formatting::{FormatStyle, format};

/// `template.format(…)`. minijinja formats single values; what Python has beyond that (conversions, specs that contain
/// fields, per cent) is made before.
pub(super) fn str_format(template: &str, raw: &[Value]) -> Result<Value, Error> {
    let mut formatting = Formatting { args: Arguments::of("format", raw), automatic: 0 };
    formatting.expand(template).map(Value::from)
}

/// `template.format_map(mapping)`
pub(super) fn format_map(template: &str, mapping: &Value) -> Result<Value, Error> {
    let named = mapping.try_iter()?.map(|key| (key.to_string(), mapping.get_item(&key).unwrap_or_default()));
    let named: crate::jinja::Kwargs = named.collect();
    str_format(template, &[named.into()])
}

struct Formatting<'a> {
    args: Arguments<'a>,
    /// How many fields without a name there were.
    automatic: usize,
}

impl Formatting<'_> {
    fn expand(&mut self, template: &str) -> Result<String, Error> {
        let mut written = String::with_capacity(template.len());
        let mut rest = template;
        while let Some(at) = rest.find(['{', '}']) {
            let (before, field) = rest.split_at(at);
            written.push_str(before);
            if field.starts_with("{{") || field.starts_with("}}") {
                written.push_str(&field[..1]);
                rest = &field[2..];
                continue;
            }
            let Some(end) = closing(field) else { return fail("a bracket of the format stands alone") };
            written.push_str(&self.field(&field[1..end])?);
            rest = &field[end + 1..];
        }
        Ok(written + rest)
    }

    /// `name!conversion:spec`
    fn field(&mut self, field: &str) -> Result<String, Error> {
        let (name, spec) = field.split_once(':').unwrap_or((field, ""));
        let (name, conversion) = name.split_once('!').unwrap_or((name, ""));
        let value = self.argument(name)?;
        let spec = if spec.contains('{') { self.expand(spec)? } else { spec.to_owned() };
        match conversion {
            "" => formatted(&value, &spec),
            "s" => formatted(&Value::from(text(&value)), &spec),
            _ => formatted(&Value::from(repr(&value)), &spec),
        }
    }

    /// `0`, `name`, `name.attribute`, `name[key]`
    fn argument(&mut self, path: &str) -> Result<Value, Error> {
        let end = path.find(['.', '[']).unwrap_or(path.len());
        let (name, mut rest) = path.split_at(end);
        let index = if name.is_empty() { Some(self.automatic) } else { name.parse().ok() };
        self.automatic += usize::from(name.is_empty());
        let found = match index {
            Some(index) => self.args.positional().get(index).cloned(),
            None => self.args.named().into_iter().find(|(known, _)| *known == name).map(|(_, value)| value),
        };
        let Some(mut value) = found else { return fail(format!("the format has no argument for '{{{path}}}'")) };
        while let Some(part) = rest.strip_prefix('[') {
            let Some((key, after)) = part.split_once(']') else { return fail("`]` is missing in the format") };
            let key = key.parse::<i64>().map_or_else(|_| Value::from(key), Value::from);
            (value, rest) = (value.get_item(&key)?, after);
        }
        for attribute in rest.split('.').filter(|part| !part.is_empty()) {
            value = value.get_attr(attribute)?;
        }
        Ok(value)
    }
}

/// Where the field ends that a text begins with.
fn closing(field: &str) -> Option<usize> {
    let mut depth = 0;
    field.char_indices().find_map(|(at, c)| {
        depth += i32::from(c == '{') - i32::from(c == '}');
        (depth == 0).then_some(at)
    })
}

fn formatted(value: &Value, spec: &str) -> Result<String, Error> {
    let format = |spec: &str, value: Value| format(FormatStyle::StrFormat, &format!("{{:{spec}}}"), &[value]);
    if spec.is_empty() {
        return Ok(text(value).into_owned());
    }
    let number = value.downcast_object_ref::<Decimal>().map_or_else(|| value.clone(), |d| Value::from(d.float()));
    if let Some(spec) = spec.strip_suffix('%') {
        let places = if spec.contains('.') { "f" } else { ".6f" };
        let hundredfold = super::number::parse_float(&number).unwrap_or_default() * 100.0;
        return Ok(format(&format!("{spec}{places}"), Value::from(hundredfold))? + "%");
    }
    let as_number = spec.ends_with(['e', 'E', 'f', 'F', 'g', 'G']) || spec.contains(['.', ',', '_']);
    match Decimal::is(value) && !as_number {
        true => format(spec, Value::from(text(value))),
        false => format(spec, number),
    }
}
