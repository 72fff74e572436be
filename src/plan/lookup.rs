//! What helps an engine to find few rows in large tables. Nothing for engines that need no help.

use super::{Call, Step};

/// What follows looks for few rows in large tables.
pub(super) fn lookup_settings() -> Step {
    execute(Call::new("get_lookup_settings_sql", []))
}

/// What follows joins rows of which nobody knows how many there are.
pub(super) fn join_settings() -> Step {
    execute(Call::new("get_join_settings_sql", []))
}

fn execute(call: Call) -> Step {
    Step::Execute { call, main: false, creates: None }
}
