//! What waits for tests, beside what is built from other nodes.

use super::task::Task;
use crate::dag::Dag;
use crate::resolve::UniqueId;
use std::collections::HashMap;
use std::sync::Arc;

type Edge = (UniqueId, UniqueId);

/// Lets nodes wait for tests. What is built from a node waits for the node's data tests; a test of several nodes holds
/// up what is built from all of them. A unit test needs only what its model needs, and the model waits for it.
pub(super) fn with_gates(order: &Dag, tasks: &HashMap<UniqueId, Task>) -> Dag {
    let ids: Vec<_> = order.ids().cloned().collect();
    let is_unit_test = |id: &UniqueId| matches!(tasks.get(id), Some(Task::UnitTest(_)));
    let edges = ids.iter().flat_map(|id| order.parents(id).map(|parent| (parent.clone(), id.clone())));
    let mut edges: Vec<Edge> = edges.filter(|(_, child)| !is_unit_test(child)).collect();
    for id in &ids {
        match tasks.get(id) {
            Some(Task::UnitTest(test)) if order.contains(&test.model.unique_id) => {
                let model = &test.model.unique_id;
                edges.extend(order.parents(model).map(|parent| (parent.clone(), id.clone())));
                edges.push((id.clone(), model.clone()));
            }
            Some(task) if task.is_data_test() => edges.extend(held_up(order, id, tasks)),
            _ => {}
        }
    }
    Dag::new(ids, edges)
}

/// From a data test to the first nodes that are built from all its parents; the others come after these.
fn held_up(order: &Dag, test: &UniqueId, tasks: &HashMap<UniqueId, Task>) -> Vec<Edge> {
    let is_test = |id: &UniqueId| tasks.get(id).is_some_and(|task| task.is_data_test() || task.node().is_none());
    let below = order.parents(test).map(|parent| order.descendants(parent, None));
    let Some(below) = below.reduce(|a, b| a.intersection(&b).cloned().collect()) else { return vec![] };
    let is_first = |id: &&Arc<str>| order.parents(id).all(|parent| !below.contains(parent));
    below.iter().filter(|id| !is_test(id)).filter(is_first).map(|id| (test.clone(), id.clone())).collect()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::plan::sample::{model, node};
    use crate::resolve::NodeKind;
    use serde_json::json;

    #[test]
    fn a_test_holds_up_what_is_built_from_all_its_parents() {
        let ids = ["a", "b", "c", "d", "one", "both"].map(UniqueId::from);
        let edges = [("a", "c"), ("b", "d"), ("c", "d"), ("a", "one"), ("a", "both"), ("b", "both")];
        let order = Dag::new(ids.clone(), edges.map(|(a, b)| (a.into(), b.into())));
        let task = |id: &UniqueId| match id.as_ref() {
            "one" | "both" => Task::Node(Arc::new(node(NodeKind::SingularTest, json!({})))),
            _ => Task::Node(Arc::new(model(json!({})))),
        };
        let gated = with_gates(&order, &ids.iter().map(|id| (id.clone(), task(id))).collect());
        let waiting = |test: &str| gated.children(test).map(ToString::to_string).collect::<Vec<_>>();
        assert_eq!(waiting("one"), ["c"]);
        assert_eq!(waiting("both"), ["d"]);
    }
}
