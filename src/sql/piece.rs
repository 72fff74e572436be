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
        ' ' => (PieceKind::Space, length_while(text, char::is_whitespace)),
        c if c.is_ascii_alphabetic() && !matches!(c, 'e' | 'E') => (PieceKind::Word, word(text)),
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
        c if is_word(c) => (PieceKind::Word, word(text)),
        c => (PieceKind::Symbol, c.len_utf8()),
    }
}

fn is_word(c: char) -> bool {
    c.is_alphanumeric() || c == '_'
}

/// The length of the word that `text` starts with.
fn word(text: &str) -> usize {
    let plain = |byte: &u8| byte.is_ascii_alphanumeric() || matches!(byte, b'_' | b'$');
    let length = text.bytes().take_while(|byte| plain(byte)).count();
    length + length_while(&text[length..], |c| is_word(c) || c == '$')
}

fn length_while(text: &str, belongs: impl Fn(char) -> bool) -> usize {
    text.find(|c| !belongs(c)).unwrap_or(text.len())
}

/// The length of the line that `text` starts with, without its end.
fn line(text: &str) -> usize {
    memchr::memchr(b'\n', text.as_bytes()).unwrap_or(text.len())
}

/// The length of the block comment that `text` starts with; block comments nest.
fn block_comment(text: &str) -> usize {
    let (mut depth, mut at, bytes) = (0, 0, text.as_bytes());
    while let Some(found) = memchr::memchr2(b'/', b'*', &bytes[at..]) {
        at += found;
        match &bytes[at..] {
            [b'/', b'*', ..] => depth += 1,
            [b'*', b'/', ..] => depth -= 1,
            _ => {
                at += 1;
                continue;
            }
        }
        at += 2;
        if depth == 0 {
            return at;
        }
    }
    text.len()
}

/// The length of the quoted text that `text` starts with; a doubled quote does not end it, nor does an escaped one.
fn quoted(text: &str, quote: char, escapes: bool) -> usize {
    // Quotes and backslashes are of one byte, and no part of another character.
    let (bytes, quote) = (text.as_bytes(), quote as u8);
    let escape = if escapes { b'\\' } else { quote };
    let mut at = 1;
    while let Some(found) = memchr::memchr2(quote, escape, bytes.get(at..).unwrap_or_default()) {
        at += found + 1;
        match bytes[at - 1] == quote {
            true if bytes.get(at) != Some(&quote) => return at,
            true => at += 1,
            false => at += text.get(at..).and_then(|rest| rest.chars().next()).map_or(0, char::len_utf8),
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
