//! `materialized: view`.

use super::grants::grants_and_docs;
use super::{Arg, Call, Situation, Step};
use crate::adapters::{Relation, RelationKind};
use crate::diagnostics::Result;

/// A view takes the place of what is there, in the same transaction.
pub(super) fn steps(situation: &Situation<'_>) -> Result<Vec<Step>> {
    let target = situation.target()?.with_kind(RelationKind::View);
    let mut work = replace(situation, &target, |relation| {
        let call = Call::new("get_create_view_as_sql", [relation.clone().into(), Arg::Sql]);
        vec![Step::Execute { call, main: true, creates: Some(relation.clone()) }]
    });
    work.extend(grants_and_docs(situation, &target, true));
    Ok(situation.hooks.around(&situation.node.config, work))
}

/// Builds a relation in the place of what is there: in one statement where the engine can replace it, else aside. Where
/// nothing is, it is built at once.
pub(super) fn replace(
    situation: &Situation<'_>,
    target: &Relation,
    build: impl FnOnce(&Relation) -> Vec<Step>,
) -> Vec<Step> {
    if situation.dialect.replaces_relations {
        let other = situation.existing.filter(|existing| existing.kind != target.kind);
        return other.cloned().map(Step::Drop).into_iter().chain(build(target)).collect();
    }
    let built_as = situation.built_as(target);
    let mut steps: Vec<_> = situation.leftover.cloned().map(Step::Drop).into_iter().collect();
    steps.extend(build(&built_as));
    if built_as != *target {
        steps.extend(situation.existing.cloned().map(Step::Drop));
        steps.push(Step::Rename { from: built_as, to: target.clone() });
    }
    steps
}
