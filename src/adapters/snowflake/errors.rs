//! What Snowflake says when it refuses.

use crate::adapters::{DatabaseError, ErrorKind};
use serde_json::Value as Json;

/// The session is no more.
pub(super) const GONE: [&str; 4] = ["390104", "390111", "390114", "390195"];

/// The code in an answer, such as `000604`; Snowflake writes some without the zeros.
pub(super) fn code(answer: &Json) -> String {
    let code = [&answer["code"], &answer["data"]["errorCode"]].into_iter().find_map(|code| match code {
        Json::String(code) if !code.is_empty() => Some(code.clone()),
        Json::Number(code) => Some(code.to_string()),
        _ => None,
    });
    format!("{:0>6}", code.unwrap_or_default())
}

/// The error of a statement; `sql` is the text that was sent.
pub(super) fn statement_error(answer: &Json, sql: &str) -> DatabaseError {
    let code = code(answer);
    let message = answer["message"].as_str().unwrap_or("Snowflake gives no reason.").trim().to_owned();
    let error = DatabaseError {
        kind: kind(&code),
        offset: offset(&message, sql),
        detail: None,
        hint: hint(&code),
        message,
        code: Some(code),
        violated: None,
    };
    of_query(error, query_id(answer))
}

/// Snowflake's name for the statement that an answer is about; empty where it tells none.
pub(super) fn query_id(answer: &Json) -> &str {
    answer["data"]["queryId"].as_str().unwrap_or("")
}

/// Somebody asked to stop.
pub(super) fn cancelled() -> DatabaseError {
    DatabaseError::new(ErrorKind::Cancelled, "The statement was cancelled.")
}

/// The error, telling which statement it is about.
pub(super) fn of_query(error: DatabaseError, query_id: &str) -> DatabaseError {
    match query_id {
        "" => error,
        id => DatabaseError { detail: Some(format!("Query id: {id}")), ..error },
    }
}

/// The session is no more; `code` is Snowflake's word for it.
pub(super) fn gone(code: &str) -> DatabaseError {
    DatabaseError {
        hint: Some("Set `client_session_keep_alive: true` in the profile where sessions rest for hours.".into()),
        code: Some(code.to_owned()),
        ..DatabaseError::new(ErrorKind::Transient, "The session has ended, and what was done in it is undone.")
    }
}

/// Whether the error tells that the session is no more.
pub(super) fn is_gone(error: &DatabaseError) -> bool {
    error.code.as_deref().is_some_and(|code| GONE.contains(&code))
}

fn kind(code: &str) -> ErrorKind {
    match code {
        "000604" => ErrorKind::Cancelled,
        // A lock was waited for too long, a transaction was undone by a deadlock, the service is busy or restarts.
        "000625" | "000635" | "000638" | "000629" | "000603" => ErrorKind::Transient,
        "390100" | "390101" | "390102" | "390103" | "390144" | "390186" | "390189" | "390303" | "390318" => {
            ErrorKind::Refused
        }
        _ => ErrorKind::Statement,
    }
}

fn hint(code: &str) -> Option<String> {
    let text = match code {
        "000606" => "Set 'warehouse' in the profile to one that the role may use.",
        "000607" | "090073" => {
            "The warehouse is suspended or gone: resume it, or let it resume by itself (auto_resume)."
        }
        "000630" => "It ran longer than STATEMENT_TIMEOUT_IN_SECONDS allows.",
        "003001" => "The role of the profile lacks a privilege for this; 'grant … to role …' gives it.",
        _ => return None,
    };
    Some(text.into())
}

/// The place in the text: `… error line 3 at position 7 …`, the line from 1, the position from 0.
fn offset(message: &str, sql: &str) -> Option<usize> {
    let (_, rest) = message.split_once("line ")?;
    let (line, rest) = rest.split_once(" at position ")?;
    let digits: String = rest.chars().take_while(char::is_ascii_digit).collect();
    let (line, position) = (line.trim().parse::<usize>().ok()?, digits.parse::<usize>().ok()?);
    let start = match line.checked_sub(2) {
        None => 0,
        Some(before) => sql.match_indices('\n').nth(before)?.0 + 1,
    };
    let within = sql[start..].char_indices().nth(position).map(|(at, _)| at)?;
    Some(start + within)
}

/// A login that was refused.
pub(super) fn login_error(answer: &Json, place: &str) -> DatabaseError {
    let code = code(answer);
    let said = answer["message"].as_str().unwrap_or("no reason is given").trim();
    let hint = match code.as_str() {
        "390100" => "The user or the password is wrong.",
        "390144" => {
            "The key is not the user's: compare `desc user` (RSA_PUBLIC_KEY_FP) with the key, and check 'account' and \
             'user'."
        }
        "390189" => "The role does not exist, or is not granted to the user.",
        "390101" | "390102" => "The user is locked or disabled.",
        "390303" | "390318" => "The token is wrong, or has expired.",
        "390201" => "Is the 'warehouse', 'database' or 'schema' of the profile there, and may the role use it?",
        "390422" | "390420" => "The account's network policy does not let this address in.",
        _ => "Check 'account', 'user', 'role' and what proves them in the profile.",
    };
    DatabaseError {
        hint: Some(hint.into()),
        code: Some(code),
        ..DatabaseError::new(ErrorKind::Refused, format!("Snowflake at {place} refuses the login: {said}"))
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;

    #[test]
    fn errors_know_their_place_and_query() {
        let message = "SQL compilation error: error line 2 at position 7\ninvalid identifier 'NOPE'";
        let answer = json!({"code": "000904", "message": message, "data": {"queryId": "01ab"}, "success": false});
        let error = statement_error(&answer, "select 1,\n é, 1, nope");
        assert_eq!((error.offset, error.kind), (Some(18), ErrorKind::Statement));
        assert_eq!(error.detail.as_deref(), Some("Query id: 01ab"));
        assert_eq!(statement_error(&json!({"code": 604, "message": "x"}), "").kind, ErrorKind::Cancelled);
        assert_eq!(offset("syntax error line 9 at position 0 unexpected 'x'.", "a"), None);
    }
}
