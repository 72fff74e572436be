//! `materialized: incremental`.

use super::grants::grants_and_docs;
use super::quarantine::{Diversion, divert};
use super::strategy::strategy_macro;
use super::{Arg, Call, SchemaChange, Situation, Slot, Step, accumulating, constraints, partitions, table};
use crate::adapters::{Relation, RelationKind};
use crate::diagnostics::{Code, Diagnostic, Result};
use serde_json::Value as Json;

/// Built as a table the first time and on a full refresh; otherwise new rows go to a temporary table, and from there
/// into the table as the strategy says.
pub(super) fn steps(situation: &Situation<'_>) -> Result<Vec<Step>> {
    let target = situation.target()?.with_kind(RelationKind::Table);
    let strategy = strategy_macro(situation)?;
    check_unique_key(situation)?;
    let existing = situation.existing;
    let adds = !situation.full_refresh && existing.is_some_and(|relation| relation.kind != Some(RelationKind::View));
    let Diversion { before, query, after } = divert(situation, &target, adds)?;
    let mut work = lock(situation, &target);
    work.extend(partitions::check(situation)?);
    work.extend(before);
    work.extend(match existing {
        _ if situation.node.config.str("incremental_strategy") == Some(accumulating::STRATEGY) => {
            accumulating::steps(situation, &target, adds, query)?
        }
        None => table::create(situation, &target, &query),
        Some(_) if adds => add(situation, &target, strategy, query),
        Some(_) => table::replace_with_indexes(situation, &target, &query),
    });
    work.extend(after);
    work.extend(grants_and_docs(situation, &target, !adds));
    Ok(situation.hooks.around(&situation.node.config, work))
}

/// Runs of the same model wait for each other. Batches of a microbatch model do not: the run as a whole has the lock.
fn lock(situation: &Situation<'_>, target: &Relation) -> Vec<Step> {
    if situation.node.config.str("incremental_strategy") == Some("microbatch") {
        return vec![];
    }
    let call = Call::new("get_write_lock_sql", [target.clone().into()]);
    vec![Step::Lock { call, target: target.clone(), exists: situation.existing.is_some() }]
}

fn add(situation: &Situation<'_>, target: &Relation, strategy: String, query: Arg) -> Vec<Step> {
    let rows = situation.temporary(target);
    let policy = SchemaChange::of(&situation.node.config);
    let mut steps = stage(situation, target, &rows, query, policy);
    steps.extend(write(situation, target, rows, strategy));
    steps
}

/// Puts the rows of a query into a temporary table and readies the target for them.
pub(super) fn stage(
    situation: &Situation<'_>,
    target: &Relation,
    rows: &Relation,
    query: Arg,
    policy: SchemaChange,
) -> Vec<Step> {
    let config = &situation.node.config;
    let widen = !config.contract_enforced();
    let mut steps =
        vec![create_temporary(situation, rows, query), sync_columns(situation, target, rows, policy, widen)];
    steps.extend(partitions::make_room(situation, target, rows));
    steps.extend(constraints::drop_outdated(situation, target));
    steps
}

/// The macros that [`Step::SyncColumns`] stands for.
const SCHEMA_CHANGE_MACROS: &[&str] = &[
    "process_schema_changes",
    "check_for_schema_changes",
    "sync_column_schemas",
    "diff_columns",
    "diff_column_data_types",
    "incremental_validate_on_schema_change",
];

fn sync_columns(
    situation: &Situation<'_>,
    target: &Relation,
    rows: &Relation,
    policy: SchemaChange,
    widen: bool,
) -> Step {
    let (source, target) = (rows.clone(), target.clone());
    if !situation.overrides_any(SCHEMA_CHANGE_MACROS) {
        return Step::SyncColumns { source, target, policy, widen };
    }
    let written = situation.node.config.str("on_schema_change").unwrap_or("ignore");
    let call = Call::new("dbt.columns_to_write", [written.into(), source.into(), target.into(), widen.into()]);
    Step::Keep { call, slot: Slot::Columns }
}

/// A temporary table with the rows of a query.
fn create_temporary(situation: &Situation<'_>, relation: &Relation, query: Arg) -> Step {
    Step::Execute { call: table::creation(situation, true, relation, query), main: false, creates: None }
}

/// Writes the rows that were staged into the target, by a strategy's macro.
pub(super) fn write(situation: &Situation<'_>, target: &Relation, rows: Relation, strategy: String) -> Vec<Step> {
    let config = &situation.node.config;
    let predicates = config.get("predicates").or_else(|| config.get("incremental_predicates"));
    let arguments = Arg::Map(vec![
        ("target_relation", target.clone().into()),
        ("temp_relation", rows.clone().into()),
        ("unique_key", config.get("unique_key").into()),
        ("dest_columns", Arg::Slot(Slot::Columns)),
        ("incremental_predicates", predicates.into()),
    ]);
    let call = Call::new(strategy, [arguments]);
    let mut steps = vec![Step::Execute { call, main: true, creates: None }, Step::DropTemporary(rows)];
    steps.push(constraints::sync_indexes(target));
    steps
}

/// A unique key is a text or a list of texts.
fn check_unique_key(situation: &Situation<'_>) -> Result<()> {
    let node = situation.node;
    let fits = match node.config.get("unique_key") {
        None | Some(Json::String(_)) => true,
        Some(Json::Array(items)) => items.iter().all(Json::is_string),
        Some(_) => false,
    };
    if fits {
        return Ok(());
    }
    let message = format!("The unique_key of '{}' is neither a column's name nor a list of such names.", node.name);
    Err(Diagnostic::error(Code::UNIQUE_KEY_INVALID, message).at(&node.span))
}
