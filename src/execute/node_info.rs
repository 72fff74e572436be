//! Nodes as events name them.

use crate::event::NodeInfo;
use crate::plan::UnitTest;
use crate::resolve::{Exposure, Node, NodeKind, Source, Transfer, UniqueId};
use serde_json::Value as Json;
use std::sync::Arc;

/// The node as events name it, with its place among those that run.
pub(super) fn node_info(node: &Node, index: usize, total: usize) -> Arc<NodeInfo> {
    let materialized = match &node.kind {
        NodeKind::GenericTest(_) | NodeKind::SingularTest => "test",
        NodeKind::Seed { .. } => "seed",
        NodeKind::Snapshot => "snapshot",
        NodeKind::Function(_) => "function",
        _ => node.config.materialized(),
    };
    let display = match &node.kind {
        NodeKind::GenericTest(_) | NodeKind::SingularTest | NodeKind::Operation { .. } => node.name.clone(),
        _ => format!("{}.{}", node.schema, node.alias),
    };
    Arc::new(NodeInfo {
        unique_id: node.unique_id.clone(),
        resource_type: node.resource_type().as_str(),
        name: node.name.clone(),
        materialized: materialized.to_owned(),
        relation_name: node.relation.as_ref().map(ToString::to_string),
        display,
        path: node.original_file_path.clone(),
        index,
        total,
    })
}

/// A unit test as events name it.
pub(super) fn unit_test_info(test: &UnitTest, index: usize, total: usize) -> Arc<NodeInfo> {
    Arc::new(NodeInfo {
        unique_id: test.unique_id.clone(),
        resource_type: "unit_test",
        name: test.name.clone(),
        materialized: "unit".to_owned(),
        relation_name: None,
        display: format!("{}::{}", test.model.name, test.name),
        path: test.path.clone(),
        index,
        total,
    })
}

/// A source as events name it.
pub(super) fn source_info(source: &Source, index: usize, total: usize) -> NodeInfo {
    NodeInfo {
        unique_id: source.unique_id.clone(),
        resource_type: "source",
        name: source.name.clone(),
        materialized: "source".into(),
        relation_name: Some(source.relation.to_string()),
        display: format!("{}.{}", source.source_name, source.name),
        path: source.original_file_path.clone(),
        index,
        total,
    }
}

/// A transfer as events name it.
pub(super) fn transfer_info(transfer: &Transfer, index: usize, total: usize) -> NodeInfo {
    NodeInfo {
        unique_id: transfer.unique_id.clone(),
        resource_type: "transfer",
        name: transfer.name.clone(),
        materialized: "transfer".into(),
        relation_name: Some(transfer.relation.to_string()),
        display: format!("{} from {} to {}", transfer.name, transfer.from, transfer.to),
        path: transfer.path.clone(),
        index,
        total,
    }
}

/// An exposure as events name it, outside of any order.
pub(super) fn exposure_info(exposure: &Exposure) -> NodeInfo {
    idle("exposure", &exposure.unique_id, &exposure.name, &exposure.original_file_path)
}

/// A saved query as events name it, outside of any order.
pub(super) fn saved_query_info(id: &UniqueId, document: &Json) -> NodeInfo {
    let text = |key: &str| document.get(key).and_then(Json::as_str).unwrap_or_default();
    idle("saved_query", id, text("name"), text("original_file_path"))
}

fn idle(resource_type: &'static str, id: &UniqueId, name: &str, path: &str) -> NodeInfo {
    NodeInfo {
        unique_id: id.clone(),
        resource_type,
        name: name.to_owned(),
        materialized: String::new(),
        relation_name: None,
        display: name.to_owned(),
        path: path.to_owned(),
        index: 0,
        total: 0,
    }
}
