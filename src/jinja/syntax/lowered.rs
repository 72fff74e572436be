//! A rewritten template that knows where each of its parts comes from.

use super::walk::widest;
use crate::diagnostics::Span;
use minijinja::machinery::parse;
use std::ops::Range;

/// The text that minijinja compiles in place of a template.
#[derive(Debug)]
pub(in crate::jinja) struct Lowered {
    /// Where the original stands.
    pub template: Span,
    /// The rewritten text.
    pub text: String,
    pieces: Vec<Piece>,
}

/// From `start` of the text on it is the file's own from `source` on, or, if not `own`, was put in at `source`.
#[derive(Debug, Clone, Copy)]
struct Piece {
    start: usize,
    source: usize,
    own: bool,
}

impl Lowered {
    /// Nothing yet.
    pub fn of(template: &Span) -> Self {
        let text = String::with_capacity(template.text().len() * 5 / 4);
        Self { template: template.clone(), text, pieces: vec![] }
    }

    /// Appends text of the template's file that begins at `source` there.
    pub fn own(&mut self, text: &str, source: usize) {
        if !text.is_empty() {
            self.pieces.push(Piece { start: self.text.len(), source, own: true });
            self.text.push_str(text);
        }
    }

    /// Appends text that has no counterpart, at the place `source` of the file.
    pub fn put(&mut self, text: &str, source: usize) {
        if !text.is_empty() {
            self.pieces.push(Piece { start: self.text.len(), source, own: false });
            self.text.push_str(text);
        }
    }

    /// Appends another rewritten part of the same file.
    pub fn append(&mut self, part: Lowered) {
        let base = self.text.len();
        self.pieces.extend(part.pieces.into_iter().map(|piece| Piece { start: piece.start + base, ..piece }));
        self.text.push_str(&part.text);
    }

    /// The place in the file of a range of the text, widened to the whole expression it belongs to.
    pub fn locate(&self, range: Range<usize>) -> Span {
        let whole = match parse(&self.text, "template", Default::default()) {
            Ok(tree) => widest(&tree, range),
            Err(_) => range,
        };
        let (start, end) = (self.source(whole.start), self.source(whole.end.saturating_sub(1)));
        let end = (end + 1).min(self.template.file.text().len());
        self.template.file.span(start..end.max(start))
    }

    /// A line (from 1) of the text as a place in the file.
    pub fn locate_line(&self, line: usize) -> Span {
        let offset = self.text.split_inclusive('\n').take(line.saturating_sub(1)).map(str::len).sum();
        let position = self.template.file.position(self.source(offset) as u32);
        self.template.file.line_span(position.line)
    }

    fn source(&self, offset: usize) -> usize {
        let after = self.pieces.partition_point(|piece| piece.start <= offset);
        match after.checked_sub(1).and_then(|index| self.pieces.get(index)) {
            Some(piece) if piece.own => piece.source + offset - piece.start,
            Some(piece) => piece.source,
            None => self.template.start as usize,
        }
    }
}
