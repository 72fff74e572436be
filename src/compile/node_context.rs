//! The names that a node's templates and macros see.

use super::Session;
use super::rendering::Rendering;
use crate::adapters::{Response, Rows};
use crate::jinja::{Scope, Value};
use crate::resolve::Node;
use std::collections::HashMap;
use std::sync::Arc;

/// The names that a node's templates and macros see. Cheap to clone: clones share the results of statements.
#[derive(Clone)]
pub struct NodeContext {
    rendering: Arc<Rendering>,
    scope: Scope,
}

impl NodeContext {
    pub(super) fn new(rendering: Rendering) -> Self {
        let rendering = Arc::new(rendering);
        Self { scope: rendering.scope(), rendering }
    }

    /// The node; none for macros that run for none.
    pub fn node(&self) -> Option<&Arc<Node>> {
        self.rendering.node.as_ref()
    }

    /// The session that macros speak over.
    pub fn session(&self) -> &Arc<Session> {
        &self.rendering.session
    }

    /// The same names and one more, which wins over others.
    pub fn with(&self, name: &str, value: Value) -> Self {
        let mut scope = self.scope.clone();
        scope.layers.insert(0, Arc::new(HashMap::from([(name.to_owned(), value)])));
        Self { rendering: self.rendering.clone(), scope }
    }

    /// What a name means here, such as `model`; `None`: nothing.
    pub fn get(&self, name: &str) -> Option<Value> {
        self.scope.get(name)
    }

    /// Keeps what the engine said of a statement that ran outside of templates, for `load_result(statement)`.
    pub fn set_response(&self, statement: &str, response: Response) {
        self.rendering.store(statement, response, None);
    }

    /// The rows that the statement of this name fetched.
    pub fn rows(&self, statement: &str) -> Option<Rows> {
        self.rendering.rows(statement)
    }

    /// What the engine said of the `statement` of this name; `main` is a materialization's own.
    pub fn response(&self, statement: &str) -> Option<Response> {
        self.rendering.response(statement)
    }

    pub(super) fn rendering(&self) -> &Arc<Rendering> {
        &self.rendering
    }

    pub(super) fn scope(&self) -> &Scope {
        &self.scope
    }
}
