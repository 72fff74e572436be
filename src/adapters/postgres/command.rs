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

/// Of most statements the first words say enough, however long they are.
const HEAD: usize = 8;

fn tag(statement: &str) -> String {
    let words = Words::of(statement, HEAD);
    match words.get(0) {
        "SELECT" | "VALUES" | "TABLE" | "" => "SELECT".into(),
        "WITH" => Words::of(statement, usize::MAX).main_verb().replace("VALUES", "SELECT").replace("TABLE", "SELECT"),
        "CREATE" | "ALTER" | "DROP" => defined(&words, statement),
        "REFRESH" => "REFRESH MATERIALIZED VIEW".into(),
        verb @ ("TRUNCATE" | "LOCK") => format!("{verb} TABLE"),
        verb @ ("START" | "PREPARE") if words.get(1) == "TRANSACTION" => format!("{verb} TRANSACTION"),
        "END" => "COMMIT".into(),
        "ABORT" => "ROLLBACK".into(),
        "ANALYSE" => "ANALYZE".into(),
        "DISCARD" => format!("DISCARD {}", words.get(1)),
        "DECLARE" => "DECLARE CURSOR".into(),
        "CLOSE" => "CLOSE CURSOR".into(),
        "IMPORT" => "IMPORT FOREIGN SCHEMA".into(),
        verb => verb.to_owned(),
    }
}

/// The tag of `create`, `alter` and `drop`: the verb and the kind of thing, unless rows were selected into it.
fn defined(words: &Words, statement: &str) -> String {
    let verb = words.get(0);
    let after = |at: usize| words.0.iter().skip(at).map(|word| word.text.as_str());
    let skipped = after(1).take_while(|word| verb == "CREATE" && MODIFIERS.contains(word)).count();
    let kind = LONG_NAMES
        .iter()
        .find(|name| after(1 + skipped).take(name.len()).eq(name.iter().copied()))
        .map_or_else(|| words.get(1 + skipped).to_owned(), |name| name.join(" "));
    let may_select = verb == "CREATE" && ["TABLE", "MATERIALIZED VIEW"].contains(&kind.as_str());
    let all = Words::of(if may_select { statement } else { "" }, usize::MAX);
    let empty = all.outside("NO") && all.outside("DATA");
    match (all.outside("AS"), empty) {
        (true, false) => "SELECT".into(),
        (true, true) if kind == "TABLE" => "CREATE TABLE AS".into(),
        _ if kind == "GROUP" || kind == "USER" => format!("{verb} ROLE"),
        _ => format!("{verb} {kind}"),
    }
}

/// The unquoted words of a statement, in upper case.
struct Words(Vec<Word>);

struct Word {
    text: String,
    /// How many parentheses are open around it.
    depth: usize,
    /// Whether a closing parenthesis stands before it.
    after_parenthesis: bool,
}

impl Words {
    /// The first words of a statement, `most` at most.
    fn of(statement: &str, most: usize) -> Self {
        let (mut words, mut depth, mut after_parenthesis) = (vec![], 0_usize, false);
        for piece in pieces(statement, POSTGRES.lexis) {
            if words.len() == most {
                break;
            }
            let text = &statement[piece.range];
            match (piece.kind, text) {
                (PieceKind::Space | PieceKind::Comment, _) => continue,
                (PieceKind::Symbol, "(") => depth += 1,
                (PieceKind::Symbol, ")") => depth = depth.saturating_sub(1),
                (PieceKind::Word, _) => words.push(Word { text: text.to_uppercase(), depth, after_parenthesis }),
                _ => {}
            }
            after_parenthesis = text == ")";
        }
        Self(words)
    }

    fn get(&self, at: usize) -> &str {
        self.0.get(at).map_or("", |word| word.text.as_str())
    }

    /// Whether a word stands outside all parentheses.
    fn outside(&self, text: &str) -> bool {
        self.0.iter().any(|word| word.depth == 0 && word.text == text)
    }

    /// The verb that the common table expressions of a `with` belong to. It follows the last one's parenthesis, which
    /// tells it from an expression that is named like a verb.
    fn main_verb(&self) -> &str {
        const VERBS: &[&str] = &["SELECT", "INSERT", "UPDATE", "DELETE", "MERGE", "VALUES", "TABLE"];
        let is_verb = |word: &&Word| word.depth == 0 && VERBS.contains(&word.text.as_str()) && word.after_parenthesis;
        self.0.iter().find(is_verb).map_or("SELECT", |word| word.text.as_str())
    }
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
