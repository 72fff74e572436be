//! Rows that break a rule of `quarantine`: diverted from the model into a relation of their own.

use super::aside::{create_session_table, session_table};
use super::{Arg, Call, SchemaChange, Situation, Slot, Step};
use crate::adapters::{Relation, RelationKind};
use crate::diagnostics::{Code, Diagnostic, Result};
use crate::resolve::Quarantine;
use serde_json::Value as Json;

/// What surrounds the building of a model whose bad rows are diverted.
pub(super) struct Diversion {
    /// Judges the rows of the query, and puts the bad ones where they belong.
    pub before: Vec<Step>,
    /// Gives the good rows.
    pub query: Arg,
    /// Counts the bad rows.
    pub after: Vec<Step>,
}

/// The diversion of a table. `again`: rows that were bad in earlier runs are judged again, beside those of the query.
pub(super) fn divert(situation: &Situation<'_>, target: &Relation, again: bool) -> Result<Diversion> {
    let node = situation.node;
    let Some(quarantine) = Quarantine::of(&node.config).map_err(|what| invalid(situation, &what))? else {
        return Ok(Diversion { before: vec![], query: Arg::Sql, after: vec![] });
    };
    if node.config.str("incremental_strategy") == Some("microbatch") {
        return Err(invalid(situation, "a microbatch model can have none"));
    }
    if node.is_python_model() {
        return Err(invalid(situation, "a model in Python can have none"));
    }
    let relation = node.quarantine_relation(&quarantine).unwrap_or_else(|| target.clone());
    let judged = session_table(target, "__dbt_judged", situation.dialect);
    let incoming = session_table(target, "__dbt_in", situation.dialect);
    let removes = again && !quarantine.keep_last_good;
    let mut before = vec![Step::PrepareQuarantine(quarantine)];
    let mut after = vec![Step::CountQuarantined(relation.clone())];
    // Only what came in says anything new about a key.
    let mut came_in = judged.clone();
    let rows = match situation.quarantine {
        Some(stored) if again => {
            came_in = incoming.clone();
            before.push(create_session_table(&incoming, Arg::Sql));
            after.push(Step::DropTemporary(incoming.clone()));
            let key = if identifies_rows(situation) { node.config.get("unique_key").into() } else { Arg::None };
            Arg::returned(Call::new("get_rows_to_judge_sql", [incoming.into(), stored.clone().into(), key]))
        }
        _ => Arg::Sql,
    };
    let judge = Arg::returned(Call::new("get_judged_rows_sql", [Arg::Slot(Slot::QuarantineRules), rows]));
    before.push(create_session_table(&judged, judge));
    before.extend(store(situation, &relation, &judged)?);
    before.extend(remove_bad(situation, target, &judged, came_in).filter(|_| removes));
    after.push(Step::DropTemporary(judged.clone()));
    Ok(Diversion { before, query: Arg::returned(Call::new("get_good_rows_sql", [judged.into()])), after })
}

/// Takes the rows out of an incremental model that came in again and are bad now.
fn remove_bad(situation: &Situation<'_>, target: &Relation, judged: &Relation, came_in: Relation) -> Option<Step> {
    let key = situation.node.config.get("unique_key").filter(|key| !key.is_null() && identifies_rows(situation))?;
    let arguments = [target.clone().into(), judged.clone().into(), came_in.into(), Some(key).into()];
    let call = Call::new("get_remove_bad_rows_sql", arguments);
    Some(Step::Execute { call, main: false, creates: None })
}

/// Whether a row takes the place of an earlier one with the same key; observations do not.
fn identifies_rows(situation: &Situation<'_>) -> bool {
    let strategy = situation.node.config.str("incremental_strategy");
    !matches!(strategy, Some("append" | super::accumulating::STRATEGY))
}

fn store(situation: &Situation<'_>, relation: &Relation, judged: &Relation) -> Result<Vec<Step>> {
    let relation = relation.clone().with_kind(RelationKind::Table);
    let fill = |name: &str, columns: Arg| Call::new(name, [relation.clone().into(), judged.clone().into(), columns]);
    match situation.quarantine {
        None => {
            let call = fill("get_create_quarantine_sql", Arg::None);
            Ok(vec![Step::Execute { call, main: false, creates: Some(relation.clone()) }])
        }
        Some(existing) if existing.kind == Some(RelationKind::View) => {
            let message =
                format!("The quarantine of '{}' needs a table, but {existing} is a view.", situation.node.name);
            Err(Diagnostic::error(Code::RELATION_IN_THE_WAY, message)
                .at(&situation.node.span)
                .hint("Drop the view, or give the quarantine another `relation`."))
        }
        Some(_) => Ok(vec![
            Step::SyncColumns {
                source: judged.clone(),
                target: relation.clone(),
                policy: SchemaChange::AppendNewColumns,
                widen: true,
            },
            Step::Execute {
                call: fill("get_replace_quarantine_sql", Arg::Slot(Slot::Columns)),
                main: false,
                creates: None,
            },
        ]),
    }
}

/// A model that is no table can divert nothing: there is no moment at which its rows are written.
pub(super) fn refuse(situation: &Situation<'_>) -> Result<()> {
    match situation.node.config.get("quarantine") {
        None | Some(Json::Null) => Ok(()),
        Some(_) => Err(invalid(situation, "it needs a model that is a table or incremental")),
    }
}

fn invalid(situation: &Situation<'_>, what: &str) -> Box<Diagnostic> {
    let node = situation.node;
    Diagnostic::error(Code::QUARANTINE_INVALID, format!("The quarantine of '{}' is wrong: {what}.", node.name))
        .at(&node.place_of("quarantine").unwrap_or_else(|| node.span.clone()))
        .hint("Write quarantine: {rules: [{reason: no_key, when: id is null}, {reason: orphan, column: customer_id, to: ref('customers'), field: id}]}.")
}
