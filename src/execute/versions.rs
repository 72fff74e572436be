//! What snapshots need beyond SQL: their columns compared with config and table, their keys counted.

use super::columns::{columns, find, hint, retype, snapshot_column, values};
use super::soundness::{self, null_key, number_query, plural};
use super::stage::Stage;
use crate::adapters::{Column, Relation};
use crate::diagnostics::{Code, Diagnostic, Result};
use crate::event::Event;
use crate::jinja::{Dict, List, Value};
use crate::plan::{HardDeletes, Slot, TypeChange};
use serde_json::Value as Json;

/// What was found out about the batch of a snapshot.
#[derive(Debug, Default, Clone)]
pub(super) struct Facts {
    columns: Vec<VersionedColumn>,
    time_type: String,
    /// Whether keys that the batch lacks are gone.
    pub(super) full: bool,
    /// How many rows the batch has.
    pub(super) rows: i64,
    /// Whether a key has several rows.
    repeats: bool,
    /// Whether a row tells of a deletion.
    deletes: bool,
    /// Whether a part of a key is null.
    null_parts: bool,
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

/// Compares the columns of the query with the config and the table. Nothing is changed yet.
pub(super) fn describe(stage: &mut Stage<'_>, rows: Option<&Relation>, target: Option<&Relation>) -> Result<()> {
    let is_rest = stage.snapshot.is_some();
    let source = rows.map_or_else(|| format!("(\n{}\n) as dbt_query", stage.sql()), Relation::to_string);
    let seen = match rows {
        Some(rows) => columns(stage, rows)?,
        None => stage.session.describe(&format!("select * from {source}"))?,
    };
    let known = target.map(|target| columns(stage, target)).transpose()?.unwrap_or_default();
    if let Some(target) = target {
        check_is_snapshot(stage, target, &known)?;
    }
    check_reserved(stage, &seen)?;
    check_names(stage, &seen)?;
    let (time_type, wider_times) = time_type(stage, &source, &known)?;
    let mut all: Vec<VersionedColumn> =
        seen.iter().map(|column| versioned(stage, column, &seen, &known, target)).collect::<Result<_>>()?;
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
    // What is left of a first batch lacks the keys that are recorded already.
    let full = HardDeletes::of(config) != HardDeletes::Ignore && !partial && !is_rest;
    keep(stage, Facts { columns: all, time_type, full, ..Facts::default() });
    Ok(())
}

fn keep(stage: &mut Stage<'_>, facts: Facts) {
    let value = facts.value(stage);
    stage.keep(Slot::Snapshot, value);
    stage.snapshot = Some(facts);
}

/// Counts the rows and keys of a batch, which may be the `first`; one without a key, or after which nothing could follow, is
/// refused. The keys of a later full batch are left to [`count_news`].
pub(super) fn count(stage: &mut Stage<'_>, rows: &Relation, first: bool) -> Result<()> {
    let facts = stage.snapshot.clone().unwrap_or_default();
    let with_keys = first || !facts.full;
    let arguments = [facts.value(stage), stage.relation(rows), with_keys.into()];
    let sql = stage.call_macro("snapshot_counts", &arguments)?.to_string();
    let [rows, without_key, keys, deletes, null_parts, endless] = number_query(stage, &sql)?[..] else {
        return Err(Diagnostic::error(Code::INTERNAL, "The keys of a snapshot were not counted."));
    };
    if without_key > 0 {
        return Err(null_key(stage, without_key));
    }
    if endless > 0 {
        return Err(endless_time(stage, endless));
    }
    keep(stage, Facts { rows, repeats: keys != rows, deletes: deletes > 0, null_parts: null_parts > 0, ..facts });
    Ok(())
}

fn endless_time(stage: &Stage<'_>, count: i64) -> Box<Diagnostic> {
    let what = plural(count, "row has", "rows have");
    let message =
        format!("{what} an updated_at of infinity in the snapshot '{}': no version can follow.", stage.node.name);
    invalid(stage, "updated_at", message)
        .hint("Nothing was written. Leave such rows out of the query, or write null, which is the run's clock.")
}

/// Looks at the news of a full batch, whose keys were not counted: whether some have several rows, and whether parts of those
/// that it lacks are null.
pub(super) fn count_news(stage: &mut Stage<'_>, news: &Relation, target: &Relation) -> Result<()> {
    let facts = stage.snapshot.clone().unwrap_or_default();
    if !facts.full {
        return Ok(());
    }
    let arguments = [facts.value(stage), stage.relation(news), stage.relation(target)];
    let sql = stage.call_macro("snapshot_news_counts", &arguments)?.to_string();
    let [null_parts, several, followed, recorded] = number_query(stage, &sql)?[..] else {
        return Err(Diagnostic::error(Code::INTERNAL, "The news of a snapshot were not counted."));
    };
    let repeats = several > 0 || followed != recorded;
    keep(stage, Facts { repeats, null_parts: facts.null_parts || null_parts > 0, ..facts });
    Ok(())
}

/// Looks whether versions of the batch's keys were current by another config.
pub(super) fn check_current(stage: &Stage<'_>, known: &Relation, target: &Relation) -> Result<()> {
    let time_type = stage.snapshot.as_ref().map(|facts| facts.time_type.as_str()).unwrap_or_default();
    soundness::check_current(stage, target, time_type, Some(known))
}

/// Whether what was taken for the news of a full batch is too little, since keys have several rows.
pub(super) fn is_repeated(stage: &Stage<'_>) -> bool {
    stage.snapshot.as_ref().is_some_and(|facts| facts.full && facts.repeats)
}

/// Whether keys of the batch need more than one version, or none.
pub(super) fn is_chained(stage: &Stage<'_>) -> bool {
    stage.snapshot.as_ref().is_some_and(|facts| facts.repeats || facts.deletes)
}

/// Makes the table of observations that no version shows, or gives it the columns that it lacks.
pub(super) fn prepare_unrecorded(stage: &mut Stage<'_>, table: &Relation, rows: &Relation) -> Result<()> {
    let facts = stage.snapshot.clone().unwrap_or_default();
    let catalog = stage.session.catalog();
    if stage.session.with_connection(|connection| catalog.get(connection, table))?.is_none() {
        let query = stage.call_macro("snapshot_unrecorded_table", &[facts.value(stage), stage.relation(rows)])?;
        let sql = stage.call_macro("create_table_as", &[false.into(), stage.relation(table), query])?.to_string();
        stage.send(&sql, false)?;
        return stage.created(table);
    }
    let there = columns(stage, table)?;
    if ["sqlbuild_seen", "sqlbuild_gone"].iter().any(|name| find(&there, name).is_none()) {
        let message =
            format!("The snapshot '{}' keeps observations in {table}, which is something else.", stage.node.name);
        return Err(Diagnostic::error(Code::RELATION_IN_THE_WAY, message)
            .at(&stage.node.span)
            .hint("Nothing was written. Rename or drop it, or give the snapshot another alias."));
    }
    let mut wanted: Vec<Column> =
        facts.columns.iter().filter(|column| column.in_batch).map(|known| known.column.clone()).collect();
    let dialect = stage.session.dialect();
    wanted.push(Column::new(dialect.unquoted("sqlbuild_seen"), &facts.time_type));
    let stored = |column: &Column| there.iter().find(|other| other.name == column.name);
    let widens = |column: &&Column| {
        stored(column).is_some_and(|old| TypeChange::between(&old.data_type, &column.data_type) == TypeChange::Widens)
    };
    let wider: Vec<Column> = wanted.iter().filter(widens).cloned().collect();
    let added: Vec<Column> = wanted.iter().filter(|column| stored(column).is_none()).cloned().collect();
    retype(stage, table, &wider)?;
    add(stage, table, &added)
}

fn add(stage: &Stage<'_>, table: &Relation, added: &[Column]) -> Result<()> {
    if added.is_empty() {
        return Ok(());
    }
    stage.call_macro("create_columns", &[stage.relation(table), values(stage, added)]).map(drop)
}

impl Facts {
    fn value(&self, stage: &Stage<'_>) -> Value {
        let dialect = stage.session.dialect();
        let entry = |known: &VersionedColumn| {
            Dict::value(vec![
                ("name".into(), Value::from(&known.column.name)),
                ("quoted".into(), Value::from(dialect.quote(&known.column.name))),
                ("data_type".into(), Value::from(&known.column.data_type)),
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
            ("full".into(), self.full.into()),
            ("rows".into(), self.rows.into()),
            ("repeats".into(), self.repeats.into()),
            ("null_parts".into(), self.null_parts.into()),
        ])
    }
}

fn invalid(stage: &Stage<'_>, key: &str, message: String) -> Box<Diagnostic> {
    let node = stage.node;
    Diagnostic::error(Code::SNAPSHOT_INVALID, message).at(&node.place_of(key).unwrap_or_else(|| node.span.clone()))
}

/// The columns that the snapshot's table has beside its query's.
fn own_columns<'a>(stage: &'a Stage<'_>) -> Vec<&'a str> {
    let mut names = vec!["dbt_scd_id", "dbt_updated_at", "dbt_valid_from", "dbt_valid_to"];
    if HardDeletes::of(&stage.node.config) == HardDeletes::NewRecord {
        names.push("dbt_is_deleted");
    }
    names.into_iter().map(|name| snapshot_column(stage, name)).collect()
}

/// A table that is not a snapshot's is left alone.
fn check_is_snapshot(stage: &Stage<'_>, target: &Relation, known: &[Column]) -> Result<()> {
    let missing: Vec<_> = own_columns(stage).into_iter().filter(|name| find(known, name).is_none()).collect();
    if missing.is_empty() {
        return Ok(());
    }
    let message = format!("Snapshot target is missing configured columns: {}.", missing.join(", "));
    let deleted = snapshot_column(stage, "dbt_is_deleted");
    let hint = match missing[..] {
        [name] if name == deleted => format!(
            "{target} was begun without hard_deletes: new_record. To go on with it, add the column: \
             alter table {target} add column {name} {}. It was left as it is.",
            find(known, snapshot_column(stage, "dbt_scd_id")).map_or("text", |column| &column.data_type)
        ),
        _ => format!(
            "{target} is not a snapshot, or one with other column names: see snapshot_meta_column_names. \
             It was left as it is."
        ),
    };
    Err(invalid(stage, "snapshot_meta_column_names", message).hint(hint))
}

/// Names that the table's own columns and the queries' helpers have.
fn check_reserved(stage: &Stage<'_>, seen: &[Column]) -> Result<()> {
    let own: Vec<_> = own_columns(stage).iter().map(|name| name.to_lowercase()).collect();
    let reserved =
        |name: &str| name.starts_with("sqlbuild_") || name == "dbt_change_type" || own.iter().any(|own| own == name);
    let Some(column) = seen.iter().find(|column| reserved(&column.name.to_lowercase())) else { return Ok(()) };
    let message = format!(
        "The query of the snapshot '{}' has a column '{}', a name that snapshots use themselves.",
        stage.node.name, column.name
    );
    Err(Diagnostic::error(Code::SNAPSHOT_INVALID, message).at(&stage.node.span).hint(
        "Nothing was written. Give the column another name; those that snapshots add can be changed by \
         snapshot_meta_column_names.",
    ))
}

/// The columns that the config names must be there.
fn check_names(stage: &Stage<'_>, seen: &[Column]) -> Result<()> {
    for key in ["unique_key", "updated_at", "check_cols", "type1_cols"] {
        let names = texts(stage.node.config.get(key));
        let expressions = ["unique_key", "updated_at"].contains(&key);
        for name in names.iter().filter(|name| !(key == "check_cols" && **name == "all")) {
            if (expressions && !is_name(name)) || find(seen, name).is_some() {
                continue;
            }
            let message =
                format!("The query of the snapshot '{}' has no column '{name}', which {key} names.", stage.node.name);
            return Err(invalid(stage, key, message).hint(hint(seen, name)));
        }
    }
    Ok(())
}

pub(super) fn texts(value: Option<&Json>) -> Vec<&str> {
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
fn time_type(stage: &Stage<'_>, source: &str, known: &[Column]) -> Result<(String, Vec<Column>)> {
    let query = match stage.node.config.str("updated_at") {
        Some(updated_at) => format!("select {updated_at} as sqlbuild_seen from {source}"),
        None => format!("select {} as sqlbuild_seen", stage.call_macro("snapshot_get_time", &[])?),
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
    if is_time(&new) && stage.node.config.str("updated_at").is_some() && stage.snapshot.is_none() {
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
    let described = stage.session.describe(&format!("select {clock} as sqlbuild_seen"))?;
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

pub(super) fn is_time(data_type: &str) -> bool {
    let data_type = data_type.to_lowercase();
    ["timestamp", "date"].iter().any(|prefix| data_type.starts_with(prefix))
}

/// A column of the batch, as the table has it or will have it.
fn versioned(
    stage: &Stage<'_>,
    column: &Column,
    seen: &[Column],
    known: &[Column],
    target: Option<&Relation>,
) -> Result<VersionedColumn> {
    let config = &stage.node.config;
    let names_it = |key: &str| {
        let mut named = texts(config.get(key)).into_iter().filter_map(|name| find(seen, name));
        named.any(|named| named.name == column.name)
    };
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
    add(stage, target, &of(|column| !column.stored))
}
