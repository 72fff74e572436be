//! Files of top-level blocks.

use super::syntax::{Kind, Readable, Tokens};
use crate::diagnostics::{Code, Diagnostic, Result, SourceFile, Span};
use minijinja::machinery::Token;
use std::sync::Arc;

/// The kinds of top-level blocks.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
#[allow(missing_docs)]
pub enum BlockKind {
    Macro,
    /// `{% test %}` or `{% data_test %}`.
    Test,
    Materialization,
    Snapshot,
    Docs,
}

impl BlockKind {
    fn from_keyword(keyword: &str) -> Option<Self> {
        Some(match keyword {
            "macro" => Self::Macro,
            "test" | "data_test" => Self::Test,
            "materialization" => Self::Materialization,
            "snapshot" => Self::Snapshot,
            "docs" => Self::Docs,
            _ => return None,
        })
    }
}

/// A top-level block.
#[derive(Debug, Clone)]
pub struct Block {
    /// Its kind.
    pub kind: BlockKind,
    /// Its name as written.
    pub name: String,
    /// For materializations: the adapter it is for, `default` when none is named.
    pub adapter: Option<String>,
    /// For materializations: `supported_languages`.
    pub supported_languages: Option<Vec<String>>,
    /// The names of its parameters.
    pub parameters: Vec<String>,
    /// For each parameter its default as written, if it has one.
    pub defaults: Vec<Option<Span>>,
    /// From `{%` of the opening tag to `%}` of the closing one.
    pub span: Span,
    /// Between the tags.
    pub body: Span,
}

impl Block {
    /// The block with the white space around it that its outer tags' `-` take away, as dbt's manifest has it; white
    /// space at the file's ends is none of it, and what the tag before takes is that one's.
    pub fn trimmed_span(&self) -> Span {
        let text = self.span.file.text();
        let (mut start, mut end) = (self.span.start as usize, self.span.end as usize);
        let (before, after) = (text[..start].trim_end(), text[end..].trim_start());
        let is_taken = ["-%}", "-}}"].iter().any(|end| before.ends_with(end));
        if text[start..].starts_with("{%-") && !before.is_empty() && !is_taken {
            start = before.len();
        }
        if text[..end].ends_with("-%}") && !after.is_empty() {
            end = text.len() - after.len();
        }
        self.span.file.span(start..end)
    }
}

/// The top-level blocks of a file, in order; what stands between them is ignored.
///
/// A `.md` file holds arbitrary text: only its `{% docs %}` blocks are looked for.
pub fn blocks(file: &Arc<SourceFile>) -> Result<Vec<Block>> {
    if file.path().extension().is_some_and(|ending| ending.eq_ignore_ascii_case("md")) {
        return super::docs::docs_blocks(file);
    }
    let whole = file.span(0..file.text().len());
    let readable = Readable::of_blocks(&whole);
    let tokens = Tokens::of(&readable)?;
    let mut splitter = Splitter { file, tokens, at: 0, stray: vec![] };
    let mut blocks = vec![];
    while let Some(block) = splitter.next_block()? {
        blocks.push(block);
    }
    Ok(blocks)
}

/// The keywords of tags outside of all blocks of a file of blocks, which have no effect.
pub fn stray_tags(file: &Arc<SourceFile>) -> Result<Vec<Span>> {
    let whole = file.span(0..file.text().len());
    let readable = Readable::of_blocks(&whole);
    let mut splitter = Splitter { file, tokens: Tokens::of(&readable)?, at: 0, stray: vec![] };
    while splitter.next_block()?.is_some() {}
    Ok(splitter.stray)
}

struct Splitter<'a> {
    file: &'a Arc<SourceFile>,
    tokens: Tokens<'a>,
    at: usize,
    stray: Vec<Span>,
}

/// What an opening tag says.
#[derive(Default)]
struct Header {
    adapter: Option<String>,
    supported_languages: Option<Vec<String>>,
    parameters: Vec<String>,
    defaults: Vec<Option<Span>>,
}

impl<'a> Splitter<'a> {
    fn next_block(&mut self) -> Result<Option<Block>> {
        while let Some(tag) = self.tokens.tag_from(self.at) {
            self.at = tag.index + 2;
            if let Some(kind) = BlockKind::from_keyword(tag.keyword) {
                return self.block(kind, tag.keyword, tag.index).map(Some);
            }
            self.stray.push(self.tokens.span(tag.index + 1));
        }
        Ok(None)
    }

    /// Reads the block whose tag's `{%` is the token at `start`.
    fn block(&mut self, kind: BlockKind, keyword: &str, start: usize) -> Result<Block> {
        let opening = self.tokens.range(start).start;
        let name = self.expect_name(keyword)?;
        let header = match kind {
            BlockKind::Macro | BlockKind::Test => self.signature()?,
            BlockKind::Materialization => self.materialization_options(&name)?,
            BlockKind::Snapshot | BlockKind::Docs => Header::default(),
        };
        let body_start = self.skip_to_block_end(opening)?;
        let (body_end, end) = self.closing(keyword, &name, opening..body_start)?;
        Ok(Block {
            kind,
            name,
            adapter: header.adapter,
            supported_languages: header.supported_languages,
            parameters: header.parameters,
            defaults: header.defaults,
            span: self.file.span(opening..end),
            body: self.file.span(body_start..body_end),
        })
    }

    fn expect_name(&mut self, keyword: &str) -> Result<String> {
        match self.tokens.kind(self.at) {
            Some(Token::Ident(name)) => {
                let name = (*name).to_owned();
                self.at += 1;
                Ok(name)
            }
            _ => Err(self.error(format!("`{keyword}` needs a name."), self.tokens.span(self.at - 1))),
        }
    }

    /// `(a, b='x', c: str = none)`: type annotations are allowed and ignored.
    fn signature(&mut self) -> Result<Header> {
        let mut header = Header::default();
        if !self.skip_if(Kind::ParenOpen) {
            return Ok(header);
        }
        while !self.skip_if(Kind::ParenClose) {
            if self.skip_if(Kind::Comma) {
                continue;
            }
            let Some(Token::Ident(name)) = self.tokens.kind(self.at) else {
                return Err(self.error("A parameter's name is expected here.".into(), self.tokens.span(self.at)));
            };
            header.parameters.push((*name).to_owned());
            self.at += 1;
            if self.skip_if(Kind::Colon) {
                self.expression();
            }
            let default = self.skip_if(Kind::Assign).then(|| self.expression());
            header.defaults.push(default);
        }
        Ok(header)
    }

    /// `, adapter='x', supported_languages=['sql']` or `, default`.
    fn materialization_options(&mut self, name: &str) -> Result<Header> {
        let mut header = Header { adapter: Some("default".into()), ..Header::default() };
        while self.skip_if(Kind::Comma) {
            let Some(Token::Ident(option)) = self.tokens.kind(self.at) else { break };
            let (option, place) = (*option, self.tokens.span(self.at));
            self.at += 1;
            let strings = if self.skip_if(Kind::Assign) { self.strings() } else { vec![] };
            match option {
                "default" => {}
                "adapter" => header.adapter = strings.into_iter().next(),
                "supported_languages" => header.supported_languages = Some(strings),
                other => {
                    return Err(self
                        .error(format!("Materialization '{name}' has an unknown option `{other}`."), place)
                        .hint("The options are `default`, `adapter` and `supported_languages`."));
                }
            }
        }
        Ok(header)
    }

    /// Passes an expression, up to a comma, `=` or `)` that is not inside of it.
    fn expression(&mut self) -> Span {
        let first = self.at;
        let mut depth = 0;
        while let Some(token) = self.tokens.kind(self.at) {
            match token {
                Token::ParenOpen | Token::BracketOpen | Token::BraceOpen => depth += 1,
                Token::Comma | Token::Assign | Token::ParenClose | Token::BlockEnd if depth == 0 => break,
                Token::ParenClose | Token::BracketClose | Token::BraceClose => depth -= 1,
                _ => {}
            }
            self.at += 1;
        }
        let last = self.at.saturating_sub(1).max(first);
        self.file.span(self.tokens.range(first).start..self.tokens.range(last).end)
    }

    /// The string literals of the expression that stands here.
    fn strings(&mut self) -> Vec<String> {
        let first = self.at;
        self.expression();
        (first..self.at)
            .filter_map(|index| match self.tokens.kind(index) {
                Some(Token::Str(text)) => Some((*text).to_owned()),
                Some(Token::String(text)) => Some(text.to_string()),
                _ => None,
            })
            .collect()
    }

    fn skip_if(&mut self, kind: Kind) -> bool {
        let is = self.tokens.is(self.at, kind);
        self.at += usize::from(is);
        is
    }

    /// Passes the rest of a tag; gives the offset behind its `%}`.
    fn skip_to_block_end(&mut self, opening: usize) -> Result<usize> {
        while self.tokens.kind(self.at).is_some() {
            self.at += 1;
            if self.tokens.is(self.at - 1, Kind::BlockEnd) {
                return Ok(self.tokens.range(self.at - 1).end);
            }
        }
        Err(self.error("This tag is not closed with `%}`.".into(), self.file.span(opening..opening + 2)))
    }

    /// Finds the closing tag; gives where the body ends and where the tag ends.
    fn closing(&mut self, keyword: &str, name: &str, opening: std::ops::Range<usize>) -> Result<(usize, usize)> {
        let closing = format!("end{keyword}");
        while let Some(tag) = self.tokens.tag_from(self.at) {
            self.at = tag.index + 2;
            let start = self.tokens.range(tag.index).start;
            if tag.keyword == closing {
                return Ok((start, self.skip_to_block_end(start)?));
            }
            if BlockKind::from_keyword(tag.keyword).is_some() {
                let inner = self.tokens.span(tag.index + 1);
                return Err(self
                    .unclosed(keyword, name, opening)
                    .label(&inner, format!("`{}` begins before `{closing}`", tag.keyword)));
            }
        }
        Err(self.unclosed(keyword, name, opening))
    }

    fn unclosed(&self, keyword: &str, name: &str, opening: std::ops::Range<usize>) -> Box<Diagnostic> {
        self.error(format!("`{keyword} {name}` is not closed."), self.file.span(opening))
            .hint(format!("Add `{{% end{keyword} %}}` where it ends."))
    }

    fn error(&self, message: String, span: Span) -> Box<Diagnostic> {
        Diagnostic::error(Code::JINJA_SYNTAX, message).at(&span)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn split(text: &str) -> Result<Vec<Block>> {
        blocks(&SourceFile::new("macros/a.sql", text))
    }

    #[test]
    fn finds_every_kind_with_spans_and_parameters() {
        let found = split(
            "text\n{%- macro cents(col, scale=2, opts={'a': [1, 2]}, kind: str = none) -%} body {%- endmacro -%}\n\
             {% test even(model) %}t{% endtest %}{% data_test odd(model) %}t{% enddata_test %}\n\
             {% materialization m, adapter='x', supported_languages=['sql', 'python'] %}b{% endmaterialization %}\n\
             {% materialization n, default %}b{% endmaterialization %}{% snapshot s %}select{% endsnapshot %}",
        )
        .unwrap();
        let names: Vec<_> = found.iter().map(|block| (block.kind, block.name.as_str())).collect();
        use BlockKind::*;
        assert_eq!(
            names,
            [
                (Macro, "cents"),
                (Test, "even"),
                (Test, "odd"),
                (Materialization, "m"),
                (Materialization, "n"),
                (Snapshot, "s")
            ]
        );
        assert_eq!(found[0].parameters, ["col", "scale", "opts", "kind"]);
        let defaults: Vec<_> = found[0].defaults.iter().map(|d| d.as_ref().map_or("-", |d| d.text())).collect();
        assert_eq!(defaults, ["-", "2", "{'a': [1, 2]}", "none"]);
        assert_eq!(found[0].body.text(), " body ");
        assert!(found[0].span.text().starts_with("{%- macro") && found[0].span.text().ends_with("endmacro -%}"));
        assert!(
            found[0].trimmed_span().text().starts_with("\n{%- macro")
                && found[0].trimmed_span().text().ends_with("%}\n")
        );
        assert_eq!(found[1].trimmed_span().text(), found[1].span.text());
        assert_eq!(found[3].adapter.as_deref(), Some("x"));
        assert_eq!(found[3].supported_languages.as_ref().unwrap(), &["sql", "python"]);
        assert_eq!(found[4].adapter.as_deref(), Some("default"));
    }

    #[test]
    fn raw_and_comments_hide_blocks() {
        assert!(split("{% raw %}{% macro a() %}{% endraw %}{# {% macro b() %} #}").unwrap().is_empty());
    }

    #[test]
    fn rulers_between_blocks_are_ignored() {
        let found = split("{% ######## %}\n{% macro a() %}b{% endmacro %}\n{%- ######## -%}").unwrap();
        assert_eq!(found[0].body.text(), "b");
    }

    #[test]
    fn tags_outside_of_blocks_are_strays() {
        let text = "{% set a = 1 %}{% macro b() %}{% if c %}{% endif %}{% endmacro %}{# {% d %} #}{% endmacro %}";
        let strays = stray_tags(&SourceFile::new("macros/a.sql", text)).unwrap();
        assert_eq!(strays.iter().map(Span::text).collect::<Vec<_>>(), ["set", "endmacro"]);
    }

    #[test]
    fn unclosed_blocks_point_at_their_opening() {
        let error = split("\n{% macro a() %}\n{% macro b() %}{% endmacro %}").unwrap_err();
        assert_eq!(error.to_string(), "macros/a.sql:2:1: SB0201: `macro a` is not closed.");
        assert_eq!(error.labels[1].span.position().line, 3);
        assert!(split("{% macro a() %}").is_err());
        assert!(split("{% macro %}{% endmacro %}").is_err());
        assert!(split("{% materialization a, adaptor='x' %}{% endmaterialization %}").is_err());
    }
}
