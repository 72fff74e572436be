//! What a plan is made of.

use super::export::Export;
use crate::adapters::Relation;
use serde_json::Value as Json;
use std::fmt;

/// One thing to do for a node. Steps are plain data: they can be compared, printed, and carried out later.
#[derive(Debug, Clone, PartialEq)]
pub enum Step {
    /// Starts the node's transaction.
    Begin,
    /// Makes its work visible.
    Commit,
    /// Runs a hook of the node's config: a template of one or more statements.
    Hook {
        /// When it runs, relative to the node's own work.
        phase: HookPhase,
        /// The template.
        sql: String,
    },
    /// Runs the SQL that a macro gives.
    Execute {
        /// Gives the SQL.
        call: Call,
        /// Whether the server's answer to it is the node's.
        main: bool,
        /// The relation that exists afterwards.
        creates: Option<Relation>,
    },
    /// Calls a macro that runs statements of its own, or none.
    Invoke(Call),
    /// Calls a macro and keeps what it returns for later steps.
    Keep {
        /// The macro.
        call: Call,
        /// Under which name.
        slot: Slot,
    },
    /// Drops a relation of the project and what depends on it.
    Drop(Relation),
    /// Drops a temporary table of this session.
    DropTemporary(Relation),
    /// Takes off, and keeps, the foreign keys of other tables that refer to one whose rows are about to go.
    ReleaseForeignKeys(Relation),
    /// Puts them back, now that they refer to the new rows.
    RestoreForeignKeys(Relation),
    /// Checks the foreign keys that refer to a table no more until [`Step::CheckForeignKeys`].
    DeferForeignKeys(Relation),
    /// Checks them.
    CheckForeignKeys,
    /// Gives a relation another name.
    Rename {
        /// Its name now.
        from: Relation,
        /// Its name then.
        to: Relation,
    },
    /// Compares the columns of new rows with those of the table they go to, and changes the table as its config says.
    /// Keeps the columns to write in [`Slot::Columns`].
    SyncColumns {
        /// Holds the new rows.
        source: Relation,
        /// The table.
        target: Relation,
        /// What to do about differences.
        policy: super::SchemaChange,
        /// Whether text columns of the table are widened to hold the new rows.
        widen: bool,
    },
    /// Checks that observations have the columns that their model's config names and no null in its key, and says how
    /// they are folded, in [`Slot::Accumulation`].
    CheckObservations {
        /// Holds the model's rows.
        observations: Relation,
        /// The table that they are folded with.
        target: Option<Relation>,
        /// The config.
        accumulation: super::Accumulation,
    },
    /// Renders the rules that rows must not break. Keeps them in [`Slot::QuarantineRules`].
    PrepareQuarantine(crate::resolve::Quarantine),
    /// Counts the rows that a relation of bad rows has, by their reasons. The node's result says it.
    CountQuarantined(Relation),
    /// Counts what staged rows will change, by a query that gives one row: inserted, changed, unchanged. The node's
    /// result says it.
    CountChanges(Call),
    /// Checks that a snapshot's table has the columns that its config names.
    CheckSnapshotTarget(Relation),
    /// Fails, or warns, when what a project's own macros are about to record is not sound. The call gives a query for such
    /// rows, with their kind.
    CheckSnapshotRows(Call),
    /// Adds to a snapshot's table the columns that are new in its query. Keeps the columns to write in
    /// [`Slot::Columns`].
    AddSnapshotColumns {
        /// Holds the new rows, and helper columns beside them.
        staging: Relation,
        /// The snapshot's table.
        target: Relation,
    },
    /// Keeps other runs that write a relation away until the transaction ends. Where there was nothing when this was
    /// planned, it is looked at again: what another run has built meanwhile asks for another plan.
    Lock {
        /// Gives the SQL; none where an engine needs no lock.
        call: Call,
        /// What will be written.
        target: Relation,
        /// Whether it was there.
        exists: bool,
    },
    /// Compares the columns of a snapshot's rows with its config and its table, changing nothing. Keeps what was found
    /// in [`Slot::Snapshot`].
    DescribeSnapshot {
        /// Holds the rows; the node's query where none does.
        rows: Option<Relation>,
        /// The snapshot's table, if there is one.
        target: Option<Relation>,
    },
    /// Counts the rows and keys of a snapshot's batch. A row without a key is refused.
    CountSnapshotRows {
        /// Holds the rows.
        rows: Relation,
        /// Whether they are the first that the snapshot has. Later, where a batch shows all keys, what is new in it tells
        /// sooner whether some have several rows.
        first: bool,
    },
    /// Looks at the keys of what is new in a snapshot's batch, with those that it lacks.
    CountSnapshotNews {
        /// Holds what is new.
        news: Relation,
        /// The snapshot's table.
        target: Relation,
    },
    /// Fails when the versions that were current in a snapshot's table are not so by its config of now.
    CheckCurrentVersions {
        /// Holds versions of the keys in the batch.
        known: Relation,
        /// The snapshot's table.
        target: Relation,
    },
    /// Carries out steps if what was taken for new in a snapshot's batch is too little, since keys have several rows.
    WhereRepeated(Vec<Step>),
    /// Carries out steps if keys of the snapshot's batch were found to have several rows, or to be deleted.
    WhereChained(Vec<Step>),
    /// Makes a table for a snapshot's observations that no version shows, or gives it the columns of the query.
    PrepareUnrecorded {
        /// The table.
        table: Relation,
        /// Holds the rows of the query.
        rows: Relation,
    },
    /// Fails, or warns, when changes that a snapshot is about to make are not sound.
    CheckSnapshotChanges {
        /// Holds the changes.
        changes: Relation,
        /// The snapshot's table.
        target: Relation,
    },
    /// Adds and widens the columns of a snapshot's table as its description says.
    AlterSnapshot(Relation),
    /// Creates a seed's table from the header and types of its file.
    CreateSeedTable {
        /// The table.
        table: Relation,
        /// Whether only the session sees it.
        temporary: bool,
    },
    /// Compares a seed's header with the table that will hold its rows, which must have the same columns.
    CheckSeedColumns(Relation),
    /// Fills a table with a seed's rows.
    LoadSeed(Relation),
    /// Writes rows to a file: beside its place, then, when all is committed, renamed.
    Export(Export),
    /// Runs the query of a data test, which gives one row: failures, and whether to warn or fail.
    CountFailures(Call),
    /// Tells a materialized view's config and what exists apart: refreshes, alters or rebuilds it.
    UpdateMaterializedView {
        /// As it stands in the database.
        existing: Relation,
        /// As it will be.
        target: Relation,
        /// What to do when the config has changed.
        on_change: super::ConfigurationChange,
    },
    /// Writes a line to the log.
    Log(String),
    /// Runs a materialization that the project or a package defines.
    Materialize {
        /// The macro's unique id.
        macro_id: String,
    },
}

/// When a hook runs.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum HookPhase {
    /// Before the node's own work.
    Pre,
    /// After it.
    Post,
}

/// A macro and its arguments.
#[derive(Debug, Clone, PartialEq)]
pub struct Call {
    /// Its public name.
    pub name: String,
    /// Positional arguments.
    pub args: Vec<Arg>,
}

impl Call {
    /// A call.
    pub fn new(name: impl Into<String>, args: impl Into<Vec<Arg>>) -> Self {
        Self { name: name.into(), args: args.into() }
    }
}

/// An argument; some are known only when the step is carried out.
#[derive(Debug, Clone, PartialEq)]
pub enum Arg {
    /// Nothing.
    None,
    /// A value that is known now.
    Json(Json),
    /// A relation.
    Relation(Relation),
    /// The node's compiled query.
    Sql,
    /// A query over a relation that holds what was to be queried: `select * from …`.
    SelectAll(Relation),
    /// The node itself, as templates see it.
    Model,
    /// The node's hooks, as templates see them.
    Hooks(HookPhase),
    /// What an earlier step kept.
    Slot(Slot),
    /// What another macro returns.
    Returned(Box<Call>),
    /// A mapping.
    Map(Vec<(&'static str, Arg)>),
}

impl Arg {
    /// What `call` returns.
    pub fn returned(call: Call) -> Self {
        Arg::Returned(Box::new(call))
    }
}

impl From<bool> for Arg {
    fn from(value: bool) -> Self {
        Arg::Json(Json::Bool(value))
    }
}

impl From<&str> for Arg {
    fn from(value: &str) -> Self {
        Arg::Json(value.into())
    }
}

impl From<Relation> for Arg {
    fn from(value: Relation) -> Self {
        Arg::Relation(value)
    }
}

impl From<Option<Relation>> for Arg {
    fn from(value: Option<Relation>) -> Self {
        value.map_or(Arg::None, Arg::Relation)
    }
}

impl From<Option<&Json>> for Arg {
    fn from(value: Option<&Json>) -> Self {
        value.map_or(Arg::None, |value| Arg::Json(value.clone()))
    }
}

/// Where a step keeps something for later ones.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Slot {
    /// The columns to write.
    Columns,
    /// The same columns, each in quotes.
    QuotedColumns,
    /// What a snapshot's strategy macro returned.
    Strategy,
    /// How observations are folded.
    Accumulation,
    /// The rules that rows must not break.
    QuarantineRules,
    /// What was found out about the columns of a snapshot.
    Snapshot,
    /// How the constraints of a table differ from those that its contract declares.
    Constraints,
}

impl fmt::Display for Step {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Step::Begin => write!(f, "begin"),
            Step::Commit => write!(f, "commit"),
            Step::Hook { phase: HookPhase::Pre, sql } => write!(f, "pre-hook {}", first_line(sql)),
            Step::Hook { phase: HookPhase::Post, sql } => write!(f, "post-hook {}", first_line(sql)),
            Step::Execute { call, main, .. } => write!(f, "{} {call}", if *main { "build" } else { "execute" }),
            Step::Invoke(call) => write!(f, "call {call}"),
            Step::Keep { call, slot } => write!(f, "{slot} = {call}"),
            Step::Drop(relation) => write!(f, "drop {}{relation}", kind_of(relation)),
            Step::DropTemporary(relation) => write!(f, "drop temporary table {relation}"),
            Step::ReleaseForeignKeys(relation) => write!(f, "release foreign keys to {relation}"),
            Step::RestoreForeignKeys(relation) => write!(f, "restore foreign keys to {relation}"),
            Step::DeferForeignKeys(relation) => write!(f, "defer foreign keys to {relation}"),
            Step::CheckForeignKeys => write!(f, "check foreign keys"),
            Step::Rename { from, to } => write!(f, "rename {}{from} to {to}", kind_of(from)),
            Step::SyncColumns { source, target, policy, .. } => {
                write!(f, "sync columns of {target} with {source}: {}", policy.as_str())
            }
            Step::CheckObservations { observations, .. } => write!(f, "check the observations in {observations}"),
            Step::PrepareQuarantine(quarantine) => write!(f, "prepare {} rules", quarantine.rules.len()),
            Step::CountQuarantined(relation) => write!(f, "count the rows in {relation}"),
            Step::CountChanges(call) => write!(f, "count changes by {call}"),
            Step::CheckSnapshotRows(call) => write!(f, "check by {call}"),
            Step::AddSnapshotColumns { staging, target } => write!(f, "add new columns of {staging} to {target}"),
            Step::Lock { call, .. } => write!(f, "lock by {call}"),
            Step::DescribeSnapshot { rows: Some(rows), target: Some(target) } => {
                write!(f, "compare the columns of {rows} with {target}")
            }
            Step::DescribeSnapshot { .. } => write!(f, "check the columns of the query"),
            Step::CountSnapshotRows { rows, .. } => write!(f, "count the rows of {rows}"),
            Step::CountSnapshotNews { news, .. } => write!(f, "look at the keys of {news}"),
            Step::CheckCurrentVersions { target, .. } => write!(f, "check the current versions of {target}"),
            Step::WhereChained(steps) | Step::WhereRepeated(steps) => {
                write!(f, "where keys have several rows")?;
                steps.iter().try_for_each(|step| write!(f, "\n  {step}"))
            }
            Step::PrepareUnrecorded { table, .. } => write!(f, "prepare {table} for observations without a version"),
            Step::CheckSnapshotChanges { changes, .. } => write!(f, "check the changes of {changes}"),
            Step::AlterSnapshot(relation) => write!(f, "add and widen columns of {relation}"),
            Step::CreateSeedTable { table, temporary } => {
                let temporary = if *temporary { "temporary " } else { "" };
                write!(f, "create {temporary}table {table} for the seed's columns")
            }
            Step::CheckSnapshotTarget(relation) => write!(f, "check the snapshot's columns of {relation}"),
            Step::CheckSeedColumns(relation) => write!(f, "check the columns of {relation}"),
            Step::LoadSeed(relation) => write!(f, "load rows into {relation}"),
            Step::Export(export) => write!(f, "write rows to {}", export.file.path.display()),
            Step::CountFailures(call) => write!(f, "count failures by {call}"),
            Step::UpdateMaterializedView { target, on_change, .. } => {
                write!(f, "update materialized view {target}, changes of its config: {}", on_change.as_str())
            }
            Step::Log(text) => write!(f, "log {text}"),
            Step::Materialize { macro_id } => write!(f, "materialize by {macro_id}"),
        }
    }
}

fn first_line(sql: &str) -> &str {
    sql.trim().lines().next().unwrap_or("")
}

fn kind_of(relation: &Relation) -> String {
    relation.kind.map(|kind| format!("{} ", kind.as_str().replace('_', " "))).unwrap_or_default()
}

impl fmt::Display for Call {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}(", self.name)?;
        for (index, arg) in self.args.iter().enumerate() {
            write!(f, "{}{arg}", if index > 0 { ", " } else { "" })?;
        }
        write!(f, ")")
    }
}

impl fmt::Display for Arg {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Arg::None => write!(f, "none"),
            Arg::Json(value) => write!(f, "{value}"),
            Arg::Relation(relation) => write!(f, "{relation}"),
            Arg::Sql => write!(f, "sql"),
            Arg::SelectAll(relation) => write!(f, "select * from {relation}"),
            Arg::Model => write!(f, "model"),
            Arg::Hooks(HookPhase::Pre) => write!(f, "pre_hooks"),
            Arg::Hooks(HookPhase::Post) => write!(f, "post_hooks"),
            Arg::Slot(slot) => write!(f, "{slot}"),
            Arg::Returned(call) => write!(f, "{call}"),
            Arg::Map(entries) => {
                let entries: Vec<_> = entries.iter().map(|(key, arg)| format!("{key}: {arg}")).collect();
                write!(f, "{{{}}}", entries.join(", "))
            }
        }
    }
}

impl fmt::Display for Slot {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Slot::Columns => "columns",
            Slot::QuotedColumns => "quoted_columns",
            Slot::Strategy => "strategy",
            Slot::Accumulation => "accumulation",
            Slot::QuarantineRules => "rules",
            Slot::Snapshot => "snapshot",
            Slot::Constraints => "constraints",
        })
    }
}
