//! The names that a node's templates and macros see.

use crate::adapters::Response;
use crate::jinja::Value;
use crate::resolve::Node;
use std::sync::Arc;

/// The names that a node's templates and macros see. Cheap to clone: clones share the results of statements.
#[derive(Clone)]
pub struct NodeContext;

impl NodeContext {
    /// The node.
    pub fn node(&self) -> &Arc<Node> {
        panic!("not written yet")
    }

    /// The same names and one more, which wins over others and over macros of that name.
    pub fn with(&self, name: &str, value: Value) -> Self {
        let _ = (name, value);
        panic!("not written yet")
    }

    /// What a name means here, such as `model`; `None`: nothing.
    pub fn get(&self, name: &str) -> Option<Value> {
        let _ = name;
        panic!("not written yet")
    }

    /// Keeps what the engine said of a statement that ran outside of templates, for `load_result(statement)`.
    pub fn set_response(&self, statement: &str, response: Response) {
        let _ = (statement, response);
        panic!("not written yet")
    }

    /// What the engine said of the `statement` of this name; `main` is a materialization's own.
    pub fn response(&self, statement: &str) -> Option<Response> {
        let _ = statement;
        panic!("not written yet")
    }
}
