//! From a node and its situation to its plan.

use super::{
    HookSet, Step, aside, constraints, custom, data_test, export, external, foreign_keys, function, incremental,
    materialized_view, quarantine, seed, snapshot, table, temporary, view,
};
use crate::adapters::{Dialect, Relation, RelationKind};
use crate::compile::check_language;
use crate::diagnostics::{Code, Diagnostic, Result, nearest};
use crate::resolve::{Node, ResourceType};
use std::fmt;

/// What is to be done for a node, in order.
#[derive(Debug, Clone, PartialEq, Default)]
pub struct NodePlan {
    /// The steps.
    pub steps: Vec<Step>,
}

impl fmt::Display for NodePlan {
    /// A step a line.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.steps.iter().try_for_each(|step| writeln!(f, "{step}"))
    }
}

/// Everything that a plan depends on.
#[derive(Clone, Copy)]
pub struct Situation<'a> {
    /// The node.
    pub node: &'a Node,
    /// The engine's facts.
    pub dialect: &'static Dialect,
    /// What stands where the node's relation goes.
    pub existing: Option<&'a Relation>,
    /// What an interrupted run left where the node's relation is built aside.
    pub leftover: Option<&'a Relation>,
    /// What stands where the node's bad rows go.
    pub quarantine: Option<&'a Relation>,
    /// Whether tables are built anew rather than added to.
    pub full_refresh: bool,
    /// Whether foreign keys of other tables are taken off while rows are added, for rows that they refer to will go.
    pub releases_keys: bool,
    /// Which of the node's hooks run.
    pub hooks: HookSet,
    /// Whether failing rows of data tests are kept where a test does not say.
    pub store_failures: bool,
    /// The unique id of the project's own materialization for the node.
    pub materialization: Option<&'a str>,
    /// Whether a macro of this name is visible to the node.
    pub has_macro: &'a dyn Fn(&str) -> bool,
    /// Whether the project or a package has its own version of this built-in macro. What is done without macros stands
    /// for some of them: where one of these is replaced, it is done by macros.
    pub is_overridden: &'a dyn Fn(&str) -> bool,
    /// Where the project's own macros put what is built before it takes its place.
    pub places: &'a Places,
}

/// What a project's own `make_intermediate_relation` and `make_temp_relation` give; none where they are not replaced.
#[derive(Debug, Clone, Default)]
pub struct Places {
    /// Beside the node's relation.
    pub aside: Option<Relation>,
    /// For the session alone.
    pub temporary: Option<Relation>,
}

impl Situation<'_> {
    /// The relation that the node builds.
    ///
    /// # Errors
    /// Its name is longer than the engine takes.
    pub fn target(&self) -> Result<Relation> {
        let Some(target) = self.node.relation.clone() else {
            let message = format!("{} has no relation to build.", self.node.unique_id);
            return Err(Diagnostic::error(Code::INTERNAL, message));
        };
        let (name, most) = (target.name(), self.dialect.max_identifier_length);
        if name.len() <= most {
            return Ok(target);
        }
        let message = format!("Relation name '{name}' is longer than {most} characters");
        Err(Diagnostic::error(Code::CONFIG_INVALID, message).at(&self.node.span).hint("Give the node a shorter alias."))
    }

    /// Whether any of these built-in macros is replaced.
    pub(super) fn overrides_any(&self, names: &[&str]) -> bool {
        names.iter().any(|name| (self.is_overridden)(name))
    }

    /// Under which name `target` is built: a table under its own where nothing is in its way and the project's macros do
    /// not care. A view's SQL is always that of dbt, for tools that read what was run.
    pub(super) fn built_as(&self, target: &Relation) -> Relation {
        let is_free = target.kind == Some(RelationKind::Table)
            && self.existing.is_none()
            && self.places.aside.is_none()
            && !self.overrides_any(&["rename_relation"]);
        if is_free { target.clone() } else { self.aside(target) }
    }

    /// Where `target` is built before it takes its place.
    fn aside(&self, target: &Relation) -> Relation {
        let own = self.places.aside.clone().map(|aside| Relation { kind: target.kind, ..aside });
        own.unwrap_or_else(|| aside(target, self.dialect))
    }

    /// A table of the session alone, for rows on their way to `target`.
    pub(super) fn temporary(&self, target: &Relation) -> Relation {
        let own = self.places.temporary.clone().map(|table| table.with_kind(RelationKind::Table));
        own.unwrap_or_else(|| temporary(target, self.dialect))
    }
}

/// Macros of dbt that are parts of a materialization and that no plan calls: where a project replaces one, the
/// materialization runs as a macro.
const PARTS: &[(&str, &[&str])] = &[
    (
        "materialized_view",
        &[
            "materialized_view_setup",
            "materialized_view_teardown",
            "materialized_view_get_build_sql",
            "materialized_view_execute_no_op",
            "materialized_view_execute_build_sql",
        ],
    ),
    ("function", &["function_execute_build_sql"]),
];

const BUILT_IN: &[&str] = &["view", "table", "incremental", "materialized_view", "external", "ephemeral"];

/// The languages that a model of the built-in materializations can be written in.
fn languages(situation: &Situation<'_>) -> &'static [&'static str] {
    match situation.node.config.materialized() {
        "table" | "incremental" if situation.dialect.python_models => &["sql", "python"],
        _ => &["sql"],
    }
}

/// What is to be done for a node.
pub fn plan(situation: &Situation<'_>) -> Result<NodePlan> {
    let node = situation.node;
    if !matches!(node.config.materialized(), "table" | "incremental") {
        quarantine::refuse(situation)?;
    }
    if situation.materialization.is_none() && node.resource_type() == ResourceType::Model {
        check_language(node.config.materialized(), languages(situation), node)?;
    }
    let mut steps = match (situation.materialization, node.resource_type(), node.config.materialized()) {
        (Some(macro_id), ..) => custom::steps(macro_id),
        (_, _, name) if has_own_part(situation, name) => {
            custom::steps(&format!("macro.dbt.materialization_{name}_default"))
        }
        (_, ResourceType::Test, _) => data_test::steps(situation)?,
        (_, ResourceType::Seed, _) => seed::steps(situation)?,
        (_, ResourceType::Snapshot, _) => snapshot::steps(situation)?,
        (_, ResourceType::Function, _) => function::steps(situation)?,
        (_, _, "view") => view::steps(situation)?,
        (_, _, "table") => table::steps(situation)?,
        (_, _, "incremental") => incremental::steps(situation)?,
        (_, _, "external") => external::steps(situation)?,
        (_, _, "materialized_view") => materialized_view::steps(situation)?,
        (_, _, name) => return Err(unknown(node, name)),
    };
    if matches!(node.resource_type(), ResourceType::Model | ResourceType::Seed | ResourceType::Snapshot) {
        export::add(situation, &mut steps)?;
    }
    Ok(NodePlan { steps: constraints::declared_last(situation, foreign_keys::kept(situation, steps)) })
}

fn has_own_part(situation: &Situation<'_>, materialization: &str) -> bool {
    PARTS.iter().any(|(name, parts)| *name == materialization && situation.overrides_any(parts))
}

fn unknown(node: &Node, name: &str) -> Box<Diagnostic> {
    let message = format!("'{}' is to be materialized as '{name}', which does not exist.", node.name);
    let known = BUILT_IN.join(", ");
    let hint = match nearest(name, BUILT_IN.iter().copied()).first() {
        Some(near) => format!("Did you mean '{near}'? Built in are: {known}."),
        None => format!("Built in are: {known}. A project defines its own with a materialization block."),
    };
    Diagnostic::error(Code::MATERIALIZATION_UNKNOWN, message).at(&node.span).hint(hint)
}
