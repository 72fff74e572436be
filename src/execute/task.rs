//! What a run works on.

use super::node_info::{node_info, unit_test_info};
use crate::diagnostics::Span;
use crate::event::NodeInfo;
use crate::plan::UnitTest;
use crate::resolve::{Graph, Node, ResourceType, UniqueId};
use std::collections::BTreeMap;
use std::sync::Arc;

/// A node or a unit test.
#[derive(Clone)]
pub(super) enum Task {
    Node(Arc<Node>),
    UnitTest(Arc<UnitTest>),
}

impl Task {
    /// What a unique id names; `None` where it is nothing that runs.
    pub(super) fn of(id: &UniqueId, graph: &Graph) -> crate::diagnostics::Result<Option<Self>> {
        if let Some(node) = graph.nodes.get(id) {
            return Ok(Some(Self::Node(node.clone())));
        }
        let test = graph.unit_tests.get(id).map(|document| UnitTest::read(id, document, graph));
        Ok(test.transpose()?.map(|test| Self::UnitTest(Arc::new(test))))
    }

    pub(super) fn node(&self) -> Option<&Arc<Node>> {
        match self {
            Self::Node(node) => Some(node),
            Self::UnitTest(_) => None,
        }
    }

    /// Whether what is built from its parents waits for it.
    pub(super) fn is_data_test(&self) -> bool {
        self.node().is_some_and(|node| node.is_test())
    }

    pub(super) fn info(&self, index: usize, total: usize) -> Arc<NodeInfo> {
        match self {
            Self::Node(node) => node_info(node, index, total),
            Self::UnitTest(test) => unit_test_info(test, index, total),
        }
    }

    pub(super) fn name(&self) -> &str {
        match self {
            Self::Node(node) => &node.name,
            Self::UnitTest(test) => &test.name,
        }
    }

    pub(super) fn span(&self) -> &Span {
        match self {
            Self::Node(node) => &node.span,
            Self::UnitTest(test) => &test.model.span,
        }
    }

    /// A few words on its kind.
    fn kind(&self) -> &str {
        let Self::Node(node) = self else { return "unit test" };
        match node.resource_type() {
            ResourceType::Test => "data test",
            ResourceType::Model => match node.config.materialized() {
                "view" => "view model",
                "table" => "table model",
                "incremental" => "incremental model",
                _ => "model",
            },
            other => other.as_str(),
        }
    }
}

/// How many tasks of each kind there are: `2 data tests, 1 view model`.
pub(super) fn summary<'a>(tasks: impl Iterator<Item = &'a Task>) -> String {
    let mut counts: BTreeMap<&str, usize> = BTreeMap::new();
    tasks.for_each(|task| *counts.entry(task.kind()).or_default() += 1);
    let phrase = |(what, count): (&str, usize)| match (what, count) {
        (_, 1) => format!("1 {what}"),
        ("analysis", _) => format!("{count} analyses"),
        _ => format!("{count} {what}s"),
    };
    counts.into_iter().map(phrase).collect::<Vec<_>>().join(", ")
}
