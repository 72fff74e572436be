//! Snapshots.

use super::grants::{grants_and_docs, indexes};
use super::{Arg, Call, Situation, Slot, Step, temporary};
use crate::adapters::{Relation, RelationKind};
use crate::diagnostics::{Code, Diagnostic, Result};

/// The first time the query's rows become the table; later what changed goes to a temporary table and is merged from
/// there.
pub(super) fn steps(situation: &Situation<'_>) -> Result<Vec<Step>> {
    let node = situation.node;
    let target = situation.target()?.with_kind(RelationKind::Table);
    let mut work = vec![keep_strategy(situation)?];
    match situation.existing {
        None => work.push(first(&target)),
        Some(existing) if existing.kind != Some(RelationKind::Table) => return Err(in_the_way(situation, existing)),
        Some(_) => work.extend(later(situation, &target)),
    }
    work.extend(grants_and_docs(node, &target, situation.existing, false));
    work.extend(situation.existing.is_none().then(|| indexes(&target)));
    Ok(situation.hooks.around(&node.config, work))
}

/// The strategy's macro says, as SQL, which rows changed and when.
fn keep_strategy(situation: &Situation<'_>) -> Result<Step> {
    let node = situation.node;
    let Some(strategy) = node.config.str("strategy") else {
        return Err(Diagnostic::error(
            Code::SNAPSHOT_INVALID,
            format!("The snapshot '{}' has no strategy.", node.name),
        )
        .at(&node.span)
        .hint("Set `strategy` to timestamp (with `updated_at`) or check (with `check_cols`)."));
    };
    let (name, known) = match strategy.rsplit_once('.') {
        Some((package, name)) => (format!("{package}.snapshot_{name}_strategy"), true),
        None => {
            let name = format!("snapshot_{strategy}_strategy");
            let known = (situation.has_macro)(&name);
            (name, known)
        }
    };
    if !known {
        let message = format!("The snapshot '{}' has an unknown strategy, '{strategy}'.", node.name);
        return Err(Diagnostic::error(Code::SNAPSHOT_INVALID, message)
            .at(&node.span)
            .hint(format!("Built in are timestamp and check. For one of your own, write a macro {name}.")));
    }
    let config = Arg::Json(node.config.0.clone().into_iter().collect());
    let exists = situation.existing.is_some().into();
    let args = [Arg::Model, "snapshotted_data".into(), "source_data".into(), config, exists];
    Ok(Step::Keep { call: Call::new(name, args), slot: Slot::Strategy })
}

fn first(target: &Relation) -> Step {
    let rows = Call::new("build_snapshot_table", [Arg::Slot(Slot::Strategy), Arg::Sql]);
    let call = Call::new("create_table_as", [false.into(), target.clone().into(), Arg::returned(rows)]);
    Step::Execute { call, main: true, creates: Some(target.clone()) }
}

fn later(situation: &Situation<'_>, target: &Relation) -> [Step; 5] {
    let staging = temporary(target, situation.dialect);
    let rows = Call::new("snapshot_staging_table", [Arg::Slot(Slot::Strategy), Arg::Sql, target.clone().into()]);
    let stage = Call::new("create_table_as", [true.into(), staging.clone().into(), Arg::returned(rows)]);
    let merge = [target.clone().into(), staging.clone().into(), Arg::Slot(Slot::QuotedColumns)];
    [
        Step::CheckSnapshotTarget(target.clone()),
        Step::Execute { call: stage, main: false, creates: None },
        Step::AddSnapshotColumns { staging: staging.clone(), target: target.clone() },
        Step::Execute { call: Call::new("snapshot_merge_sql", merge), main: true, creates: None },
        Step::DropTemporary(staging),
    ]
}

fn in_the_way(situation: &Situation<'_>, existing: &Relation) -> Box<Diagnostic> {
    let kind = existing.kind.map_or("relation", RelationKind::as_str).replace('_', " ");
    let message = format!("The snapshot '{}' needs a table, but {existing} is a {kind}.", situation.node.name);
    Diagnostic::error(Code::RELATION_IN_THE_WAY, message)
        .at(&situation.node.span)
        .hint(format!("Drop the {kind}, or give the snapshot another alias."))
}
