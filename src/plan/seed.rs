//! Seeds.

use super::constraints::sync_indexes;
use super::grants::{grants_and_docs, indexes};
use super::{Arg, Call, Situation, Step};
use crate::adapters::{Relation, RelationKind};
use crate::diagnostics::{Code, Diagnostic, Result};

/// The table is created when it is missing or on a full refresh, else emptied; then the rows are loaded. Where creating a
/// table is not undone with what follows, the rows are gathered first.
pub(super) fn steps(situation: &Situation<'_>) -> Result<Vec<Step>> {
    let node = situation.node;
    let target = situation.target()?.with_kind(RelationKind::Table);
    let mut work = match situation.existing {
        Some(existing) if existing.kind == Some(RelationKind::View) => return Err(in_the_way(situation, existing)),
        existing if situation.overrides_any(SEED_MACROS) => vec![by_macros(situation, existing, &target)],
        None => create(situation, &target),
        Some(existing) if existing.kind != Some(RelationKind::Table) => return Err(in_the_way(situation, existing)),
        Some(existing) if situation.full_refresh => {
            let drop = situation.dialect.transactional_ddl.then(|| Step::Drop(existing.clone()));
            drop.into_iter().chain(create(situation, &target)).collect()
        }
        Some(existing) => vec![
            Step::CheckSeedColumns(existing.clone()),
            Step::Invoke(Call::new("truncate_relation", [existing.clone().into()])),
            Step::LoadSeed(target.clone()),
        ],
    };
    let created = situation.full_refresh || situation.existing.is_none();
    work.extend(grants_and_docs(situation, &target, created));
    work.extend(if created { indexes(situation, &target) } else { Some(sync_indexes(&target)) });
    Ok(situation.hooks.around(&node.config, work))
}

/// A table with the file's rows in it.
fn create(situation: &Situation<'_>, target: &Relation) -> Vec<Step> {
    let filled = |table: &Relation, temporary: bool| {
        [Step::CreateSeedTable { table: table.clone(), temporary }, Step::LoadSeed(table.clone())]
    };
    if situation.dialect.transactional_ddl {
        return filled(target, false).into();
    }
    let gathered = situation.temporary(target);
    let call = Call::new("create_table_as", [false.into(), target.clone().into(), Arg::SelectAll(gathered.clone())]);
    let mut steps = Vec::from(filled(&gathered, true));
    steps.push(Step::Execute { call, main: false, creates: Some(target.clone()) });
    steps.push(Step::DropTemporary(gathered));
    steps
}

/// The macros that loading a file by the engine's bulk path stands for.
const SEED_MACROS: &[&str] = &[
    "create_csv_table",
    "reset_csv_table",
    "load_csv_rows",
    "get_csv_sql",
    "get_batch_size",
    "get_binding_char",
    "get_seed_column_quoted_csv",
];

fn by_macros(situation: &Situation<'_>, existing: Option<&Relation>, target: &Relation) -> Step {
    let call = Call::new("dbt.build_seed_table", [existing.cloned().into(), situation.full_refresh.into()]);
    Step::Execute { call, main: false, creates: Some(target.clone()) }
}

fn in_the_way(situation: &Situation<'_>, existing: &Relation) -> Box<Diagnostic> {
    let kind = existing.kind.map_or("relation", RelationKind::as_str).replace('_', " ");
    let message = format!("Cannot seed to '{existing}', it is a {kind}.");
    Diagnostic::error(Code::RELATION_IN_THE_WAY, message)
        .at(&situation.node.span)
        .hint(format!("Drop the {kind}, or give the seed another alias."))
}
