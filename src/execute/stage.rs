//! Carries out the steps of one node's plan.

use super::failures::Failures;
use super::foreign_keys::{self, ForeignKey};
use super::rollback::rolled_back;
use super::run::Run;
use super::versions::{self, Facts};
use super::{accumulation, columns, export, materialized_view, quarantine, seeds, soundness};
use crate::adapters::{Relation, Response, RowChanges, SeedTable};
use crate::compile::{Compiled, NodeContext, Session, relation_value};
use crate::diagnostics::{Code, Diagnostic, Result, SourceFile, Span};
use crate::event::{Event, Level, Quarantined};
use crate::jinja::{Dict, Value, from_json};
use crate::plan::{Arg, Call, HookPhase, NodePlan, Slot, Step};
use crate::resolve::Node;
use crate::world::Aside;
use std::collections::HashMap;
use std::sync::Arc;

/// A node on its way through its plan.
pub(super) struct Stage<'a> {
    pub(super) run: &'a Run,
    pub(super) session: &'a Arc<Session>,
    pub(super) node: &'a Arc<Node>,
    pub(super) cx: NodeContext,
    pub(super) compiled: Option<&'a Compiled>,
    slots: HashMap<Slot, Value>,
    /// The seed's file, once it was read.
    pub(super) seed: Option<Arc<SeedTable>>,
    failures: Option<Failures>,
    /// The bad rows of the model, where it diverts them.
    pub(super) quarantined: Option<Quarantined>,
    /// What the main statement changes, where that was counted.
    pub(super) changes: Option<RowChanges>,
    /// For snapshots: what was found out about the columns.
    pub(super) snapshot: Option<Facts>,
    /// Foreign keys that refer to the node's table and wait for its new rows.
    pub(super) released: Vec<ForeignKey>,
    /// Whether foreign keys that refer to the node's table wait to be checked.
    pub(super) defers: bool,
    /// Whether there were any such.
    pub(super) has_deferred: bool,
    /// Files that wait for the commit.
    pub(super) written: Vec<Aside>,
    /// The main statement.
    pub(super) main_sql: Option<String>,
    /// How the catalog was before this node changed it, latest last.
    before: Vec<(Relation, Option<Relation>)>,
}

impl<'a> Stage<'a> {
    pub(super) fn new(
        run: &'a Run,
        session: &'a Arc<Session>,
        node: &'a Arc<Node>,
        compiled: Option<&'a Compiled>,
        cx: NodeContext,
    ) -> Self {
        let (slots, before) = (HashMap::new(), vec![]);
        Self {
            run,
            session,
            node,
            cx,
            compiled,
            slots,
            seed: None,
            failures: None,
            changes: None,
            quarantined: None,
            snapshot: None,
            released: vec![],
            defers: false,
            has_deferred: false,
            written: vec![],
            main_sql: None,
            before,
        }
    }

    /// What the engine said of the node's main statement.
    pub(super) fn response(&self) -> Option<Response> {
        let response = self.cx.response("main")?;
        Some(self.changes.map_or(response, |changes| changes.into()))
    }

    /// For data tests: what was counted.
    pub(super) fn failures(&self) -> Option<Failures> {
        self.failures
    }

    /// Carries out all steps; the first that fails ends it.
    pub(super) fn carry_out(&mut self, plan: &NodePlan) -> Result<()> {
        let mut steps = plan.steps.as_slice();
        while let [step, rest @ ..] = steps {
            steps = match steps {
                [Step::Begin, Step::Execute { call, main, creates }, Step::Commit, rest @ ..]
                    if !self.sends_by_macro() =>
                {
                    self.execute_whole(call, *main, creates.as_ref())?;
                    rest
                }
                _ => {
                    self.step(step)?;
                    rest
                }
            };
        }
        self.publish()
    }

    fn step(&mut self, step: &Step) -> Result<()> {
        match step {
            Step::Begin => self.session.begin(),
            Step::Commit => self.commit(),
            Step::Hook { phase, sql } => self.hook(*phase, sql),
            Step::Execute { call, main, creates } => self.execute(call, *main, creates.as_ref()),
            Step::Invoke(call) => self.call(call).map(drop),
            Step::Keep { call, slot } => {
                let value = self.call(call)?;
                self.keep(*slot, value);
                Ok(())
            }
            Step::Drop(relation) => self.drop_relation(relation),
            Step::DropTemporary(relation) => self.call_macro("drop_relation", &[self.relation(relation)]).map(drop),
            Step::ReleaseForeignKeys(relation) => foreign_keys::release(self, relation),
            Step::RestoreForeignKeys(relation) => foreign_keys::restore(self, relation),
            Step::DeferForeignKeys(relation) => foreign_keys::defer(self, relation),
            Step::CheckForeignKeys => foreign_keys::check(self),
            Step::Rename { from, to } => self.rename(from, to),
            Step::SyncColumns { source, target, policy, widen } => columns::sync(self, source, target, *policy, *widen),
            Step::CheckObservations { observations, target, accumulation } => {
                accumulation::check(self, observations, target.as_ref(), accumulation)
            }
            Step::CountChanges(call) => accumulation::count_changes(self, call),
            Step::PrepareQuarantine(rules) => quarantine::prepare(self, rules),
            Step::CountQuarantined(relation) => quarantine::count(self, relation),
            Step::CheckSnapshotTarget(target) => columns::check_snapshot(self, target),
            Step::CheckSnapshotRows(call) => soundness::judge_own(self, call),
            Step::AddSnapshotColumns { staging, target } => columns::add_to_snapshot(self, staging, target),
            Step::Lock { call, target, exists } => self.lock(call, target, *exists),
            Step::DescribeSnapshot { rows, target } => versions::describe(self, rows.as_ref(), target.as_ref()),
            Step::CountSnapshotRows { rows, first } => versions::count(self, rows, *first),
            Step::CountSnapshotNews { news, target } => versions::count_news(self, news, target),
            Step::CheckCurrentVersions { known, target } => versions::check_current(self, known, target),
            Step::WhereChained(steps) => self.steps_where(versions::is_chained(self), steps),
            Step::WhereRepeated(steps) => self.steps_where(versions::is_repeated(self), steps),
            Step::PrepareUnrecorded { table, rows } => versions::prepare_unrecorded(self, table, rows),
            Step::CheckSnapshotChanges { changes, target } => soundness::judge(self, changes, target),
            Step::AlterSnapshot(target) => versions::alter(self, target),
            Step::CreateSeedTable { table, temporary } => seeds::create(self, table, *temporary),
            Step::CheckSeedColumns(target) => seeds::check(self, target),
            Step::LoadSeed(target) => seeds::load(self, target),
            Step::Export(export) => export::export(self, export),
            Step::CountFailures(call) => self.count_failures(call),
            Step::UpdateMaterializedView { existing, target, on_change } => {
                materialized_view::update(self, existing, target, *on_change)
            }
            Step::Materialize { macro_id } => self.materialize(macro_id),
            Step::Log(text) => {
                self.run.sink().emit(Event::Message { level: Level::Debug, text: text.clone() });
                Ok(())
            }
        }
    }

    fn steps_where(&mut self, condition: bool, steps: &[Step]) -> Result<()> {
        if condition { steps.iter().try_for_each(|step| self.step(step)) } else { Ok(()) }
    }

    fn lock(&mut self, call: &Call, target: &Relation, exists: bool) -> Result<()> {
        let args = self.values(&call.args)?;
        let sql = self.run.compiler.call_sql(&self.cx, &call.name, &args, &[])?;
        if sql.trim().is_empty() {
            return Ok(());
        }
        self.session.execute(&sql)?;
        if exists || self.session.with_connection(|connection| connection.columns(target))?.is_empty() {
            return Ok(());
        }
        self.session.catalog().forget(target);
        let message = format!("{target} was built by another run while this one waited for it.");
        Err(Diagnostic::error(Code::RELATION_BUILT, message).at(&self.node.span).hint("Run it again."))
    }

    fn commit(&mut self) -> Result<()> {
        self.session.commit()?;
        self.before.clear();
        self.publish()
    }

    /// Puts the files that were written into their places.
    fn publish(&mut self) -> Result<()> {
        self.written.drain(..).try_for_each(Aside::publish)
    }

    /// Undoes what the node did since its last commit, in the database and in what is known of it; gives the error back
    /// that made it necessary.
    pub(super) fn undo(&mut self, plan: &NodePlan, because: Box<Diagnostic>) -> Box<Diagnostic> {
        let catalog = self.session.catalog();
        for (place, relation) in self.before.drain(..).rev() {
            match relation {
                Some(relation) => catalog.add(relation),
                None => catalog.remove(&place),
            }
        }
        let opaque = plan.steps.iter().any(|step| matches!(step, Step::Materialize { .. }));
        if let (true, Some(relation)) = (opaque, &self.node.relation) {
            catalog.forget(relation);
        }
        rolled_back(self.session, because)
    }

    /// Remembers how the catalog is at a place that is about to change.
    fn remember(&mut self, place: &Relation) -> Result<()> {
        let catalog = self.session.catalog();
        let now = self.session.with_connection(|connection| catalog.get(connection, place))?;
        self.before.push((place.clone(), now));
        Ok(())
    }

    /// A relation is there now.
    pub(super) fn created(&mut self, relation: &Relation) -> Result<()> {
        self.remember(relation)?;
        self.session.catalog().add(relation.clone());
        Ok(())
    }

    fn hook(&mut self, phase: HookPhase, sql: &str) -> Result<()> {
        let phase = match phase {
            HookPhase::Pre => "pre-hook",
            HookPhase::Post => "post-hook",
        };
        let rendered = self.run.compiler.render(&self.cx, &place_of(self.node, phase, sql))?;
        if rendered.text.trim().is_empty() {
            return Ok(());
        }
        self.session
            .execute(rendered.text.trim())
            .map(drop)
            .map_err(|diagnostic| diagnostic.frame(format!("{phase} of {}", self.node.unique_id), None))
    }

    fn execute(&mut self, call: &Call, main: bool, creates: Option<&Relation>) -> Result<()> {
        let args = self.values(&call.args)?;
        let sql = self.run.compiler.call_sql(&self.cx, &call.name, &args, &[])?;
        // A macro may find that there is nothing to do.
        if !sql.trim().is_empty() {
            self.send(&sql, main)?;
        }
        creates.map_or(Ok(()), |relation| self.created(relation))
    }

    /// The same as a transaction of its own, at once: a step that begins and commits by itself is one message less or two.
    fn execute_whole(&mut self, call: &Call, main: bool, creates: Option<&Relation>) -> Result<()> {
        let args = self.values(&call.args)?;
        let sql = self.run.compiler.call_sql(&self.cx, &call.name, &args, &[])?;
        if !sql.trim().is_empty() {
            let response = self.session.execute_whole(&sql)?;
            if main {
                self.cx.set_response("main", response);
                self.main_sql = Some(sql);
            }
        }
        creates.map_or(Ok(()), |relation| self.created(relation))?;
        self.before.clear();
        Ok(())
    }

    /// Whether the project has its own way to send statements.
    fn sends_by_macro(&self) -> bool {
        self.run.compiler.is_overridden(&self.cx, "statement")
    }

    /// Sends a statement; the answer to a `main` one is the node's.
    pub(super) fn send(&mut self, sql: &str, main: bool) -> Result<()> {
        if self.sends_by_macro() {
            self.run.compiler.call_statement(&self.cx, main.then_some("main"), sql)?;
            self.main_sql = if main { Some(sql.to_owned()) } else { self.main_sql.take() };
            return Ok(());
        }
        let response = self.session.execute(sql)?;
        if main {
            self.cx.set_response("main", response);
            self.main_sql = Some(sql.to_owned());
        }
        Ok(())
    }

    /// Renders a template of the node's config; errors name the part of the config it is of.
    pub(super) fn render(&self, part: &str, template: &str) -> Result<String> {
        let place = place_of(self.node, part, template);
        Ok(self.run.compiler.render(&self.cx, &place)?.text.trim().to_owned())
    }

    /// Drops a relation and what depends on it, if all that is the project's own.
    pub(super) fn drop_relation(&mut self, relation: &Relation) -> Result<()> {
        let dependents = self.run.dependents.of(self.run, &self.cx, &self.node.span, relation)?;
        let replaced = self.run.compiler.is_overridden(&self.cx, "drop_relation_if_exists");
        let drop = if replaced { "drop_relation_if_exists" } else { "drop_relation" };
        self.call_late(drop, &[self.relation(relation)])?;
        for gone in dependents.iter().chain([relation]) {
            self.remember(gone)?;
            self.session.catalog().remove(gone);
        }
        Ok(())
    }

    pub(super) fn rename(&mut self, from: &Relation, to: &Relation) -> Result<()> {
        self.call_late("rename_relation", &[self.relation(from), self.relation(to)])?;
        self.remember(from)?;
        self.remember(to)?;
        self.session.catalog().rename(from, to);
        Ok(())
    }

    fn count_failures(&mut self, call: &Call) -> Result<()> {
        let args = self.values(&call.args)?;
        let sql = self.run.compiler.call_sql(&self.cx, &call.name, &args, &[])?;
        let (response, rows) = self.session.query_plain(&sql)?;
        self.cx.set_response("main", response);
        self.main_sql = Some(sql);
        self.failures = Some(Failures::read(&rows, self.node)?);
        Ok(())
    }

    fn materialize(&mut self, macro_id: &str) -> Result<()> {
        let Some(def) = self.session.library().by_id(macro_id).cloned() else {
            return Err(Diagnostic::error(Code::INTERNAL, format!("The materialization {macro_id} is gone.")));
        };
        let relations = self.run.compiler.run_materialization(&self.cx, &def)?;
        if self.node.is_test() {
            let Some(rows) = self.cx.rows("main") else { return Err(no_main_rows(self.node)) };
            self.failures = Some(Failures::read(&rows, self.node)?);
        }
        self.session.commit()?;
        for relation in relations {
            self.session.catalog().add(relation);
        }
        Ok(())
    }

    /// Keeps a value for later steps.
    pub(super) fn keep(&mut self, slot: Slot, value: Value) {
        self.slots.insert(slot, value);
    }

    /// A relation as macros see it.
    pub(super) fn relation(&self, relation: &Relation) -> Value {
        relation_value(relation, self.session.dialect())
    }

    /// Calls a macro with values.
    pub(super) fn call_macro(&self, name: &str, args: &[Value]) -> Result<Value> {
        self.run.compiler.call(&self.cx, name, args, &[])
    }

    /// Calls a macro whose statements may be sent with those that follow, unless the project has its own version, which may
    /// want their answers.
    fn call_late(&self, name: &str, args: &[Value]) -> Result<()> {
        let call = || self.call_macro(name, args).map(drop);
        if self.run.compiler.is_overridden(&self.cx, name) { call() } else { self.session.late(call) }
    }

    /// Calls a macro of the plan.
    pub(super) fn call(&self, call: &Call) -> Result<Value> {
        self.call_macro(&call.name, &self.values(&call.args)?)
    }

    /// The node's compiled SQL.
    pub(super) fn sql(&self) -> Value {
        Value::from(self.compiled.map_or("", |compiled| compiled.sql.as_str()))
    }

    fn values(&self, args: &[Arg]) -> Result<Vec<Value>> {
        args.iter().map(|arg| self.value(arg)).collect()
    }

    fn value(&self, arg: &Arg) -> Result<Value> {
        Ok(match arg {
            Arg::None => Value::from(()),
            Arg::Json(json) => from_json(json),
            Arg::Relation(relation) => self.relation(relation),
            Arg::Sql => self.sql(),
            Arg::SelectAll(relation) => Value::from(format!("select *\nfrom {relation}")),
            Arg::Model => self.cx.get("model").unwrap_or_default(),
            Arg::Hooks(HookPhase::Pre) => self.cx.get("pre_hooks").unwrap_or_default(),
            Arg::Hooks(HookPhase::Post) => self.cx.get("post_hooks").unwrap_or_default(),
            Arg::Slot(slot) => self.slots.get(slot).cloned().unwrap_or_default(),
            Arg::Returned(call) => self.call(call)?,
            Arg::Map(entries) => {
                let entries = entries.iter().map(|(key, arg)| Ok((Value::from(*key), self.value(arg)?)));
                Dict::value(entries.collect::<Result<Vec<_>>>()?)
            }
        })
    }
}

fn no_main_rows(node: &Node) -> Box<Diagnostic> {
    Diagnostic::error(Code::MACRO_RAISED, format!("The materialization of the data test '{}' ran no statement named 'main'.", node.name))
        .at(&node.span)
        .hint("It counts the failing rows by {% call statement('main', fetch_result=True) %}{{ get_test_sql(…) }}{% endcall %}.")
}

/// Where a hook stands in its node's file; else a text of its own.
fn place_of(node: &Node, phase: &str, sql: &str) -> Span {
    node.place_of(sql).unwrap_or_else(|| {
        let name = format!("{} ({phase})", node.source.path().display());
        SourceFile::new(name, sql).span(0..sql.len())
    })
}
