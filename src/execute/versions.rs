//! What snapshots need beyond SQL: their columns compared with config and table, their changes judged.

use super::columns::{columns, find, hint, retype, snapshot_column, values};
use super::samples::{counts, shown};
use super::stage::Stage;
use crate::adapters::{Column, Relation};
use crate::diagnostics::{Code, Diagnostic, Result};
use crate::event::Event;
use crate::jinja::{Dict, List, Value};
use crate::plan::{HardDeletes, Slot, TypeChange};
use serde_json::Value as Json;

/// How many of the keys that are wrong are shown.
const SAMPLES: usize = 5;

/// What was found out about the columns of a snapshot.
#[derive(Debug, Default, Clone)]
pub(super) struct Facts {
    columns: Vec<VersionedColumn>,
    time_type: String,
    exists: bool,
    full: bool,
}

/// A column of the batch, the table or both.
#[derive(Debug, Clone)]
struct VersionedColumn {
    /// With the type that it will have in the table.
    column: Column,
    in_batch: bool,
    stored: bool,
    /// Whether the batch has another type.
    cast: bool,
    /// Whether the table has a narrower type.
    widened: bool,
    tracked: bool,
    type1: bool,
    filled: bool,
}

/// Compares the batch's columns with the config and the table. Nothing is changed yet.
pub(super) fn describe(stage: &mut Stage<'_>, batch: &Relation, target: Option<&Relation>) -> Result<()> {
    let seen = columns(stage, batch)?;
    let known = target.map(|target| columns(stage, target)).transpose()?.unwrap_or_default();
    if let Some(target) = target {
        check_is_snapshot(stage, target, &known)?;
    }
    check_names(stage, &seen)?;
    let (time_type, wider_times) = time_type(stage, batch, &known)?;
    let mut all: Vec<VersionedColumn> =
        seen.iter().map(|column| versioned(stage, column, &known, target)).collect::<Result<_>>()?;
    all.extend(wider_times.into_iter().map(|column| VersionedColumn {
        column,
        in_batch: false,
        stored: true,
        cast: false,
        widened: true,
        tracked: false,
        type1: false,
        filled: false,
    }));
    let flags = &stage.run.compiler.graph().invocation.flags;
    let config = &stage.node.config;
    let partial = flags.empty || flags.sample.is_some() || config.get("deleted_when").is_some();
    let full = HardDeletes::of(config) != HardDeletes::Ignore && !partial;
    let facts = Facts { columns: all, time_type, exists: target.is_some(), full };
    let value = facts.value(stage);
    stage.keep(Slot::Snapshot, value);
    stage.snapshot = Some(facts);
    Ok(())
}

impl Facts {
    fn value(&self, stage: &Stage<'_>) -> Value {
        let dialect = stage.run.compiler.graph().adapter.dialect();
        let entry = |known: &VersionedColumn| {
            Dict::value(vec![
                ("name".into(), Value::from(&known.column.name)),
                ("quoted".into(), Value::from(dialect.quote(&known.column.name))),
                ("type".into(), Value::from(&known.column.data_type)),
                ("batch".into(), known.in_batch.into()),
                ("stored".into(), known.stored.into()),
                ("cast".into(), known.cast.into()),
                ("widened".into(), known.widened.into()),
                ("tracked".into(), known.tracked.into()),
                ("type1".into(), known.type1.into()),
                ("filled".into(), known.filled.into()),
            ])
        };
        Dict::value(vec![
            ("columns".into(), List::value(self.columns.iter().map(entry).collect())),
            ("time_type".into(), Value::from(&self.time_type)),
            ("timed".into(), is_time(&self.time_type).into()),
            ("exists".into(), self.exists.into()),
            ("full".into(), self.full.into()),
        ])
    }
}

fn invalid(stage: &Stage<'_>, key: &str, message: String) -> Box<Diagnostic> {
    let node = stage.node;
    Diagnostic::error(Code::SNAPSHOT_INVALID, message).at(&node.place_of(key).unwrap_or_else(|| node.span.clone()))
}

/// A table that is not a snapshot's is left alone.
fn check_is_snapshot(stage: &Stage<'_>, target: &Relation, known: &[Column]) -> Result<()> {
    let mut needed = vec!["dbt_scd_id", "dbt_updated_at", "dbt_valid_from", "dbt_valid_to"];
    if HardDeletes::of(&stage.node.config) == HardDeletes::NewRecord {
        needed.push("dbt_is_deleted");
    }
    let missing: Vec<_> = needed
        .into_iter()
        .map(|name| snapshot_column(stage, name))
        .filter(|name| find(known, name).is_none())
        .collect();
    if missing.is_empty() {
        return Ok(());
    }
    let message = format!("Snapshot target is missing configured columns: {}.", missing.join(", "));
    Err(invalid(stage, "snapshot_meta_column_names", message).hint(format!(
        "{target} is not a snapshot, or one with other column names: see snapshot_meta_column_names. \
         It was left as it is."
    )))
}

/// The columns that the config names must be there.
fn check_names(stage: &Stage<'_>, seen: &[Column]) -> Result<()> {
    for key in ["unique_key", "updated_at", "check_cols", "type1_cols"] {
        let names = texts(stage.node.config.get(key));
        let expressions = ["unique_key", "updated_at"].contains(&key);
        for name in names.iter().filter(|name| !(key == "check_cols" && **name == "all")) {
            if (expressions && !is_name(name)) || find(seen, name.trim_matches('"')).is_some() {
                continue;
            }
            let message =
                format!("The query of the snapshot '{}' has no column '{name}', which {key} names.", stage.node.name);
            return Err(invalid(stage, key, message).hint(hint(seen, name)));
        }
    }
    Ok(())
}

fn texts(value: Option<&Json>) -> Vec<&str> {
    match value {
        Some(Json::String(text)) => vec![text],
        Some(Json::Array(items)) => items.iter().filter_map(Json::as_str).collect(),
        _ => vec![],
    }
}

/// Whether an expression is a column's name and no more.
fn is_name(expression: &str) -> bool {
    let quoted = expression.len() > 2 && expression.starts_with('"') && expression.ends_with('"');
    let plain = expression.chars().all(|c| c.is_alphanumeric() || c == '_');
    let keyword = ["current_timestamp", "current_date", "localtimestamp"].contains(&expression.to_lowercase().as_str());
    quoted || (plain && !keyword && expression.starts_with(|c: char| c.is_alphabetic() || c == '_'))
}

/// The type of the times, and the columns of the table that have to be widened for them.
fn time_type(stage: &Stage<'_>, batch: &Relation, known: &[Column]) -> Result<(String, Vec<Column>)> {
    let query = match stage.node.config.str("updated_at") {
        Some(updated_at) => format!("select {updated_at} as dbt_seen from {batch}"),
        None => format!("select {} as dbt_seen", stage.call_macro("snapshot_get_time", &[])?),
    };
    let described = stage.session.describe(&query)?;
    let new = described.first().map(|column| column.data_type.clone()).unwrap_or_default();
    let stored = find(known, snapshot_column(stage, "dbt_valid_from")).map(|column| column.data_type.clone());
    if !is_time(&new) && stored.as_deref().is_none_or(is_time) {
        let message =
            format!("The updated_at of the snapshot '{}' is of type {new}, which tells no time.", stage.node.name);
        return Err(invalid(stage, "updated_at", message)
            .hint("Cast it to a timestamp in the query, or name another column. Nothing was written."));
    }
    if is_time(&new) && stage.node.config.str("updated_at").is_some() {
        compare_clocks(stage, &new)?;
    }
    match stored {
        Some(stored) if TypeChange::between(&stored, &new) != TypeChange::Widens => Ok((stored, vec![])),
        Some(_) => {
            let names = ["dbt_updated_at", "dbt_valid_from", "dbt_valid_to"].map(|name| snapshot_column(stage, name));
            let times = names.iter().filter_map(|name| find(known, name));
            let narrow = times.filter(|column| TypeChange::between(&column.data_type, &new) == TypeChange::Widens);
            let wider = narrow.map(|column| Column::new(&column.name, &new)).collect();
            Ok((new, wider))
        }
        None => Ok((new, vec![])),
    }
}

/// Times of rows and those of the clock, which ends what is deleted, stand in one column.
fn compare_clocks(stage: &Stage<'_>, of_rows: &str) -> Result<()> {
    let clock = stage.call_macro("snapshot_get_time", &[])?;
    let described = stage.session.describe(&format!("select {clock} as dbt_seen"))?;
    let of_clock = described.first().map(|column| column.data_type.as_str()).unwrap_or_default();
    if of_clock != of_rows {
        let message = format!(
            "The updated_at of the snapshot '{}' is {of_rows}, but the run's clock is {of_clock}.",
            stage.node.name
        );
        let warning = Diagnostic::warning(Code::SNAPSHOT_INVALID, message)
            .at(&stage.node.place_of("updated_at").unwrap_or_else(|| stage.node.span.clone()))
            .hint(format!("Please update snapshot config 'updated_at': cast it to {of_clock}."));
        stage.run.sink().emit(Event::Warned(warning));
    }
    Ok(())
}

fn is_time(data_type: &str) -> bool {
    let data_type = data_type.to_lowercase();
    ["timestamp", "date"].iter().any(|prefix| data_type.starts_with(prefix))
}

/// A column of the batch, as the table has it or will have it.
fn versioned(
    stage: &Stage<'_>,
    column: &Column,
    known: &[Column],
    target: Option<&Relation>,
) -> Result<VersionedColumn> {
    let config = &stage.node.config;
    let names_it =
        |key: &str| texts(config.get(key)).iter().any(|name| column.name.eq_ignore_ascii_case(name.trim_matches('"')));
    let stored = known.iter().find(|other| other.name == column.name);
    let change = stored.map(|stored| TypeChange::between(&stored.data_type, &column.data_type));
    if let (Some(stored), Some(TypeChange::Incompatible)) = (stored, change) {
        return Err(incompatible(stage, column, stored));
    }
    let widened = change == Some(TypeChange::Widens);
    let type1 = names_it("type1_cols");
    let tracked = !type1 && (names_it("check_cols") || config.str("check_cols") == Some("all"));
    let added = target.is_some() && stored.is_none();
    let final_type = stored.filter(|_| !widened).unwrap_or(column);
    Ok(VersionedColumn {
        column: Column::new(&column.name, &final_type.data_type),
        in_batch: true,
        stored: stored.is_some(),
        cast: final_type.data_type != column.data_type,
        widened,
        // Also a new column is compared: with the null that the table has for it.
        tracked,
        type1,
        filled: added && !type1 && !(tracked && config.str("strategy") == Some("check")),
    })
}

fn incompatible(stage: &Stage<'_>, new: &Column, stored: &Column) -> Box<Diagnostic> {
    let message = format!(
        "The column '{}' of the snapshot '{}' is {}, but the query now gives {}.",
        new.name, stage.node.name, stored.data_type, new.data_type
    );
    Diagnostic::error(Code::SCHEMA_CHANGED, message).at(&stage.node.span).hint(format!(
        "Nothing was written. Cast the column to {} in the query, give it another name, or change the table's type.",
        stored.data_type
    ))
}

/// Adds and widens the table's columns, as was described.
pub(super) fn alter(stage: &mut Stage<'_>, target: &Relation) -> Result<()> {
    let facts = stage.snapshot.clone().unwrap_or_default();
    let of = |wanted: fn(&VersionedColumn) -> bool| -> Vec<Column> {
        facts.columns.iter().filter(|column| wanted(column)).map(|known| known.column.clone()).collect()
    };
    retype(stage, target, &of(|column| column.widened))?;
    let added = of(|column| !column.stored);
    if !added.is_empty() {
        stage.call_macro("create_columns", &[stage.relation(target), values(stage, &added)])?;
    }
    Ok(())
}

/// Refuses changes that are not sound, and warns of what will be left out.
pub(super) fn judge(
    stage: &mut Stage<'_>,
    changes: &Relation,
    batch: &Relation,
    target: Option<&Relation>,
) -> Result<()> {
    let kinds = ["null_key", "duplicate", "conflict", "late", "delete"];
    let tallies: Vec<_> =
        kinds.iter().map(|kind| format!("count(case when dbt_change_type = '{kind}' then 1 end)")).collect();
    let counted = number_query(stage, &format!("select {} from {changes}", tallies.join(", ")))?;
    let [null_keys, duplicates, conflicts, late, deletes] = counted[..] else {
        return Err(Diagnostic::error(Code::INTERNAL, "The changes of a snapshot were not counted."));
    };
    if null_keys > 0 {
        return Err(null_key(stage, null_keys));
    }
    if duplicates > 0 {
        return Err(duplicate(stage, changes, duplicates)?);
    }
    if conflicts > 0 {
        return Err(conflict(stage, changes, target)?);
    }
    if let Some(target) = target.filter(|_| stage.snapshot.as_ref().is_some_and(|facts| facts.full)) {
        guard(stage, batch, target, deletes)?;
    }
    if late > 0 { tell_late(stage, changes, late) } else { Ok(()) }
}

fn number_query(stage: &Stage<'_>, sql: &str) -> Result<Vec<i64>> {
    let (_, rows) = stage.session.query(sql, None)?;
    Ok(counts(&rows))
}

/// Up to five keys of a kind, a line each.
fn keys(stage: &Stage<'_>, changes: &Relation, kind: &str) -> Result<String> {
    let unique_key = texts(stage.node.config.get("unique_key"));
    let dialect = stage.run.compiler.graph().adapter.dialect();
    let columns: Vec<_> = (1..=unique_key.len()).map(|index| format!("dbt_key_{index}")).collect();
    let named: Vec<_> =
        columns.iter().zip(&unique_key).map(|(column, name)| format!("{column} as {}", dialect.quote(name))).collect();
    let sql = format!(
        "select distinct {} from {changes} where dbt_change_type = '{kind}' order by {} limit {SAMPLES}",
        named.join(", "),
        (1..=columns.len()).map(|index| index.to_string()).collect::<Vec<_>>().join(", "),
    );
    let (_, rows) = stage.session.query(&sql, None)?;
    Ok(shown(&rows))
}

fn key_text(stage: &Stage<'_>) -> String {
    texts(stage.node.config.get("unique_key")).join(", ")
}

fn plural(count: i64, one: &str, many: &str) -> String {
    format!("{count} {}", if count == 1 { one } else { many })
}

fn null_key(stage: &Stage<'_>, count: i64) -> Box<Diagnostic> {
    let message = format!(
        "{} no key: {} is null in the snapshot '{}'.",
        plural(count, "row has", "rows have"),
        key_text(stage),
        stage.node.name
    );
    let place = stage.node.place_of("unique_key").unwrap_or_else(|| stage.node.span.clone());
    Diagnostic::error(Code::KEY_NULL, message)
        .at(&place)
        .hint("Nothing was written. Leave such rows out of the query, or mend their keys.")
}

fn duplicate(stage: &Stage<'_>, changes: &Relation, count: i64) -> Result<Box<Diagnostic>> {
    let check = stage.node.config.str("strategy") == Some("check");
    let what = if check { "" } else { " at the same time" };
    let message = format!(
        "{} more than one row{what} in the snapshot '{}': {} is not unique.",
        plural(count, "key has", "keys have"),
        stage.node.name,
        key_text(stage)
    );
    let place = stage.node.place_of("unique_key").unwrap_or_else(|| stage.node.span.clone());
    Ok(Diagnostic::error(Code::UNIQUE_KEY_INVALID, message)
        .at(&place)
        .hint("Nothing was written. Keep one row of each key in the query, or add the column that tells them apart.")
        .note(keys(stage, changes, "duplicate")?))
}

fn conflict(stage: &Stage<'_>, changes: &Relation, target: Option<&Relation>) -> Result<Box<Diagnostic>> {
    let table = target.map(Relation::to_string).unwrap_or_default();
    let message = format!("{table} has several current versions of a key that has changed.");
    Ok(Diagnostic::error(Code::UNIQUE_KEY_INVALID, message)
        .at(&stage.node.span)
        .hint("Nothing was written. End all current versions of the key but one; the data test scd2_integrity finds them.")
        .note(keys(stage, changes, "conflict")?))
}

/// A source that lost (nearly) everything is rather broken than empty.
fn guard(stage: &Stage<'_>, batch: &Relation, target: &Relation, deletes: i64) -> Result<()> {
    let ratio = stage.node.config.get("max_delete_ratio").and_then(Json::as_f64);
    if deletes == 0 {
        return Ok(());
    }
    let is_current = stage.call_macro("snapshot_is_current", &[])?;
    let alive = match HardDeletes::of(&stage.node.config) {
        HardDeletes::NewRecord => {
            format!("{is_current} and {} is distinct from 'True'", snapshot_column(stage, "dbt_is_deleted"))
        }
        _ => is_current.to_string(),
    };
    let sql = format!("select (select count(*) from {batch}), (select count(*) from {target} where {alive})");
    let counted = number_query(stage, &sql)?;
    let [rows, open] = counted[..] else { return Ok(()) };
    let excessive = match ratio {
        Some(ratio) => deletes as f64 > ratio * open as f64,
        None => rows == 0,
    };
    if !excessive {
        return Ok(());
    }
    let message = match rows {
        0 => format!("The query of the snapshot '{}' has no rows, which would end all {open} keys.", stage.node.name),
        _ => format!("{deletes} of {open} keys are missing from the query of the snapshot '{}'.", stage.node.name),
    };
    Err(Diagnostic::error(Code::SNAPSHOT_GUARD, message).at(&stage.node.span).hint(
        "Nothing was written. If the rows are really gone, set max_delete_ratio to the share of keys that may go: 1 for all.",
    ))
}

fn tell_late(stage: &Stage<'_>, changes: &Relation, count: i64) -> Result<()> {
    let what = plural(count, "row is", "rows are");
    let keys = keys(stage, changes, "late")?;
    if stage.node.config.str("late_arriving") == Some("error") {
        let message = format!("{what} older than what the snapshot '{}' has of the key.", stage.node.name);
        return Err(Diagnostic::error(Code::SNAPSHOT_LATE, message)
            .at(&stage.node.span)
            .hint("Nothing was written. Set late_arriving to restitch to have such rows put where their time belongs.")
            .note(keys));
    }
    let message = format!("{what} older than what the snapshot '{}' has of the key, and left out.", stage.node.name);
    let warning = Diagnostic::warning(Code::SNAPSHOT_LATE, message)
        .at(&stage.node.span)
        .hint("Set late_arriving to restitch to have such rows put where their time belongs.")
        .note(keys);
    stage.run.sink().emit(Event::Warned(warning));
    Ok(())
}
