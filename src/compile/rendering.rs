//! One node's templates and macros at work.

use super::values::{ResponseObject, Table, column_of, relation_value};
use super::{Batch, Compiled, Compiler, Fixtures, Session, context};
use crate::adapters::{Column, Dialect, Relation, Response, Rows};
use crate::diagnostics::{Code, Diagnostic, Result, Severity};
use crate::event::{Event, Level};
use crate::jinja::{Additions, Dict, Engine, Error, Layer, List, Scope, Value, raise};
use crate::resolve::{Node, UniqueId, search_order};
use indexmap::IndexSet;
use std::collections::HashMap;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

/// What the functions and objects that a node's templates see have in common: whose they are, the session they speak
/// over, and what statements have given so far.
pub(super) struct Rendering {
    pub compiler: Arc<Compiler>,
    pub session: Arc<Session>,
    /// The node; `None` for macros that run for none.
    pub node: Option<Arc<Node>>,
    /// Whether the node is being compiled.
    pub compiling: bool,
    /// The node's SQL, once it is compiled.
    pub compiled: Option<Arc<Compiled>>,
    /// The batch that is built.
    pub batch: Option<Batch>,
    /// What a unit test puts in place of the node's inputs.
    pub fixtures: Option<Arc<Fixtures>>,
    /// Renders, with what overrides macros here.
    pub engine: Engine,
    additions: Additions,
    results: Mutex<HashMap<String, Stored>>,
    ephemeral: Mutex<IndexSet<UniqueId>>,
}

/// What became of a statement.
#[derive(Clone)]
struct Stored {
    response: Response,
    /// Taken by `load_result`, which gives it once.
    table: Option<Table>,
    taken: bool,
}

impl Rendering {
    pub fn new(compiler: Arc<Compiler>, session: Arc<Session>, node: Option<Arc<Node>>) -> Self {
        Self {
            engine: session.backend().engine.clone(),
            compiler,
            session,
            node,
            compiling: false,
            compiled: None,
            batch: None,
            fixtures: None,
            additions: Additions::default(),
            results: Mutex::default(),
            ephemeral: Mutex::default(),
        }
    }

    /// The package whose macros are seen without a prefix.
    pub fn package(&self) -> &str {
        match &self.node {
            Some(node) => &node.package_name,
            None => &self.compiler.graph().project.root().name,
        }
    }

    /// The facts of the engine.
    pub fn dialect(&self) -> &'static Dialect {
        self.session.dialect()
    }

    /// The packages in which names are looked up first.
    pub fn search_order(&self) -> Vec<String> {
        let graph = self.compiler.graph();
        search_order(&graph.project, &graph.invocation, self.package())
    }

    /// What names mean.
    pub fn scope(self: &Arc<Self>) -> Scope {
        let package = self.package();
        let layers: Vec<Layer> = vec![Arc::new(context::NodeNames::of(self)), self.session.backend().names(package)];
        Scope { additions: self.additions.clone(), ..Scope::new(package, layers, false) }
    }

    /// Calls a macro for a native function that needs one.
    pub fn call(self: &Arc<Self>, name: &str, args: &[Value]) -> std::result::Result<Value, Error> {
        self.engine.call(name, args, &[], &self.scope()).map_err(raise)
    }

    /// Whether the project or a package has its own version of a built-in macro.
    pub fn is_overridden(&self, name: &str) -> bool {
        self.engine.library().is_overridden(self.package(), name)
    }

    /// A relation's columns: by the project's own `get_columns_in_relation` where there is one, else as the engine's
    /// catalog has them.
    pub fn columns(self: &Arc<Self>, relation: &Relation) -> Result<Vec<Column>> {
        if !self.is_overridden("get_columns_in_relation") {
            return self.session()?.with_connection(|connection| connection.columns(relation));
        }
        let value = relation_value(relation, self.dialect());
        let columns = self.engine.call("get_columns_in_relation", &[value], &[], &self.scope())?;
        let columns = columns.try_iter().ok().and_then(|columns| columns.map(|column| column_of(&column)).collect());
        columns.ok_or_else(|| {
            Diagnostic::error(Code::MACRO_RAISED, "The macro get_columns_in_relation must return a list of columns.")
                .hint("Return what sql_convert_columns_in_relation(…) or adapter.get_columns_in_relation(…) gives.")
        })
    }

    /// The session, for templates' own statements.
    ///
    /// # Errors
    /// `--no-introspect` is given and the node is being compiled.
    pub fn session(&self) -> Result<&Arc<Session>> {
        if self.compiling && !self.compiler.graph().invocation.flags.introspect {
            let message = "The template asks the database while it is compiled, which --no-introspect forbids.";
            return Err(Diagnostic::error(Code::JINJA_RENDER, message)
                .hint("Leave out --no-introspect, or guard the query with a flag of your own."));
        }
        Ok(&self.session)
    }

    /// Runs a statement for a template; `fetch`: with its rows.
    pub fn run(&self, sql: &str, fetch: bool, limit: Option<usize>) -> Result<(Response, Table)> {
        let (response, rows) = match fetch {
            true => self.session()?.query(sql, limit)?,
            false => (self.session()?.execute(sql)?, Rows::default()),
        };
        Ok((response, Table::new(rows, self.compiler.outlet())))
    }

    /// Keeps what became of a statement under a name.
    pub fn store(&self, name: &str, response: Response, table: Option<Table>) {
        self.results().insert(name.to_owned(), Stored { response, table, taken: false });
    }

    /// `load_result`: a mapping of `response`, `data` and `table`; none when there is no such statement. What is not
    /// named `main` can be loaded once.
    pub fn load(&self, name: &str) -> Result<Value> {
        let stored = {
            let mut results = self.results();
            let Some(stored) = results.get_mut(name) else { return Ok(Value::from(())) };
            if stored.taken && name != "main" {
                let message = format!("The 'statement' result named '{name}' has already been loaded into a variable");
                return Err(Diagnostic::error(Code::JINJA_RENDER, message)
                    .hint("Load it once and keep it: {% set result = load_result(…) %}."));
            }
            stored.taken = true;
            stored.clone()
        };
        let table = stored.table.unwrap_or_else(|| Table::new(Rows::default(), self.compiler.outlet()));
        let data = if table.columns().is_empty() { List::value(vec![]) } else { table.data() };
        Ok(Dict::value([
            (Value::from("response"), Value::from_object(ResponseObject(stored.response))),
            (Value::from("data"), data),
            (Value::from("table"), table.into_value()),
        ]))
    }

    /// The rows that a statement fetched.
    pub fn rows(&self, name: &str) -> Option<Rows> {
        self.results().get(name)?.table.as_ref().map(Table::to_rows)
    }

    /// What the engine said of a statement.
    pub fn response(&self, name: &str) -> Option<Response> {
        self.results().get(name).map(|stored| stored.response.clone())
    }

    fn results(&self) -> MutexGuard<'_, HashMap<String, Stored>> {
        self.results.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Notes that the template reads an ephemeral model.
    pub fn uses_ephemeral(&self, id: &UniqueId) {
        self.ephemeral.lock().unwrap_or_else(PoisonError::into_inner).insert(id.clone());
    }

    /// The ephemeral models that the template reads, in the order met.
    pub fn ephemeral(&self) -> Vec<UniqueId> {
        self.ephemeral.lock().unwrap_or_else(PoisonError::into_inner).iter().cloned().collect()
    }

    /// Tells a message.
    pub fn tell(&self, level: Level, text: String) {
        self.compiler.sink().emit(Event::Message { level, text });
    }

    /// Tells a warning, at the node.
    ///
    /// # Errors
    /// The warning, if warnings of its kind are errors.
    pub fn warn(&self, diagnostic: Box<Diagnostic>) -> Result<(), Error> {
        let diagnostic = match &self.node {
            Some(node) => diagnostic.at_if_nowhere(&node.span),
            None => diagnostic,
        };
        if self.compiler.sink().refuses(&diagnostic) {
            return Err(raise(Box::new(Diagnostic { severity: Severity::Error, ..*diagnostic })));
        }
        self.compiler.sink().emit(Event::Warned(diagnostic));
        Ok(())
    }
}

impl std::fmt::Debug for Rendering {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str(self.node.as_ref().map_or("Rendering", |node| node.unique_id.as_ref()))
    }
}
