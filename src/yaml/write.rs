//! Plain data → YAML text, in PyYAML's block style.

use super::{YamlValue, scalar};
use serde_json::Value as Json;

/// The column after which PyYAML breaks a line at the next blank.
const WIDTH: usize = 80;

/// The data as a YAML document that ends in a newline: as PyYAML's `safe_dump(…, sort_keys=False)` writes it.
pub fn write(data: &Json) -> String {
    let mut out = String::new();
    match data {
        Json::Array(items) if !items.is_empty() => sequence(items, 0, &mut out),
        Json::Object(map) if !map.is_empty() => mapping(map, 0, &mut out),
        Json::Array(_) | Json::Object(_) => out += &scalar_text(data, 0, 0),
        _ => {
            out += &scalar_text(data, 0, 0);
            if !out.ends_with(['\'', '"']) {
                // An open-ended scalar at the root needs an explicit end.
                out += "\n...";
            }
        }
    }
    if !out.ends_with('\n') {
        out.push('\n');
    }
    out
}

fn sequence(items: &[Json], indent: usize, out: &mut String) {
    for item in items {
        out.push_str(&" ".repeat(indent));
        out.push('-');
        match item {
            Json::Array(inner) if !inner.is_empty() => {
                nested_in_line(indent, out, |out| sequence(inner, indent + 2, out))
            }
            Json::Object(inner) if !inner.is_empty() => {
                nested_in_line(indent, out, |out| mapping(inner, indent + 2, out))
            }
            _ => {
                out.push(' ');
                out.push_str(&scalar_text(item, indent + 2, indent + 2));
                out.push('\n');
            }
        }
    }
}

/// Writes a collection whose first line continues the line of its `-`.
fn nested_in_line(indent: usize, out: &mut String, write: impl FnOnce(&mut String)) {
    let mut inner = String::new();
    write(&mut inner);
    out.push(' ');
    out.push_str(&inner[indent + 2..]);
}

fn mapping(map: &serde_json::Map<String, Json>, indent: usize, out: &mut String) {
    for (key, value) in map {
        let key = text_scalar(key, 0, usize::MAX, false);
        out.push_str(&" ".repeat(indent));
        out.push_str(&key);
        out.push(':');
        match value {
            // PyYAML does not indent a list below its key.
            Json::Array(items) if !items.is_empty() => {
                out.push('\n');
                sequence(items, indent, out);
            }
            Json::Object(inner) if !inner.is_empty() => {
                out.push('\n');
                mapping(inner, indent + 2, out);
            }
            _ => {
                let column = indent + key.chars().count() + 2;
                out.push(' ');
                out.push_str(&scalar_text(value, column, indent + 2));
                out.push('\n');
            }
        }
    }
}

/// A scalar (or empty collection) that begins at `column`; further lines are indented by `indent`.
fn scalar_text(value: &Json, column: usize, indent: usize) -> String {
    match value {
        Json::String(text) => text_scalar(text, column, indent, true),
        Json::Number(number) => number_text(number),
        other => other.to_string(),
    }
}

fn number_text(number: &serde_json::Number) -> String {
    let text = number.to_string();
    // YAML 1.1 reads `1e20` as text: the mantissa needs a point, the exponent a sign.
    match text.split_once('e') {
        Some((mantissa, exponent)) => {
            let mantissa = if mantissa.contains('.') { mantissa.to_owned() } else { format!("{mantissa}.0") };
            let exponent = if exponent.starts_with(['-', '+']) { exponent.to_owned() } else { format!("+{exponent}") };
            format!("{mantissa}e{exponent}")
        }
        None => text,
    }
}

fn text_scalar(text: &str, column: usize, indent: usize, may_break: bool) -> String {
    if text.chars().any(|c| !matches!(c, ' '..='~' | '\n'))
        || (text.contains('\n') && (!may_break || has_blank_edges(text)))
    {
        return double_quoted(text);
    }
    let is_plain = is_plain(text) && !text.contains('\n');
    let body = if is_plain { text.to_owned() } else { format!("'{}'", text.replace('\'', "''")) };
    if may_break { broken(&body, column, indent) } else { body }
}

/// Whether blanks stand beside a line end, which single quotes would swallow.
fn has_blank_edges(text: &str) -> bool {
    text.contains(" \n") || text.contains("\n ")
}

/// Whether the text can stand without quotes and is read back as the same text.
fn is_plain(text: &str) -> bool {
    let is_indicator = |c: char| "#,[]{}&*!|>'\"%@` ".contains(c);
    let is_dash = text.starts_with(['-', '?', ':']) && text[1..].chars().next().is_none_or(|c| c == ' ');
    let is_marker = text.starts_with("---") || text.starts_with("...") || matches!(text, "=" | "<<");
    let holds_indicator = text.ends_with([' ', ':']) || text.contains(": ") || text.contains(" #");
    let is_text = matches!(scalar::resolve(text), YamlValue::Str(_));
    is_text && !text.starts_with(is_indicator) && !is_dash && !is_marker && !holds_indicator
}

/// Breaks at single blanks past [`WIDTH`] and doubles line ends, both indented.
fn broken(body: &str, column: usize, indent: usize) -> String {
    let mut out = String::new();
    let mut at = column;
    let mut words = body.split(' ').peekable();
    while let Some(word) = words.next() {
        for (i, line) in word.split('\n').enumerate() {
            if i > 0 {
                if !out.ends_with('\n') {
                    out.push('\n');
                }
                out.push('\n');
                at = 0;
            }
            if at == 0 && !line.is_empty() && !out.is_empty() {
                out.push_str(&" ".repeat(indent));
                at = indent;
            }
            out.push_str(line);
            at += line.len();
        }
        if let Some(next) = words.peek() {
            if at > WIDTH && !word.is_empty() && !next.is_empty() {
                out.push('\n');
                out.push_str(&" ".repeat(indent));
                at = indent;
            } else {
                out.push(' ');
                at += 1;
            }
        }
    }
    out
}

fn double_quoted(text: &str) -> String {
    let mut out = String::from('"');
    for c in text.chars() {
        match c {
            '"' => out += "\\\"",
            '\\' => out += "\\\\",
            '\n' => out += "\\n",
            '\t' => out += "\\t",
            '\r' => out += "\\r",
            ' '..='~' => out.push(c),
            c if (c as u32) <= 0xff => out += &format!("\\x{:02X}", c as u32),
            c if (c as u32) <= 0xffff => out += &format!("\\u{:04X}", c as u32),
            c => out += &format!("\\U{:08X}", c as u32),
        }
    }
    out.push('"');
    out
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::yaml::parse_text;
    use serde_json::json;

    #[test]
    fn block_style_as_pyyaml() {
        let data = json!({"a": 1, "b": ["x", {"c": "yes", "d": [1, [2, 3]]}, []], "e": {"f": null, "g": {}}, "h": 1.5,
            "i": "it's: so", "j": "2024-01-01", "k": "é", "l": true, "m": ""});
        insta::assert_snapshot!(write(&data));
    }

    #[test]
    fn what_is_written_is_read_back() {
        let texts = [
            "a b",
            "yes",
            "010",
            "- x",
            "-x",
            "x: y",
            "#",
            "a #b",
            "'",
            "\"",
            "\\",
            "two\nlines\n",
            " x ",
            "{{ a }}",
            "a\n\nb",
            "tab\t",
            "null",
            "é\u{1F600}",
            "x:",
            "=",
            "~",
            "1e3",
            "---",
        ];
        let long = "word ".repeat(60) + "end";
        for text in texts.into_iter().chain([long.as_str()]) {
            let data = json!({"k": [text], text: {"deep": text}});
            let written = write(&data);
            assert_eq!(parse_text("x", &written).unwrap().to_json(), data, "{written}");
        }
        assert_eq!(write(&json!("a")), "a\n...\n");
    }
}
