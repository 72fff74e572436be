//! From rendered text back to the template.

use crate::diagnostics::Span;

/// Which part of a text came from which place of a template.
#[derive(Debug, Clone, Default)]
pub struct SourceMap {
    /// (offset in the text, place in the template, whether the text from here on is the template's own, byte for byte),
    /// ascending; each holds until the next.
    pub entries: Vec<(usize, Span, bool)>,
}

impl SourceMap {
    /// The place that the byte at `offset` of the text came from: exact for the template's own text, the whole
    /// expression for what an expression gave.
    pub fn locate(&self, offset: usize) -> Option<Span> {
        let after = self.entries.partition_point(|(start, _, _)| *start <= offset);
        let (start, span, own) = self.entries.get(after.checked_sub(1)?)?;
        if !own {
            return Some(span.clone());
        }
        let place = advance(span, offset - start);
        Some(Span { file: span.file.clone(), start: place, end: span.end.max(place) })
    }
}

/// The offset in the file that lies `distance` bytes of output after the start of `span`. The output has `\n` where
/// the file may have `\r\n`.
fn advance(span: &Span, distance: usize) -> u32 {
    let text = span.text();
    let mut left = distance;
    for (at, byte) in text.bytes().enumerate() {
        if byte == b'\r' && text.as_bytes().get(at + 1) == Some(&b'\n') {
            continue;
        }
        if left == 0 {
            return span.start + at as u32;
        }
        left -= 1;
    }
    span.end
}
