//! A text of several statements.

use super::{Lexis, Piece, PieceKind, pieces};

/// The statements of a text, without the semicolons between them and the white space around them. What holds nothing
/// but comments is left out.
pub fn statements(sql: &str, lexis: Lexis) -> Vec<&str> {
    let is_code = |piece: &Piece| !matches!(piece.kind, PieceKind::Space | PieceKind::Comment);
    if memchr::memchr(b';', sql.as_bytes()).is_none() {
        return if pieces(sql, lexis).any(|piece| is_code(&piece)) { vec![sql.trim()] } else { vec![] };
    }
    let mut found = vec![];
    let (mut start, mut any_code) = (0, false);
    for piece in pieces(sql, lexis) {
        if piece.kind == PieceKind::Symbol && &sql[piece.range.clone()] == ";" {
            if any_code {
                found.push(sql[start..piece.range.start].trim());
            }
            (start, any_code) = (piece.range.end, false);
        } else {
            any_code |= is_code(&piece);
        }
    }
    if any_code {
        found.push(sql[start..].trim());
    }
    found
}

#[cfg(test)]
mod tests {
    use super::{Lexis, statements};

    #[test]
    fn semicolons_in_quotes_and_comments_do_not_split() {
        let sql = "select ';' -- a;\n; -- only a comment\n;; create function f() as $$ select 1; $$;\n/* ; */ select 2";
        let expected = ["select ';' -- a;", "create function f() as $$ select 1; $$", "/* ; */ select 2"];
        assert_eq!(statements(sql, Lexis::default()), expected);
    }

    #[test]
    fn nothing_has_no_statements() {
        assert!(statements(" ; -- nothing\n ;", Lexis::default()).is_empty());
    }
}
