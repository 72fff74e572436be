//! Columns of incremental models and snapshots: new rows against the table they go to.

use super::soundness::check_current;
use super::stage::Stage;
use crate::adapters::{Column, Relation};
use crate::compile::column_value;
use crate::diagnostics::{Code, Diagnostic, Result, nearest};
use crate::jinja::{List, Value};
use crate::plan::{ColumnChanges, SchemaChange, Slot, widened};

/// Changes a table's columns as the model's config says, and keeps those to write.
pub(super) fn sync(
    stage: &mut Stage<'_>,
    source: &Relation,
    target: &Relation,
    policy: SchemaChange,
    widen: bool,
) -> Result<()> {
    let dialect = stage.session.dialect();
    let mut there = columns(stage, target)?;
    let new = columns(stage, source)?;
    if widen {
        let wider = widened(&new, &there, dialect);
        retype(stage, target, &wider)?;
        for column in &mut there {
            if let Some(wide) = wider.iter().find(|wide| wide.name == column.name) {
                column.clone_from(wide);
            }
        }
    }
    if policy == SchemaChange::Ignore {
        keep(stage, &there);
        return Ok(());
    }
    let changes = ColumnChanges::between(&new, &there, dialect);
    match policy {
        _ if changes.is_empty() => {}
        SchemaChange::Fail => return Err(out_of_sync(stage, target, &changes)),
        SchemaChange::SyncAllColumns => {
            add_and_remove(stage, target, &changes.added, &changes.removed)?;
            retype(stage, target, &changes.retyped)?;
        }
        _ => add_and_remove(stage, target, &changes.added, &[])?,
    }
    keep(stage, &new);
    Ok(())
}

/// A column by its name in the config, in quotes or not: exactly, or else whatever the case.
pub(super) fn find<'a>(columns: &'a [Column], name: &str) -> Option<&'a Column> {
    let quoted = name.strip_prefix('"').and_then(|name| name.strip_suffix('"'));
    let name = quoted.map_or(name.to_owned(), |name| name.replace("\"\"", "\""));
    let exact = columns.iter().find(|column| column.name == name);
    exact.or_else(|| columns.iter().find(|column| column.name.eq_ignore_ascii_case(&name)))
}

/// For a column that the query lacks: what may have been meant, and what it has.
pub(super) fn hint(columns: &[Column], name: &str) -> String {
    let names: Vec<_> = columns.iter().map(|column| column.name.as_str()).collect();
    let has = format!("The query has: {}.", names.join(", "));
    match nearest(name, names).first() {
        Some(near) => format!("Did you mean '{near}'? {has}"),
        None => has,
    }
}

pub(super) fn columns(stage: &Stage<'_>, relation: &Relation) -> Result<Vec<Column>> {
    stage.run.compiler.columns(&stage.cx, relation)
}

pub(super) fn values(stage: &Stage<'_>, columns: &[Column]) -> Value {
    let dialect = stage.session.dialect();
    List::value(columns.iter().map(|column| column_value(column, dialect)).collect())
}

fn keep(stage: &mut Stage<'_>, columns: &[Column]) {
    let value = values(stage, columns);
    stage.keep(Slot::Columns, value);
}

fn add_and_remove(stage: &Stage<'_>, target: &Relation, added: &[Column], removed: &[Column]) -> Result<()> {
    if added.is_empty() && removed.is_empty() {
        return Ok(());
    }
    let args = [stage.relation(target), values(stage, added), values(stage, removed)];
    stage.call_macro("alter_relation_add_remove_columns", &args).map(drop)
}

pub(super) fn retype(stage: &Stage<'_>, target: &Relation, columns: &[Column]) -> Result<()> {
    for column in columns {
        let args = [stage.relation(target), Value::from(&column.name), Value::from(&column.data_type)];
        stage.call_macro("alter_column_type", &args)?;
    }
    Ok(())
}

fn out_of_sync(stage: &Stage<'_>, target: &Relation, changes: &ColumnChanges) -> Box<Diagnostic> {
    let message = "The source and target schemas on this incremental model are out of sync! (on_schema_change: fail)";
    Diagnostic::error(Code::SCHEMA_CHANGED, message)
        .at(&stage.node.span)
        .hint(
            "Set on_schema_change to append_new_columns or sync_all_columns, or build the model anew with --full-refresh.",
        )
        .note(format!("{target}\n{}", changes.describe()))
}

/// The names that the snapshot's config gives to its own columns.
pub(super) fn snapshot_column<'a>(stage: &'a Stage<'_>, name: &'a str) -> &'a str {
    let names = stage.node.config.get("snapshot_meta_column_names");
    names.and_then(|names| names.get(name)).and_then(|name| name.as_str()).unwrap_or(name)
}

/// A snapshot's table must have the columns that its merge reads and writes.
pub(super) fn check_snapshot(stage: &mut Stage<'_>, target: &Relation) -> Result<()> {
    let there = columns(stage, target)?;
    let has = |name: &str| there.iter().any(|column| column.name.eq_ignore_ascii_case(name));
    let mut needed = vec!["dbt_scd_id", "dbt_valid_from", "dbt_valid_to"];
    if stage.node.config.str("hard_deletes") == Some("new_record") {
        needed.push("dbt_is_deleted");
    }
    let missing: Vec<_> =
        needed.into_iter().map(|name| snapshot_column(stage, name)).filter(|name| !has(name)).collect();
    if missing.is_empty() {
        let valid_to = find(&there, snapshot_column(stage, "dbt_valid_to"));
        let time_type = valid_to.map(|column| column.data_type.as_str()).unwrap_or_default();
        return check_current(stage, target, time_type, None);
    }
    let message = format!("Snapshot target is missing configured columns: {}.", missing.join(", "));
    Err(Diagnostic::error(Code::SNAPSHOT_INVALID, message)
        .at(&stage.node.span)
        .hint(format!("{target} is not a snapshot, or one with other column names: see snapshot_meta_column_names.")))
}

/// Adds the columns that are new in a snapshot's query to its table, and keeps those to write.
pub(super) fn add_to_snapshot(stage: &mut Stage<'_>, staging: &Relation, target: &Relation) -> Result<()> {
    let there = columns(stage, target)?;
    let staged = columns(stage, staging)?;
    retype(stage, target, &widened(&staged, &there, stage.session.dialect()))?;
    let is_helper = |column: &Column| {
        let name = column.name.to_lowercase();
        name == "dbt_change_type" || name.starts_with("dbt_unique_key")
    };
    let new: Vec<_> = staged.into_iter().filter(|column| !is_helper(column)).collect();
    let known = |column: &&Column| there.iter().any(|other| other.name == column.name);
    let added: Vec<_> = new.iter().filter(|column| !known(column)).cloned().collect();
    if !added.is_empty() {
        let args = [stage.relation(target), values(stage, &added)];
        stage.call_macro("create_columns", &args)?;
    }
    let dialect = stage.session.dialect();
    let quoted = new.iter().map(|column| Value::from(dialect.quote(&column.name))).collect();
    stage.keep(Slot::QuotedColumns, List::value(quoted));
    keep(stage, &new);
    Ok(())
}
