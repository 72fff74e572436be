//! `incremental_strategy: accumulating`: one row a process instance, brought up to date as milestones are reached.

use super::aside::{create_session_table, session_table};
use super::lookup::lookup_settings;
use super::{Arg, Call, SchemaChange, Situation, Slot, Step, incremental, table, temporary};
use crate::adapters::Relation;
use crate::diagnostics::{Code, Diagnostic, Result};
use serde_json::Value as Json;

/// The strategy's name in the config.
pub(super) const STRATEGY: &str = "accumulating";

/// How observations are folded into rows: the model's config.
#[derive(Debug, Clone, PartialEq)]
pub struct Accumulation {
    /// The columns that tell the instances apart.
    pub unique_key: Vec<String>,
    /// The column that orders the observations of an instance.
    pub sequence_by: String,
    /// The columns that keep a date of all observations rather than that of the newest.
    pub milestones: Vec<(String, Milestone)>,
    /// The columns that are computed from the folded row, with their SQL.
    pub derived: Vec<(String, String)>,
}

/// Which of the dates ever seen a milestone keeps.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Milestone {
    /// The earliest.
    First,
    /// The latest.
    Last,
}

impl Milestone {
    /// As in the config.
    pub fn as_str(self) -> &'static str {
        match self {
            Milestone::First => "first",
            Milestone::Last => "last",
        }
    }
}

/// The rows of `query` are observations. They go to a temporary table, are checked there, and are folded with what the
/// table knows of their instances; rows that come out as they were are not written.
pub(super) fn steps(situation: &Situation<'_>, target: &Relation, adds: bool, query: Arg) -> Result<Vec<Step>> {
    let accumulation = Accumulation::of(situation)?;
    if situation.node.is_python_model() {
        return Err(invalid(situation, "incremental_strategy", "cannot be in Python"));
    }
    let observations = session_table(target, "__dbt_seen", situation.dialect);
    let known = adds.then(|| session_table(target, "__dbt_known", situation.dialect));
    let fold = [facts(), observations.clone().into(), known.clone().into()];
    let rows = Arg::returned(Call::new("get_accumulated_sql", fold));
    let mut steps = vec![
        create_session_table(&observations, query),
        Step::CheckObservations {
            observations: observations.clone(),
            target: adds.then(|| target.clone()),
            accumulation,
        },
    ];
    steps.extend(match (situation.existing, &known) {
        (None, _) => table::create(situation, target, &rows),
        (Some(_), Some(known)) => add(situation, target, &observations, known, rows),
        (Some(_), None) => table::replace_with_indexes(situation, target, &rows),
    });
    steps.extend(known.map(Step::DropTemporary));
    steps.push(Step::DropTemporary(observations));
    Ok(steps)
}

/// Columns that are new are always added: a milestone is filled for the rows that are seen from then on.
fn add(
    situation: &Situation<'_>,
    target: &Relation,
    observations: &Relation,
    known: &Relation,
    rows: Arg,
) -> Vec<Step> {
    let accumulated = temporary(target, situation.dialect);
    let counts = [facts(), observations.clone().into(), accumulated.clone().into(), known.clone().into()];
    let policy = match SchemaChange::of(&situation.node.config) {
        SchemaChange::Ignore => SchemaChange::AppendNewColumns,
        chosen => chosen,
    };
    let instances = [facts(), observations.clone().into(), target.clone().into()];
    let mut steps = vec![
        execute(Call::new("accumulation_key_index", [facts(), target.clone().into()])),
        lookup_settings(),
        analyze(observations),
        create_session_table(known, Arg::returned(Call::new("get_known_instances_sql", instances))),
        analyze(known),
    ];
    steps.extend(incremental::stage(situation, target, &accumulated, rows, policy));
    steps.push(analyze(&accumulated));
    steps.push(Step::CountChanges(Call::new("get_accumulation_counts_sql", counts)));
    steps.extend(incremental::write(situation, target, accumulated, "get_incremental_accumulating_sql".to_owned()));
    steps
}

fn facts() -> Arg {
    Arg::Slot(Slot::Accumulation)
}

fn execute(call: Call) -> Step {
    Step::Execute { call, main: false, creates: None }
}

fn analyze(table: &Relation) -> Step {
    execute(Call::new("accumulation_analyze", [facts(), table.clone().into()]))
}

impl Accumulation {
    fn of(situation: &Situation<'_>) -> Result<Self> {
        let config = &situation.node.config;
        let unique_key = match config.get("unique_key") {
            Some(Json::String(column)) => vec![column.clone()],
            Some(Json::Array(columns)) => columns.iter().filter_map(Json::as_str).map(str::to_owned).collect(),
            _ => vec![],
        };
        if unique_key.is_empty() {
            return Err(invalid(situation, STRATEGY, "has no unique_key")
                .hint("Set unique_key to the column, or the list of columns, that tells the instances apart."));
        }
        let sequence_by = config.str("sequence_by").map(str::to_owned).ok_or_else(|| {
            invalid(situation, STRATEGY, "has no sequence_by")
                .hint("Set sequence_by to the column that says when an observation was made, such as 'updated_at'.")
        })?;
        let milestones = texts(situation, "milestones")?.into_iter().map(|(column, keeps)| match keeps.as_str() {
            "first" => Ok((column, Milestone::First)),
            "last" => Ok((column, Milestone::Last)),
            other => Err(invalid(situation, "milestones", &format!("keeps '{other}' of the milestone '{column}'"))
                .hint("A milestone keeps the 'first' or the 'last' of the dates ever seen.")),
        });
        let milestones = milestones.collect::<Result<_>>()?;
        Ok(Self { unique_key, sequence_by, milestones, derived: texts(situation, "derived")? })
    }
}

/// A mapping of texts in the config.
fn texts(situation: &Situation<'_>, key: &str) -> Result<Vec<(String, String)>> {
    let entries = match situation.node.config.get(key) {
        None => Some(vec![]),
        Some(Json::Object(entries)) => {
            entries.iter().map(|(name, value)| Some((name.clone(), value.as_str()?.to_owned()))).collect()
        }
        Some(_) => None,
    };
    entries.ok_or_else(|| {
        invalid(situation, key, &format!("has {key} that are no mapping of names to texts"))
            .hint(format!("Write them as {{'a_column': '…', …}}: see the strategy {STRATEGY}."))
    })
}

fn invalid(situation: &Situation<'_>, place: &str, what: &str) -> Box<Diagnostic> {
    let node = situation.node;
    Diagnostic::error(Code::ACCUMULATION_INVALID, format!("The accumulating model '{}' {what}.", node.name))
        .at(&node.place_of(place).unwrap_or_else(|| node.span.clone()))
}
