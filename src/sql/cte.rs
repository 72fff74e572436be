//! Where common table expressions go.

use super::{Lexis, PieceKind, pieces};

/// Whether a query begins with `with`, and where another common table expression can be put.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum WithClause {
    /// It does: after `with` (or `with recursive`) and white space, at this byte.
    After(usize),
    /// It does not: a `with` of one's own goes to this byte, before the first thing that is not white space.
    Missing(usize),
}

/// Looks at the beginning of a query.
pub fn with_clause(sql: &str, lexis: Lexis) -> WithClause {
    let mut significant =
        pieces(sql, lexis).filter(|piece| !matches!(piece.kind, PieceKind::Space | PieceKind::Comment));
    let is = |range: std::ops::Range<usize>, word: &str| sql[range].eq_ignore_ascii_case(word);
    match significant.next() {
        Some(first) if is(first.range.clone(), "with") => match significant.next() {
            Some(second) if is(second.range.clone(), "recursive") => {
                WithClause::After(past_space(sql, second.range.end))
            }
            _ => WithClause::After(past_space(sql, first.range.end)),
        },
        _ => WithClause::Missing(past_space(sql, 0)),
    }
}

fn past_space(sql: &str, at: usize) -> usize {
    sql.len() - sql[at..].trim_start().len()
}

#[cfg(test)]
mod tests {
    use super::{Lexis, WithClause, with_clause};

    #[test]
    fn finds_the_place() {
        let cases = [
            ("\n select 1", WithClause::Missing(2)),
            ("  -- with\nselect 1", WithClause::Missing(2)),
            ("-- a\nWITH x as (select 1)", WithClause::After(10)),
            ("/* a */ with  recursive x as", WithClause::After(24)),
            ("with \"recursive\" as (select 1)", WithClause::After(5)),
            ("withdrawals", WithClause::Missing(0)),
            ("(with x as (select 1) select 1)", WithClause::Missing(0)),
            ("", WithClause::Missing(0)),
        ];
        for (sql, expected) in cases {
            assert_eq!(with_clause(sql, Lexis::default()), expected, "{sql}");
        }
    }
}
