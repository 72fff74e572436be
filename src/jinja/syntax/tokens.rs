//! A template's tokens.

use super::readable::Readable;
use crate::diagnostics::{Code, Diagnostic, Result, Span};
use crate::jinja::failure::sentence;
use minijinja::machinery::{Token, tokenize};
use std::ops::Range;

/// Kinds of tokens that are looked for.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(in crate::jinja) enum Kind {
    ParenOpen,
    ParenClose,
    Comma,
    Colon,
    Assign,
    BlockEnd,
}

/// The tokens of a template, with their places in its file.
pub(in crate::jinja) struct Tokens<'a> {
    template: &'a Span,
    tokens: Vec<(Token<'a>, Range<usize>)>,
}

/// A tag: `{% keyword …`.
pub(in crate::jinja) struct Tag<'t> {
    /// The token `{%`; the keyword follows it.
    pub index: usize,
    pub keyword: &'t str,
}

impl<'a> Tokens<'a> {
    /// Splits a template into tokens.
    pub fn of(readable: &'a Readable<'_>) -> Result<Self> {
        let template = readable.template;
        let base = template.start as usize;
        let mut tokens = vec![];
        for item in tokenize(&readable.text, false, Default::default()) {
            let (token, at) = item.map_err(|error| syntax_diagnostic(&error, template))?;
            tokens.push((token, base + at.start_offset as usize..base + at.end_offset as usize));
        }
        Ok(Self { template, tokens })
    }

    /// A token.
    pub fn kind(&self, index: usize) -> Option<&Token<'a>> {
        self.tokens.get(index).map(|(token, _)| token)
    }

    /// Whether a token is of a kind.
    pub fn is(&self, index: usize, kind: Kind) -> bool {
        let Some(token) = self.kind(index) else { return false };
        match kind {
            Kind::ParenOpen => matches!(token, Token::ParenOpen),
            Kind::ParenClose => matches!(token, Token::ParenClose),
            Kind::Comma => matches!(token, Token::Comma),
            Kind::Colon => matches!(token, Token::Colon),
            Kind::Assign => matches!(token, Token::Assign),
            Kind::BlockEnd => matches!(token, Token::BlockEnd),
        }
    }

    /// Where a token stands in the file; past the last one: the template's end.
    pub fn range(&self, index: usize) -> Range<usize> {
        let end = self.template.end as usize;
        self.tokens.get(index).map_or(end..end, |(_, range)| range.clone())
    }

    /// Where a token stands.
    pub fn span(&self, index: usize) -> Span {
        self.template.file.span(self.range(index))
    }

    /// How many there are.
    pub fn len(&self) -> usize {
        self.tokens.len()
    }

    /// Where each `+` stands that is a sign: not behind a value, to which something could be added.
    pub fn signs(&self) -> impl Iterator<Item = usize> {
        let pairs = self.tokens.iter().zip(self.tokens.iter().skip(1));
        pairs
            .filter(|((before, _), (token, _))| matches!(token, Token::Plus) && !ends_value(before))
            .map(|(_, plus)| plus.1.start)
    }

    /// The first tag at or after the token `from`.
    pub fn tag_from(&self, from: usize) -> Option<Tag<'a>> {
        (from..self.tokens.len()).find_map(|index| match (self.kind(index), self.kind(index + 1)) {
            (Some(Token::BlockStart), Some(Token::Ident(keyword))) => Some(Tag { index, keyword }),
            _ => None,
        })
    }

    /// Where the brackets of subscripts with commas stand: `x[1, 2]`, as opposed to lists and to `x[(1, 2)]`.
    pub fn tuple_subscripts(&self) -> Vec<(Range<usize>, Range<usize>)> {
        let mut found = vec![];
        // For each open bracket: its token, if it opens a subscript, and whether a comma stands in it.
        let mut open: Vec<(Option<usize>, bool)> = vec![];
        for index in 0..self.len() {
            match self.kind(index) {
                Some(Token::BracketOpen) => open.push((self.ends_operand(index).then_some(index), false)),
                Some(Token::ParenOpen | Token::BraceOpen) => open.push((None, false)),
                Some(Token::Comma) => open.iter_mut().last().into_iter().for_each(|(_, comma)| *comma = true),
                Some(Token::BracketClose | Token::ParenClose | Token::BraceClose) => {
                    if let Some((Some(start), true)) = open.pop() {
                        found.push((self.range(start), self.range(index)));
                    }
                }
                Some(Token::BlockStart | Token::VariableStart) => open.clear(),
                _ => {}
            }
        }
        found
    }

    /// Whether an expression ends before a token: what follows is a subscript or a call of it.
    fn ends_operand(&self, index: usize) -> bool {
        const KEYWORDS: [&str; 14] =
            ["in", "and", "or", "not", "is", "if", "else", "elif", "for", "do", "set", "with", "filter", "recursive"];
        let before = |distance| index.checked_sub(distance).and_then(|at| self.kind(at));
        match before(1) {
            Some(Token::BracketClose | Token::ParenClose | Token::BraceClose) => true,
            // `x is eq [1, 2]` has no subscript.
            Some(Token::Ident(name)) => {
                !KEYWORDS.contains(name) && !matches!(before(2), Some(Token::Ident("is" | "not") | Token::BlockStart))
            }
            _ => false,
        }
    }

    /// The `%}` of the tag whose `{%` is the token `index`.
    pub fn tag_end(&self, index: usize) -> Option<usize> {
        (index..self.tokens.len()).find(|i| matches!(self.kind(*i), Some(Token::BlockEnd)))
    }
}

/// Whether a value can end with this token.
fn ends_value(token: &Token<'_>) -> bool {
    const WORDS: [&str; 8] = ["and", "or", "not", "in", "is", "if", "elif", "else"];
    match token {
        Token::Ident(name) => !WORDS.contains(name),
        Token::Str(_) | Token::String(_) | Token::Int(_) | Token::Int128(_) | Token::Float(_) => true,
        Token::ParenClose | Token::BracketClose | Token::BraceClose => true,
        _ => false,
    }
}

/// A syntax error that minijinja reports in the text of `template`.
pub(in crate::jinja) fn syntax_diagnostic(error: &minijinja::Error, template: &Span) -> Box<Diagnostic> {
    let length = template.text().len();
    let range = error.range().unwrap_or(length..length);
    let (start, end) = (range.start.min(length), range.end.min(length));
    let detail = error.detail().unwrap_or("the template cannot be parsed");
    let base = template.start as usize;
    let mut diagnostic = Diagnostic::error(Code::JINJA_SYNTAX, sentence(detail))
        .at(&template.file.span(base + start..base + end.max(start)));
    if detail.starts_with("unknown statement") {
        diagnostic = diagnostic.hint("Macros and other blocks of their own belong into a file of a macro path.");
    }
    diagnostic
}
