//! Seeds.

use super::grants::{grants_and_docs, indexes};
use super::{Call, Situation, Step};
use crate::adapters::{Relation, RelationKind};
use crate::diagnostics::{Code, Diagnostic, Result};

/// The table is created when it is missing or on a full refresh, else emptied; then the rows are loaded.
pub(super) fn steps(situation: &Situation<'_>) -> Result<Vec<Step>> {
    let node = situation.node;
    let target = situation.target()?.with_kind(RelationKind::Table);
    let mut work = match situation.existing {
        None => vec![Step::CreateSeedTable(target.clone())],
        Some(existing) if existing.kind != Some(RelationKind::Table) => return Err(in_the_way(situation, existing)),
        Some(existing) if situation.full_refresh => {
            vec![Step::Drop(existing.clone()), Step::CreateSeedTable(target.clone())]
        }
        Some(existing) => vec![
            Step::CheckSeedColumns(existing.clone()),
            Step::Invoke(Call::new("truncate_relation", [existing.clone().into()])),
        ],
    };
    work.push(Step::LoadSeed(target.clone()));
    let created = situation.full_refresh || situation.existing.is_none();
    work.extend(grants_and_docs(node, &target, situation.existing, created));
    work.extend(created.then(|| indexes(&target)));
    Ok(situation.hooks.around(&node.config, work))
}

fn in_the_way(situation: &Situation<'_>, existing: &Relation) -> Box<Diagnostic> {
    let kind = existing.kind.map_or("relation", RelationKind::as_str).replace('_', " ");
    let message = format!("Cannot seed to '{existing}', it is a {kind}.");
    Diagnostic::error(Code::RELATION_IN_THE_WAY, message)
        .at(&situation.node.span)
        .hint(format!("Drop the {kind}, or give the seed another alias."))
}
