//! Filters of text that Jinja2 has otherwise than minijinja.

use super::arguments::Arguments;
use super::filters::add;
use super::functions::python_json;
use super::json::to_json;
use super::string;
use super::text::text;
use crate::jinja::{Error, Value, ValueKind};
use minijinja::Environment;

/// Adds them.
pub(super) fn install(environment: &mut Environment<'static>) {
    add(environment, "truncate", truncate);
    add(environment, "wordcount", |value, _| Ok(Value::from(words(&text(value)))));
    add(environment, "wordwrap", |value, args| wordwrap(&text(value), args));
    add(environment, "center", |value, args| {
        let width = args.integer(0, "width", 80)?;
        string::method(&text(value), "center", &[Value::from(width)])
    });
    add(environment, "indent", |value, args| indent(&text(value), args));
    add(environment, "replace", |value, args| {
        let mut given = vec![args.require(0, "old")?, args.require(1, "new")?];
        given.extend(args.get(2, "count").filter(|count| !count.is_none()));
        string::method(&text(value), "replace", &given)
    });
    add(environment, "capitalize", |value, _| Ok(Value::from(string::capitalize(&text(value)))));
    add(environment, "tojson", tojson);
    add(environment, "forceescape", |value, _| Ok(Value::from(escaped(&text(value)))));
    add(environment, "urlencode", |value, _| urlencode(value));
    add(environment, "xmlattr", xmlattr);
    add(environment, "urlize", super::urlize::urlize);
    add(environment, "striptags", |value, _| {
        Ok(Value::from(minijinja_contrib::filters::striptags(text(value).into())))
    });
    add(environment, "filesizeformat", filesizeformat);
}

/// Cuts at `length` characters, but not if only `leeway` more would be left; at a word's end unless `killwords`.
fn truncate(value: &Value, args: &Arguments<'_>) -> Result<Value, Error> {
    let own = text(value);
    let length = args.integer(0, "length", 255)?.max(0) as usize;
    let leeway = args.integer(3, "leeway", 5)?.max(0) as usize;
    let end = args.get(2, "end").map_or_else(|| "...".to_owned(), |end| text(&end).into_owned());
    let Some(room) = length.checked_sub(end.chars().count()) else {
        return super::arguments::fail(format!("truncate() cannot leave {length} characters that end in '{end}'"));
    };
    if own.chars().count() <= length + leeway {
        return Ok(value.clone());
    }
    let kept: String = own.chars().take(room).collect();
    let kept = match args.flag(1, "killwords") {
        true => &kept,
        false => kept.rsplit_once(' ').map_or(&*kept, |(whole, _)| whole),
    };
    Ok(Value::from(format!("{kept}{end}")))
}

/// How many runs of letters, digits and underscores there are.
fn words(own: &str) -> usize {
    own.split(|c: char| !(c.is_alphanumeric() || c == '_')).filter(|word| !word.is_empty()).count()
}

fn wordwrap(own: &str, args: &Arguments<'_>) -> Result<Value, Error> {
    let width = args.integer(0, "width", 79)?.max(1) as usize;
    let newline = args.get(2, "wrapstring").map_or_else(|| "\n".to_owned(), |end| text(&end).into_owned());
    let mut lines: Vec<String> = vec![];
    for paragraph in own.lines() {
        let mut line = String::new();
        for word in paragraph.split(' ') {
            if !line.is_empty() && line.chars().count() + 1 + word.chars().count() > width {
                lines.push(std::mem::take(&mut line));
            }
            line.push_str(if line.is_empty() { "" } else { " " });
            line.push_str(word);
        }
        lines.push(line);
    }
    Ok(Value::from(lines.join(&newline)))
}

/// Indents by a number of spaces or by a text; the first line and blank ones only if asked to.
fn indent(own: &str, args: &Arguments<'_>) -> Result<Value, Error> {
    let by = match args.get(0, "width") {
        Some(width) if width.as_str().is_some() => text(&width).into_owned(),
        _ => " ".repeat(args.integer(0, "width", 4)?.clamp(0, 1000) as usize),
    };
    let (first, blank) = (args.flag(1, "first"), args.flag(2, "blank"));
    let lines = own.split('\n').enumerate().map(|(number, line)| {
        let wanted = if number == 0 { first } else { blank || !line.is_empty() };
        if wanted { format!("{by}{line}") } else { line.to_owned() }
    });
    Ok(Value::from(lines.collect::<Vec<_>>().join("\n")))
}

/// JSON with sorted keys, safe to stand in HTML.
fn tojson(value: &Value, args: &Arguments<'_>) -> Result<Value, Error> {
    let mut json = to_json(value);
    json.sort_all_objects();
    let written = match args.integer(0, "indent", 0)? {
        width if width > 0 => indented(&json, width as usize),
        _ => python_json(&json),
    };
    let mut safe = String::with_capacity(written.len());
    for c in written.chars() {
        match c {
            '<' | '>' | '&' | '\'' => safe.push_str(&format!("\\u{:04x}", c as u32)),
            _ => safe.push(c),
        }
    }
    Ok(Value::from(safe))
}

fn indented(json: &serde_json::Value, width: usize) -> String {
    use serde::Serialize;
    let indent = " ".repeat(width);
    let formatter = serde_json::ser::PrettyFormatter::with_indent(indent.as_bytes());
    let mut written = vec![];
    let mut serializer = serde_json::Serializer::with_formatter(&mut written, formatter);
    // Writing JSON to memory does not fail.
    let _ = json.serialize(&mut serializer);
    String::from_utf8(written).unwrap_or_default()
}

fn xmlattr(value: &Value, args: &Arguments<'_>) -> Result<Value, Error> {
    if value.kind() != ValueKind::Map {
        return super::arguments::fail("xmlattr takes a dict");
    }
    let mut attributes = vec![];
    for key in value.try_iter()? {
        let item = value.get_item(&key)?;
        if !item.is_none() && !item.is_undefined() {
            attributes.push(format!("{}=\"{}\"", escaped(&text(&key)), escaped(&text(&item))));
        }
    }
    let spaced = args.get(0, "autospace").is_none_or(|spaced| spaced.is_true());
    let before = if spaced && !attributes.is_empty() { " " } else { "" };
    Ok(Value::from(format!("{before}{}", attributes.join(" "))))
}

pub(super) fn escaped(own: &str) -> String {
    own.replace('&', "&amp;").replace('<', "&lt;").replace('>', "&gt;").replace('"', "&#34;").replace('\'', "&#39;")
}

/// Percent-encodes a text, or pairs as a query.
fn urlencode(value: &Value) -> Result<Value, Error> {
    if value.kind() == ValueKind::String || value.try_iter().is_err() {
        return Ok(Value::from(percent_encoded(&text(value), "/")));
    }
    let encoded = |part: &Value| percent_encoded(&text(part), "").replace("%20", "+");
    let args = [value.clone()];
    let pairs = super::dict::pairs(&Arguments::of("urlencode", &args))?;
    let written = pairs.iter().map(|(key, item)| format!("{}={}", encoded(key), encoded(item)));
    Ok(Value::from(written.collect::<Vec<_>>().join("&")))
}

fn percent_encoded(own: &str, safe: &str) -> String {
    let mut written = String::with_capacity(own.len());
    for byte in own.bytes() {
        let c = char::from(byte);
        match c.is_ascii_alphanumeric() || "_.-~".contains(c) || safe.contains(c) {
            true => written.push(c),
            false => written.push_str(&format!("%{byte:02X}")),
        }
    }
    written
}

fn filesizeformat(value: &Value, args: &Arguments<'_>) -> Result<Value, Error> {
    match super::number::parse_float(value) {
        Some(size) => Ok(Value::from(minijinja_contrib::filters::filesizeformat(size, Some(args.flag(0, "binary"))))),
        None => super::arguments::fail("filesizeformat takes a number"),
    }
}
