//! The words of a Python text.

use super::text::{Written, written};
use super::wrong;
use crate::diagnostics::{Result, Span};
use std::ops::Range;

/// A word of a Python text.
#[derive(Debug, Clone, PartialEq)]
pub struct Token {
    /// What it is.
    pub kind: TokenKind,
    /// Its bytes within the text.
    pub range: Range<usize>,
}

/// The kinds of words.
#[derive(Debug, Clone, PartialEq)]
pub enum TokenKind {
    /// A name or keyword.
    Name,
    /// A number.
    Number,
    /// A text, its escapes read.
    Text(String),
    /// `b'…'`.
    Bytes,
    /// An f-string begins; the words of the expressions in it follow.
    FormatStart,
    /// It ends.
    FormatEnd,
    /// A bracket, or one character of an operator.
    Sign(char),
    /// The end of a statement's line: none within brackets, nor after a blank line.
    LineEnd,
}

impl Token {
    /// Whether it is this bracket or character.
    pub fn is(&self, sign: char) -> bool {
        self.kind == TokenKind::Sign(sign)
    }
}

/// The words of a template in Python.
///
/// # Errors
/// A bracket or a text has no end.
pub fn tokens(template: &Span) -> Result<Vec<Token>> {
    let mut lexer = Lexer { template, text: template.text(), at: 0, open: vec![], found: vec![] };
    lexer.run(template.text().len())?;
    if let Some((bracket, at)) = lexer.open.pop() {
        return Err(wrong(template, at..at + 1, format!("'{bracket}' was never closed.")));
    }
    lexer.end_line(template.text().len());
    Ok(lexer.found)
}

struct Lexer<'a> {
    template: &'a Span,
    text: &'a str,
    at: usize,
    /// Brackets that are open, with their places.
    open: Vec<(char, usize)>,
    found: Vec<Token>,
}

impl Lexer<'_> {
    /// Reads on to `end`.
    fn run(&mut self, end: usize) -> Result<()> {
        while self.at < end {
            let Some(c) = self.text[self.at..end].chars().next() else { break };
            match c {
                '#' => self.at = self.text[self.at..end].find('\n').map_or(end, |length| self.at + length),
                '\n' => {
                    self.end_line(self.at);
                    self.at += 1;
                }
                '\\' | '\u{feff}' => self.at += c.len_utf8(),
                c if c.is_whitespace() => self.at += c.len_utf8(),
                c if c.is_alphabetic() || matches!(c, '_' | '"' | '\'') => self.word(end)?,
                c if c.is_ascii_digit() => self.number(end),
                c => self.sign(c)?,
            }
        }
        Ok(())
    }

    fn push(&mut self, kind: TokenKind, range: Range<usize>) {
        self.at = range.end;
        self.found.push(Token { kind, range });
    }

    fn end_line(&mut self, at: usize) {
        let is_blank = self.found.last().is_none_or(|token| token.kind == TokenKind::LineEnd);
        if self.open.is_empty() && !is_blank {
            self.found.push(Token { kind: TokenKind::LineEnd, range: at..at });
        }
    }

    /// A name, or a text with what stands before its quotes.
    fn word(&mut self, end: usize) -> Result<()> {
        let start = self.at;
        let rest = &self.text[start..end];
        let length = rest.find(|c: char| !c.is_alphanumeric() && c != '_').unwrap_or(rest.len());
        let is_text = rest[length..].starts_with(['"', '\'']) && is_prefix(&rest[..length]);
        if !is_text {
            self.push(TokenKind::Name, start..start + length);
            return Ok(());
        }
        let prefix = rest[..length].to_ascii_lowercase();
        let Written { body, end: after } = written(&self.text[..end], start + length).ok_or_else(|| {
            wrong(self.template, start..start + length + 1, "The text has no end: its quotes are missing.".into())
        })?;
        if prefix.contains('f') {
            self.push(TokenKind::FormatStart, start..body.start);
            self.expressions(body)?;
            self.push(TokenKind::FormatEnd, after..after);
            return Ok(());
        }
        let raw = &self.text[body];
        let kind = match prefix.as_str() {
            bytes if bytes.contains('b') => TokenKind::Bytes,
            raw_text if raw_text.contains('r') => TokenKind::Text(raw.to_owned()),
            _ => TokenKind::Text(super::text::unescaped(raw)),
        };
        self.push(kind, start..after);
        Ok(())
    }

    /// The words of the expressions of an f-string, which stand in braces; two braces are one as text.
    fn expressions(&mut self, body: Range<usize>) -> Result<()> {
        let mut from = body.start;
        while let Some(brace) = self.text[from..body.end].find('{').map(|at| from + at) {
            if self.text[brace..body.end].starts_with("{{") {
                from = brace + 2;
                continue;
            }
            let end = self.text[brace..body.end].find('}').map_or(body.end, |at| brace + at);
            let outside = std::mem::take(&mut self.open);
            self.at = brace + 1;
            self.run(end)?;
            self.open = outside;
            from = end;
        }
        Ok(())
    }

    fn number(&mut self, end: usize) {
        let start = self.at;
        let bytes = &self.text.as_bytes()[..end];
        let mut at = start;
        while at < end {
            let signed = matches!(bytes[at], b'+' | b'-') && matches!(bytes[at - 1], b'e' | b'E');
            let hexadecimal =
                self.text[start..at].starts_with(['0']) && bytes.get(start + 1).is_some_and(|x| b"xX".contains(x));
            let part = bytes[at].is_ascii_alphanumeric() || matches!(bytes[at], b'_' | b'.');
            if !part && (!signed || hexadecimal) {
                break;
            }
            at += 1;
        }
        self.push(TokenKind::Number, start..at);
    }

    fn sign(&mut self, c: char) -> Result<()> {
        let at = self.at;
        match c {
            '(' | '[' | '{' => self.open.push((c, at)),
            ')' | ']' | '}' => {
                let opened = self.open.pop().map(|(bracket, _)| bracket);
                if !matches!((opened, c), (Some('('), ')') | (Some('['), ']') | (Some('{'), '}')) {
                    return Err(wrong(self.template, at..at + 1, format!("'{c}' closes nothing.")));
                }
            }
            _ => {}
        }
        self.push(TokenKind::Sign(c), at..at + c.len_utf8());
        Ok(())
    }
}

/// Whether these letters may stand before the quotes of a text.
fn is_prefix(letters: &str) -> bool {
    letters.len() <= 2 && letters.chars().all(|c| "rRbBuUfF".contains(c))
}
