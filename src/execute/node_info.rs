//! Nodes as events name them.

use crate::event::NodeInfo;
use crate::plan::UnitTest;
use crate::resolve::{Node, NodeKind};
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
