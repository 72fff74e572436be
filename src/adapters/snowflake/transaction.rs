//! What statements do to transactions.

use crate::sql::{PieceKind, pieces};

/// What a statement does to a transaction.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Effect {
    /// It writes rows: it can be undone with the transaction.
    Writes,
    /// It creates, changes or drops something: Snowflake commits before it.
    Commits,
    /// It starts a transaction.
    Begins,
    /// It ends one.
    Ends,
    /// It reads, or sets something of the session.
    None,
}

impl Effect {
    pub(super) fn of(statement: &str) -> Self {
        let mut words = pieces(statement)
            .filter(|piece| !matches!(piece.kind, PieceKind::Space | PieceKind::Comment))
            .take_while(|piece| piece.kind == PieceKind::Word)
            .map(|piece| statement[piece.range].to_lowercase());
        let verb = words.next().unwrap_or_default();
        match (verb.as_str(), words.next().as_deref()) {
            ("insert" | "update" | "delete" | "merge" | "truncate", _) => Self::Writes,
            ("copy", Some("into")) => Self::Writes,
            ("begin", None | Some("transaction" | "work" | "name")) | ("start", Some("transaction")) => Self::Begins,
            ("commit" | "rollback", _) => Self::Ends,
            ("alter", Some("session")) => Self::None,
            ("create" | "alter" | "drop" | "undrop" | "grant" | "revoke" | "comment", _) => Self::Commits,
            _ => Self::None,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::Effect;

    #[test]
    fn the_first_words_tell() {
        let cases = [
            ("/* x */ -- y\nInsert into t select 1", Effect::Writes),
            ("(select 1)", Effect::None),
            ("create or replace table t as select 1", Effect::Commits),
            ("alter session set query_tag = 'x'", Effect::None),
            ("begin", Effect::Begins),
            ("begin let x := 1; end", Effect::None),
            ("rollback", Effect::Ends),
            ("", Effect::None),
        ];
        for (sql, effect) in cases {
            assert_eq!(Effect::of(sql), effect, "{sql}");
        }
    }
}
