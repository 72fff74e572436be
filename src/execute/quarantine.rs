//! Rows that are diverted: rules rendered, bad rows counted.

use super::stage::Stage;
use crate::adapters::{Cell, Relation};
use crate::diagnostics::Result;
use crate::event::Quarantined;
use crate::jinja::{Dict, List, Value};
use crate::plan::Slot;
use crate::resolve::{Quarantine, QuarantineCondition, QuarantineRule, expression};

/// Renders the rules' templates and keeps the rules.
pub(super) fn prepare(stage: &mut Stage<'_>, quarantine: &Quarantine) -> Result<()> {
    let rules = quarantine.rules.iter().map(|rule| rendered(stage, rule)).collect::<Result<_>>()?;
    stage.keep(Slot::QuarantineRules, List::value(rules));
    Ok(())
}

fn rendered(stage: &Stage<'_>, rule: &QuarantineRule) -> Result<Value> {
    let mut entries = vec![("reason", rule.reason.clone())];
    match &rule.condition {
        QuarantineCondition::When(sql) => entries.push(("when", stage.render("quarantine", sql)?)),
        QuarantineCondition::Unmatched { column, to, field } => {
            entries.push(("to", stage.render("quarantine", &expression(to))?));
            let dialect = stage.session.dialect();
            entries.extend([("column", dialect.configured(column)), ("field", dialect.configured(field))]);
        }
    }
    Ok(Dict::value(entries.into_iter().map(|(key, text)| (Value::from(key), Value::from(text))).collect::<Vec<_>>()))
}

/// Counts the rows in quarantine, for the node's result.
pub(super) fn count(stage: &mut Stage<'_>, relation: &Relation) -> Result<()> {
    let sql = stage.call_macro("get_quarantine_counts_sql", &[stage.relation(relation)])?.to_string();
    let (_, rows) = stage.session.query(&sql, None)?;
    let reasons = rows.rows.iter().filter_map(|row| match row.as_slice() {
        [reason, Cell::Integer(count)] => Some((reason.to_string(), *count as u64)),
        _ => None,
    });
    stage.quarantined = Some(Quarantined { relation: relation.to_string(), reasons: reasons.collect() });
    Ok(())
}
