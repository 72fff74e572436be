//! What the count of failing rows means for a data test.

use super::run::Run;
use crate::adapters::{Cell, Rows};
use crate::diagnostics::{Code, Diagnostic, Result};
use crate::event::{NodeResult, Status};
use crate::plan::{Stored, stored};
use crate::resolve::Node;

/// The row that a data test's query gives.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct Failures {
    /// How many rows failed, by the test's `fail_calc`.
    pub(super) count: i64,
    /// Whether `warn_if` holds.
    pub(super) warns: bool,
    /// Whether `error_if` holds.
    pub(super) errs: bool,
}

impl Failures {
    /// Reads the row `failures, should_warn, should_error`.
    pub(super) fn read(rows: &Rows, node: &Node) -> Result<Self> {
        let unfit = |what: String| {
            Diagnostic::error(Code::SQL_FAILED, format!("The data test '{}' returned {what}.", node.name))
                .at(&node.span)
                .hint("A data test's query is wrapped by the macro get_test_sql, which returns one row of failures, should_warn, should_error.")
        };
        let [row] = rows.rows.as_slice() else {
            return Err(unfit(format!("{} rows, but expected 1 row", rows.rows.len())));
        };
        let [count, warns, errs] = row.as_slice() else {
            return Err(unfit(format!("{} columns, but expected 3 columns", row.len())));
        };
        let count = number(count).ok_or_else(|| unfit("no number of failures (is its fail_calc null?)".to_owned()))?;
        let truth = |cell: &Cell| {
            truth(cell).ok_or_else(|| unfit(format!("no truth value: the macro 'get_test_sql' returns '{cell}'")))
        };
        Ok(Self { count, warns: truth(warns)?, errs: truth(errs)? })
    }

    /// What they mean by the test's severity.
    pub(super) fn judge(self, run: &Run, node: &Node) -> Verdict {
        let flags = &run.compiler.graph().invocation.flags;
        let warnings_fail = flags.warn_error
            || flags.warn_error_options.error.iter().any(|name| TEST_WARNINGS.contains(&name.as_str()));
        let may_fail = !node.config.str("severity").is_some_and(|severity| severity.eq_ignore_ascii_case("warn"));
        let status = match self {
            Failures { errs: true, .. } if may_fail => Status::Fail,
            Failures { warns: true, .. } if warnings_fail => Status::Fail,
            Failures { warns: true, .. } => Status::Warn,
            _ => Status::Pass,
        };
        let by_error = self.errs && may_fail;
        Verdict {
            failures: self,
            status,
            limit: if by_error { "error_if" } else { "warn_if" },
            stored: stored_where(run, node),
        }
    }
}

/// The names under which `--warn-error-options` covers the warnings of data tests.
const TEST_WARNINGS: &[&str] = &["all", "*", "LogTestResult", "SB0607"];

/// A judged test.
pub(super) struct Verdict {
    failures: Failures,
    status: Status,
    /// The config whose condition decided.
    limit: &'static str,
    /// Where its failing rows are kept.
    stored: Option<String>,
}

impl Verdict {
    /// The result of a test that ran.
    pub(super) fn into_result(self, result: NodeResult, node: &Node) -> NodeResult {
        if self.status == Status::Pass {
            return NodeResult { status: Status::Pass, message: None, failures: Some(0), ..result };
        }
        let Failures { count, .. } = self.failures;
        let verb = if self.limit == "error_if" || self.status == Status::Fail { "fail" } else { "warn" };
        let condition = node.config.str(self.limit).unwrap_or("!= 0");
        let plural = if count == 1 { "" } else { "s" };
        let message = format!("Got {count} result{plural}, configured to {verb} if {condition}");
        let mut diagnostic = match self.status {
            Status::Fail => Diagnostic::error(Code::TEST_FAILED, message.clone()),
            _ => Diagnostic::warning(Code::TEST_FAILED, message.clone()),
        }
        .at(&node.span);
        if let Some(relation) = &self.stored {
            diagnostic = diagnostic.hint(format!("See the failing rows: select * from {relation}"));
        }
        NodeResult {
            status: self.status,
            message: Some(message),
            failures: Some(count),
            diagnostic: Some(diagnostic),
            ..result
        }
    }
}

fn stored_where(run: &Run, node: &Node) -> Option<String> {
    match stored(node, run.compiler.graph().invocation.flags.store_failures) {
        Ok(Stored::As(_)) => node.relation.as_ref().map(ToString::to_string),
        _ => None,
    }
}

fn number(cell: &Cell) -> Option<i64> {
    match cell {
        Cell::Integer(number) => i64::try_from(*number).ok(),
        Cell::Float(number) => Some(*number as i64),
        Cell::Text(text) if matches!(text.as_str(), "t" | "f") => Some(i64::from(text == "t")),
        Cell::Decimal(text) | Cell::Text(text) => {
            text.parse().ok().or_else(|| text.parse::<f64>().ok().map(|number| number as i64))
        }
        Cell::Boolean(value) => Some(i64::from(*value)),
        _ => None,
    }
}

fn truth(cell: &Cell) -> Option<bool> {
    match cell {
        Cell::Boolean(value) => Some(*value),
        Cell::Integer(number) => Some(*number != 0),
        Cell::Text(text) => match text.to_ascii_lowercase().as_str() {
            "true" | "t" | "yes" | "y" | "on" | "1" => Some(true),
            "false" | "f" | "no" | "n" | "off" | "0" => Some(false),
            _ => None,
        },
        Cell::Null => Some(false),
        _ => None,
    }
}
