//! Places in source text.

use std::fmt;
use std::path::{Path, PathBuf};
use std::sync::{Arc, LazyLock, OnceLock};

/// A text file (or a generated text, such as an `--inline` query) that spans point into.
pub struct SourceFile {
    path: PathBuf,
    text: LazyLock<Arc<str>, Box<dyn FnOnce() -> Arc<str> + Send>>,
    line_starts: OnceLock<Vec<u32>>,
}

impl SourceFile {
    /// Wraps `text`; `path` is what people are shown, relative to the project where possible.
    pub fn new(path: impl Into<PathBuf>, text: impl Into<Arc<str>>) -> Arc<Self> {
        let text = text.into();
        Self::lazy(path, move || text)
    }

    /// A file whose text is what `read` gives when somebody asks for it.
    pub fn lazy(path: impl Into<PathBuf>, read: impl FnOnce() -> Arc<str> + Send + 'static) -> Arc<Self> {
        Arc::new(Self { path: path.into(), text: LazyLock::new(Box::new(read)), line_starts: OnceLock::new() })
    }

    /// The path as shown to people.
    pub fn path(&self) -> &Path {
        &self.path
    }

    /// The whole text.
    pub fn text(&self) -> &str {
        &self.text
    }

    /// The text, shared.
    pub fn shared_text(&self) -> Arc<str> {
        self.text.clone()
    }

    /// Where each line starts.
    fn line_starts(&self) -> &[u32] {
        self.line_starts.get_or_init(|| {
            let ends = memchr::memchr_iter(b'\n', self.text.as_bytes());
            std::iter::once(0).chain(ends.map(|end| end as u32 + 1)).collect()
        })
    }

    /// Line and column (both from 1, the column in characters) of a byte offset.
    pub fn position(&self, offset: u32) -> Position {
        let offset = (offset as usize).min(self.text.len());
        let line = self.line_starts().partition_point(|start| *start as usize <= offset) - 1;
        let start = self.line_starts()[line] as usize;
        let column = self.text.get(start..offset).map_or(0, |s| s.chars().count());
        Position { line: line as u32 + 1, column: column as u32 + 1 }
    }

    /// Byte offset of a line and column (both from 1); past an end, that end.
    pub fn offset(&self, line: u32, column: u32) -> u32 {
        let Some(start) = self.line_starts().get(line.saturating_sub(1) as usize) else {
            return self.text.len() as u32;
        };
        let rest = &self.text[*start as usize..];
        let rest = rest.split('\n').next().unwrap_or("");
        let bytes: usize = rest.chars().take(column.saturating_sub(1) as usize).map(char::len_utf8).sum();
        start + bytes as u32
    }

    /// One line's text without its end (lines from 1).
    pub fn line(&self, line: u32) -> &str {
        let index = line.saturating_sub(1) as usize;
        let Some(start) = self.line_starts().get(index) else { return "" };
        let end = self.line_starts().get(index + 1).map_or(self.text.len(), |next| *next as usize - 1);
        self.text[*start as usize..end].trim_end_matches('\r')
    }

    /// A span over `range` (byte offsets) of this file.
    pub fn span(self: &Arc<Self>, range: std::ops::Range<usize>) -> Span {
        Span { file: self.clone(), start: range.start as u32, end: range.end as u32 }
    }

    /// A span over one whole line (from 1), without its indentation.
    pub fn line_span(self: &Arc<Self>, line: u32) -> Span {
        let start = self.offset(line, 1) as usize;
        let text = self.line(line);
        let indent = text.len() - text.trim_start().len();
        self.span(start + indent..start + text.trim_end().len().max(indent))
    }
}

impl fmt::Debug for SourceFile {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "SourceFile({})", self.path.display())
    }
}

/// Line and column, both from 1; the column counts characters.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub struct Position {
    /// Line, from 1.
    pub line: u32,
    /// Column in characters, from 1.
    pub column: u32,
}

/// A range of bytes in a source file.
#[derive(Clone)]
pub struct Span {
    /// The file pointed into.
    pub file: Arc<SourceFile>,
    /// First byte.
    pub start: u32,
    /// One past the last byte.
    pub end: u32,
}

impl Span {
    /// Where the span starts.
    pub fn position(&self) -> Position {
        self.file.position(self.start)
    }

    /// The text under the span.
    pub fn text(&self) -> &str {
        self.file.text().get(self.start as usize..self.end as usize).unwrap_or("")
    }
}

impl fmt::Display for Span {
    /// `path:line:column`, as editors understand it.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let at = self.position();
        write!(f, "{}:{}:{}", self.file.path().display(), at.line, at.column)
    }
}

impl fmt::Debug for Span {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "Span({self})")
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn positions_and_offsets_are_inverse() {
        let file = SourceFile::new("a.sql", "select é,\r\n  b\n");
        assert_eq!(file.position(0), Position { line: 1, column: 1 });
        let b = file.text().find('b').unwrap() as u32;
        assert_eq!(file.position(b), Position { line: 2, column: 3 });
        assert_eq!(file.offset(2, 3), b);
        assert_eq!(file.line(1), "select é,");
        assert_eq!(file.line_span(2).text(), "b");
        assert_eq!(file.offset(9, 1) as usize, file.text().len());
    }
}
