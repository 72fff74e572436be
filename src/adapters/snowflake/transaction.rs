//! What statements do to transactions.

use super::dialect::SNOWFLAKE;
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
        let mut words = first_words(statement);
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

/// The words that a statement begins with, in small letters.
fn first_words(statement: &str) -> impl Iterator<Item = String> + '_ {
    pieces(statement, SNOWFLAKE.lexis)
        .filter(|piece| !matches!(piece.kind, PieceKind::Space | PieceKind::Comment))
        .take_while(|piece| piece.kind == PieceKind::Word)
        .map(|piece| statement[piece.range].to_lowercase())
}

/// Whether a statement makes something that only its session has: a setting, a temporary table.
pub(super) fn binds_session(statement: &str) -> bool {
    let mut words = first_words(statement);
    match words.next().as_deref() {
        Some("use" | "set" | "unset") => true,
        Some("alter") => words.next().as_deref() == Some("session"),
        // A procedure with the rights of the caller.
        Some("call") => true,
        Some("with") => words.nth(2).as_deref() == Some("procedure"),
        Some("create") => words
            .find(|word| !matches!(word.as_str(), "or" | "replace" | "local" | "global"))
            .is_some_and(|word| matches!(word.as_str(), "temporary" | "temp" | "volatile")),
        _ => false,
    }
}

#[cfg(test)]
mod tests {
    use super::{Effect, binds_session};

    #[test]
    fn the_first_words_tell() {
        let cases = [
            ("/* x */ -- y\nInsert into t select 1", Effect::Writes),
            ("(select 1)", Effect::None),
            ("create or replace table t as select 1", Effect::Commits),
            ("alter session set query_tag = 'x'", Effect::None),
            ("create or replace temporary table t as select 1", Effect::Commits),
            ("begin", Effect::Begins),
            ("begin let x := 1; end", Effect::None),
            ("rollback", Effect::Ends),
            ("", Effect::None),
        ];
        for (sql, effect) in cases {
            assert_eq!(Effect::of(sql), effect, "{sql}");
        }
    }

    #[test]
    fn sessions_keep_settings_and_temporary_tables() {
        for sql in [
            "alter session set x = 1",
            "// x\nuse warehouse w",
            "create or replace temporary table t (a int)",
            "with p as procedure () returns string call p()",
            "call p()",
        ] {
            assert!(binds_session(sql), "{sql}");
        }
        for sql in ["alter table t add b int", "create or replace transient table t (a int)", "select 1", ""] {
            assert!(!binds_session(sql), "{sql}");
        }
    }
}
