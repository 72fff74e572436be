//! Syntax errors in the words of the person who made them.

use crate::diagnostics::{Code, Diagnostic, SourceFile};
use std::sync::Arc;

/// The error for what the parser said (`info`) at a byte offset.
pub fn explain(file: &Arc<SourceFile>, offset: usize, info: &str) -> Box<Diagnostic> {
    let line = file.position(offset as u32).line;
    // Many mistakes are noticed only at the start of what follows them.
    let suspects = [Some(line), previous_line(file, line)];
    for suspect in suspects.into_iter().flatten() {
        if let Some(diagnostic) = recognise(file, suspect) {
            return diagnostic;
        }
    }
    let diagnostic = syntax(sentence(info)).at(&file.span(offset..end_of_word(file.text(), offset)));
    match hint(info) {
        Some(hint) => diagnostic.hint(hint),
        None => diagnostic,
    }
}

/// The error for `key: {{ … }}` without quotes; `offset` is where the braces begin.
pub fn unquoted_template(file: &Arc<SourceFile>, offset: usize) -> Box<Diagnostic> {
    let line = file.text()[offset..].lines().next().unwrap_or("").trim_end();
    syntax("A value that begins with '{{' needs quotes; without them YAML takes the braces for a mapping.")
        .at(&file.span(offset..offset + line.len()))
        .hint(match line.contains('"') {
            true => format!("Write '{line}', with quotes."),
            false => format!("Write \"{line}\", with quotes."),
        })
}

/// A line that is wrong in a way that everybody knows.
fn recognise(file: &Arc<SourceFile>, number: u32) -> Option<Box<Diagnostic>> {
    let line = file.line(number);
    let start = file.offset(number, 1) as usize;
    let indentation = &line[..line.len() - line.trim_start().len()];
    if let Some(tab) = indentation.find('\t') {
        let diagnostic = syntax("The line is indented with a tab; YAML knows only blanks.");
        return Some(diagnostic.at(&file.span(start + tab..start + indentation.len())).hint("Use blanks."));
    }
    let content_at = start + indentation.len();
    if let Some(colon) = glued_colon(line.trim_start()) {
        let at = content_at + colon;
        let diagnostic = syntax("A key is followed by a colon and a blank; here the blank is missing.");
        return Some(diagnostic.at(&file.span(at..at + 1)).hint("Write 'key: value'."));
    }
    let (key, value_at) = key_and_value(line.trim_start())?;
    let value = line.trim_start()[value_at..].trim_start();
    let value_at = content_at + line.trim_start().len() - value.len();
    if value.starts_with("{{") || value.starts_with("{%") {
        return Some(unquoted_template(file, value_at));
    }
    if let Some(special) = value.chars().next().filter(|c| matches!(c, '@' | '`' | '%')) {
        let diagnostic = syntax(format!("A value cannot begin with '{special}' unless it is in quotes."));
        return Some(diagnostic.at(&file.span(value_at..value_at + value.len())).hint("Put the value in quotes."));
    }
    if !value.starts_with(['"', '\'', '[', '{', '|', '>', '#']) && value.contains(": ") {
        let diagnostic = syntax(format!("The value of '{key}' contains a colon and a blank, which begin a mapping."));
        return Some(diagnostic.at(&file.span(value_at..value_at + value.len())).hint("Put the value in quotes."));
    }
    None
}

/// The key of `- key: value`, and where what follows the colon begins.
fn key_and_value(content: &str) -> Option<(&str, usize)> {
    let colon = content.find(": ")?;
    let key = content[..colon].trim_start_matches(['-', ' ']);
    let is_key =
        !key.is_empty() && key.chars().all(|c| c.is_alphanumeric() || matches!(c, '_' | '-' | '+' | '.' | ' '));
    is_key.then_some((key, colon + 1))
}

/// Where the colon of a line such as `name:orders` is.
fn glued_colon(content: &str) -> Option<usize> {
    let content_start = content.len() - content.trim_start_matches(['-', ' ']).len();
    let rest = &content[content_start..];
    let colon = rest.find(':')?;
    let is_key = colon > 0 && rest[..colon].chars().all(|c| c.is_alphanumeric() || matches!(c, '_' | '-' | '+'));
    let is_glued = rest[colon + 1..].starts_with(|c: char| c.is_alphanumeric() || matches!(c, '"' | '\'' | '['));
    (is_key && is_glued).then_some(content_start + colon)
}

fn previous_line(file: &SourceFile, line: u32) -> Option<u32> {
    (1..line).rev().find(|number| !file.line(*number).trim().is_empty())
}

fn end_of_word(text: &str, offset: usize) -> usize {
    let rest = &text[offset..];
    offset + rest.find(char::is_whitespace).unwrap_or(rest.len())
}

fn hint(info: &str) -> Option<&'static str> {
    Some(match info {
        _ if info.contains("simple key expect") => {
            "Write 'key: value', with a blank after the colon. Is the blank missing in the line above?"
        }
        _ if info.contains("did not find expected key") || info == "invalid indentation" => {
            "Indent the line exactly as far as its neighbours."
        }
        _ if info.contains("mapping values are not allowed") => {
            "Is the line indented too far, or is a value with ': ' in it not in quotes?"
        }
        _ if info.contains("end of stream") || info.contains("in quoted scalar") => {
            "A quote that was opened is never closed."
        }
        _ if info.contains("',' or '}'") || info.contains("',' or ']'") || info.contains("flow construct") => {
            "A bracket that was opened is not closed, or a comma is missing."
        }
        _ if info.contains("unknown anchor") => {
            "'*name' stands for the value marked '&name' further up; if the '*' is part of the text, put it in quotes."
        }
        _ if info.contains("'-' indicator") => "Indent all items of a list equally, each with a '-'.",
        _ if info.contains("escape") => {
            "A backslash in double quotes begins an escape: double it, or use single quotes."
        }
        _ => return None,
    })
}

fn sentence(info: &str) -> String {
    format!("The YAML cannot be read: {info}.")
}

fn syntax(message: impl Into<String>) -> Box<Diagnostic> {
    Diagnostic::error(Code::YAML_SYNTAX, message)
}
