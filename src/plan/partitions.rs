//! `partition_by`: tables whose rows are kept apart by ranges of a time.

use super::{Call, Situation, Step};
use crate::adapters::Relation;
use crate::diagnostics::{Code, Diagnostic, Result};
use crate::resolve::{ConstraintKind, NodeKind};
use serde_json::Value as Json;

/// How wide a partition may be.
const GRANULARITIES: &[&str] = &["hour", "day", "month", "year"];

/// Makes room in a table for rows that are about to be written.
pub(super) fn make_room(situation: &Situation<'_>, target: &Relation, rows: &Relation) -> Option<Step> {
    let call = Call::new("create_partitions", [target.clone().into(), rows.clone().into()]);
    field(situation).filter(|_| situation.dialect.range_partitions)?;
    Some(Step::Execute { call, main: false, creates: None })
}

/// Checks the config; the step tells where it means nothing.
pub(super) fn check(situation: &Situation<'_>) -> Result<Option<Step>> {
    let Some(given) = situation.node.config.get("partition_by").filter(|given| !given.is_null()) else {
        return Ok(None);
    };
    let ignored = |why: &str| {
        let text = format!("The partition_by of '{}' is ignored: {why}.", situation.node.name);
        Ok(Some(Step::Log(text)))
    };
    if !situation.dialect.range_partitions {
        return ignored(&format!("{} has no partitions", situation.dialect.name));
    }
    let Json::Object(given) = given else { return ignored("it is no mapping with a field") };
    if is_of_numbers(given) {
        return ignored("partitions are ranges of time here");
    }
    let Some(field) = given.get("field").and_then(Json::as_str) else {
        return Err(invalid(situation, "names no field")
            .hint("Write partition_by: {field: created_at, data_type: timestamp, granularity: month}."));
    };
    let granularity = given.get("granularity").and_then(Json::as_str).unwrap_or("month").to_lowercase();
    if !GRANULARITIES.contains(&granularity.as_str()) {
        return Err(invalid(situation, &format!("has the granularity '{granularity}'"))
            .hint(format!("A partition is as wide as one of {}.", GRANULARITIES.join(", "))));
    }
    check_keys(situation, field)?;
    Ok(None)
}

fn is_of_numbers(given: &serde_json::Map<String, Json>) -> bool {
    let data_type = given.get("data_type").and_then(Json::as_str).unwrap_or_default();
    given.contains_key("range") || data_type.eq_ignore_ascii_case("int64")
}

fn field<'a>(situation: &'a Situation<'_>) -> Option<&'a str> {
    let given = situation.node.config.get("partition_by")?.as_object()?;
    given.get("field").and_then(Json::as_str).filter(|_| !is_of_numbers(given))
}

/// Each partition holds its keys by itself: a key that lacks the field could stand in two of them.
fn check_keys(situation: &Situation<'_>, field: &str) -> Result<()> {
    let lacks = |columns: &[&str]| {
        let bare = |name: &str| name.trim_matches('"').to_lowercase();
        !columns.iter().any(|column| bare(column) == bare(field))
    };
    let refuse = |what: &str, columns: &[&str]| {
        let message = format!("is partitioned by '{field}', which {what} ({}) does not hold", columns.join(", "));
        Err(Diagnostic::error(Code::PARTITIONS_INVALID, format!("'{}' {message}.", situation.node.name))
            .at(&place(situation))
            .hint(format!("A partitioned table can only keep keys unique that include the field: add '{field}' to it, or use a data test.")))
    };
    for index in situation.node.config.get("indexes").and_then(Json::as_array).into_iter().flatten() {
        let columns: Vec<_> =
            index.get("columns").and_then(Json::as_array).into_iter().flatten().filter_map(Json::as_str).collect();
        if index.get("unique").and_then(Json::as_bool) == Some(true) && lacks(&columns) {
            return refuse("a unique index", &columns);
        }
    }
    if !situation.node.config.contract_enforced() {
        return Ok(());
    }
    let named = |kind: ConstraintKind| match kind {
        ConstraintKind::PrimaryKey => Some("the primary key"),
        ConstraintKind::Unique => Some("a unique constraint"),
        _ => None,
    };
    for (name, column) in &situation.node.columns {
        for what in column.constraints.iter().filter_map(|constraint| named(constraint.kind)) {
            if lacks(&[name]) {
                return refuse(what, &[name]);
            }
        }
    }
    let NodeKind::Model(info) = &situation.node.kind else { return Ok(()) };
    for constraint in &info.constraints {
        let columns: Vec<_> = constraint.columns.iter().map(|column| column.as_ref()).collect();
        match named(constraint.kind) {
            Some(what) if lacks(&columns) => return refuse(what, &columns),
            _ => {}
        }
    }
    Ok(())
}

fn place(situation: &Situation<'_>) -> crate::diagnostics::Span {
    situation.node.place_of("partition_by").unwrap_or_else(|| situation.node.span.clone())
}

fn invalid(situation: &Situation<'_>, what: &str) -> Box<Diagnostic> {
    Diagnostic::error(Code::PARTITIONS_INVALID, format!("The partition_by of '{}' {what}.", situation.node.name))
        .at(&place(situation))
}
