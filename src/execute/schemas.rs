//! The schemas that a run writes to.

use super::run::Run;
use super::task::Task;
use crate::adapters::Relation;
use crate::compile::Session;
use crate::diagnostics::Result;
use crate::plan::{Stored, stored};
use crate::resolve::{Node, ResourceType};
use std::collections::{BTreeMap, HashSet};
use std::sync::Arc;

/// Creates the schemas that are missing, one after the other, and reads what exists in all of them.
pub(super) fn prepare<'a>(run: &Run, session: &Arc<Session>, tasks: impl Iterator<Item = &'a Task>) -> Result<()> {
    let dialect = run.compiler.graph().adapter.dialect();
    let store_failures = run.compiler.graph().invocation.flags.store_failures;
    let mut needed = BTreeMap::new();
    let built = tasks.filter_map(|task| match task {
        Task::Load(source) => Some(&source.relation),
        task => task.node().filter(|node| builds_a_relation(node, store_failures))?.relation.as_ref(),
    });
    for relation in built {
        let (database, schema, _) = relation.key(dialect);
        needed.entry((database, schema)).or_insert_with(|| Relation {
            identifier: None,
            kind: None,
            ..relation.clone()
        });
    }
    let mut databases: BTreeMap<&str, HashSet<String>> = BTreeMap::new();
    for (database, _) in needed.keys() {
        if !databases.contains_key(database.as_str()) {
            let there = session.with_connection(|connection| connection.list_schemas(database))?;
            databases.insert(database, there.into_iter().map(|name| name.to_lowercase()).collect());
        }
    }
    let is_missing = |(database, schema): &(String, String)| {
        !databases.get(database.as_str()).is_some_and(|there| there.contains(&schema.to_lowercase()))
    };
    let cx = run.compiler.project_context(session);
    for (_, schema) in needed.iter().filter(|(place, _)| is_missing(place)) {
        let value = crate::compile::relation_value(schema, dialect);
        run.compiler.call(&cx, "create_schema", &[value], &[])?;
        session.commit()?;
    }
    for schema in needed.values() {
        run.compiler.read_schema(&cx, schema)?;
    }
    Ok(())
}

fn builds_a_relation(node: &Node, store_failures: bool) -> bool {
    match node.resource_type() {
        ResourceType::Test => matches!(stored(node, store_failures), Ok(Stored::As(_))),
        ResourceType::Model | ResourceType::Seed | ResourceType::Snapshot | ResourceType::Function => {
            !node.is_ephemeral()
        }
        _ => false,
    }
}
