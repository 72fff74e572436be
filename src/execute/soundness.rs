//! Whether what a snapshot is about to record is sound: refused, or warned of, before anything is written.

use super::columns::snapshot_column;
use super::samples::{counts, shown};
use super::stage::Stage;
use super::versions::{is_time, texts};
use crate::adapters::{Cell, Relation};
use crate::diagnostics::{Code, Diagnostic, Result};
use crate::event::Event;
use crate::jinja::Value;
use crate::plan::Call;
use serde_json::Value as Json;

/// How many of the keys that are wrong are shown.
const SAMPLES: usize = 5;

/// Refuses changes that are not sound, and warns of what will be left out.
pub(super) fn judge(stage: &mut Stage<'_>, changes: &Relation, target: &Relation) -> Result<()> {
    let changes = &changes.to_string();
    let [duplicates, conflicts, late, deletes] = tally(stage, changes, ["duplicate", "conflict", "late", "delete"])?;
    if duplicates > 0 {
        return Err(duplicate(stage, changes, duplicates)?);
    }
    if conflicts > 0 {
        return Err(conflict(stage, changes, target)?);
    }
    if let Some(facts) = stage.snapshot.as_ref().filter(|facts| facts.full) {
        guard(stage, facts.rows, target, deletes)?;
    }
    let hint = "Set late_arriving to restitch to have such rows put where their time belongs.";
    if late > 0 { tell_late(stage, changes, late, hint) } else { Ok(()) }
}

/// The same of what a project's own macros are about to record, by a query for rows that are not sound.
pub(super) fn judge_own(stage: &mut Stage<'_>, query: &Call) -> Result<()> {
    let unsound = format!("(\n{}\n) as dbt_unsound", stage.call(query)?);
    let [null_keys, duplicates, late] = tally(stage, &unsound, ["null_key", "duplicate", "late"])?;
    if null_keys > 0 {
        return Err(null_key(stage, null_keys));
    }
    if duplicates > 0 {
        return Err(duplicate(stage, &unsound, duplicates)?);
    }
    let hint = "The project has its own macros for snapshots, which leave such rows out.";
    if late > 0 { tell_late(stage, &unsound, late, hint) } else { Ok(()) }
}

/// Refuses a table whose current versions are not so any more, since `dbt_valid_to_current` was changed or removed: all of its
/// keys would count as deleted. `time_type`: that of its times. `known`: versions of the batch's keys, which are enough to look at.
pub(super) fn check_current(
    stage: &Stage<'_>,
    target: &Relation,
    time_type: &str,
    known: Option<&Relation>,
) -> Result<()> {
    if !is_time(time_type) {
        return Ok(());
    }
    let known = known.map_or_else(|| Value::from(()), |known| stage.relation(known));
    let arguments = [stage.relation(target), time_type.into(), known];
    let sql = stage.call_macro("snapshot_former_current", &arguments)?.to_string();
    let (_, found) = stage.session.query(&sql, None)?;
    let Some(Cell::Text(end)) = found.rows.first().and_then(|row| row.first()) else { return Ok(()) };
    let message = format!("{target} has no current version of any key, but versions that hold until {end}.");
    let place = stage.node.place_of("dbt_valid_to_current").unwrap_or_else(|| stage.node.span.clone());
    let valid_to = snapshot_column(stage, "dbt_valid_to");
    Err(Diagnostic::error(Code::SNAPSHOT_INVALID, message).at(&place).hint(format!(
        "Nothing was written. They were current while dbt_valid_to_current was that time: set it so again, or make them \
         current in another way, such as: update {target} set {valid_to} = null where {valid_to} = '{end}'."
    )))
}

/// How many rows of some kinds there are.
fn tally<const KINDS: usize>(stage: &Stage<'_>, changes: &str, kinds: [&str; KINDS]) -> Result<[i64; KINDS]> {
    let counts = kinds.map(|kind| format!("count(case when dbt_change_type = '{kind}' then 1 end)"));
    let counted = number_query(stage, &format!("select {} from {changes}", counts.join(", ")))?;
    let internal = |_| Diagnostic::error(Code::INTERNAL, "The changes of a snapshot were not counted.");
    counted.try_into().map_err(internal)
}

pub(super) fn number_query(stage: &Stage<'_>, sql: &str) -> Result<Vec<i64>> {
    let (_, rows) = stage.session.query(sql, None)?;
    Ok(counts(&rows))
}

/// Up to five keys of a kind, a line each.
fn keys(stage: &Stage<'_>, changes: &str, kind: &str) -> Result<String> {
    let unique_key = texts(stage.node.config.get("unique_key"));
    let dialect = stage.session.dialect();
    let columns: Vec<_> = (1..=unique_key.len()).map(|index| format!("sqlbuild_key_{index}")).collect();
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

pub(super) fn plural(count: i64, one: &str, many: &str) -> String {
    format!("{count} {}", if count == 1 { one } else { many })
}

pub(super) fn null_key(stage: &Stage<'_>, count: i64) -> Box<Diagnostic> {
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

fn duplicate(stage: &Stage<'_>, changes: &str, count: i64) -> Result<Box<Diagnostic>> {
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

fn conflict(stage: &Stage<'_>, changes: &str, target: &Relation) -> Result<Box<Diagnostic>> {
    let message = format!("{target} has several current versions of a key that has changed.");
    Ok(Diagnostic::error(Code::UNIQUE_KEY_INVALID, message)
        .at(&stage.node.span)
        .hint("Nothing was written. End all current versions of the key but one; the data test scd2_integrity finds them.")
        .note(keys(stage, changes, "conflict")?))
}

/// A source that lost (nearly) everything is rather broken than empty.
fn guard(stage: &Stage<'_>, rows: i64, target: &Relation, deletes: i64) -> Result<()> {
    let ratio = stage.node.config.get("max_delete_ratio").and_then(Json::as_f64);
    if deletes == 0 {
        return Ok(());
    }
    if ratio.is_none() && rows > 0 {
        return Ok(());
    }
    let alive = stage.call_macro("snapshot_is_alive", &[])?;
    let counted = number_query(stage, &format!("select count(*) from {target} where {alive}"))?;
    let [open] = counted[..] else { return Ok(()) };
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

fn tell_late(stage: &Stage<'_>, changes: &str, count: i64, hint: &str) -> Result<()> {
    let what = plural(count, "row is", "rows are");
    let keys = keys(stage, changes, "late")?;
    if stage.node.config.str("late_arriving") == Some("error") {
        let message = format!("{what} older than what the snapshot '{}' has of the key.", stage.node.name);
        return Err(Diagnostic::error(Code::SNAPSHOT_LATE, message)
            .at(&stage.node.span)
            .hint(format!("Nothing was written. {hint}"))
            .note(keys));
    }
    let message = format!("{what} older than what the snapshot '{}' has of the key, and left out.", stage.node.name);
    let warning = Diagnostic::warning(Code::SNAPSHOT_LATE, message).at(&stage.node.span).hint(hint).note(keys);
    stage.run.sink().emit(Event::Warned(warning));
    Ok(())
}
