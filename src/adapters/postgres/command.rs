//! The tag of a command, such as `SELECT 5` or `CREATE VIEW`.
//!
//! The server sends it, but the driver keeps only its number of rows. The words follow from the statement by
//! PostgreSQL's own rules, so they are found again here.

use super::dialect::POSTGRES;
use crate::adapters::Response;
use crate::sql::{PieceKind, pieces};

/// Words between `create` and what is created.
const MODIFIERS: &[&str] = &[
    "OR",
    "REPLACE",
    "TEMP",
    "TEMPORARY",
    "LOCAL",
    "GLOBAL",
    "UNLOGGED",
    "UNIQUE",
    "RECURSIVE",
    "TRUSTED",
    "PROCEDURAL",
];

/// What is created, altered or dropped and has a name of several words.
const LONG_NAMES: &[&[&str]] = &[
    &["MATERIALIZED", "VIEW"],
    &["FOREIGN", "TABLE"],
    &["FOREIGN", "DATA", "WRAPPER"],
    &["EVENT", "TRIGGER"],
    &["ACCESS", "METHOD"],
    &["DEFAULT", "PRIVILEGES"],
    &["USER", "MAPPING"],
    &["OPERATOR", "CLASS"],
    &["OPERATOR", "FAMILY"],
    &["TEXT", "SEARCH", "CONFIGURATION"],
    &["TEXT", "SEARCH", "DICTIONARY"],
    &["TEXT", "SEARCH", "PARSER"],
    &["TEXT", "SEARCH", "TEMPLATE"],
];

/// What the server said of a statement that wrote or returned so many rows.
pub(super) fn response(statement: &str, rows: u64) -> Response {
    let code = tag(statement);
    let counted = match code.as_str() {
        "SELECT" | "INSERT" | "UPDATE" | "DELETE" | "MERGE" | "COPY" | "FETCH" | "MOVE" => Some(rows),
        _ => None,
    };
    let message = match (code.as_str(), counted) {
        // The zero is what is left of row identifiers.
        ("INSERT", Some(rows)) => format!("INSERT 0 {rows}"),
        (_, Some(rows)) => format!("{code} {rows}"),
        (_, None) => code.clone(),
    };
    // Where no rows are counted dbt's driver says -1.
    let rows_affected = counted.map_or(-1, |rows| i64::try_from(rows).unwrap_or(i64::MAX));
    Response { message, code, rows_affected: Some(rows_affected), ..Response::default() }
}

fn tag(statement: &str) -> String {
    let mut rest = words(statement).map(|word| word.text.to_uppercase());
    let first = rest.next().unwrap_or_default();
    let second = || words(statement).nth(1).map(|word| word.text.to_uppercase()).unwrap_or_default();
    match first.as_str() {
        "SELECT" | "VALUES" | "TABLE" | "" => "SELECT".into(),
        "WITH" => match main_verb(statement).as_str() {
            "VALUES" | "TABLE" => "SELECT".into(),
            verb => verb.to_owned(),
        },
        "CREATE" | "ALTER" | "DROP" => defined(&first, &rest.take(HEAD).collect::<Vec<_>>(), statement),
        "REFRESH" => "REFRESH MATERIALIZED VIEW".into(),
        verb @ ("TRUNCATE" | "LOCK") => format!("{verb} TABLE"),
        verb @ ("START" | "PREPARE") if second() == "TRANSACTION" => format!("{verb} TRANSACTION"),
        "END" => "COMMIT".into(),
        "ABORT" => "ROLLBACK".into(),
        "ANALYSE" => "ANALYZE".into(),
        "DISCARD" => format!("DISCARD {}", second()),
        "DECLARE" => "DECLARE CURSOR".into(),
        "CLOSE" => "CLOSE CURSOR".into(),
        "IMPORT" => "IMPORT FOREIGN SCHEMA".into(),
        verb => verb.to_owned(),
    }
}

/// How many words after the verb say what is created, altered or dropped.
const HEAD: usize = 8;

/// The tag of `create`, `alter` and `drop`: the verb and the kind of thing, unless rows were selected into it.
fn defined(verb: &str, after: &[String], statement: &str) -> String {
    let skipped = after.iter().take_while(|word| verb == "CREATE" && MODIFIERS.contains(&word.as_str())).count();
    let after = &after[skipped..];
    let is_called = |name: &&&[&str]| after.iter().take(name.len()).eq(name.iter());
    let kind = match LONG_NAMES.iter().find(is_called) {
        Some(name) => name.join(" "),
        None => after.first().cloned().unwrap_or_default(),
    };
    let outside = |text: &str| words(statement).any(|word| word.depth == 0 && word.is(text));
    let selects = verb == "CREATE" && ["TABLE", "MATERIALIZED VIEW"].contains(&kind.as_str()) && outside("AS");
    // Few statements have such a word at all, wherever it stands.
    let is_empty = || mentions(statement, "DATA") && outside("NO") && outside("DATA");
    match kind.as_str() {
        "TABLE" if selects && is_empty() => "CREATE TABLE AS".into(),
        _ if selects && !is_empty() => "SELECT".into(),
        "GROUP" | "USER" => format!("{verb} ROLE"),
        kind => format!("{verb} {kind}"),
    }
}

/// Whether a text holds another, in whatever case.
fn mentions(text: &str, part: &str) -> bool {
    let (bytes, part) = (text.as_bytes(), part.as_bytes());
    let is_there = |at: usize| bytes[at..].get(..part.len()).is_some_and(|here| here.eq_ignore_ascii_case(part));
    memchr::memchr2_iter(part[0].to_ascii_lowercase(), part[0].to_ascii_uppercase(), bytes).any(is_there)
}

/// A word that is not in quotes.
struct Word<'a> {
    text: &'a str,
    /// How many parentheses are open around it.
    depth: usize,
    /// Whether a closing parenthesis stands before it.
    after_parenthesis: bool,
}

impl Word<'_> {
    fn is(&self, text: &str) -> bool {
        self.text.eq_ignore_ascii_case(text)
    }
}

/// The words of a statement.
fn words(statement: &str) -> impl Iterator<Item = Word<'_>> {
    let (mut depth, mut after_parenthesis) = (0_usize, false);
    pieces(statement, POSTGRES.lexis).filter_map(move |piece| {
        let text = &statement[piece.range];
        let word = match (piece.kind, text) {
            (PieceKind::Space | PieceKind::Comment, _) => return None,
            (PieceKind::Word, text) => Some(Word { text, depth, after_parenthesis }),
            _ => None,
        };
        match text {
            "(" => depth += 1,
            ")" => depth = depth.saturating_sub(1),
            _ => {}
        }
        after_parenthesis = text == ")";
        word
    })
}

/// The verb that the common table expressions of a `with` belong to. It follows the last one's parenthesis, which tells it
/// from an expression that is named like a verb.
fn main_verb(statement: &str) -> String {
    const VERBS: &[&str] = &["SELECT", "INSERT", "UPDATE", "DELETE", "MERGE", "VALUES", "TABLE"];
    let is_verb = |word: &Word<'_>| word.depth == 0 && word.after_parenthesis && VERBS.iter().any(|verb| word.is(verb));
    words(statement).find(is_verb).map_or_else(|| "SELECT".to_owned(), |word| word.text.to_uppercase())
}

#[cfg(test)]
mod tests {
    use super::response;

    #[test]
    fn tags_are_the_servers() {
        for (statement, message) in [
            ("/* q */ (select 1)", "SELECT 3"),
            ("with update as (select 1) insert into t select * from update", "INSERT 0 3"),
            ("with a as (values (1)), b as (select 2) select 1", "SELECT 3"),
            ("create temp table x as (select 1)", "SELECT 3"),
            ("create table x (a int)", "CREATE TABLE"),
            ("create table x as select 1 with no data", "CREATE TABLE AS"),
            ("create or replace view \"table\" as select 1", "CREATE VIEW"),
            ("create materialized view if not exists x as select 1", "SELECT 3"),
            ("drop materialized view if exists x", "DROP MATERIALIZED VIEW"),
            ("alter table a rename to b", "ALTER TABLE"),
            ("create unique index on t (a)", "CREATE INDEX"),
            ("truncate t", "TRUNCATE TABLE"),
            ("comment on table t is 'x'", "COMMENT"),
            ("grant select on t to u", "GRANT"),
            ("end", "COMMIT"),
        ] {
            assert_eq!(response(statement, 3).message, message, "{statement}");
        }
    }

    #[test]
    fn rows_are_counted_as_dbts_driver_does() {
        assert_eq!((response("insert into t select 1", 4)).rows_affected, Some(4));
        assert_eq!((response("create view v as select 1", 0)).rows_affected, Some(-1));
    }
}
