//! What is said when a run is over.

use super::description::{duration, error_class};
use super::tally::Tally;
use super::text::Look;
use crate::diagnostics::{self, Diagnostic};
use crate::event::{Freshness, NodeInfo, NodeResult, Status};
use std::sync::Arc;
use std::time::Duration;

/// A node and what came of it.
pub type Finished = (Arc<NodeInfo>, Arc<NodeResult>);

/// A node that failed or warned, in full: whose error it is, then the error with the analyst's line.
pub fn failure(node: &NodeInfo, result: &NodeResult, look: Look) -> String {
    let what = match (&result.diagnostic, result.status) {
        (_, Status::Fail) => "Failure".to_owned(),
        (_, Status::Warn) => "Warning".to_owned(),
        (Some(diagnostic), _) => error_class(diagnostic).to_owned(),
        (None, _) => "Error".to_owned(),
    };
    let title = format!("{what} in {} {} ({})", node.resource_type, node.name, node.path);
    let body = match &result.diagnostic {
        Some(diagnostic) => draw(diagnostic, look),
        None => format!("  {}\n", said(result).trim_end().replace('\n', "\n  ")),
    };
    format!("{}\n{body}", look.status(&title, result.status))
}

/// The rows that a model diverted, by reason.
pub fn quarantined(node: &NodeInfo, result: &NodeResult) -> String {
    let Some(quarantined) = &result.quarantined else { return String::new() };
    let rows = if quarantined.rows() == 1 { "row" } else { "rows" };
    let mut lines = format!("Quarantined {} {rows} of {} in {}", quarantined.rows(), node.name, quarantined.relation);
    for (reason, rows) in &quarantined.reasons {
        lines += &format!("\n{rows:>8}  {reason}");
    }
    lines
}

/// What is known of a trouble that is no error: the message, or how old a source is.
fn said(result: &NodeResult) -> String {
    match (&result.message, &result.freshness) {
        (Some(message), _) => message.clone(),
        (None, Some(freshness)) if freshness.max_loaded_at == Freshness::NEVER => "It has no rows.".into(),
        (None, Some(freshness)) => {
            let age = Duration::try_from_secs_f64(freshness.age).unwrap_or_default();
            format!("The newest row is from {}, {} before now.", freshness.max_loaded_at, duration(age))
        }
        (None, None) => String::new(),
    }
}

/// A diagnostic as people read it.
pub fn draw(diagnostic: &Diagnostic, look: Look) -> String {
    diagnostics::render(diagnostic, diagnostics::Style { color: look.color, width: look.wrap })
}

/// How the whole run went, in a line: `Completed successfully`, `Completed with 2 errors and 1 warning`.
pub fn verdict(tally: &Tally, cancelled: bool, elapsed: Duration) -> String {
    let counts = [
        (tally.errors() - tally.partial, "error", "errors"),
        (tally.partial, "partial success", "partial successes"),
        (tally.warn, "warning", "warnings"),
    ];
    let told: Vec<String> = counts
        .iter()
        .filter(|(number, ..)| *number > 0)
        .map(|(number, one, many)| format!("{number} {}", if *number == 1 { one } else { many }))
        .collect();
    let outcome = match told.split_last() {
        _ if cancelled => "Cancelled".to_owned(),
        None => "Completed successfully".to_owned(),
        Some((last, [])) => format!("Completed with {last}"),
        Some((last, before)) => format!("Completed with {} and {last}", before.join(", ")),
    };
    format!("{outcome} in {}", duration(elapsed))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn verdicts_count_what_matters() {
        let second = Duration::from_secs(1);
        let tally = |error, warn| Tally { error, warn, ..Tally::default() };
        let partly = |error, partial, warn| Tally { partial, ..tally(error, warn) };
        assert_eq!(verdict(&tally(0, 0), false, second), "Completed successfully in 1.00s");
        assert_eq!(verdict(&tally(2, 1), false, second), "Completed with 2 errors and 1 warning in 1.00s");
        assert_eq!(verdict(&partly(1, 1, 0), false, second), "Completed with 1 partial success in 1.00s");
        let all = "Completed with 1 error, 2 partial successes and 1 warning in 1.00s";
        assert_eq!(verdict(&partly(3, 2, 1), false, second), all);
        assert_eq!(verdict(&tally(0, 0), true, second), "Cancelled in 1.00s");
    }
}
