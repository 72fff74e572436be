//! `materialized: table`.

use super::grants::{grants_and_docs, indexes};
use super::quarantine::{Diversion, divert};
use super::view::replace;
use super::{Arg, Call, Situation, Step, constraints, partitions};
use crate::adapters::{Relation, RelationKind};
use crate::diagnostics::Result;
use crate::resolve::Language;

/// Like a view; the indexes are there before anyone sees the table, where the engine allows it.
pub(super) fn steps(situation: &Situation<'_>) -> Result<Vec<Step>> {
    let target = situation.target()?.with_kind(RelationKind::Table);
    let Diversion { before, query, after } = divert(situation, &target, false)?;
    let mut work: Vec<_> = partitions::check(situation)?.into_iter().collect();
    work.extend(before);
    work.extend(replace_with_indexes(situation, &target, &query));
    work.extend(after);
    work.extend(grants_and_docs(situation, &target, true));
    Ok(situation.hooks.around(&situation.node.config, work))
}

/// Builds the table from a query aside and puts it in its place, with its indexes.
pub(super) fn replace_with_indexes(situation: &Situation<'_>, target: &Relation, query: &Arg) -> Vec<Step> {
    let early = situation.dialect.renames_indexed_tables;
    let mut steps: Vec<_> = constraints::release_names(situation).into_iter().collect();
    steps.extend(replace(situation, target, |relation| {
        let mut steps = vec![create_from(situation, relation, query)];
        steps.extend(indexes(situation, relation).filter(|_| early));
        steps
    }));
    steps.extend(constraints::settle_names(situation, target, &situation.built_as(target)));
    steps.extend(indexes(situation, target).filter(|_| !early));
    steps
}

/// Builds the table from a query where nothing is yet, with its indexes.
pub(super) fn create(situation: &Situation<'_>, target: &Relation, query: &Arg) -> Vec<Step> {
    let mut steps = vec![create_from(situation, target, query)];
    steps.extend(indexes(situation, target));
    steps.extend(constraints::settle_names(situation, target, target));
    steps
}

fn create_from(situation: &Situation<'_>, relation: &Relation, query: &Arg) -> Step {
    let call = creation(situation, false, relation, query.clone());
    Step::Execute { call, main: true, creates: Some(relation.clone()) }
}

/// What creates a table from a model's query, or by its script.
pub(super) fn creation(situation: &Situation<'_>, temporary: bool, relation: &Relation, code: Arg) -> Call {
    let name = match situation.node.language() {
        Language::Sql => "get_create_table_as_sql",
        Language::Python => "get_create_table_by_python_sql",
    };
    Call::new(name, [temporary.into(), relation.clone().into(), code])
}
