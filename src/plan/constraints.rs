//! Constraints, indexes and names of tables that stay.

use super::{Arg, Call, Situation, Slot, Step};
use crate::adapters::Relation;
use crate::resolve::NodeKind;

/// Before a table's successor is built: the successor may need the names of its keys.
pub(super) fn release_names(situation: &Situation<'_>) -> Option<Step> {
    let NodeKind::Model(info) = &situation.node.kind else { return None };
    let has_names = info.constraints.iter().any(|constraint| constraint.name.is_some());
    let existing = situation.existing.filter(|_| has_names && situation.node.config.contract_enforced())?;
    Some(Step::Invoke(Call::new("release_names", [existing.clone().into()])))
}

/// After a table has taken its place: what belongs to it gets its name.
pub(super) fn settle_names(situation: &Situation<'_>, target: &Relation, built_as: &Relation) -> Option<Step> {
    let config = &situation.node.config;
    let has_indexes = config.get("indexes").is_some_and(|indexes| !indexes.is_null());
    let has_parts = config.contract_enforced() || config.get("partition_by").is_some() || has_indexes;
    let call = Call::new("settle_names", [target.clone().into(), built_as.clone().into()]);
    (situation.dialect.alters_constraints && has_parts).then_some(Step::Invoke(call))
}

/// Before rows are added: what the table's contract declares no more, they need not meet.
pub(super) fn drop_outdated(situation: &Situation<'_>, target: &Relation) -> Vec<Step> {
    if !situation.dialect.alters_constraints {
        return vec![];
    }
    let target = || Arg::Relation(target.clone());
    vec![
        Step::Keep { call: Call::new("get_constraint_changes", [target()]), slot: Slot::Constraints },
        Step::Invoke(Call::new("drop_outdated_constraints", [target(), Arg::Slot(Slot::Constraints)])),
    ]
}

/// At the end of the transaction, when hooks have done their part: the table gets what its contract declares.
pub(super) fn declared_last(situation: &Situation<'_>, steps: Vec<Step>) -> Vec<Step> {
    let compares = |step: &Step| matches!(step, Step::Keep { slot: Slot::Constraints, .. });
    let (Some(target), true) = (&situation.node.relation, steps.iter().any(compares)) else { return steps };
    let call = Call::new("apply_declared_constraints", [target.clone().into(), Arg::Slot(Slot::Constraints)]);
    before_commit(steps, Step::Invoke(call))
}

/// The steps, with one more in front of the last commit.
pub(super) fn before_commit(mut steps: Vec<Step>, step: Step) -> Vec<Step> {
    let end = steps.iter().rposition(|step| *step == Step::Commit).unwrap_or(steps.len());
    steps.insert(end, step);
    steps
}

/// A table that stays gets the indexes of its config, and loses those that were in it.
pub(super) fn sync_indexes(target: &Relation) -> Step {
    Step::Invoke(Call::new("sync_indexes", [target.clone().into()]))
}
