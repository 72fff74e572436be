//! Whether every block that a template opens is closed.

use super::tokens::Tokens;
use crate::diagnostics::{Code, Diagnostic, Result, Span};
use minijinja::machinery::Token;

const BLOCKS: [&str; 8] = ["if", "for", "call", "filter", "macro", "with", "autoescape", "block"];

/// An error that points at the opening tag if a block is not closed, or is closed by another block's end.
pub(super) fn check_balance(tokens: &Tokens<'_>) -> Result<()> {
    let mut open: Vec<(&str, Span)> = vec![];
    let mut at = 0;
    while let Some(tag) = tokens.tag_from(at) {
        at = tag.index + 2;
        let place = tokens.span(tag.index + 1);
        if BLOCKS.contains(&tag.keyword) || tag.keyword == "set" && is_set_block(tokens, tag.index) {
            open.push((tag.keyword, place));
        } else if let Some(closed) = tag.keyword.strip_prefix("end") {
            match open.pop() {
                Some((keyword, _)) if keyword == closed => {}
                Some((keyword, opening)) => return Err(mismatch(keyword, &opening, closed, &place)),
                None => return Err(closes_nothing(closed, &place)),
            }
        }
    }
    match open.pop() {
        Some((keyword, opening)) => Err(Diagnostic::error(Code::JINJA_SYNTAX, format!("`{keyword}` is not closed."))
            .at(&opening)
            .hint(format!("Add `{{% end{keyword} %}}` where it ends."))),
        None => Ok(()),
    }
}

fn mismatch(keyword: &str, opening: &Span, closed: &str, place: &Span) -> Box<Diagnostic> {
    Diagnostic::error(Code::JINJA_SYNTAX, format!("`end{closed}` stands where `end{keyword}` is expected."))
        .at(place)
        .label(opening, format!("`{keyword}` is opened here"))
}

fn closes_nothing(closed: &str, place: &Span) -> Box<Diagnostic> {
    Diagnostic::error(Code::JINJA_SYNTAX, format!("`end{closed}` closes nothing.")).at(place)
}

/// `{% set x %}…{% endset %}` as opposed to `{% set x = … %}`.
fn is_set_block(tokens: &Tokens<'_>, index: usize) -> bool {
    let Some(end) = tokens.tag_end(index) else { return false };
    let mut depth = 0;
    for i in index..end {
        match tokens.kind(i) {
            Some(Token::ParenOpen) => depth += 1,
            Some(Token::ParenClose) => depth -= 1,
            Some(Token::Assign) if depth == 0 => return false,
            _ => {}
        }
    }
    true
}
