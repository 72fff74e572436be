//! What PostgreSQL and the driver say when something fails.

use super::credentials::Credentials;
use crate::adapters::{DatabaseError, ErrorKind, Violated};
use postgres::error::{DbError, ErrorPosition};
use std::error::Error as _;
use std::io;

/// The error of a statement; `sql` is the text that was sent.
pub(super) fn database_error(error: &postgres::Error, sql: &str) -> DatabaseError {
    match error.as_db_error() {
        Some(server) => from_server(server, sql),
        None if error.is_closed() => DatabaseError::new(ErrorKind::Transient, "The connection to the server was lost."),
        None => DatabaseError::new(ErrorKind::Transient, full_text(error)),
    }
}

fn from_server(error: &DbError, sql: &str) -> DatabaseError {
    let code = error.code().code();
    let (offset, inner) = match error.position() {
        Some(ErrorPosition::Original(position)) => (byte_offset(sql, *position), None),
        Some(ErrorPosition::Internal { query, .. }) => (None, Some(format!("In the query: {query}"))),
        None => (None, None),
    };
    let detail: Vec<String> =
        [error.detail(), error.where_()].into_iter().flatten().map(str::to_owned).chain(inner).collect();
    DatabaseError {
        kind: kind(code, error.message()),
        message: error.message().to_owned(),
        detail: Some(detail.join("\n")).filter(|detail| !detail.is_empty()),
        hint: error.hint().map(str::to_owned),
        code: Some(code.to_owned()),
        offset,
        violated: violated(error).map(Box::new),
    }
}

fn violated(error: &DbError) -> Option<Violated> {
    let kind = match error.code().code() {
        "23502" => "not_null",
        "23503" => "foreign_key",
        "23505" => "unique",
        "23514" => "check",
        _ => return None,
    };
    // "Key (a, b)=(1, 2) already exists."
    let key = error.detail().and_then(|detail| detail.strip_prefix("Key ("));
    let of_key = key.and_then(|rest| Some(rest.split_once(")=")?.0.split(", ").map(str::to_owned).collect::<Vec<_>>()));
    let columns = error.column().map(|column| vec![column.to_owned()]).or(of_key).unwrap_or_default();
    Some(Violated { name: error.constraint().map(str::to_owned), kind, columns })
}

/// Positions count characters from 1.
fn byte_offset(sql: &str, position: u32) -> Option<usize> {
    sql.char_indices().nth(usize::try_from(position).ok()?.checked_sub(1)?).map(|(at, _)| at)
}

fn kind(code: &str, message: &str) -> ErrorKind {
    match code {
        // The same code stands for a timeout, which is the statement's own.
        "57014" if !message.contains("timeout") => ErrorKind::Cancelled,
        "28000" | "28P01" => ErrorKind::Refused,
        "3D000" => ErrorKind::Configuration,
        "55P03" => ErrorKind::Locked,
        // Serialization, deadlock, shutdown, starting up, too many connections, lost connections.
        "40001" | "40P01" | "57P01" | "57P02" | "57P03" | "53300" => ErrorKind::Transient,
        code if code.starts_with("08") => ErrorKind::Transient,
        code if code.starts_with("23") => ErrorKind::Violation,
        _ => ErrorKind::Statement,
    }
}

/// The error of an attempt to connect, in plain words.
pub(super) fn connection_error(error: &postgres::Error, credentials: &Credentials) -> DatabaseError {
    let (place, user) = (credentials.place(), &credentials.user);
    if let Some(server) = error.as_db_error() {
        let error = from_server(server, "");
        let hint = match error.kind {
            ErrorKind::Refused => Some(refusal_hint(&error, credentials)),
            ErrorKind::Configuration => {
                Some(format!("Create it (createdb {}) or correct 'dbname'.", credentials.database))
            }
            _ => error.hint.clone(),
        };
        let message = match error.kind {
            ErrorKind::Refused => format!("The server at {place} refuses user '{user}': {}", error.message),
            _ => format!("The server at {place} refuses the connection: {}", error.message),
        };
        return DatabaseError { message, hint, ..error };
    }
    let text = full_text(error);
    let failed = |kind, message: String, hint: &str| DatabaseError {
        hint: Some(hint.to_owned()),
        ..DatabaseError::new(kind, message)
    };
    if text.contains("password missing") {
        let message = format!("The server at {place} asks for the password of user '{user}', but there is none.");
        return failed(
            ErrorKind::Refused,
            message,
            "Set 'password' in the profile, PGPASSWORD, or a line in ~/.pgpass.",
        );
    }
    if text.contains("TLS") {
        let message = format!("No encrypted connection to {place}: {text}");
        return failed(
            ErrorKind::Configuration,
            message,
            "'sslmode' says how much encryption and proof is asked for, 'sslrootcert' whom to trust.",
        );
    }
    failed(
        ErrorKind::Transient,
        format!("The server at {place} cannot be reached: {text}"),
        "Is it running, and are 'host' and 'port' right?",
    )
}

fn refusal_hint(error: &DatabaseError, credentials: &Credentials) -> String {
    match (error.code.as_deref(), &credentials.password) {
        (Some("28P01"), Some(_)) => "The password or the user is wrong.".into(),
        (Some("28P01"), None) => "No password was given: set 'password' in the profile, or PGPASSWORD.".into(),
        _ => "The server's pg_hba.conf decides who may log in from where.".into(),
    }
}

/// The driver's message and its causes; none of them knows the password.
fn full_text(error: &postgres::Error) -> String {
    let mut text = error.to_string();
    let mut cause = error.source();
    while let Some(error) = cause {
        let said = match error.downcast_ref::<io::Error>().map(io::Error::kind) {
            Some(io::ErrorKind::ConnectionRefused) => "nothing listens there".to_owned(),
            Some(io::ErrorKind::TimedOut) => "no answer in time".to_owned(),
            _ => error.to_string(),
        };
        if !text.contains(&said) {
            text = format!("{text}: {said}");
        }
        cause = error.source();
    }
    text
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn positions_count_characters() {
        assert_eq!(byte_offset("é nope", 3), Some(3));
        assert_eq!(byte_offset("é", 9), None);
    }

    #[test]
    fn a_timeout_is_not_a_cancellation() {
        assert_eq!(kind("57014", "canceling statement due to statement timeout"), ErrorKind::Statement);
        assert_eq!(kind("57014", "canceling statement due to user request"), ErrorKind::Cancelled);
    }
}
