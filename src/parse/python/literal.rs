//! Values that are written out.

use super::tokens::{Token, TokenKind};
use serde_json::{Map, Number, Value as Json};

/// A place among the words of a call's arguments.
pub struct Cursor<'a> {
    /// The Python text.
    pub text: &'a str,
    /// Its words.
    pub tokens: &'a [Token],
    /// The next word.
    pub at: usize,
}

impl<'a> Cursor<'a> {
    /// The next word.
    pub fn peek(&self) -> Option<&'a Token> {
        self.tokens.get(self.at)
    }

    /// Goes on if the next word is this character.
    pub fn take(&mut self, sign: char) -> bool {
        let found = self.peek().is_some_and(|token| token.is(sign));
        self.at += usize::from(found);
        found
    }

    /// The next word if it is a name, which `=` follows.
    pub fn take_keyword(&mut self) -> Option<&'a str> {
        let [name, equals, after] = self.tokens.get(self.at..self.at + 3)? else { return None };
        if name.kind != TokenKind::Name || !equals.is('=') || after.is('=') {
            return None;
        }
        self.at += 2;
        Some(&self.text[name.range.clone()])
    }

    /// A value of literals only; `None`: it is something else.
    pub fn literal(&mut self) -> Option<Json> {
        let token = self.peek()?;
        self.at += 1;
        match &token.kind {
            TokenKind::Text(text) => Some(self.texts(text)),
            TokenKind::Number => number(&self.text[token.range.clone()]),
            TokenKind::Name => match &self.text[token.range.clone()] {
                "None" => Some(Json::Null),
                "True" => Some(Json::Bool(true)),
                "False" => Some(Json::Bool(false)),
                _ => None,
            },
            TokenKind::Sign('-') => negative(&self.literal()?),
            TokenKind::Sign('+') => self.literal().filter(Json::is_number),
            TokenKind::Sign('[') => self.items(']').map(|(items, _)| Json::Array(items)),
            TokenKind::Sign('(') => match self.items(')')? {
                (mut items, false) if items.len() == 1 => items.pop(),
                (items, _) => Some(Json::Array(items)),
            },
            TokenKind::Sign('{') => self.mapping(),
            _ => None,
        }
    }

    /// Texts that follow each other are one.
    fn texts(&mut self, first: &str) -> Json {
        let mut text = first.to_owned();
        while let Some(TokenKind::Text(more)) = self.peek().map(|token| &token.kind) {
            text.push_str(more);
            self.at += 1;
        }
        Json::String(text)
    }

    /// Values up to a bracket; and whether there was a comma.
    fn items(&mut self, end: char) -> Option<(Vec<Json>, bool)> {
        let (mut items, mut comma) = (vec![], false);
        while !self.take(end) {
            items.push(self.literal()?);
            match self.take(',') {
                true => comma = true,
                false => return self.take(end).then_some((items, comma)),
            }
        }
        Some((items, comma))
    }

    /// A mapping or a set.
    fn mapping(&mut self) -> Option<Json> {
        let start = self.at;
        let mut map = Map::new();
        while !self.take('}') {
            let key = self.literal()?;
            if !self.take(':') {
                self.at = start;
                return self.items('}').map(|(items, _)| Json::Array(items));
            }
            let key = key.as_str().map_or_else(|| key.to_string(), str::to_owned);
            map.insert(key, self.literal()?);
            if !self.take(',') && !self.peek()?.is('}') {
                return None;
            }
        }
        Some(Json::Object(map))
    }
}

fn number(written: &str) -> Option<Json> {
    let digits = written.replace('_', "").to_ascii_lowercase();
    let in_base = [("0x", 16), ("0o", 8), ("0b", 2)];
    if let Some((digits, radix)) =
        in_base.iter().find_map(|(prefix, radix)| Some((digits.strip_prefix(prefix)?, *radix)))
    {
        return i64::from_str_radix(digits, radix).ok().map(Json::from);
    }
    match digits.parse::<i64>() {
        Ok(whole) => Some(whole.into()),
        Err(_) => digits.parse().ok().and_then(Number::from_f64).map(Json::Number),
    }
}

fn negative(value: &Json) -> Option<Json> {
    match value.as_i64() {
        Some(whole) => whole.checked_neg().map(Json::from),
        None => value.as_f64().and_then(|float| Number::from_f64(-float)).map(Json::Number),
    }
}
