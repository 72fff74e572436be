//! A template's text as minijinja can split it into tokens: byte for byte as long as the original.

use crate::diagnostics::Span;
use minijinja::machinery::tokenize;
use num_bigint::BigUint;
use std::borrow::Cow;

/// The shortest way to write a whole number that is too large for minijinja: `0x` and 33 digits.
const MANY_DIGITS: usize = 35;

/// The text of a template, with what minijinja's tokenizer refuses and Jinja2's takes replaced: a blank that is not
/// ASCII is an ASCII one, and a whole number too large for minijinja is a name, the number with `_` for its first
/// digit (see [`LargeNumber`]).
pub(in crate::jinja) struct Readable<'a> {
    pub template: &'a Span,
    pub text: Cow<'a, str>,
}

impl<'a> Readable<'a> {
    pub fn of(template: &'a Span) -> Self {
        Self::mended(template, Cow::Borrowed(template.text()))
    }

    /// Of a file of blocks. Between these anything may stand: tags that begin with no word, which a template cannot
    /// have, are replaced by blanks.
    pub fn of_blocks(template: &'a Span) -> Self {
        let mut text = Cow::Borrowed(template.text());
        for (at, _) in template.text().match_indices("{%") {
            let inside = template.text()[at + 2..].trim_start_matches(['-', '+']).trim_start();
            if !inside.starts_with(|c: char| c.is_alphabetic() || c == '_') {
                text.to_mut().replace_range(at..at + 2, "  ");
            }
        }
        Self::mended(template, text)
    }

    fn mended(template: &'a Span, mut text: Cow<'a, str>) -> Self {
        if is_unusual(&text) {
            while let Some((at, length, replacement)) = refused(&text) {
                text.to_mut().replace_range(at..at + length, &replacement);
            }
        }
        Self { template, text }
    }
}

/// A whole number beyond 128 bits, which is known by its digits only.
pub(super) struct LargeNumber {
    /// How long it is as written.
    pub length: usize,
    /// As text, in base ten.
    pub decimal: String,
}

impl LargeNumber {
    /// The one in `original` that stands at `at`, where the readable text has a name.
    pub fn at(original: &str, at: usize) -> Option<Self> {
        let rest = original.get(at..).filter(|rest| rest.starts_with(|c: char| c.is_ascii_digit()))?;
        let (prefix, base) = match rest.get(..2) {
            Some("0x" | "0X") => (2, 16),
            Some("0o" | "0O") => (2, 8),
            Some("0b" | "0B") => (2, 2),
            _ => (0, 10),
        };
        let digits = &rest[prefix..];
        let digits = &digits[..digits.find(|c: char| !c.is_digit(base) && c != '_').unwrap_or(digits.len())];
        let number = BigUint::parse_bytes(digits.replace('_', "").as_bytes(), base)?;
        (number.bits() > 128).then(|| Self { length: prefix + digits.len(), decimal: number.to_string() })
    }
}

fn is_word(c: char) -> bool {
    c.is_ascii_alphanumeric() || c == '_'
}

/// Whether the text may have some of what [`refused`] looks for.
fn is_unusual(text: &str) -> bool {
    let has_blank = || text.chars().any(|c| !c.is_ascii() && c.is_whitespace());
    let has_number = || {
        let words = text.as_bytes().chunk_by(|a, b| is_word(char::from(*a)) && is_word(char::from(*b)));
        words.into_iter().any(|word| word.len() >= MANY_DIGITS && word[0].is_ascii_digit())
    };
    !text.is_ascii() && has_blank() || has_number()
}

/// The first place that the tokenizer refuses and that can be mended: offset, length, replacement.
fn refused(text: &str) -> Option<(usize, usize, String)> {
    let error = tokenize(text, false, Default::default()).find_map(Result::err)?;
    let at = error.range()?.start;
    if let Some(blank) = text.get(at..)?.chars().next().filter(|c| !c.is_ascii() && c.is_whitespace()) {
        return Some((at, blank.len_utf8(), " ".repeat(blank.len_utf8())));
    }
    let start = text[..at].trim_end_matches(is_word).len();
    LargeNumber::at(text, start).map(|_| (start, 1, "_".to_owned()))
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
        assert_eq!(LargeNumber::at(&written, written.find('9').unwrap()).unwrap().decimal, number);
    }

    #[test]
    fn numbers_of_other_bases_are_large_too() {
        let number = format!("0x1{}", "0".repeat(40));
        let written = format!("{{{{ f({number}, 0xff) }}}}");
        let file = SourceFile::new("a.sql", written.as_str());
        let template = file.span(0..written.len());
        assert_eq!(Readable::of(&template).text, written.replace("0x1", "_x1"));
        let found = LargeNumber::at(&written, written.find('0').unwrap()).unwrap();
        assert_eq!((found.length, found.decimal), (number.len(), (BigUint::from(1u8) << 160u8).to_string()));
    }

    #[test]
    fn between_blocks_tags_without_a_word_are_text() {
        let file = SourceFile::new("a.sql", "{% #### %}{%- 1 %}{%-macro a() %}{%+ x %}");
        let template = file.span(0..file.text().len());
        assert_eq!(Readable::of_blocks(&template).text, "   #### %}  - 1 %}{%-macro a() %}{%+ x %}");
    }
}
