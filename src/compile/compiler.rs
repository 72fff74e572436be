//! Compiles nodes.

use super::backend::Backend;
use super::ephemeral::{Cte, inject};
use super::failure::Focus;
use super::fixtures::returning;
use super::rendering::Rendering;
use super::sample::{self, Window};
use super::values::{Outlet, ephemeral_name, relation_value, source_object};
use super::{Batch, Compiled, Fixtures, NodeContext, Session, context};
use crate::adapters::{Column, Relation, RelationKind};
use crate::diagnostics::{Code, Diagnostic, Result, SourceFile, Span};
use crate::event::{EventSink, NodeResult};
use crate::jinja::{Dict, List, Rendered, Scope, SourceMap, Value, from_json};
use crate::resolve::{
    GenericTest, Graph, Lookup, Node, NodeKind, Source, UniqueId, expression_calls, quarantine_id, quarantined_id,
    search_order, test_argument,
};
use crate::world::World;
use indexmap::IndexMap;
use jiff::Timestamp;
use serde_json::Value as Json;
use std::collections::{BTreeSet, HashMap, HashSet};
use std::sync::{Arc, Mutex, OnceLock, PoisonError};

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
    world: Arc<World>,
    sink: Arc<dyn EventSink>,
    options: Options,
    /// By output; that of the run's target first.
    backends: IndexMap<String, Arc<Backend>>,
    lookup: Lookup,
    sample: Option<Window>,
    selected: HashSet<UniqueId>,
    selected_value: OnceLock<Value>,
    graph_value: OnceLock<Value>,
    results: Mutex<Option<Value>>,
    ephemeral: Mutex<HashMap<UniqueId, Arc<Prepared>>>,
}

/// An ephemeral model, compiled, with those that it reads before it.
struct Prepared {
    ctes: Vec<Arc<Cte>>,
}

impl Compiler {
    /// A compiler of a graph; does not connect.
    ///
    /// # Errors
    /// `--sample` cannot be understood.
    pub fn new(graph: Arc<Graph>, world: Arc<World>, sink: Arc<dyn EventSink>, options: Options) -> Result<Arc<Self>> {
        let sample = graph.invocation.flags.sample.as_deref();
        let sample = sample.map(|text| sample::window(text, world.now())).transpose()?;
        let lookup = Lookup::new(
            graph.nodes.values().map(AsRef::as_ref),
            graph.disabled.values().flatten().map(AsRef::as_ref),
            graph.sources.values().map(AsRef::as_ref),
            graph.disabled_sources.values().flatten().map(AsRef::as_ref),
        );
        let backends = graph
            .outputs
            .used()
            .into_iter()
            .map(|output| (output.name().to_owned(), Arc::new(Backend::new(&graph, output, &world))));
        Ok(Arc::new(Self {
            backends: backends.collect(),
            lookup,
            graph,
            world,
            sink,
            selected: options.selected.iter().cloned().collect(),
            options,
            sample,
            selected_value: OnceLock::new(),
            graph_value: OnceLock::new(),
            results: Mutex::default(),
            ephemeral: Mutex::default(),
        }))
    }

    /// The graph.
    pub fn graph(&self) -> &Arc<Graph> {
        &self.graph
    }

    /// A new session with the run's target, which connects when it is first used.
    pub fn session(self: &Arc<Self>, name: &str) -> Arc<Session> {
        self.session_with(name, self.graph.outputs.default().name())
    }

    /// A new session with an output, which connects when it is first used.
    pub fn session_with(self: &Arc<Self>, name: &str, output: &str) -> Arc<Session> {
        Arc::new(Session::new(name, self.backend(output).clone(), self.sink.clone()))
    }

    /// An output; of one that nothing belongs to that of the run's target.
    pub(super) fn backend(&self, output: &str) -> &Arc<Backend> {
        self.backends.get(output).unwrap_or(&self.backends[0])
    }

    /// A node's SQL.
    pub fn compile(self: &Arc<Self>, session: &Arc<Session>, node: &Arc<Node>) -> Result<Compiled> {
        self.compile_as(session, Rendering::new(self.clone(), session.clone(), Some(node.clone())))
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
        let mut rendering = Rendering::new(self.clone(), session.clone(), Some(node.clone()));
        let mut overrides = HashMap::from([("is_incremental".to_owned(), returning(Value::from(incremental)))]);
        if incremental {
            overrides.insert("should_full_refresh".to_owned(), returning(Value::from(false)));
        }
        rendering.engine = rendering.engine.overriding(Arc::new(overrides));
        rendering.batch = Some(batch.clone());
        let compiled = self.compile_as(session, rendering)?;
        Ok(Compiled { batch: Some(batch.clone()), ..compiled })
    }

    /// The node or source that a unit test's input (`ref('a')`, `source('raw', 'a')`, `this`, `quarantine(…)` of one) means
    /// to the tested model; `None`: nothing.
    ///
    /// # Errors
    /// The input is no such call.
    pub fn unit_test_input(&self, model: &Node, input: &str) -> Result<Option<UniqueId>> {
        if input.trim() == "this" {
            return Ok(Some(model.unique_id.clone()));
        }
        let calls = expression_calls(input, &model.span)?;
        let order = search_order(&self.graph.project, &self.graph.invocation, &model.package_name);
        let found = match (calls.refs.first(), calls.sources.first()) {
            (Some(call), _) => self.lookup.node(call, &order).ok(),
            (None, Some((call, _))) => self.lookup.source(call, &order).ok(),
            (None, None) => None,
        };
        let is_quarantine = input.trim_start().starts_with("quarantine");
        Ok(found.map(|id| if is_quarantine { quarantine_id(id) } else { id.clone() }))
    }

    /// A model's SQL in a unit test, which puts fixtures in place of the model's inputs.
    pub fn compile_with_fixtures(
        self: &Arc<Self>,
        session: &Arc<Session>,
        node: &Arc<Node>,
        fixtures: &Fixtures,
    ) -> Result<Compiled> {
        let mut rendering = Rendering::new(self.clone(), session.clone(), Some(node.clone()));
        let overrides = fixtures.overrides(&session.backend().names(&node.package_name));
        rendering.engine = rendering.engine.overriding(Arc::new(overrides));
        rendering.fixtures = Some(Arc::new(fixtures.clone()));
        self.compile_as(session, rendering)
    }

    fn compile_as(self: &Arc<Self>, session: &Arc<Session>, mut rendering: Rendering) -> Result<Compiled> {
        rendering.compiling = true;
        session.focus(Focus::on(rendering.node.clone(), None));
        let rendering = Arc::new(rendering);
        let rendered = self.render_node(&rendering)?;
        let mut ctes = vec![];
        if self.graph.invocation.flags.inject_ephemeral_ctes {
            self.collect(&rendering, session, &mut ctes, &mut vec![])?;
        }
        let foreign_tables = foreign_tables(&rendering);
        Ok(Compiled { foreign_tables, ..inject(&rendered.text, &rendered.map, &ctes, session.dialect().lexis) })
    }

    fn render_node(&self, rendering: &Arc<Rendering>) -> Result<Rendered> {
        let nothing = || Rendered { text: String::new(), map: SourceMap::default() };
        let Some(node) = &rendering.node else { return Ok(nothing()) };
        match &node.kind {
            NodeKind::Seed { .. } => Ok(nothing()),
            NodeKind::GenericTest(test) => self.render_test(rendering, node, test),
            _ if node.is_python_model() => self.render_script(rendering, node),
            _ => rendering.engine.render(&node.span, &rendering.scope()),
        }
    }

    /// A model in Python: its text, and what gives the names that it uses their meaning.
    fn render_script(&self, rendering: &Arc<Rendering>, node: &Node) -> Result<Rendered> {
        let scope = rendering.scope();
        let model = scope.get("model").unwrap_or_default();
        let postfix = rendering.engine.call("py_script_postfix", &[model], &[], &scope)?;
        let map = SourceMap { entries: vec![(0, node.span.clone(), true)] };
        Ok(Rendered { text: format!("{}\n\n{postfix}", node.raw_code()), map })
    }

    /// A generic data test's query: what its macro gives for its arguments. It comes from where the test is declared.
    fn render_test(&self, rendering: &Arc<Rendering>, node: &Node, test: &GenericTest) -> Result<Rendered> {
        let scope = rendering.scope();
        let mut arguments = vec![];
        for (name, value) in &test.kwargs {
            let value =
                if name == "column_name" { from_json(value) } else { argument(rendering, &scope, node, value)? };
            arguments.push((name.as_str(), value));
        }
        let prefix = test.namespace.as_ref().map(|package| format!("{package}.")).unwrap_or_default();
        let name = format!("{prefix}test_{}", test.name);
        let query =
            rendering.engine.call(&name, &[], &arguments, &scope).map_err(|error| error.at_if_nowhere(&node.span))?;
        let map = SourceMap { entries: vec![(0, node.span.clone(), false)] };
        Ok(Rendered { text: query.to_string(), map })
    }

    /// Adds the ephemeral models that a template read, each after those that it reads itself. `reading`: the models
    /// that are being looked at, which must not be read by themselves.
    fn collect(
        self: &Arc<Self>,
        rendering: &Rendering,
        session: &Arc<Session>,
        ctes: &mut Vec<Arc<Cte>>,
        reading: &mut Vec<UniqueId>,
    ) -> Result<()> {
        for id in rendering.ephemeral() {
            let fixture = rendering.fixtures.as_ref().and_then(|fixtures| fixtures.inputs.get(&id));
            let found = match (fixture, &rendering.node) {
                (Some(sql), Some(node)) => vec![Arc::new(self.fixture(&id, sql, node))],
                _ => self.prepare(session, &id, reading)?.ctes.clone(),
            };
            let known: HashSet<UniqueId> = ctes.iter().map(|cte| cte.id.clone()).collect();
            ctes.extend(found.into_iter().filter(|cte| !known.contains(&cte.id)));
        }
        Ok(())
    }

    fn fixture(&self, id: &UniqueId, sql: &str, node: &Node) -> Cte {
        let map = SourceMap { entries: vec![(0, node.span.clone(), false)] };
        Cte { id: id.clone(), name: self.fixture_name(id), sql: sql.to_owned(), map, span: node.span.clone() }
    }

    /// The name under which a unit test's input is read.
    pub(super) fn fixture_name(&self, id: &str) -> String {
        if let Some(id) = quarantined_id(id) {
            return format!("{}_quarantine", self.fixture_name(id));
        }
        match (self.graph.nodes.get(id), self.graph.sources.get(id)) {
            (Some(node), _) => ephemeral_name(&node.alias),
            (None, Some(source)) => ephemeral_name(&format!("{}__{}", source.source_name, source.name)),
            (None, None) => ephemeral_name(id),
        }
    }

    /// An ephemeral model and those that it reads; compiled once a run.
    fn prepare(
        self: &Arc<Self>,
        session: &Arc<Session>,
        id: &UniqueId,
        reading: &mut Vec<UniqueId>,
    ) -> Result<Arc<Prepared>> {
        let known = || self.ephemeral.lock().unwrap_or_else(PoisonError::into_inner);
        if let Some(prepared) = known().get(id) {
            return Ok(prepared.clone());
        }
        let Some(node) = self.graph.nodes.get(id) else {
            return Err(Diagnostic::error(Code::INTERNAL, format!("The ephemeral model {id} is not in the graph.")));
        };
        if reading.contains(id) {
            let message = format!("The ephemeral model '{}' reads itself.", node.name);
            return Err(Diagnostic::error(Code::CYCLE, message).at(&node.span));
        }
        reading.push(id.clone());
        let mut rendering = Rendering::new(self.clone(), session.clone(), Some(node.clone()));
        rendering.compiling = true;
        let rendering = Arc::new(rendering);
        let rendered = self.render_node(&rendering)?;
        let mut ctes = vec![];
        self.collect(&rendering, session, &mut ctes, reading)?;
        reading.pop();
        let (name, span) = (ephemeral_name(&node.alias), node.span.clone());
        ctes.push(Arc::new(Cte { id: id.clone(), name, sql: rendered.text, map: rendered.map, span }));
        Ok(known().entry(id.clone()).or_insert(Arc::new(Prepared { ctes })).clone())
    }

    /// Compiles an ephemeral model for those that read it, once a run.
    pub fn compile_ephemeral(self: &Arc<Self>, session: &Arc<Session>, id: &UniqueId) -> Result<()> {
        let node = self.graph.nodes.get(id).cloned();
        session.focus(Focus::on(node, None));
        self.prepare(session, id, &mut vec![]).map(drop)
    }

    /// The names that a node's macros see; `compiled` gives them `sql`, `compiled_code` and `model.batch`. From now on
    /// the session's errors point at this node's template.
    pub fn context(
        self: &Arc<Self>,
        session: &Arc<Session>,
        node: &Arc<Node>,
        compiled: Option<&Compiled>,
    ) -> NodeContext {
        let mut rendering = Rendering::new(self.clone(), session.clone(), Some(node.clone()));
        rendering.compiled = compiled.cloned().map(Arc::new);
        rendering.batch = compiled.and_then(|compiled| compiled.batch.clone());
        session.focus(Focus::on(Some(node.clone()), rendering.compiled.clone()));
        NodeContext::new(rendering)
    }

    /// The names that macros see which run for no node (`run-operation`, creating schemas).
    pub fn project_context(self: &Arc<Self>, session: &Arc<Session>) -> NodeContext {
        session.focus(Focus::default());
        NodeContext::new(Rendering::new(self.clone(), session.clone(), None))
    }

    /// The names that macros see which look at a source. From now on the session's errors point at its declaration.
    pub fn source_context(self: &Arc<Self>, session: &Arc<Session>, source: &Source) -> NodeContext {
        let cx = self.project_context(session);
        session.focus(Focus::at(source.span.clone()));
        cx.with("this", source_object(source, session.dialect()).into_value())
    }

    /// Gives `on-run-end` hooks their `results`.
    pub fn set_results(&self, results: &[Arc<NodeResult>]) {
        let value = context::results_value(&self.graph, results);
        *self.results.lock().unwrap_or_else(PoisonError::into_inner) = Some(value);
    }

    /// Calls the macro that `name` (or `package.name`) means to the node.
    pub fn call(&self, cx: &NodeContext, name: &str, args: &[Value], kwargs: &[(&str, Value)]) -> Result<Value> {
        cx.rendering().engine.call(name, args, kwargs, cx.scope())
    }

    /// Calls a macro for the SQL it gives.
    pub fn call_sql(&self, cx: &NodeContext, name: &str, args: &[Value], kwargs: &[(&str, Value)]) -> Result<String> {
        self.call(cx, name, args, kwargs).map(|value| value.to_string())
    }

    /// Whether a macro of this name, or of one that `adapter.dispatch(name)` finds, exists for the node.
    pub fn has_macro(&self, cx: &NodeContext, name: &str) -> bool {
        let (library, package) = (cx.rendering().engine.library(), &cx.scope().package);
        library.find(package, name).or_else(|| library.dispatch(package, name, None)).is_some()
    }

    /// Whether the project or a package has its own version of a built-in macro for the node. What the program does
    /// without macros stands for some of them; it is done by macros where one of these is replaced.
    pub fn is_overridden(&self, cx: &NodeContext, name: &str) -> bool {
        cx.rendering().is_overridden(name)
    }

    /// Where the rows of a node are in the output that it belongs to: at its own place, or where `--defer` finds them.
    pub fn standing_place(&self, session: &Session, id: &UniqueId, own: &Relation) -> Result<Relation> {
        let Some(deferred) = self.options.deferred.get(id) else { return Ok(own.clone()) };
        if self.graph.invocation.flags.favor_state && !self.options.selected.contains(id) {
            return Ok(deferred.clone());
        }
        let exists = session.with_connection(|connection| session.catalog().get(connection, own))?;
        Ok(if exists.is_some() { own.clone() } else { deferred.clone() })
    }

    /// A relation's columns: what `get_columns_in_relation` gives.
    pub fn columns(&self, cx: &NodeContext, relation: &Relation) -> Result<Vec<Column>> {
        cx.rendering().columns(relation)
    }

    /// Reads what a schema holds: by the project's own `list_relations_without_caching` where there is one.
    pub fn read_schema(&self, cx: &NodeContext, schema: &Relation) -> Result<()> {
        const MACRO: &str = "list_relations_without_caching";
        if !self.is_overridden(cx, MACRO) {
            let session = &cx.rendering().session;
            return session.with_connection(|connection| session.catalog().read(connection, schema));
        }
        let rows = self.call(cx, MACRO, &[relation_value(schema, cx.rendering().dialect())], &[])?;
        let relations: Option<Vec<Relation>> =
            rows.try_iter().ok().and_then(|rows| rows.map(|row| listed_relation(&row)).collect());
        let Some(relations) = relations else {
            let message = format!("The macro {MACRO} must return rows of database, name, schema and type.");
            return Err(Diagnostic::error(Code::MACRO_RAISED, message));
        };
        cx.rendering().session.catalog().fill(schema, relations);
        Ok(())
    }

    /// Sends a statement by the macro `statement`, which projects may replace. `name`: for `load_result`.
    pub fn call_statement(&self, cx: &NodeContext, name: Option<&str>, sql: &str) -> Result<()> {
        let template =
            SourceFile::new("statement", "{% call statement(statement_name) %}{{ statement_sql }}{% endcall %}");
        let cx = cx.with("statement_name", Value::from(name)).with("statement_sql", Value::from(sql));
        self.render(&cx, &template.span(0..template.text().len())).map(drop)
    }

    /// Renders a hook or another template with the node's names.
    pub fn render(&self, cx: &NodeContext, template: &Span) -> Result<Rendered> {
        cx.rendering().engine.render(template, cx.scope())
    }

    pub(super) fn options(&self) -> &Options {
        &self.options
    }

    pub(super) fn sink(&self) -> &Arc<dyn EventSink> {
        &self.sink
    }

    /// Where tables of results are written to.
    pub(super) fn outlet(&self) -> Outlet {
        let folder = self.graph.project.root().dir.clone();
        Outlet { sink: self.sink.clone(), world: self.world.clone(), folder }
    }

    pub(super) fn world(&self) -> &World {
        &self.world
    }

    /// What names mean.
    pub(super) fn lookup(&self) -> &Lookup {
        &self.lookup
    }

    /// The stretch of time that `--sample` leaves: its first moment, and the one after its last.
    pub fn sampled(&self) -> Option<(Timestamp, Timestamp)> {
        self.sample.map(|window| (window.start, window.end))
    }

    /// `--sample`.
    pub(super) fn sample(&self) -> Option<Window> {
        self.sample
    }

    /// Whether a node is built by this run.
    pub(super) fn is_selected(&self, id: &str) -> bool {
        self.selected.contains(id)
    }

    /// `selected_resources`: one list for all nodes, as in dbt.
    pub(super) fn selected_value(&self) -> Value {
        let list = || List::value(self.options.selected.iter().map(|id| Value::from(id.clone())).collect());
        self.selected_value.get_or_init(list).clone()
    }

    /// `graph`.
    pub(super) fn graph_value(&self) -> Value {
        self.graph_value.get_or_init(|| context::graph_value(&self.graph)).clone()
    }

    /// `results`; empty before the end of a run.
    pub(super) fn results(&self) -> Value {
        let results = self.results.lock().unwrap_or_else(PoisonError::into_inner);
        results.clone().unwrap_or_else(|| List::value(vec![]))
    }
}

/// A row of database, name, schema and type.
fn listed_relation(row: &Value) -> Option<Relation> {
    let text =
        |index: usize| row.get_item(&Value::from(index)).ok().filter(|it| !it.is_undefined()).map(|it| it.to_string());
    let relation = Relation::new(text(0)?, text(2)?, text(1)?);
    Some(Relation { kind: RelationKind::parse(&text(3)?), ..relation })
}

/// An argument of a generic test: texts are templates.
fn argument(rendering: &Rendering, scope: &Scope, node: &Node, value: &Json) -> Result<Value> {
    let inner = |value: &Json| argument(rendering, scope, node, value);
    match value {
        Json::String(text) => {
            let Some(template) = test_argument(text) else { return Ok(from_json(value)) };
            let file = SourceFile::new(node.source.path(), template.as_ref());
            let value = rendering.engine.evaluate(&file.span(0..template.len()), scope);
            value.map_err(|mut error| {
                // The argument is a text of its own: its places mean nothing to the analyst.
                error.labels.retain(|label| !Arc::ptr_eq(&label.span.file, &file));
                error.at_if_nowhere(&node.span)
            })
        }
        Json::Array(items) => Ok(List::value(items.iter().map(inner).collect::<Result<_>>()?)),
        Json::Object(items) => {
            let items = items.iter().map(|(key, value)| Ok((Value::from(key.as_str()), inner(value)?)));
            Ok(Dict::value(items.collect::<Result<Vec<_>>>()?))
        }
        other => Ok(from_json(other)),
    }
}

/// What the `to` of a model's foreign keys means, each once.
fn foreign_tables(rendering: &Arc<Rendering>) -> Vec<(String, String)> {
    let Some(node) = &rendering.node else { return vec![] };
    let NodeKind::Model(model) = &node.kind else { return vec![] };
    let constraints = node.columns.values().flat_map(|column| &column.constraints).chain(&model.constraints);
    let written: BTreeSet<&String> = constraints.filter_map(|constraint| constraint.to.as_ref()).collect();
    written.into_iter().filter_map(|to| Some((to.clone(), context::foreign_table(rendering, to)?))).collect()
}
