//! What a run works on.

use super::node_info::{exposure_info, node_info, saved_query_info, source_info, transfer_info, unit_test_info};
use crate::dag::Dag;
use crate::diagnostics::Span;
use crate::event::NodeInfo;
use crate::plan::UnitTest;
use crate::resolve::{Graph, Node, ResourceType, Source, Transfer, UniqueId};
use std::borrow::Cow;
use std::collections::{BTreeMap, HashMap};
use std::sync::Arc;

/// Something that takes its turn in a run.
#[derive(Clone)]
pub(super) enum Task {
    Node(Arc<Node>),
    UnitTest(Arc<UnitTest>),
    /// A source whose table is loaded from files, for what reads it.
    Load(Arc<Source>),
    /// Rows that go to another output, for what reads them there.
    Transfer(Arc<Transfer>),
    /// An exposure or a saved query: there is nothing to do for it once everything that it stands on is done.
    NoOp(NodeInfo),
}

impl Task {
    /// What a unique id names; `None` where it is nothing that runs.
    pub(super) fn of(id: &UniqueId, graph: &Graph) -> crate::diagnostics::Result<Option<Self>> {
        if let Some(node) = graph.nodes.get(id) {
            return Ok(Some(Self::Node(node.clone())));
        }
        let saved_query = graph.saved_queries.get(id).map(|document| saved_query_info(id, document));
        if let Some(info) = graph.exposures.get(id).map(|exposure| exposure_info(exposure)).or(saved_query) {
            return Ok(Some(Self::NoOp(info)));
        }
        let test = graph.unit_tests.get(id).map(|document| UnitTest::read(id, document, graph));
        Ok(test.transpose()?.map(|test| Self::UnitTest(Arc::new(test))))
    }

    pub(super) fn node(&self) -> Option<&Arc<Node>> {
        match self {
            Self::Node(node) => Some(node),
            Self::UnitTest(_) | Self::Load(_) | Self::Transfer(_) | Self::NoOp(_) => None,
        }
    }

    /// The sources it reads that are loaded from files.
    pub(super) fn file_sources(&self, graph: &Graph) -> Vec<Arc<Source>> {
        match self {
            Self::Node(node) => file_sources(node, graph),
            Self::UnitTest(test) => file_sources(&test.model, graph),
            Self::Load(_) | Self::Transfer(_) | Self::NoOp(_) => vec![],
        }
    }

    /// Whether what is built from its parents waits for it.
    pub(super) fn is_data_test(&self) -> bool {
        self.node().is_some_and(|node| node.is_test())
    }

    /// Whether it waits for the data tests of what it is built from.
    pub(super) fn is_held_up_by_tests(&self) -> bool {
        self.node().is_some_and(|node| !node.is_test()) || matches!(self, Self::Transfer(_))
    }

    /// Whether it writes for those that read it, whatever is done with these.
    pub(super) fn prepares_others(&self) -> bool {
        matches!(self, Self::Load(_) | Self::Transfer(_))
    }

    pub(super) fn info(&self, index: usize, total: usize) -> Arc<NodeInfo> {
        match self {
            Self::Node(node) => node_info(node, index, total),
            Self::UnitTest(test) => unit_test_info(test, index, total),
            Self::Load(source) => Arc::new(source_info(source, index, total)),
            Self::Transfer(transfer) => Arc::new(transfer_info(transfer, index, total)),
            Self::NoOp(info) => Arc::new(NodeInfo { index, total, ..info.clone() }),
        }
    }

    pub(super) fn name(&self) -> &str {
        match self {
            Self::Node(node) => &node.name,
            Self::UnitTest(test) => &test.name,
            Self::Load(source) => &source.name,
            Self::Transfer(transfer) => &transfer.name,
            Self::NoOp(info) => &info.name,
        }
    }

    /// Where its code is, if it has any.
    pub(super) fn span(&self) -> Option<&Span> {
        match self {
            Self::Node(node) => Some(&node.span),
            Self::UnitTest(test) => Some(&test.model.span),
            Self::Load(source) => Some(&source.span),
            Self::Transfer(transfer) => Some(&transfer.span),
            Self::NoOp(_) => None,
        }
    }

    /// A few words on its kind.
    fn kind(&self) -> &str {
        let node = match self {
            Self::Node(node) => node,
            Self::UnitTest(_) => return "unit test",
            Self::Load(_) => return "file source",
            Self::Transfer(_) => return "transfer",
            Self::NoOp(info) if info.resource_type == "saved_query" => return "saved query",
            Self::NoOp(_) => return "exposure",
        };
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

/// The sources from files that a node reads, itself or through ephemeral models.
fn file_sources(node: &Node, graph: &Graph) -> Vec<Arc<Source>> {
    let through = |id: &UniqueId| match graph.nodes.get(id).filter(|parent| parent.is_ephemeral()) {
        Some(parent) => file_sources(parent, graph),
        None => graph.file_source(id).cloned().into_iter().collect(),
    };
    node.depends_on.iter().flat_map(through).collect()
}

/// The transfers that tasks need, each once.
pub(super) fn transfers(tasks: &HashMap<UniqueId, Task>, graph: &Graph) -> Vec<Arc<Transfer>> {
    if graph.outputs.used().len() == 1 {
        return vec![];
    }
    let needed = tasks.values().flat_map(|task| match task {
        Task::Node(node) => graph.transfers(node),
        Task::UnitTest(test) => graph.transfers(&test.model),
        Task::Load(_) | Task::Transfer(_) | Task::NoOp(_) => vec![],
    });
    let once: BTreeMap<UniqueId, Transfer> = needed.map(|transfer| (transfer.unique_id.clone(), transfer)).collect();
    once.into_values().map(Arc::new).collect()
}

/// The graph with transfers between what they move and what reads it in another output.
pub(super) fn with_transfers<'d>(dag: &'d Dag, transfers: &[Arc<Transfer>], graph: &Graph) -> Cow<'d, Dag> {
    if transfers.is_empty() {
        return Cow::Borrowed(dag);
    }
    let ids: Vec<_> = dag.ids().cloned().chain(transfers.iter().map(|transfer| transfer.unique_id.clone())).collect();
    let mut edges: Vec<(UniqueId, UniqueId)> = vec![];
    for child in dag.ids() {
        edges.extend(dag.parents(child).map(|parent| (parent.clone(), child.clone())));
    }
    for transfer in transfers {
        edges.push((transfer.parent.clone(), transfer.unique_id.clone()));
        let is_there = |id: &&UniqueId| graph.nodes.get(*id).is_some_and(|node| node.target == transfer.to);
        let readers = dag.children(&transfer.parent).filter(is_there);
        edges.extend(readers.map(|reader| (transfer.unique_id.clone(), reader.clone())));
    }
    Cow::Owned(Dag::new(ids, edges))
}

/// How many tasks of each kind there are: `2 data tests, 1 view model`.
pub(super) fn summary<'a>(tasks: impl Iterator<Item = &'a Task>) -> String {
    let mut counts: BTreeMap<&str, usize> = BTreeMap::new();
    tasks.for_each(|task| *counts.entry(task.kind()).or_default() += 1);
    let phrase = |(what, count): (&str, usize)| match (what, count) {
        (_, 1) => format!("1 {what}"),
        ("analysis", _) => format!("{count} analyses"),
        ("saved query", _) => format!("{count} saved queries"),
        _ => format!("{count} {what}s"),
    };
    counts.into_iter().map(phrase).collect::<Vec<_>>().join(", ")
}
