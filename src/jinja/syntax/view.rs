//! A template's text as minijinja can parse it: byte for byte as long as the original.

use super::balance::check_balance;
use super::readable::Readable;
use super::tokens::{Kind, Tokens, syntax_diagnostic};
use crate::diagnostics::{Result, Span};
use minijinja::machinery::{Token, ast, parse, parse_expr};
use std::collections::HashSet;

/// The text of a template with the few things changed, in place, that Jinja2 accepts and minijinja does not:
/// besides what [`Readable`] replaces, `{% if x: %}` loses its colon, `+1` its sign, `{% do x %}` without a call becomes
/// `{{ x }}` (whose output is dropped later), and `x[1, 2]` becomes `x(1, 2)`: what takes several subscripts can be called
/// with them too.
pub(in crate::jinja) struct View<'a> {
    pub template: &'a Span,
    pub text: String,
    /// Where the `{{` stand that were `{% do`.
    pub dos: HashSet<usize>,
    /// Where text begins that stands between `{% raw %}` and `{% endraw %}`.
    pub raws: HashSet<usize>,
}

impl<'a> View<'a> {
    /// Checks that the template's blocks are balanced, and makes it parseable.
    pub fn of(template: &'a Span) -> Result<Self> {
        let readable = Readable::of(template);
        let tokens = Tokens::of(&readable)?;
        check_balance(&tokens)?;
        let mut view = View { template, text: String::new(), dos: HashSet::new(), raws: HashSet::new() };
        let mut bytes = readable.text.as_bytes().to_vec();
        view.find_raws(&tokens, &readable.text);
        for (open, close) in tokens.tuple_subscripts() {
            bytes[view.local(open.start)] = b'(';
            bytes[view.local(close.start)] = b')';
        }
        for sign in tokens.signs() {
            bytes[view.local(sign)] = b' ';
        }
        let mut at = 0;
        while let Some(tag) = tokens.tag_from(at) {
            at = tag.index + 2;
            let Some(end) = tokens.tag_end(tag.index) else { break };
            if end > 0 && tokens.is(end - 1, Kind::Colon) {
                bytes[view.local(tokens.range(end - 1).start)] = b' ';
            }
            if tag.keyword == "do" {
                view.rewrite_do(&tokens, tag.index, end, &mut bytes);
            }
        }
        // Only single ASCII bytes were replaced by others.
        view.text = String::from_utf8(bytes).unwrap_or_else(|_| readable.text.to_string());
        Ok(view)
    }

    /// The syntax tree.
    pub fn parse(&self) -> Result<ast::Stmt<'_>> {
        parse(&self.text, "template", Default::default()).map_err(|error| syntax_diagnostic(&error, self.template))
    }

    fn local(&self, offset: usize) -> usize {
        offset - self.template.start as usize
    }

    fn rewrite_do(&mut self, tokens: &Tokens<'_>, start: usize, end: usize, bytes: &mut [u8]) {
        let (open, keyword, close) = (tokens.range(start), tokens.range(start + 1), tokens.range(end));
        let expression = &self.template.text()[self.local(keyword.end)..self.local(close.start)];
        if matches!(parse_expr(expression), Ok(ast::Expr::Call(_)) | Err(_)) {
            return;
        }
        let (open, close) = (self.local(open.start), self.local(close.end));
        bytes[open + 1] = b'{';
        bytes[self.local(keyword.start)..self.local(keyword.end)].fill(b' ');
        bytes[close - 2] = b'}';
        self.dos.insert(open);
    }

    fn find_raws(&mut self, tokens: &Tokens<'_>, readable: &str) {
        let mut before = self.template.start as usize;
        for index in 0..tokens.len() {
            let range = tokens.range(index);
            if let Some(Token::TemplateData(text)) = tokens.kind(index) {
                let start = text.as_ptr() as usize - readable.as_ptr() as usize;
                if self.template.text()[self.local(before)..start].contains("{%") {
                    self.raws.insert(start);
                }
            }
            before = range.end;
        }
    }
}
