//! Data tests.

use super::{Arg, Call, Situation, Step};
use crate::adapters::{Relation, RelationKind};
use crate::diagnostics::{Code, Diagnostic, Result};
use crate::resolve::{Config, Node};

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
    let config = &node.config;
    let wanted = config.bool("store_failures");
    match config.str("store_failures_as") {
        Some("ephemeral") => Ok(Stored::Not),
        _ if !should_store(config, wanted, by_default) => Ok(Stored::Not),
        Some("view") => Ok(Stored::As(RelationKind::View)),
        Some("table") | None => Ok(Stored::As(RelationKind::Table)),
        Some(other) => {
            let message = format!("'{other}' is not a valid value for `store_failures_as` of '{}'.", node.name);
            Err(Diagnostic::error(Code::CONFIG_INVALID, message)
                .at(&node.span)
                .hint("Accepted values are: ['ephemeral', 'table', 'view']"))
        }
    }
}

fn should_store(config: &Config, wanted: Option<bool>, by_default: bool) -> bool {
    wanted.unwrap_or(by_default || config.str("store_failures_as").is_some())
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
