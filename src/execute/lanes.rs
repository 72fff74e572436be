//! Threads by the output of the profile that they work for.

use super::run::Run;
use super::task::Task;
use crate::compile::{Compiler, Session};
use crate::resolve::{Graph, UniqueId};
use indexmap::IndexMap;
use std::collections::HashMap;
use std::sync::Arc;

/// The threads of a run. Each works for one output, with a session of its own; an output has as many as its `threads`
/// say.
pub(super) struct Lanes {
    sessions: Vec<Arc<Session>>,
    /// The lane of each thread: the place of its output among those in use.
    threads: Vec<usize>,
    /// The place of each output.
    places: IndexMap<String, usize>,
}

impl Lanes {
    /// Threads for these tasks, but no more than there are tasks.
    pub(super) fn new(compiler: &Arc<Compiler>, tasks: &HashMap<UniqueId, Task>) -> Self {
        let graph = compiler.graph();
        let mut counts: HashMap<&str, usize> = HashMap::new();
        tasks.values().for_each(|task| *counts.entry(task.target(graph)).or_default() += 1);
        let (mut lanes, default) = (Self::none(), graph.outputs.default().name());
        for output in graph.outputs.used() {
            let count = counts.get(output.name()).copied().unwrap_or(0);
            if count > 0 || output.name() == default && tasks.is_empty() {
                lanes.add(compiler, output.name(), output.target.threads.clamp(1, count.max(1)));
            }
        }
        lanes
    }

    fn none() -> Self {
        Self { sessions: vec![], threads: vec![], places: IndexMap::new() }
    }

    fn add(&mut self, compiler: &Arc<Compiler>, output: &str, threads: usize) {
        let place = self.places.len();
        self.places.insert(output.to_owned(), place);
        for _ in 0..threads {
            let name = format!("Thread-{}", self.sessions.len() + 1);
            self.sessions.push(compiler.session_with(&name, output));
            self.threads.push(place);
        }
    }

    /// The session of a thread.
    pub(super) fn session(&self, thread: usize) -> Option<&Arc<Session>> {
        self.sessions.get(thread)
    }

    /// All sessions.
    pub(super) fn sessions(&self) -> &[Arc<Session>] {
        &self.sessions
    }

    /// The lane of each thread.
    pub(super) fn threads(&self) -> &[usize] {
        &self.threads
    }

    /// The lane of an output.
    pub(super) fn place(&self, output: &str) -> usize {
        self.places.get(output).copied().unwrap_or(0)
    }

    /// The outputs in use.
    pub(super) fn outputs(&self) -> impl Iterator<Item = &str> {
        self.places.keys().map(String::as_str)
    }
}

impl Task {
    /// The output that it works for.
    pub(super) fn target<'a>(&'a self, graph: &'a Graph) -> &'a str {
        match self {
            Self::Node(node) => &node.target,
            Self::UnitTest(test) => &test.model.target,
            Self::Load(source) => &source.target,
            Self::Transfer(transfer) => &transfer.to,
            Self::NoOp(_) => graph.outputs.default().name(),
        }
    }
}

impl Run {
    /// The lane of a task.
    pub(super) fn lane(&self, id: &Arc<str>) -> usize {
        let task = self.tasks.get(id);
        task.map_or(0, |task| self.lanes.place(task.target(self.compiler.graph())))
    }
}
