//! Texts in quotes.

use std::ops::Range;

/// A text as it stands in a Python file.
pub struct Written {
    /// What is between the quotes.
    pub body: Range<usize>,
    /// One past the last quote.
    pub end: usize,
}

/// The text whose quotes begin at `start`; `None`: it has no end.
pub fn written(text: &str, start: usize) -> Option<Written> {
    let quote = &text[start..start + 1];
    let triple = quote.repeat(3);
    let quotes = if text[start..].starts_with(&triple) { triple.as_str() } else { quote };
    let from = start + quotes.len();
    let mut at = from;
    loop {
        let rest = &text[at..];
        let c = rest.chars().next()?;
        match c {
            '\\' => at += 1 + rest[1..].chars().next()?.len_utf8(),
            '\n' if quotes.len() == 1 => return None,
            _ if rest.starts_with(quotes) => return Some(Written { body: from..at, end: at + quotes.len() }),
            _ => at += c.len_utf8(),
        }
    }
}

/// What a text with escapes means.
pub fn unescaped(raw: &str) -> String {
    let mut out = String::new();
    let mut rest = raw;
    while let Some(at) = rest.find('\\') {
        out.push_str(&rest[..at]);
        rest = escape(&rest[at + 1..], &mut out);
    }
    out.push_str(rest);
    out
}

/// Reads what follows a backslash; answers what is left.
fn escape<'a>(rest: &'a str, out: &mut String) -> &'a str {
    let Some(c) = rest.chars().next() else { return rest };
    let after = &rest[c.len_utf8()..];
    let simple = match c {
        '\n' => return after,
        '\\' | '\'' | '"' => c,
        'a' => '\u{7}',
        'b' => '\u{8}',
        'f' => '\u{c}',
        'n' => '\n',
        'r' => '\r',
        't' => '\t',
        'v' => '\u{b}',
        '0'..='7' => return coded(rest, rest.chars().take(3).take_while(|c| c.is_digit(8)).count(), 8, out),
        'x' => return coded(after, 2, 16, out),
        'u' => return coded(after, 4, 16, out),
        'U' => return coded(after, 8, 16, out),
        other => {
            out.extend(['\\', other]);
            return after;
        }
    };
    out.push(simple);
    after
}

/// A character by its number in so many digits.
fn coded<'a>(rest: &'a str, digits: usize, radix: u32, out: &mut String) -> &'a str {
    let code = rest.get(..digits).and_then(|digits| u32::from_str_radix(digits, radix).ok());
    match code.and_then(char::from_u32) {
        Some(c) => {
            out.push(c);
            &rest[digits..]
        }
        None => rest,
    }
}
