//! One node's work: compile, plan, carry out; again when the database asks for it.

use super::failures::Failures;
use super::run::{Run, failed};
use super::stage::Stage;
use super::stopwatch::Stopwatch;
use super::{microbatch, seeds};
use crate::adapters::Relation;
use crate::compile::{Compiled, NodeContext, Session, relation_of, relation_value};
use crate::diagnostics::{Code, Diagnostic, Result};
use crate::event::{NodeResult, Status};
use crate::jinja::Value;
use crate::plan::{HookSet, NodePlan, Places, Situation, Step, aside, plan};
use crate::resolve::{Node, NodeKind, Quarantine, ResourceType};
use serde_json::json;
use std::sync::Arc;
use std::time::Duration;

/// How often a transaction is tried again, and how long the first pause is; each further pause is twice as long.
const RETRIES: u32 = 4;
const PAUSE: Duration = Duration::from_millis(50);

/// Compiles a node.
pub(super) fn compile(run: &Run, session: &Arc<Session>, node: &Arc<Node>) -> Result<NodeResult> {
    let compiled = compile_sql(run, session, node)?;
    Ok(with_code(NodeResult::new(node.unique_id.clone(), Status::Success), compiled))
}

/// A result that tells what was compiled.
pub(super) fn with_code(result: NodeResult, compiled: Option<Compiled>) -> NodeResult {
    match compiled {
        Some(Compiled { sql, ctes, foreign_tables, .. }) => {
            NodeResult { compiled_code: Some(sql), ctes, foreign_tables, ..result }
        }
        None => result,
    }
}

/// A node's SQL; seeds have none.
pub(super) fn compile_sql(run: &Run, session: &Arc<Session>, node: &Arc<Node>) -> Result<Option<Compiled>> {
    match node.kind {
        NodeKind::Seed { .. } => Ok(None),
        _ => run.compiler.compile(session, node).map(Some),
    }
}

/// Builds, loads or tests a node.
pub(super) fn build(
    run: &Run,
    session: &Arc<Session>,
    node: &Arc<Node>,
    watch: &mut Stopwatch<'_>,
) -> Result<NodeResult> {
    if microbatch::is_microbatch(run, node) {
        // Each batch is compiled when its turn comes, but readers of artifacts expect both phases.
        watch.time("compile", || ());
        return watch.time("execute", || microbatch::build(run, session, node));
    }
    let mut last = None;
    let result = repeated(run, || {
        last = None;
        let compiled = watch.time("compile", || compile_sql(run, session, node))?;
        let carried = watch.time("execute", || carry_out(run, session, node, compiled.as_ref(), HookSet::ALL, false));
        last = compiled;
        carried
    });
    match result {
        // What is cancelled may count as skipped.
        Err(diagnostic) if diagnostic.code != Code::SQL_CANCELLED && last.is_some() => {
            Ok(with_code(failed(&node.unique_id, diagnostic), last))
        }
        result => result.map(|result| with_code(result, last)),
    }
}

/// Why a try failed, and whether another may go better.
pub(super) struct Failed {
    diagnostic: Box<Diagnostic>,
    again: bool,
}

impl Failed {
    /// Of work that leaves nothing behind when it fails: it may go better if the reason passes.
    pub(super) fn undone(diagnostic: Box<Diagnostic>) -> Self {
        Self { again: diagnostic.code == Code::SQL_TRANSIENT, diagnostic }
    }
}

impl From<Box<Diagnostic>> for Failed {
    fn from(diagnostic: Box<Diagnostic>) -> Self {
        Self { diagnostic, again: false }
    }
}

/// Compiles and carries out, again when the database asks for it. What the query reads may depend on what another run has
/// built meanwhile, so that it is compiled anew.
pub(super) fn repeated(run: &Run, mut work: impl FnMut() -> Result<NodeResult, Failed>) -> Result<NodeResult> {
    let mut pause = PAUSE;
    for retry in 0.. {
        match work() {
            Err(Failed { again: true, .. }) if retry < RETRIES && !run.options.cancellation.is_asked() => {}
            result => return result.map_err(|failed| failed.diagnostic),
        }
        std::thread::sleep(pause);
        pause *= 2;
    }
    Err(Diagnostic::error(Code::INTERNAL, "Retries have no end."))
}

/// Carries out a node in a session that is set as the node's config says, and as it was before afterwards.
pub(super) fn carry_out(
    run: &Run,
    session: &Arc<Session>,
    node: &Arc<Node>,
    compiled: Option<&Compiled>,
    hooks: HookSet,
    adds: bool,
) -> Result<NodeResult, Failed> {
    let compiler = &run.compiler;
    let cx = compiler.context(session, node, compiled);
    if !session.dialect().sessions_are_configured {
        return carry_out_plan(run, session, node, compiled, &cx, hooks, adds);
    }
    let standing = compiler.call(&cx, "enter_node", &[], &[])?;
    let result = carry_out_plan(run, session, node, compiled, &cx, hooks, adds);
    let left = compiler.call(&cx, "leave_node", &[standing], &[]);
    let result = result?;
    left?;
    Ok(result)
}

/// Plans what is to be done for a compiled node and does it; `adds`: to what is there, even where all is built anew. What
/// fails is undone.
fn carry_out_plan(
    run: &Run,
    session: &Arc<Session>,
    node: &Arc<Node>,
    compiled: Option<&Compiled>,
    cx: &NodeContext,
    hooks: HookSet,
    adds: bool,
) -> Result<NodeResult, Failed> {
    let mut releases_keys = false;
    loop {
        let plan = plan_for(run, session, node, cx, hooks, How { adds, releases_keys })?;
        let mut stage = Stage::new(run, session, node, compiled, cx.clone());
        let Err(diagnostic) = stage.carry_out(&plan) else { return Ok(finished(run, node, stage)?) };
        let diagnostic = stage.undo(&plan, diagnostic);
        let repeatable = is_repeatable(&plan);
        if diagnostic.code == Code::CONSTRAINT_VIOLATED && stage.has_deferred && !releases_keys && repeatable {
            releases_keys = true;
            continue;
        }
        let passes = matches!(diagnostic.code, Code::SQL_TRANSIENT | Code::RELATION_BUILT);
        return Err(Failed { diagnostic, again: passes && repeatable });
    }
}

/// Whether everything that a plan does is undone when it fails.
fn is_repeatable(plan: &NodePlan) -> bool {
    let begins_late = plan.steps.iter().take_while(|step| **step != Step::Begin);
    let outside = begins_late.filter(|step| !matches!(step, Step::CountFailures(_))).count();
    outside == 0
}

/// How a node is built, beside what its config says.
#[derive(Clone, Copy)]
struct How {
    /// To what is there, even where all is built anew.
    adds: bool,
    /// See [`Situation::releases_keys`].
    releases_keys: bool,
}

fn plan_for(
    run: &Run,
    session: &Arc<Session>,
    node: &Arc<Node>,
    cx: &NodeContext,
    hooks: HookSet,
    how: How,
) -> Result<NodePlan> {
    let compiler = &run.compiler;
    let dialect = session.dialect();
    let flags = &compiler.graph().invocation.flags;
    let places = own_places(run, cx, node)?;
    let [mut existing, mut leftover, mut quarantine] = [None, None, None];
    if let Some(relation) = &node.relation {
        let catalog = session.catalog();
        let aside = places.aside.clone().unwrap_or_else(|| aside(relation, dialect));
        existing = standing(run, session, cx, node, relation)?;
        leftover = standing(run, session, cx, node, &aside)?;
        let diverted = Quarantine::of(&node.config).ok().flatten();
        if let Some(relation) = diverted.and_then(|quarantine| node.quarantine_relation(&quarantine)) {
            quarantine = session.with_connection(|connection| catalog.get(connection, &relation))?;
        }
    }
    let materialization = compiler.materialization(node).map(|def| def.unique_id());
    plan(&Situation {
        node,
        dialect,
        existing: existing.as_ref(),
        leftover: leftover.as_ref(),
        quarantine: quarantine.as_ref(),
        full_refresh: !how.adds && full_refresh(run, cx, node)?,
        releases_keys: how.releases_keys,
        hooks: HookSet { by_macro: compiler.is_overridden(cx, "run_hooks"), ..hooks },
        store_failures: flags.store_failures,
        materialization: materialization.as_deref(),
        has_macro: &|name| compiler.has_macro(cx, name),
        is_overridden: &|name| compiler.is_overridden(cx, name),
        places: &places,
    })
}

/// What stands at a place: as the catalog has it, or as the project's own macro says.
fn standing(
    run: &Run,
    session: &Arc<Session>,
    cx: &NodeContext,
    node: &Node,
    place: &Relation,
) -> Result<Option<Relation>> {
    let compiler = &run.compiler;
    let catalog = session.catalog();
    let asks = |kinds: &[ResourceType], name: &str| {
        kinds.contains(&node.resource_type())
            && compiler.is_overridden(cx, name)
            && compiler.materialization(node).is_none()
    };
    if asks(&[ResourceType::Snapshot], "get_or_create_relation") {
        let names = [&place.database, &place.schema, &place.identifier].map(|name| Value::from(name.clone()));
        let given =
            compiler.call(cx, "get_or_create_relation", &[&names[..], &[Value::from("table")]].concat(), &[])?;
        let exists = given.get_item(&Value::from(0)).is_ok_and(|exists| exists.is_true());
        return Ok(given.get_item(&Value::from(1)).ok().filter(|_| exists).and_then(|found| relation_of(&found)));
    }
    if asks(&[ResourceType::Model, ResourceType::Function], "load_cached_relation") {
        let place = relation_value(place, session.dialect());
        return Ok(relation_of(&compiler.call(cx, "load_cached_relation", &[place], &[])?));
    }
    session.with_connection(|connection| catalog.get(connection, place))
}

/// Whether tables are built anew: what `should_full_refresh()` says.
pub(super) fn full_refresh(run: &Run, cx: &NodeContext, node: &Node) -> Result<bool> {
    if run.compiler.is_overridden(cx, "should_full_refresh") {
        return run.compiler.call(cx, "should_full_refresh", &[], &[]).map(|value| value.is_true());
    }
    let flag = run.compiler.graph().invocation.flags.full_refresh;
    Ok(node.config.bool("full_refresh").unwrap_or(flag))
}

/// Where the project's own macros put what is built before it takes its place.
fn own_places(run: &Run, cx: &NodeContext, node: &Node) -> Result<Places> {
    let compiler = &run.compiler;
    let dialect = cx.session().dialect();
    let place = |name: &str| match &node.relation {
        Some(relation) if compiler.is_overridden(cx, name) => {
            let made = compiler.call(cx, name, &[relation_value(relation, dialect)], &[])?;
            relation_of(&made).map(Some).ok_or_else(|| {
                let message = format!("The macro {name} must return a relation, and gave '{made}'.");
                Diagnostic::error(Code::MACRO_RAISED, message).at(&node.span)
            })
        }
        _ => Ok(None),
    };
    Ok(Places { aside: place("make_intermediate_relation")?, temporary: place("make_temp_relation")? })
}

fn finished(run: &Run, node: &Arc<Node>, stage: Stage<'_>) -> Result<NodeResult> {
    let response = stage.response();
    let mut adapter_response = response.as_ref().map(|response| response.to_json()).unwrap_or_else(|| json!({}));
    if let Some(quarantined) = &stage.quarantined {
        adapter_response["rows_quarantined"] = quarantined.rows().into();
    }
    let result = NodeResult {
        adapter_response,
        quarantined: stage.quarantined.clone(),
        message: response.map(|response| response.message),
        preview: stage.seed.as_deref().map(seeds::preview),
        run_code: stage.main_sql.clone(),
        ..NodeResult::new(node.unique_id.clone(), Status::Success)
    };
    match stage.failures() {
        Some(failures) => Ok(Failures::judge(failures, run, node).into_result(result, node)),
        None => Ok(result),
    }
}
