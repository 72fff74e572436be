//! A node and its result in words.

use crate::event::{NodeInfo, NodeResult, Status};

/// What a node is, in a word or two: `view`, `incremental`, `seed`, `test`, `unit test`.
pub fn describe(node: &NodeInfo) -> String {
    match node.resource_type {
        "model" => node.materialized.replace('_', " "),
        "operation" => "hook".into(),
        "sql_operation" => "query".into(),
        other => other.replace('_', " "),
    }
}

/// A word for how a node ended.
pub fn word(result: &NodeResult) -> String {
    match result.status {
        Status::Success => "OK".into(),
        Status::Error | Status::RuntimeError => "ERROR".into(),
        Status::Skipped => "SKIP".into(),
        Status::Pass => "PASS".into(),
        Status::Fail => failures("FAIL", result),
        Status::Warn => failures("WARN", result),
        Status::PartialSuccess => "PARTIAL".into(),
        Status::NoOp => "NO-OP".into(),
    }
}

fn failures(word: &str, result: &NodeResult) -> String {
    match result.failures {
        Some(failures) => format!("{word} {failures}"),
        None => word.to_owned(),
    }
}

/// A span of time as people read it: `0.35s`, `2m 05s`, `3 days 04h`.
pub fn duration(elapsed: std::time::Duration) -> String {
    let seconds = elapsed.as_secs();
    match seconds {
        0..60 => format!("{:.2}s", elapsed.as_secs_f64()),
        60..3600 => format!("{}m {:02}s", seconds / 60, seconds % 60),
        3600..86_400 => format!("{}h {:02}m {:02}s", seconds / 3600, seconds / 60 % 60, seconds % 60),
        _ => format!("{} days {:02}h", seconds / 86_400, seconds / 3600 % 24),
    }
}

/// dbt's word for the class of an error, which people and tools search for in logs.
pub fn error_class(diagnostic: &crate::diagnostics::Diagnostic) -> &'static str {
    match &diagnostic.code.id[..4] {
        "SB01" => "Parsing Error",
        "SB05" if diagnostic.code.id < "SB0510" => "Runtime Error",
        "SB05" => "Database Error",
        "SB02" | "SB03" | "SB06" => "Compilation Error",
        _ => "Runtime Error",
    }
}
