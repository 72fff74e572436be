//! A template's text as minijinja can split it into tokens: byte for byte as long as the original.

use crate::diagnostics::Span;
use minijinja::machinery::tokenize;
use std::borrow::Cow;

/// More digits than the greatest whole number that minijinja knows has at least.
const MANY_DIGITS: usize = 38;

/// The text of a template, with what minijinja's tokenizer refuses and Jinja2's takes replaced: a blank that is not
/// ASCII is an ASCII one, and a whole number too large for minijinja is a name, the number with `_` for its first
/// digit (see [`large_number`]).
pub(in crate::jinja) struct Readable<'a> {
    pub template: &'a Span,
    pub text: Cow<'a, str>,
}

impl<'a> Readable<'a> {
    pub fn of(template: &'a Span) -> Self {
        let mut text = Cow::Borrowed(template.text());
        if is_unusual(&text) {
            while let Some((at, length, replacement)) = refused(&text) {
                text.to_mut().replace_range(at..at + length, &replacement);
            }
        }
        Self { template, text }
    }
}

/// The digits of the number in `original` that stands at `at`, where the readable text has a name.
pub(super) fn large_number(original: &str, at: usize) -> Option<&str> {
    let rest = original.get(at..)?;
    let digits = &rest[..rest.find(|c: char| !is_digit(c)).unwrap_or(rest.len())];
    (digits.len() > MANY_DIGITS && digits.starts_with(|c: char| c.is_ascii_digit())).then_some(digits)
}

fn is_digit(c: char) -> bool {
    c.is_ascii_digit() || c == '_'
}

/// Whether the text has any of what [`refused`] looks for.
fn is_unusual(text: &str) -> bool {
    let has_blank = || text.chars().any(|c| !c.is_ascii() && c.is_whitespace());
    let has_number =
        || text.as_bytes().chunk_by(|a, b| a.is_ascii_digit() && b.is_ascii_digit()).any(|run| run.len() > MANY_DIGITS);
    !text.is_ascii() && has_blank() || has_number()
}

/// The first place that the tokenizer refuses and that can be mended: offset, length, replacement.
fn refused(text: &str) -> Option<(usize, usize, String)> {
    let error = tokenize(text, false, Default::default()).find_map(Result::err)?;
    let at = error.range()?.start;
    if let Some(blank) = text.get(at..)?.chars().next().filter(|c| !c.is_ascii() && c.is_whitespace()) {
        return Some((at, blank.len_utf8(), " ".repeat(blank.len_utf8())));
    }
    let start = text[..at].trim_end_matches(is_digit).len();
    large_number(text, start).map(|_| (start, 1, "_".to_owned()))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::diagnostics::SourceFile;

    #[test]
    fn blanks_inside_of_tags_and_large_numbers_are_replaced() {
        let number = "9".repeat(60);
        let written = format!("a\u{a0}{{{{ f(\u{a0}'\u{a0}', {number},\u{3000}2) }}}}\u{a0}");
        let file = SourceFile::new("a.sql", written.as_str());
        let template = file.span(0..written.len());
        let name = format!("_{}", &number[1..]);
        let expected = format!("a\u{a0}{{{{ f(  '\u{a0}', {name},   2) }}}}\u{a0}");
        assert_eq!(Readable::of(&template).text, expected);
        assert_eq!(large_number(&written, written.find('9').unwrap()), Some(number.as_str()));
    }
}
