//! Data tests.

use super::{Arg, Call, Situation, Step};
use crate::adapters::{Relation, RelationKind};
use crate::diagnostics::{Code, Diagnostic, Result};
use crate::resolve::Node;

/// Where a test's failing rows are kept.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Stored {
    /// Nowhere.
    Not,
    /// In a table or view.
    As(RelationKind),
}

/// Where the failing rows of a test with this config are kept; `by_default`: what `--store-failures` says.
pub fn stored(node: &Node, by_default: bool) -> Result<Stored> {
    let wanted = node.config.bool("store_failures").unwrap_or(by_default);
    match node.config.str("store_failures_as") {
        Some("ephemeral") => Ok(Stored::Not),
        Some("view") => Ok(Stored::As(RelationKind::View)),
        Some("table") => Ok(Stored::As(RelationKind::Table)),
        None if wanted => Ok(Stored::As(RelationKind::Table)),
        None => Ok(Stored::Not),
        Some(other) => {
            let message = format!(
                "'{other}' is not a valid value for `store_failures_as`. Accepted values are: ['ephemeral', 'table', 'view']"
            );
            Err(Diagnostic::error(Code::CONFIG_INVALID, message).at(&node.span))
        }
    }
}

/// Counts the rows that the test's query gives; rows that are kept are counted where they are kept.
pub(super) fn steps(situation: &Situation<'_>) -> Result<Vec<Step>> {
    let node = situation.node;
    let config = &node.config;
    let limited = Call::new("get_limit_subquery_sql", [Arg::Sql, config.get("limit").into()]);
    let count = |rows: Arg| {
        let [calc, warn, error] = ["fail_calc", "warn_if", "error_if"].map(|key| Arg::from(config.get(key)));
        Step::CountFailures(Call::new("get_test_sql", [rows, calc, warn, error, Arg::None]))
    };
    let Stored::As(kind) = stored(node, situation.store_failures)? else {
        return Ok(vec![count(Arg::returned(limited))]);
    };
    let target = Relation { kind: Some(kind), ..situation.target()? };
    let mut steps = vec![Step::Begin];
    steps.extend(situation.existing.cloned().map(Step::Drop));
    let create = match kind {
        RelationKind::View => Call::new("get_create_view_as_sql", [target.clone().into(), Arg::returned(limited)]),
        _ => Call::new("get_create_table_as_sql", [false.into(), target.clone().into(), Arg::returned(limited)]),
    };
    steps.push(Step::Execute { call: create, main: false, creates: Some(target.clone()) });
    steps.extend([Step::Commit, count(Arg::SelectAll(target))]);
    Ok(steps)
}
