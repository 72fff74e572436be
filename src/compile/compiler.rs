//! Compiles nodes.

use super::{Batch, Compiled, NodeContext, Session};
use crate::adapters::{Catalog, Relation};
use crate::diagnostics::{Result, Span};
use crate::event::{EventSink, NodeResult};
use crate::jinja::{MacroDef, Rendered, Value};
use crate::resolve::{Graph, Node, UniqueId};
use crate::world::World;
use std::collections::HashMap;
use std::sync::Arc;

/// What a run decides about compiling, beside the flags.
#[derive(Debug, Clone, Default)]
pub struct Options {
    /// The nodes that were selected: `selected_resources`.
    pub selected: Vec<UniqueId>,
    /// Where `--defer` finds nodes that are not selected (or not built here): by unique id.
    pub deferred: HashMap<UniqueId, Relation>,
}

/// Compiles nodes and calls macros on their behalf; shared by all threads of a run.
pub struct Compiler {
    graph: Arc<Graph>,
    catalog: Catalog,
}

impl Compiler {
    /// A compiler of a graph; does not connect.
    pub fn new(graph: Arc<Graph>, world: Arc<World>, sink: Arc<dyn EventSink>, options: Options) -> Result<Arc<Self>> {
        let _ = (world, sink, options);
        let catalog = Catalog::new(graph.adapter.dialect());
        Ok(Arc::new(Self { graph, catalog }))
    }

    /// The graph.
    pub fn graph(&self) -> &Arc<Graph> {
        &self.graph
    }

    /// What exists in the database, as far as it was asked about.
    pub fn catalog(&self) -> &Catalog {
        &self.catalog
    }

    /// A new session, which connects when it is first used.
    pub fn session(self: &Arc<Self>, name: &str) -> Arc<Session> {
        let _ = name;
        panic!("not written yet")
    }

    /// A node's SQL.
    pub fn compile(self: &Arc<Self>, session: &Arc<Session>, node: &Arc<Node>) -> Result<Compiled> {
        let _ = (session, node);
        panic!("not written yet")
    }

    /// The SQL of one batch of a microbatch model: its refs are limited to the batch. `incremental`: what
    /// `is_incremental()` says.
    pub fn compile_batch(
        self: &Arc<Self>,
        session: &Arc<Session>,
        node: &Arc<Node>,
        batch: &Batch,
        incremental: bool,
    ) -> Result<Compiled> {
        let _ = (session, node, batch, incremental);
        panic!("not written yet")
    }

    /// The names that a node's macros see; `compiled` gives them `sql`, `compiled_code` and `model.batch`. From now on
    /// the session's errors point at this node's template.
    pub fn context(
        self: &Arc<Self>,
        session: &Arc<Session>,
        node: &Arc<Node>,
        compiled: Option<&Compiled>,
    ) -> NodeContext {
        let _ = (session, node, compiled);
        panic!("not written yet")
    }

    /// The names that macros see which run for no node (`run-operation`, creating schemas).
    pub fn project_context(self: &Arc<Self>, session: &Arc<Session>) -> NodeContext {
        let _ = session;
        panic!("not written yet")
    }

    /// Gives `on-run-end` hooks their `results`.
    pub fn set_results(&self, results: &[Arc<NodeResult>]) {
        let _ = results;
    }

    /// Calls the macro that `name` (or `package.name`) means to the node.
    pub fn call(&self, cx: &NodeContext, name: &str, args: &[Value], kwargs: &[(&str, Value)]) -> Result<Value> {
        let _ = (cx, name, args, kwargs);
        panic!("not written yet")
    }

    /// Calls a macro for the SQL it gives.
    pub fn call_sql(&self, cx: &NodeContext, name: &str, args: &[Value], kwargs: &[(&str, Value)]) -> Result<String> {
        self.call(cx, name, args, kwargs).map(|value| value.to_string())
    }

    /// The macro that `adapter.dispatch(name)` finds for the node, such as `incremental_validate_on_schema_change`.
    pub fn has_macro(&self, cx: &NodeContext, name: &str) -> bool {
        let _ = (cx, name);
        panic!("not written yet")
    }

    /// Renders a hook or another template with the node's names.
    pub fn render(&self, cx: &NodeContext, template: &Span) -> Result<Rendered> {
        let _ = (cx, template);
        panic!("not written yet")
    }

    /// The project's or a package's own `{% materialization %}` for the node; `None`: the built-in one.
    pub fn materialization(&self, node: &Node) -> Option<Arc<MacroDef>> {
        let _ = node;
        panic!("not written yet")
    }

    /// Runs a `{% materialization %}`; returns the relations it built.
    pub fn run_materialization(&self, cx: &NodeContext, def: &Arc<MacroDef>) -> Result<Vec<Relation>> {
        let _ = (cx, def);
        panic!("not written yet")
    }
}
