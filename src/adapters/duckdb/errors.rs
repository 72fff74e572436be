//! What DuckDB says when it refuses, taken apart.
//!
//! It says everything in one text: `Binder Error: Column "x" not found`, hints such as `Candidate bindings: …` on
//! lines of their own, and at the end `LINE 2: select x …` with a caret below.

use crate::adapters::{DatabaseError, ErrorKind, Violated};

/// Words at which a line of the message is a hint.
const HINTS: &[&str] = &["Candidate ", "Did you mean", "Possible solutions", "Note:", "Hint:", "HINT:"];

/// What helps when a table cannot be replaced for a foreign key.
const REFERRED_TO: &str = "DuckDB cannot replace a table that a foreign key refers to. Enforce the contract with the foreign key on \
    other engines only, `contract: {enforced: \"{{ target.type != 'duckdb' }}\"}`, and use a relationships test; then build both \
    tables once with --full-refresh, the one with the foreign key first.";

/// What helps when a row's parent comes with the same statement.
const PARENT_MISSING: &str = "DuckDB looks for a row's parent among the rows that were there before the statement: a foreign key of a table \
    to itself holds only where parents are loaded before their children. Enforce the contract with such a key on other engines \
    only, `contract: {enforced: \"{{ target.type != 'duckdb' }}\"}`, and use a relationships test.";

/// What helps when an extension that DuckDB would fetch is missing.
const EXTENSION_MISSING: &str = "DuckDB fetches its extensions by itself, which needs a network. Without one, install the \
    extension where there is one (`install <name>`), copy DuckDB's folder of extensions here, and name it in the profile: \
    `settings: {extension_directory: …}`.";

/// What helps when a file was written by a newer DuckDB.
const FILE_TOO_NEW: &str = "Let the newer DuckDB copy it in the older form: `attach 'copy.duckdb' as copy (storage_version 'v1.5.0'); \
    copy from database <name> to copy`. Programs of both versions can open that.";

/// Takes a failure apart; `sql` is the statement that was sent.
pub(super) fn database_error(error: &duckdb::Error, sql: &str) -> DatabaseError {
    from_text(&error.to_string(), sql)
}

fn from_text(text: &str, sql: &str) -> DatabaseError {
    let (text, offset) = match text.find("\nLINE ") {
        Some(at) => (&text[..at], position(&text[at + 1..], sql)),
        None => (text, None),
    };
    let (code, text) = match text.split_once(" Error: ") {
        Some((kind, rest)) if kind.chars().all(|c| c.is_ascii_alphabetic() || c == ' ') => (Some(kind), rest),
        _ => (None, text),
    };
    let (mut hints, message): (Vec<&str>, Vec<&str>) =
        text.trim().lines().partition(|line| HINTS.iter().any(|hint| line.starts_with(hint)));
    // Where a table has one candidate only, DuckDB writes two colons.
    if text.contains("is main key table of") {
        hints.push(REFERRED_TO);
    }
    if text.contains("does not exist in the referenced table") {
        hints.push(PARENT_MISSING);
    }
    if text.contains("Failed to download extension") {
        hints.push(EXTENSION_MISSING);
    }
    if text.contains("database file with version number") {
        hints.push(FILE_TOO_NEW);
    }
    let joined = |lines: Vec<&str>| lines.join("\n").replace(": : ", ": ").trim().to_owned();
    DatabaseError {
        kind: kind(code, text),
        message: joined(message),
        detail: None,
        hint: Some(joined(hints)).filter(|hint| !hint.is_empty()),
        code: code.map(|code| format!("{code} Error")),
        offset,
        violated: violated(text).map(Box::new),
    }
}

/// The constraint that a message tells of: `NOT NULL constraint failed: t.a`, `Duplicate key "a: 1, b: 2" violates …`.
fn violated(text: &str) -> Option<Violated> {
    let keys = |text: &str| {
        let key = text.split_once("key \"").and_then(|(_, rest)| rest.split_once('"')).map_or("", |(key, _)| key);
        key.split(", ").filter_map(|part| Some(part.split_once(": ")?.0.to_owned())).collect::<Vec<_>>()
    };
    let (kind, columns) = match text {
        text if text.starts_with("NOT NULL constraint failed: ") => (
            "not_null",
            text.lines().next()?.rsplit('.').next().map(|name| name.trim().to_owned()).into_iter().collect(),
        ),
        text if text.starts_with("Duplicate key ") => ("unique", keys(text)),
        text if text.starts_with("Violates foreign key constraint") => ("foreign_key", vec![]),
        text if text.starts_with("CHECK constraint failed") => ("check", vec![]),
        _ => return None,
    };
    Some(Violated { name: None, kind, columns })
}

fn kind(code: Option<&str>, text: &str) -> ErrorKind {
    match code {
        Some("INTERRUPT") => ErrorKind::Cancelled,
        // Two transactions wrote the same thing: the one that failed may simply begin again.
        _ if ["write-write conflict", "Transaction conflict", "Conflict on "]
            .iter()
            .any(|sign| text.contains(sign)) =>
        {
            ErrorKind::Transient
        }
        Some("Constraint") => ErrorKind::Violation,
        Some("IO") if text.contains("Could not set lock on file") => ErrorKind::Locked,
        _ => ErrorKind::Statement,
    }
}

/// The byte offset at which a caret points: `LINE 2: …, b, c\n              ^`.
fn position(excerpt: &str, sql: &str) -> Option<usize> {
    let (shown, caret) = excerpt.split_once('\n')?;
    let (label, shown) = shown.split_once(": ")?;
    let number: usize = label.strip_prefix("LINE ")?.parse().ok()?;
    let column = caret.find('^')?.checked_sub(label.len() + 2)?;
    let line_start = sql.split_inclusive('\n').take(number.checked_sub(1)?).map(str::len).sum::<usize>();
    let line = sql.get(line_start..)?.lines().next().unwrap_or("");
    // Long lines are abridged at both ends.
    let (shown, column) = match shown.strip_prefix("...") {
        Some(rest) if !line.starts_with(shown) => (rest, column.checked_sub(3)?),
        _ => (shown, column),
    };
    let shown = if line.contains(shown) { shown } else { shown.strip_suffix("...")? };
    let in_line = line.find(shown)?;
    let in_shown = shown.char_indices().nth(column).map_or(shown.len(), |(at, _)| at);
    Some(line_start + in_line + in_shown)
}

/// A part of the set-up failed. Its statement is not shown and passwords are hidden, for both may hold secrets.
pub(super) fn unusable(what: &str, error: &duckdb::Error) -> DatabaseError {
    let error = database_error(error, "");
    let message = without_passwords(&format!("DuckDB cannot use {what}: {}", error.message));
    DatabaseError { kind: ErrorKind::Configuration, message, offset: None, ..error }
}

/// Hides `password=…` and the password of `scheme://user:…@host`.
fn without_passwords(text: &str) -> String {
    const PASSWORDS: &str = r"(?i)(password\s*=\s*)('[^']*'|\S+)|(:/+[^:/@\s]+:)[^@]+@";
    match fancy_regex::Regex::new(PASSWORDS) {
        Ok(passwords) => passwords.replace_all(text, "$1$3********").into_owned(),
        Err(_) => String::new(),
    }
}

/// The error of a file that another process holds, in plain words.
pub(super) fn locked(error: &DatabaseError, path: &str) -> DatabaseError {
    let holder = error
        .message
        .split_once("Conflicting lock is held in ")
        .and_then(|(_, rest)| rest.split_once(')'))
        .map(|(holder, _)| holder.replace(" (PID ", ", process "))
        .unwrap_or_else(|| "another process".into());
    DatabaseError {
        hint: Some(
            "DuckDB lets one process at a time open a file for writing. Close that program or wait for it, then run \
             again. `retries: {connect_attempts: 5}` in the profile makes sqlbuild wait."
                .into(),
        ),
        ..DatabaseError::new(ErrorKind::Locked, format!("The database file {path} is in use by {holder}."))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// The text from where the error of a statement points.
    fn pointed(sql: &str) -> (DatabaseError, String) {
        let connection = duckdb::Connection::open_in_memory().unwrap();
        connection.execute_batch("create table t(a int, b int)").unwrap();
        let failure = connection.prepare(sql).and_then(|mut statement| statement.execute([])).unwrap_err();
        let error = database_error(&failure, sql);
        let rest = error.offset.map(|offset| sql[offset..].to_owned()).unwrap_or_default();
        (error, rest)
    }

    #[test]
    fn takes_messages_apart() {
        let (error, rest) = pointed("select a,\n  é.nope -- é\nfrom t as é");
        assert_eq!(error.code.as_deref(), Some("Binder Error"));
        assert_eq!(error.message, "Table \"é\" does not have a column named \"nope\"");
        assert_eq!(error.hint.as_deref(), Some("Candidate bindings: \"a\", \"b\""));
        assert!(rest.starts_with("é.nope"), "{rest}");
    }

    #[test]
    fn finds_the_place_in_abridged_lines() {
        let many = "a + ".repeat(60);
        for sql in
            [format!("select {many} nope, {many} b from t"), format!("select 1;\nselect 'é' || {many} nope from t")]
        {
            let sql = sql.trim_start_matches("select 1;");
            assert!(pointed(sql).1.starts_with("nope"), "{sql}");
        }
    }

    #[test]
    fn says_what_helps() {
        let connection = duckdb::Connection::open_in_memory().unwrap();
        connection.execute_batch("create table t (id integer primary key, parent integer references t (id))").unwrap();
        let sql = "insert into t values (1, null), (2, 1)";
        let error = database_error(&connection.execute_batch(sql).unwrap_err(), sql);
        assert_eq!(error.kind, ErrorKind::Violation);
        assert_eq!(error.hint.as_deref(), Some(PARENT_MISSING));
        let error = from_text(
            "IO Error: Failed to download extension \"httpfs\" at URL \"http://extensions.example/httpfs.gz\"\n\
             For more info, visit https://duckdb.example (ERROR Could not establish connection)",
            "",
        );
        assert_eq!(error.hint.as_deref(), Some(EXTENSION_MISSING));
        let error = from_text(
            "IO Error: Trying to read a database file with version number 99, but we can only read versions between 64 and 68.",
            "",
        );
        assert_eq!(error.hint.as_deref(), Some(FILE_TOO_NEW));
    }

    #[test]
    fn says_who_holds_the_file() {
        let error = from_text(
            "IO Error: Could not set lock on file \"/a.db\": Conflicting lock is held in /usr/bin/python3.11 (PID 42) by \
             user root. See also https://duckdb.org/docs/stable/connect/concurrency",
            "",
        );
        assert_eq!(error.kind, ErrorKind::Locked);
        assert_eq!(
            locked(&error, "/a.db").message,
            "The database file /a.db is in use by /usr/bin/python3.11, process 42."
        );
    }
}
