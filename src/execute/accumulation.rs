//! What accumulating models need beyond SQL: their observations checked, their expressions rendered, changes counted.

use super::columns::{columns, find, hint, values};
use super::samples::{counts, shown};
use super::stage::Stage;
use crate::adapters::{Column, Relation, RowChanges};
use crate::diagnostics::{Code, Diagnostic, Result};
use crate::jinja::{Dict, List, Value};
use crate::plan::{Accumulation, Call, Milestone, Slot};
use crate::sql::rewrite_calls;

/// How many of the rows with a null key are shown.
const SAMPLES: usize = 5;

/// Checks the observations before anything is written, and keeps how they are folded.
pub(super) fn check(
    stage: &mut Stage<'_>,
    observations: &Relation,
    target: Option<&Relation>,
    accumulation: &Accumulation,
) -> Result<()> {
    let seen = columns(stage, observations)?;
    let known = target.map(|target| columns(stage, target)).transpose()?.unwrap_or_default();
    let named = |setting, name: &str| column(stage, setting, name, &seen);
    let key = accumulation.unique_key.iter().map(|name| named("unique_key", name)).collect::<Result<Vec<_>>>()?;
    let sequence = named("sequence_by", &accumulation.sequence_by)?;
    let mut milestones = vec![];
    for (name, keeps) in &accumulation.milestones {
        milestones.push((named("milestones", name)?, *keeps));
    }
    if let Some(column) = seen.iter().find(|column| column.name.to_lowercase().starts_with("sqlbuild_")) {
        return Err(invalid(
            stage,
            &column.name,
            &format!("has a column '{}', a name that is kept for sqlbuild", column.name),
        )
        .hint("Give the column another name."));
    }
    for (name, _) in &accumulation.derived {
        if seen.iter().any(|column| column.name.eq_ignore_ascii_case(name)) {
            return Err(invalid(stage, name, &format!("has a column '{name}' already, which can so not be derived"))
                .hint("Give the derived column another name, or leave the column out of the query."));
        }
    }
    refuse_null_keys(stage, observations, &key)?;
    let attributes: Vec<_> = seen
        .iter()
        .filter(|column| !key.contains(column) && milestones.iter().all(|(milestone, _)| milestone != *column))
        .cloned()
        .collect();
    let keeping =
        |wanted: Milestone| names(milestones.iter().filter(|(_, keeps)| *keeps == wanted).map(|(column, _)| column));
    let entries = [
        ("unique_key", values(stage, &key)),
        ("sequence_by", values(stage, std::slice::from_ref(&sequence))),
        ("attributes", values(stage, &attributes)),
        ("first", keeping(Milestone::First)),
        ("last", keeping(Milestone::Last)),
        ("columns", values(stage, &seen)),
        ("known_columns", names(known.iter())),
        ("derived", derived(stage, accumulation, &known)?),
    ];
    let accumulation = Dict::value(entries.map(|(name, value)| (Value::from(name), value)).to_vec());
    stage.keep(Slot::Accumulation, accumulation);
    Ok(())
}

fn names<'a>(columns: impl Iterator<Item = &'a Column>) -> Value {
    List::value(columns.map(|column| Value::from(&column.name)).collect())
}

/// The column that a setting names.
fn column(stage: &Stage<'_>, setting: &str, name: &str, columns: &[Column]) -> Result<Column> {
    find(columns, name).cloned().ok_or_else(|| {
        invalid(stage, name, &format!("has no column '{name}', which {setting} names")).hint(hint(columns, name))
    })
}

fn invalid(stage: &Stage<'_>, place: &str, what: &str) -> Box<Diagnostic> {
    let node = stage.node;
    let message = format!("The query of the accumulating model '{}' {what}.", node.name);
    Diagnostic::error(Code::ACCUMULATION_INVALID, message)
        .at(&node.place_of(place).unwrap_or_else(|| node.span.clone()))
}

fn refuse_null_keys(stage: &Stage<'_>, observations: &Relation, key: &[Column]) -> Result<()> {
    let dialect = stage.session.dialect();
    let is_null: Vec<_> = key.iter().map(|column| format!("{} is null", dialect.quote(&column.name))).collect();
    let condition = is_null.join(" or ");
    let (_, counted) = stage.session.query(&format!("select count(*) from {observations} where {condition}"), None)?;
    let count = counts(&counted).first().copied().unwrap_or_default();
    if count == 0 {
        return Ok(());
    }
    let sample = format!("select * from {observations} where {condition} limit {SAMPLES}");
    let (_, rows) = stage.session.query(&sample, None)?;
    let names: Vec<_> = key.iter().map(|column| column.name.as_str()).collect();
    let what = if count == 1 { "observation has" } else { "observations have" };
    let message = format!("{count} {what} a null in the key ({}) of '{}'.", names.join(", "), stage.node.name);
    let place = stage.node.place_of("unique_key").unwrap_or_else(|| stage.node.span.clone());
    Err(Diagnostic::error(Code::KEY_NULL, message)
        .at(&place)
        .hint("Nothing was written. Leave such rows out of the query, or mend their keys.")
        .note(shown(&rows)))
}

/// The SQL of the derived columns: templates rendered, and `datediff('unit', from, to)`, which engines write in many
/// ways or not at all, as the engine has it.
fn derived(stage: &Stage<'_>, accumulation: &Accumulation, known: &[Column]) -> Result<Value> {
    let dialect = stage.session.dialect();
    let mut expressions = vec![];
    for (name, template) in &accumulation.derived {
        let rendered = stage.render("derived", template)?;
        let sql = rewrite_calls(&rendered, dialect.lexis, "datediff", &mut |arguments| match arguments {
            [unit, from, to] => {
                let unit = Value::from(unit.trim_matches('\''));
                let args = [Value::from(*from), Value::from(*to), unit];
                stage.call_macro("datediff", &args).map(|sql| Some(sql.to_string()))
            }
            _ => Ok(None),
        })?;
        let name = find(known, name).map_or_else(|| dialect.configured(name), |column| column.name.clone());
        expressions.push((Value::from(name), Value::from(sql)));
    }
    Ok(Dict::value(expressions))
}

fn several_rows(stage: &Stage<'_>, count: i64) -> Box<Diagnostic> {
    let what = if count == 1 { "instance has" } else { "instances have" };
    let message = format!("{count} {what} more than one row in the table of '{}'.", stage.node.name);
    Diagnostic::error(Code::UNIQUE_KEY_INVALID, message)
        .at(&stage.node.place_of("unique_key").unwrap_or_else(|| stage.node.span.clone()))
        .hint("Nothing was written. The table was made in another way, or with another unique_key: build it anew with --full-refresh.")
}

/// Counts what the staged rows will change. A table in which an instance has several rows is left alone.
pub(super) fn count_changes(stage: &mut Stage<'_>, call: &Call) -> Result<()> {
    let sql = stage.call(call)?.to_string();
    let (_, rows) = stage.session.query(&sql, None)?;
    let [inserted, changed, unchanged, repeated] = counts(&rows)[..] else {
        return Err(Diagnostic::error(Code::INTERNAL, "The changes of an accumulating model were not counted."));
    };
    if repeated > 0 {
        return Err(several_rows(stage, repeated));
    }
    stage.changes = Some(RowChanges { inserted, changed, unchanged });
    Ok(())
}
