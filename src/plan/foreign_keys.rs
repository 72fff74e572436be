//! Foreign keys of other tables that refer to the one that a node builds: they outlive the change of its rows.

use super::constraints::before_commit;
use super::{Situation, Step};
use crate::adapters::RelationKind;

/// The steps of a node, with what keeps foreign keys. Where the table is replaced or emptied they are taken off for as
/// long as there are none of the rows that they refer to; where it is added to they are checked once it is done, or, when
/// that has failed, released too.
pub(super) fn kept(situation: &Situation<'_>, steps: Vec<Step>) -> Vec<Step> {
    let Some(existing) = situation.existing.filter(|existing| existing.kind == Some(RelationKind::Table)) else {
        return steps;
    };
    if !situation.dialect.alters_constraints {
        return steps;
    }
    let target = situation.node.relation.as_ref().unwrap_or(existing);
    let goes = |step: &Step| match step {
        Step::Drop(relation) => relation == existing,
        Step::Invoke(call) => call.name == "truncate_relation",
        _ => false,
    };
    let removes = |step: &Step| matches!(step, Step::Execute { call, .. } if call.name == "get_remove_bad_rows_sql");
    let writes = |step: &Step| matches!(step, Step::Execute { main: true, .. });
    let emptied = steps.iter().position(goes);
    let written = steps.iter().position(writes);
    let removed = steps.iter().position(removes);
    let mut kept = steps;
    match (
        emptied.or(removed.filter(|_| situation.releases_keys)).or(written),
        emptied.is_some() || situation.releases_keys,
    ) {
        (None, _) => {}
        (Some(start), true) => {
            kept.insert(start, Step::ReleaseForeignKeys(existing.clone()));
            kept = before_commit(kept, Step::RestoreForeignKeys(target.clone()));
        }
        (Some(write), false) => {
            kept.insert(write + 1, Step::CheckForeignKeys);
            kept.insert(removed.unwrap_or(write), Step::DeferForeignKeys(existing.clone()));
        }
    }
    kept
}
