//! From a node and its situation to its plan.

use super::{
    HookSet, Step, custom, data_test, external, function, incremental, materialized_view, quarantine, seed, snapshot,
    table, view,
};
use crate::adapters::{Dialect, Relation};
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
    /// Which of the node's hooks run.
    pub hooks: HookSet,
    /// Whether failing rows of data tests are kept where a test does not say.
    pub store_failures: bool,
    /// The unique id of the project's own materialization for the node.
    pub materialization: Option<&'a str>,
    /// Whether a macro of this name is visible to the node.
    pub has_macro: &'a dyn Fn(&str) -> bool,
    /// Whether the project or a package has its own version of a built-in macro.
    pub is_overridden: &'a dyn Fn(&str) -> bool,
}

impl Situation<'_> {
    /// The relation that the node builds.
    pub fn target(&self) -> Result<Relation> {
        self.node.relation.clone().ok_or_else(|| {
            Diagnostic::error(Code::INTERNAL, format!("{} has no relation to build.", self.node.unique_id))
        })
    }
}

const BUILT_IN: &[&str] = &["view", "table", "incremental", "materialized_view", "external", "ephemeral"];

/// What is to be done for a node.
pub fn plan(situation: &Situation<'_>) -> Result<NodePlan> {
    let node = situation.node;
    if !matches!(node.config.materialized(), "table" | "incremental") {
        quarantine::refuse(situation)?;
    }
    let steps = match (situation.materialization, node.resource_type(), node.config.materialized()) {
        (Some(macro_id), ..) => custom::steps(macro_id),
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
    Ok(NodePlan { steps })
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
