//! What a call did, as far as people are told of it.

use crate::event::{Event, EventSink, NodeResult, Status};
use crate::report::tally::Tally;
use crate::resolve::Graph;
use std::collections::{BTreeMap, BTreeSet};
use std::sync::{Arc, Mutex, MutexGuard, OnceLock, PoisonError};
use std::time::Duration;

/// Keeps count of a run's nodes.
#[derive(Default)]
pub struct Account {
    counted: Mutex<Counted>,
    graph: OnceLock<Arc<Graph>>,
}

/// What was counted.
#[derive(Debug, Clone, Default)]
pub(super) struct Counted {
    /// The run's target, once it has begun.
    pub target: Option<String>,
    pub tally: Tally,
    /// The nodes that failed, by unique id.
    pub failed: BTreeMap<String, Failed>,
    /// The unique ids of the nodes that did not.
    pub well: BTreeSet<String>,
    /// How long the run took.
    pub elapsed: Option<Duration>,
}

/// A node that failed.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Failed {
    /// Its type and name.
    pub title: String,
    /// What was wrong, in a line.
    pub message: String,
}

impl Account {
    /// The project whose nodes are run.
    pub fn knows(&self, graph: &Arc<Graph>) {
        let _ = self.graph.set(graph.clone());
    }

    /// Whether the project may have the node; one that was never read may have any.
    pub(super) fn may_have(&self, unique_id: &str) -> bool {
        self.graph.get().is_none_or(|graph| graph.dag().contains(unique_id))
    }

    pub(super) fn counted(&self) -> Counted {
        self.lock().clone()
    }

    fn lock(&self) -> MutexGuard<'_, Counted> {
        self.counted.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl EventSink for Account {
    fn emit(&self, event: Event) {
        match event {
            Event::RunStarted { target, .. } => self.lock().target = Some(target),
            Event::RunFinished { elapsed, .. } => self.lock().elapsed = Some(elapsed),
            Event::NodeFinished(node, result) => {
                let mut counted = self.lock();
                counted.tally.add(&result);
                let id = node.unique_id.to_string();
                if result.status.is_failure() {
                    let title = format!("{} {}", node.resource_type, node.name);
                    counted.failed.insert(id, Failed { title, message: first_line(&result) });
                } else if result.status != Status::Skipped {
                    counted.well.insert(id);
                }
            }
            _ => {}
        }
    }
}

/// The error's first line: those below it may quote rows.
fn first_line(result: &NodeResult) -> String {
    let said = result.diagnostic.as_ref().map(|diagnostic| diagnostic.message.as_str());
    let said = said.or(result.message.as_deref()).unwrap_or("failed");
    said.trim().lines().next().unwrap_or_default().to_owned()
}
