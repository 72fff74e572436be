//! `{% docs %}` blocks in Markdown, which is arbitrary text otherwise.

use super::{Block, BlockKind};
use crate::diagnostics::{Code, Diagnostic, Result, SourceFile};
use std::ops::Range;
use std::sync::Arc;

/// The docs blocks of a Markdown file, in order.
pub(super) fn docs_blocks(file: &Arc<SourceFile>) -> Result<Vec<Block>> {
    let mut blocks = vec![];
    let mut open: Option<(Range<usize>, String)> = None;
    for (range, words) in tags(file.text()) {
        match (words.as_slice(), open.take()) {
            (["docs", name], None) => open = Some((range, (*name).to_owned())),
            (["docs", ..], None) => return Err(error(file, range, "`docs` needs a name.")),
            (["enddocs"], Some((opening, name))) => blocks.push(block(file, opening, name, range)),
            (["enddocs"], None) => return Err(error(file, range, "`enddocs` closes nothing.")),
            (["docs", ..], Some((opening, name))) => return Err(unclosed(file, opening, &name)),
            (_, before) => open = before,
        }
    }
    match open {
        Some((opening, name)) => Err(unclosed(file, opening, &name)),
        None => Ok(blocks),
    }
}

fn block(file: &Arc<SourceFile>, opening: Range<usize>, name: String, closing: Range<usize>) -> Block {
    Block {
        kind: BlockKind::Docs,
        name,
        adapter: None,
        supported_languages: None,
        parameters: vec![],
        defaults: vec![],
        span: file.span(opening.start..closing.end),
        body: file.span(opening.end..closing.start),
    }
}

fn error(file: &Arc<SourceFile>, at: Range<usize>, message: &str) -> Box<Diagnostic> {
    Diagnostic::error(Code::JINJA_SYNTAX, message).at(&file.span(at))
}

fn unclosed(file: &Arc<SourceFile>, opening: Range<usize>, name: &str) -> Box<Diagnostic> {
    error(file, opening, &format!("`docs {name}` is not closed.")).hint("Add `{% enddocs %}` where it ends.")
}

fn tags(text: &str) -> Tags<'_> {
    Tags { text, at: 0 }
}

/// The `{% … %}` tags of a text outside of comments: where each stands and its words.
struct Tags<'a> {
    text: &'a str,
    at: usize,
}

impl<'a> Iterator for Tags<'a> {
    type Item = (Range<usize>, Vec<&'a str>);

    fn next(&mut self) -> Option<Self::Item> {
        loop {
            let start = self.at + self.text[self.at..].find('{')?;
            let rest = &self.text[start..];
            let (close, is_tag) = match rest.as_bytes().get(1) {
                Some(b'%') => ("%}", true),
                Some(b'#') => ("#}", false),
                _ => {
                    self.at = start + 1;
                    continue;
                }
            };
            let Some(length) = rest[2..].find(close) else {
                self.at = start + 2;
                continue;
            };
            let inner = &rest[2..2 + length];
            if is_tag && inner.contains("{%") {
                self.at = start + 2;
                continue;
            }
            self.at = start + 2 + length + 2;
            if is_tag {
                let inner = inner.trim_matches(['-', '+']);
                return Some((start..self.at, inner.split_whitespace().collect()));
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn split(text: &str) -> Result<Vec<Block>> {
        docs_blocks(&SourceFile::new("models/docs.md", text))
    }

    #[test]
    fn arbitrary_text_around_and_inside_is_fine() {
        let found = split(
            "100 {%\n{# {% docs no %} #}{% docs a %}\n50% {{ 'unclosed\n{% enddocs %} {%- docs b -%}{% if %}{%- enddocs -%}",
        );
        let found = found.unwrap();
        let texts: Vec<_> = found.iter().map(|block| (block.name.as_str(), block.body.text())).collect();
        assert_eq!(texts, [("a", "\n50% {{ 'unclosed\n"), ("b", "{% if %}")]);
    }

    #[test]
    fn unbalanced_blocks_are_errors() {
        for text in
            ["{% docs a %}", "{% enddocs %}", "{% docs a %}{% docs b %}{% enddocs %}", "{% docs %}{% enddocs %}"]
        {
            assert!(split(text).is_err(), "{text}");
        }
    }
}
