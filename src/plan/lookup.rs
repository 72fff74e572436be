//! What helps an engine to find few rows in large tables. Nothing for engines that need no help.

use super::{Call, Step};
use crate::adapters::Relation;

/// What follows looks for few rows in large tables.
pub(super) fn lookup_settings() -> Step {
    execute(Call::new("get_lookup_settings_sql", []))
}

/// What follows joins rows of which nobody knows how many there are.
pub(super) fn join_settings() -> Step {
    execute(Call::new("get_join_settings_sql", []))
}

/// Tells what is in a table that was just filled.
pub(super) fn analyze(table: &Relation) -> Step {
    execute(Call::new("get_analyze_sql", [table.clone().into()]))
}

fn execute(call: Call) -> Step {
    Step::Execute { call, main: false, creates: None }
}
