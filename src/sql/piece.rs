//! SQL cut into the pieces that matter for everything else: what is code, what is quoted, what is a comment.

use std::ops::Range;

/// A piece of SQL text.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Piece {
    /// What it is.
    pub kind: PieceKind,
    /// Its bytes.
    pub range: Range<usize>,
}

/// Kinds of pieces.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum PieceKind {
    /// White space.
    Space,
    /// `-- …` without its end of line, or `/* … */`.
    Comment,
    /// A text literal, a quoted identifier or a dollar-quoted text.
    Quoted,
    /// A keyword, a name that is not quoted, or a number.
    Word,
    /// Any other character.
    Symbol,
}

/// How an engine writes texts and comments, where engines differ.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct Lexis {
    /// A backslash in a text literal stands for something else: `'it\'s'`.
    pub backslash_escapes: bool,
    /// `// …` is a comment too.
    pub slash_comments: bool,
}

/// Cuts a text into pieces; together they are the whole text. What is never closed reaches to the end.
pub fn pieces(sql: &str, lexis: Lexis) -> impl Iterator<Item = Piece> + '_ {
    let mut at = 0;
    std::iter::from_fn(move || {
        let rest = sql.get(at..).filter(|rest| !rest.is_empty())?;
        let (kind, length) = first_piece(rest, lexis);
        let start = at;
        at += length;
        Some(Piece { kind, range: start..at })
    })
}

fn first_piece(text: &str, lexis: Lexis) -> (PieceKind, usize) {
    let first = text.chars().next().unwrap_or(' ');
    match first {
        c if c.is_whitespace() => (PieceKind::Space, length_while(text, char::is_whitespace)),
        '-' if text.starts_with("--") => (PieceKind::Comment, line(text)),
        '/' if lexis.slash_comments && text.starts_with("//") => (PieceKind::Comment, line(text)),
        '/' if text.starts_with("/*") => (PieceKind::Comment, block_comment(text)),
        '\'' => (PieceKind::Quoted, quoted(text, first, lexis.backslash_escapes)),
        '"' | '`' => (PieceKind::Quoted, quoted(text, first, false)),
        'e' | 'E' if text[1..].starts_with('\'') => (PieceKind::Quoted, 1 + quoted(&text[1..], '\'', true)),
        '$' => match dollar_quoted(text) {
            Some(length) => (PieceKind::Quoted, length),
            None => (PieceKind::Symbol, 1),
        },
        c if is_word(c) => (PieceKind::Word, length_while(text, |c| is_word(c) || c == '$')),
        c => (PieceKind::Symbol, c.len_utf8()),
    }
}

fn is_word(c: char) -> bool {
    c.is_alphanumeric() || c == '_'
}

fn length_while(text: &str, belongs: impl Fn(char) -> bool) -> usize {
    text.find(|c| !belongs(c)).unwrap_or(text.len())
}

/// The length of the line that `text` starts with, without its end.
fn line(text: &str) -> usize {
    text.find('\n').unwrap_or(text.len())
}

/// The length of the block comment that `text` starts with; block comments nest.
fn block_comment(text: &str) -> usize {
    let (mut depth, mut at) = (0, 0);
    loop {
        let rest = &text[at..];
        if rest.starts_with("/*") {
            depth += 1;
            at += 2;
        } else if rest.starts_with("*/") {
            depth -= 1;
            at += 2;
            if depth == 0 {
                return at;
            }
        } else {
            match rest.chars().next() {
                Some(c) => at += c.len_utf8(),
                None => return text.len(),
            }
        }
    }
}

/// The length of the quoted text that `text` starts with; a doubled quote does not end it, nor does an escaped one.
fn quoted(text: &str, quote: char, escapes: bool) -> usize {
    let mut chars = text.char_indices().skip(1).peekable();
    while let Some((at, c)) = chars.next() {
        if escapes && c == '\\' {
            chars.next();
        } else if c == quote && chars.next_if(|(_, next)| *next == quote).is_none() {
            return at + c.len_utf8();
        }
    }
    text.len()
}

/// The length of the `$tag$ … $tag$` that `text` starts with; `None` when it is a `$` of another kind.
fn dollar_quoted(text: &str) -> Option<usize> {
    let tag_end = text[1..].find('$')? + 2;
    let tag = &text[..tag_end];
    let name = &tag[1..tag_end - 1];
    let named = name.chars().all(is_word) && !name.starts_with(|c: char| c.is_ascii_digit());
    named.then(|| text[tag_end..].find(tag).map_or(text.len(), |end| tag_end + end + tag_end))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn show(sql: &str, lexis: Lexis) -> Vec<String> {
        pieces(sql, lexis)
            .filter(|piece| piece.kind != PieceKind::Space)
            .map(|piece| format!("{:?} {}", piece.kind, &sql[piece.range]))
            .collect()
    }

    #[test]
    fn quotes_and_comments_are_whole() {
        let sql = "select 'it''s; --', \"a\"\"b;\", e'\\';', $1, $t$ ; ' $t$ -- x;\n/* a /* b; */ c */ from é.t$1;";
        insta::assert_debug_snapshot!(show(sql, Lexis::default()));
    }

    #[test]
    fn engines_differ_in_backslashes_and_slashes() {
        let sql = r"'a\\', 'it\'s // no', 1 // ' it is";
        assert_eq!(show(sql, Lexis::default())[..3], [r"Quoted 'a\\'", "Symbol ,", r"Quoted 'it\'"]);
        let lexis = Lexis { backslash_escapes: true, slash_comments: true };
        let expected =
            [r"Quoted 'a\\'", "Symbol ,", r"Quoted 'it\'s // no'", "Symbol ,", "Word 1", "Comment // ' it is"];
        assert_eq!(show(sql, lexis), expected);
    }

    #[test]
    fn what_is_not_closed_reaches_to_the_end() {
        for sql in ["'abc", "\"abc", "/* abc /* d */", "-- abc", "$a$ abc", "e'\\'"] {
            assert_eq!(pieces(sql, Lexis::default()).count(), 1, "{sql}");
        }
    }
}
