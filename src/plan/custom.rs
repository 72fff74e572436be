//! Materializations that a project or package defines.

use super::Step;

/// Such a materialization does everything itself, hooks and transactions included.
pub(super) fn steps(macro_id: &str) -> Vec<Step> {
    vec![Step::Materialize { macro_id: macro_id.to_owned() }]
}
