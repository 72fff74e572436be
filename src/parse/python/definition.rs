//! `def model(dbt, session):` as it has to be.

use super::tokens::{Token, TokenKind};
use super::wrong;
use crate::diagnostics::{Result, Span};

/// Checks that a text that does something defines exactly one model, of two arguments, which returns one value at its end.
pub fn check(template: &Span, tokens: &[Token]) -> Result<()> {
    let lines = lines(template.text(), tokens);
    let (mut models, mut at) = (vec![], 0);
    while let Some(line) = lines.get(at) {
        at += 1;
        let Some(name) = line.defines() else { continue };
        let body = lines[at..].iter().take_while(|inner| inner.indent > line.indent).count();
        if name == "model" {
            models.push((line, &lines[at..at + body]));
        }
        at += body;
    }
    match models.as_slice() {
        [] if lines.is_empty() => Ok(()),
        [(line, body)] => line.check_arguments(template).and_then(|()| check_end(template, line, body)),
        other => {
            let message =
                format!("A Python file defines exactly one function 'model'; this one defines {}.", other.len());
            let place = other.get(1).map_or(0..0, |(line, _)| line.tokens[0].range.clone());
            Err(wrong(template, place, message))
        }
    }
}

/// A statement, with the blanks before it.
struct Line<'a> {
    text: &'a str,
    indent: usize,
    tokens: &'a [Token],
}

fn lines<'a>(text: &'a str, tokens: &'a [Token]) -> Vec<Line<'a>> {
    let statements = tokens.split(|token| token.kind == TokenKind::LineEnd).filter(|tokens| !tokens.is_empty());
    let line = |tokens: &'a [Token]| {
        let start = tokens[0].range.start;
        Line { text, indent: start - text[..start].rfind('\n').map_or(0, |at| at + 1), tokens }
    };
    statements.map(line).collect()
}

impl<'a> Line<'a> {
    fn word(&self, token: &Token) -> &'a str {
        &self.text[token.range.clone()]
    }

    /// The name of the function that it begins to define.
    fn defines(&self) -> Option<&'a str> {
        match self.tokens {
            [def, name, ..] if self.word(def) == "def" => Some(self.word(name)),
            _ => None,
        }
    }

    fn check_arguments(&self, template: &Span) -> Result<()> {
        let names = self.arguments();
        let place = self.tokens[0].range.start..self.tokens[1].range.end;
        if names.first().is_some_and(|name| *name != "dbt") {
            return Err(wrong(template, place, "The first argument of the function 'model' must be 'dbt'.".into()));
        }
        if names.len() != 2 {
            let message = "The function 'model' takes two arguments: dbt, and the session of the database.";
            return Err(wrong(template, place, message.into()));
        }
        Ok(())
    }

    /// The names of a function's arguments.
    fn arguments(&self) -> Vec<&'a str> {
        let (mut names, mut depth, mut expected) = (vec![], 0, true);
        for token in &self.tokens[2..] {
            match token.kind {
                TokenKind::Sign('(' | '[' | '{') => depth += 1,
                TokenKind::Sign(')' | ']' | '}') if depth == 1 => break,
                TokenKind::Sign(')' | ']' | '}') => depth -= 1,
                TokenKind::Sign(',') if depth == 1 => expected = true,
                TokenKind::Name if depth == 1 && expected => {
                    names.push(self.word(token));
                    expected = false;
                }
                TokenKind::Sign('*') if depth == 1 => expected = false,
                _ => {}
            }
        }
        names
    }

    /// What stands behind the colon of a definition in the same line.
    fn rest(&self) -> &'a [Token] {
        let mut depth = 0;
        let colon = self.tokens.iter().position(|token| {
            depth += i32::from(matches!(token.kind, TokenKind::Sign('(' | '[' | '{')));
            depth -= i32::from(matches!(token.kind, TokenKind::Sign(')' | ']' | '}')));
            depth == 0 && token.is(':')
        });
        colon.map_or(&[], |at| &self.tokens[at + 1..])
    }
}

/// The last statement must return one value.
fn check_end(template: &Span, line: &Line<'_>, body: &[Line<'_>]) -> Result<()> {
    let indent = body.first().map_or(0, |first| first.indent);
    let last = match body.iter().rfind(|line| line.indent <= indent) {
        Some(last) => last.tokens,
        None => line.rest(),
    };
    let statement = last.rsplit(|token| token.is(';')).find(|tokens| !tokens.is_empty()).unwrap_or(&[]);
    let returns = statement.first().is_some_and(|token| line.word(token) == "return");
    if returns && !is_tuple(&statement[1..]) {
        return Ok(());
    }
    let place = statement.first().or(line.tokens.first()).map_or(0..0, |token| token.range.clone());
    Err(wrong(template, place, "The function 'model' must end with the return of one data frame.".into()))
}

/// Whether an expression has a comma outside of brackets, other than the brackets around it all.
fn is_tuple(expression: &[Token]) -> bool {
    let mut depth = 0;
    for (at, token) in expression.iter().enumerate() {
        match token.kind {
            TokenKind::Sign('(' | '[' | '{') => depth += 1,
            TokenKind::Sign(')' | ']' | '}') => {
                depth -= 1;
                let encloses = depth == 0 && at + 1 == expression.len() && expression[0].is('(');
                if encloses && closes_first(expression) {
                    return is_tuple(&expression[1..at]);
                }
            }
            TokenKind::Sign(',') if depth == 0 => return true,
            _ => {}
        }
    }
    false
}

/// Whether the first bracket is closed by the last word.
fn closes_first(expression: &[Token]) -> bool {
    let mut depth = 0;
    let end = expression.iter().position(|token| {
        depth += i32::from(matches!(token.kind, TokenKind::Sign('(' | '[' | '{')));
        depth -= i32::from(matches!(token.kind, TokenKind::Sign(')' | ']' | '}')));
        depth == 0
    });
    end == Some(expression.len() - 1)
}
