//! The schemas that a run writes to.

use super::run::Run;
use super::task::Task;
use crate::adapters::Relation;
use crate::compile::Session;
use crate::diagnostics::{Code, Diagnostic, Result};
use crate::load::Output;
use crate::plan::{Stored, stored};
use crate::resolve::{Node, ResourceType};
use std::collections::{BTreeMap, HashMap, HashSet};
use std::sync::Arc;

/// Creates the schemas that are missing in each output that is written to, one after the other, and reads what exists in
/// all of them. That another output than the run's target cannot be reached is an error of what belongs to it alone.
pub(super) fn prepare(run: &Run) -> Result<()> {
    let mut unreachable = HashMap::new();
    let default = run.main.output().name();
    for output in run.lanes.outputs() {
        if output == default {
            prepare_output(run, &run.main)?;
            continue;
        }
        let session = run.compiler.session_with("master", output);
        run.options.cancellation.watch(&session);
        if let Err(diagnostic) = prepare_output(run, &session) {
            unreachable.insert(output.to_owned(), diagnostic);
        }
    }
    run.unreachable.get_or_init(|| unreachable);
    Ok(())
}

impl Run {
    /// Refuses work for an output that could not be made ready.
    pub(super) fn check_reachable(&self, output: &Output) -> Result<()> {
        let Some(reason) = self.unreachable.get().and_then(|unreachable| unreachable.get(output.name())) else {
            return Ok(());
        };
        let message = format!("The output '{}' cannot be used: {}", output.name(), reason.message);
        let diagnostic = Diagnostic::error(Code::OUTPUT_UNREACHABLE, message);
        Err(match &reason.hint {
            Some(hint) => diagnostic.hint(hint),
            None => diagnostic,
        })
    }
}

fn prepare_output(run: &Run, session: &Arc<Session>) -> Result<()> {
    let (graph, output) = (run.compiler.graph(), session.output().name());
    let tasks = run.tasks.values().filter(|task| task.target(graph) == output);
    let dialect = session.dialect();
    let store_failures = run.compiler.graph().invocation.flags.store_failures;
    let mut needed = BTreeMap::new();
    let built = tasks.filter_map(|task| match task {
        Task::Load(source) => Some(&source.relation),
        Task::Transfer(transfer) => Some(&transfer.relation),
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
