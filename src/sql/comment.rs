//! Comments in SQL.

use super::{PieceKind, pieces};

/// The text without its comments; a block comment leaves a space, so that words do not run together.
pub fn without_comments(sql: &str) -> String {
    let mut out = String::with_capacity(sql.len());
    for piece in pieces(sql) {
        match piece.kind {
            PieceKind::Comment if sql[piece.range.clone()].starts_with("--") => {}
            PieceKind::Comment => out.push(' '),
            _ => out.push_str(&sql[piece.range]),
        }
    }
    out
}

#[cfg(test)]
mod tests {
    use super::without_comments;

    #[test]
    fn keeps_what_only_looks_like_a_comment() {
        assert_eq!(without_comments("a/* b */c -- d\n'-- e' \"/* f */\""), "a c \n'-- e' \"/* f */\"");
    }
}
