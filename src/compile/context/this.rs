//! Names that tell a node's templates about the node itself.

use super::model;
use crate::adapters::Relation;
use crate::compile::rendering::Rendering;
use crate::compile::values::relation_value;
use crate::jinja::{List, Value, from_json};
use crate::resolve::{Node, NodeKind};
use std::sync::Arc;

/// The names that tell of the node.
pub const NAMES: &[&str] = &[
    "thread_id",
    "this",
    "model",
    "database",
    "schema",
    "pre_hooks",
    "post_hooks",
    "sql",
    "compiled_code",
    "defer_relation",
];

/// What one of them means; of a rendering for no node what the target says.
pub fn get(rendering: &Arc<Rendering>, name: &str) -> Option<Value> {
    let adapter = &rendering.session.output().adapter;
    let Some(node) = &rendering.node else {
        return match name {
            "thread_id" => Some(Value::from(thread_id())),
            "database" => Some(Value::from(adapter.database())),
            "schema" => Some(Value::from(adapter.schema())),
            _ => None,
        };
    };
    Some(match name {
        "thread_id" => Value::from(thread_id()),
        "this" => this(rendering, node),
        "model" => model::value(rendering),
        "database" => Value::from(node.database.as_str()),
        "schema" => Value::from(node.schema.as_str()),
        "pre_hooks" => hooks(node, "pre-hook"),
        "post_hooks" => hooks(node, "post-hook"),
        "sql" | "compiled_code" => {
            rendering.compiled.as_ref().map_or_else(|| Value::from(()), |compiled| Value::from(compiled.sql.as_str()))
        }
        "defer_relation" => deferred(rendering, node),
        _ => return None,
    })
}

/// The thread that renders, as dbt names threads: `Thread-1` …, `MainThread` for hooks of the run and operations.
fn thread_id() -> String {
    let current = std::thread::current();
    current.name().filter(|name| name.starts_with("Thread-")).unwrap_or("MainThread").to_owned()
}

fn this(rendering: &Rendering, node: &Node) -> Value {
    if matches!(node.kind, NodeKind::Operation { .. }) {
        return Value::from(());
    }
    if let Some(given) = super::reference::fixture(rendering, &node.unique_id) {
        return given;
    }
    let own = || Relation::new(&node.database, &node.schema, &node.alias);
    relation_value(&node.relation.clone().unwrap_or_else(own), rendering.dialect())
}

fn hooks(node: &Node, key: &str) -> Value {
    let none = || List::value(vec![]);
    match node.is_test() {
        true => none(),
        false => node.config.get(key).map_or_else(none, from_json),
    }
}

fn deferred(rendering: &Rendering, node: &Node) -> Value {
    let relation = rendering.compiler.options().deferred.get(&node.unique_id);
    relation.map_or_else(|| Value::from(()), |relation| relation_value(relation, rendering.dialect()))
}
