//! Snapshots.

use super::constraints::sync_indexes;
use super::grants::{grants_and_docs, indexes};
use super::{Arg, Call, Situation, Slot, Step, versions};
use crate::adapters::{Relation, RelationKind};
use crate::diagnostics::{Code, Diagnostic, Result};
use crate::resolve::{Config, Node};
use serde_json::Value as Json;

/// What becomes of rows that are gone.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum HardDeletes {
    /// Nothing.
    Ignore,
    /// Their version ends.
    Invalidate,
    /// Their version ends, and another says that they are deleted.
    NewRecord,
}

impl HardDeletes {
    /// As the config says, under its name of now or of old.
    pub fn of(config: &Config) -> Self {
        match config.str("hard_deletes") {
            Some("invalidate") => Self::Invalidate,
            Some("new_record") => Self::NewRecord,
            None if config.bool("invalidate_hard_deletes") == Some(true) => Self::Invalidate,
            _ => Self::Ignore,
        }
    }
}

/// Macros of dbt that make a snapshot. A project that has its own version of one gets dbt's way, in which it is called.
const SEAMS: &[&str] = &[
    "build_snapshot_table",
    "build_snapshot_staging_table",
    "get_dbt_valid_to_current",
    "post_snapshot",
    "snapshot_check_all_get_existing_columns",
    "snapshot_merge_sql",
    "snapshot_staging_table",
    "strategy_dispatch",
    "unique_key_fields",
    "unique_key_is_not_null",
    "unique_key_is_null",
    "unique_key_join_on",
];

/// Configs that dbt's way knows nothing of.
const BEYOND: &[&str] = &["late_arriving", "deleted_when", "max_delete_ratio", "type1_cols"];

/// What changed is found and recorded by the built-in queries, or as the project's own macros say.
pub(super) fn steps(situation: &Situation<'_>) -> Result<Vec<Step>> {
    let node = situation.node;
    let target = situation.target()?.with_kind(RelationKind::Table);
    check_deletes(node)?;
    let strategy = strategy_macro(situation)?;
    if let Some(existing) = situation.existing.filter(|existing| existing.kind != Some(RelationKind::Table)) {
        return Err(in_the_way(situation, existing));
    }
    let forgotten = situation.existing.filter(|_| situation.full_refresh && forgets(node));
    let situation = &Situation { existing: situation.existing.filter(|_| forgotten.is_none()), ..*situation };
    // Where a drop is not undone, the new table takes the place of the old one.
    let dropped = forgotten.filter(|_| situation.dialect.transactional_ddl);
    let mut work = Vec::from_iter(dropped.map(|existing| Step::Drop(existing.clone())));
    work.extend(match own_macro(situation, &strategy) {
        Some(own) => own_way(situation, &target, &strategy, own)?,
        None => versions::steps(situation, &target),
    });
    work.extend(grants_and_docs(situation, &target, false));
    work.extend(match situation.existing {
        None => indexes(situation, &target),
        Some(_) => Some(sync_indexes(&target)),
    });
    Ok(situation.hooks.around(&node.config, work))
}

/// Whether a full refresh begins the history anew, from what the query gives now. Without a word, history stays.
fn forgets(node: &Node) -> bool {
    node.config.str("on_full_refresh") == Some("rebuild")
}

/// The macro that the project has instead of a built-in one, if any.
fn own_macro<'a>(situation: &Situation<'_>, strategy: &'a str) -> Option<&'a str> {
    let built_in = ["snapshot_timestamp_strategy", "snapshot_check_strategy"].contains(&strategy);
    if !built_in || (situation.is_overridden)(strategy) {
        return Some(strategy);
    }
    SEAMS.iter().copied().find(|name| (situation.is_overridden)(name))
}

/// The steps of dbt, in which each of its macros is called.
fn own_way(situation: &Situation<'_>, target: &Relation, strategy: &str, own: &str) -> Result<Vec<Step>> {
    let node = situation.node;
    if let Some(key) = BEYOND.iter().find(|key| node.config.get(key).is_some()) {
        let message = format!("The config '{key}' of the snapshot '{}' has no effect here.", node.name);
        return Err(invalid(node, message)
            .hint(format!("The project has its own macro '{own}', which knows nothing of it. Remove one of them.")));
    }
    let mut work = vec![lock(situation, target), keep_strategy(situation, strategy)];
    match situation.existing {
        None => work.extend(first(situation, target)),
        Some(_) => work.extend(later(situation, target)),
    }
    Ok(work)
}

/// Keeps other writers of the same snapshot away.
pub(super) fn lock(situation: &Situation<'_>, target: &Relation) -> Step {
    let exists = situation.existing.is_some();
    let call = Call::new("snapshot_lock", [target.clone().into(), exists.into()]);
    Step::Lock { call, target: target.clone(), exists }
}

fn check_deletes(node: &Node) -> Result<()> {
    let hard_deletes = node.config.get("hard_deletes").filter(|value| !value.is_null());
    let old = node.config.get("invalidate_hard_deletes").filter(|value| !value.is_null());
    match hard_deletes {
        Some(_) if old.is_some() => Err(invalid(
            node,
            format!("The snapshot '{}' has both 'hard_deletes' and 'invalidate_hard_deletes'.", node.name),
        )
        .hint("Remove 'invalidate_hard_deletes', the older of the two.")),
        Some(value) if !["ignore", "invalidate", "new_record"].contains(&value.as_str().unwrap_or_default()) => {
            Err(invalid(node, format!("The 'hard_deletes' of the snapshot '{}' cannot be {value}.", node.name))
                .hint("Use ignore, invalidate or new_record."))
        }
        _ => Ok(()),
    }
}

/// The macro that says, as SQL, which rows changed and when.
fn strategy_macro(situation: &Situation<'_>) -> Result<String> {
    let node = situation.node;
    let Some(strategy) = node.config.str("strategy") else {
        return Err(invalid(node, format!("The snapshot '{}' has no strategy.", node.name))
            .hint("Set `strategy` to timestamp (with `updated_at`) or check (with `check_cols`)."));
    };
    if let Some((package, name)) = strategy.rsplit_once('.') {
        return Ok(format!("{package}.snapshot_{name}_strategy"));
    }
    let name = format!("snapshot_{strategy}_strategy");
    if (situation.has_macro)(&name) {
        return Ok(name);
    }
    let message = format!("The snapshot '{}' has an unknown strategy, '{strategy}'.", node.name);
    Err(invalid(node, message)
        .hint(format!("Built in are timestamp and check. For one of your own, write a macro {name}.")))
}

fn keep_strategy(situation: &Situation<'_>, name: &str) -> Step {
    let config = Arg::Json(Json::Object(situation.node.config.to_json()));
    let exists = situation.existing.is_some().into();
    let args = [Arg::Model, "snapshotted_data".into(), "source_data".into(), config, exists];
    Step::Keep { call: Call::new(name, args), slot: Slot::Strategy }
}

fn first(situation: &Situation<'_>, target: &Relation) -> Vec<Step> {
    let rows = Call::new("build_snapshot_table", [Arg::Slot(Slot::Strategy), Arg::Sql]);
    let create = |temporary: bool, table: &Relation, query: Arg| Step::Execute {
        call: Call::new("create_table_as", [temporary.into(), table.clone().into(), query]),
        main: !temporary,
        creates: (!temporary).then(|| table.clone()),
    };
    let check = |table: &Relation| Step::CheckSnapshotRows(Call::new("snapshot_unsound", [table.clone().into()]));
    if situation.dialect.transactional_ddl {
        return vec![create(false, target, Arg::returned(rows)), check(target)];
    }
    // What is seen outside has been checked.
    let built = situation.temporary(target);
    vec![
        create(true, &built, Arg::returned(rows)),
        check(&built),
        create(false, target, Arg::SelectAll(built.clone())),
        Step::DropTemporary(built),
    ]
}

fn later(situation: &Situation<'_>, target: &Relation) -> Vec<Step> {
    let staging = situation.temporary(target);
    let rows = Call::new("snapshot_staging_table", [Arg::Slot(Slot::Strategy), Arg::Sql, target.clone().into()]);
    let stage = Call::new("create_table_as", [true.into(), staging.clone().into(), Arg::returned(rows)]);
    let check = Call::new("snapshot_unsound", [staging.clone().into(), Arg::Sql, target.clone().into()]);
    let merge = [target.clone().into(), staging.clone().into(), Arg::Slot(Slot::QuotedColumns)];
    vec![
        Step::CheckSnapshotTarget(target.clone()),
        Step::Execute { call: stage, main: false, creates: None },
        Step::CheckSnapshotRows(check),
        Step::AddSnapshotColumns { staging: staging.clone(), target: target.clone() },
        Step::Execute { call: Call::new("snapshot_merge_sql", merge), main: true, creates: None },
        Step::Invoke(Call::new("post_snapshot", [staging.clone().into()])),
        Step::DropTemporary(staging),
    ]
}

fn invalid(node: &Node, message: String) -> Box<Diagnostic> {
    Diagnostic::error(Code::SNAPSHOT_INVALID, message).at(&node.span)
}

fn in_the_way(situation: &Situation<'_>, existing: &Relation) -> Box<Diagnostic> {
    let kind = existing.kind.map_or("relation", RelationKind::as_str).replace('_', " ");
    let message = format!("The snapshot '{}' needs a table, but {existing} is a {kind}.", situation.node.name);
    Diagnostic::error(Code::RELATION_IN_THE_WAY, message)
        .at(&situation.node.span)
        .hint(format!("Drop the {kind}, or give the snapshot another alias."))
}
