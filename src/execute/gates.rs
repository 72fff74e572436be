//! What waits for tests, beside what is built from other nodes.

use super::task::Task;
use crate::dag::Dag;
use crate::resolve::UniqueId;
use std::collections::{HashMap, HashSet};
use std::sync::Arc;

type Edge = (UniqueId, UniqueId);

/// The tasks in their order in `dag`, with nodes waiting for tests. What is built from a node waits for the node's data
/// tests; a test of several nodes holds up what is built from all of them, whether these are part of the run or not. A
/// unit test needs only what its model needs, and the model waits for it.
pub(super) fn with_gates(dag: &Dag, tasks: &HashMap<UniqueId, Task>) -> Dag {
    let chosen: HashSet<UniqueId> = tasks.keys().cloned().collect();
    let is_data_test = |id: &UniqueId| tasks.get(id).is_some_and(Task::is_data_test);
    let tested = tasks.keys().filter(|id| is_data_test(id)).flat_map(|id| dag.parents(id)).cloned();
    let around = dag.subgraph(&tested.chain(chosen.iter().cloned()).collect());
    let order = dag.subgraph(&chosen);
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
            // What it needs of its model's needs when the model is not built: tables that others fill.
            Some(Task::UnitTest(_)) => {
                let prepares = |parent: &&UniqueId| tasks.get(*parent).is_some_and(Task::prepares_others);
                edges.extend(order.parents(id).filter(prepares).map(|parent| (parent.clone(), id.clone())));
            }
            Some(task) if task.is_data_test() => edges.extend(held_up(&around, id, tasks)),
            _ => {}
        }
    }
    Dag::new(ids, edges)
}

/// From a data test to the first nodes that are built from all its parents; the others come after these.
fn held_up(around: &Dag, test: &UniqueId, tasks: &HashMap<UniqueId, Task>) -> Vec<Edge> {
    let waits = |id: &UniqueId| tasks.get(id).is_some_and(Task::is_held_up_by_tests);
    let parents: Vec<_> = around.parents(test).collect();
    // What is built from a parent is built from that parent's own parents, too.
    let is_last = |parent: &&&Arc<str>| !parents.iter().any(|other| around.reaches(parent, other));
    let first = match parents.iter().filter(is_last).collect::<Vec<_>>().as_slice() {
        [] => vec![],
        [parent] => first_below(around, parent, waits),
        several => first_below_all(around, several, waits),
    };
    first.into_iter().map(|id| (test.clone(), id)).collect()
}

/// The first nodes below one that wait.
fn first_below(around: &Dag, parent: &Arc<str>, waits: impl Fn(&UniqueId) -> bool) -> Vec<UniqueId> {
    let (mut first, mut seen, mut open) = (vec![], HashSet::new(), vec![parent]);
    while let Some(id) = open.pop() {
        for child in around.children(id).filter(|child| seen.insert(*child)) {
            if waits(child) {
                first.push(child.clone());
            } else {
                open.push(child);
            }
        }
    }
    first
}

/// The first nodes below several that wait.
fn first_below_all(around: &Dag, parents: &[&&Arc<str>], waits: impl Fn(&UniqueId) -> bool) -> Vec<UniqueId> {
    let below = parents.iter().map(|parent| around.descendants(parent, None));
    let below = below.reduce(|a, b| a.intersection(&b).cloned().collect()).unwrap_or_default();
    let below: HashSet<UniqueId> = below.into_iter().filter(waits).collect();
    let is_first = |id: &&Arc<str>| around.parents(id).all(|parent| !below.contains(parent));
    below.iter().filter(is_first).cloned().collect()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::plan::sample::{model, node};
    use crate::resolve::NodeKind;
    use serde_json::json;

    fn gated(edges: &[(&str, &str)], ids: &[&str]) -> Dag {
        let all = edges.iter().flat_map(|(a, b)| [UniqueId::from(*a), UniqueId::from(*b)]);
        let dag = Dag::new(all, edges.iter().map(|(a, b)| (Arc::from(*a), Arc::from(*b))));
        let task = |id: &str| match id.starts_with("test") {
            true => Task::Node(Arc::new(node(NodeKind::SingularTest, json!({})))),
            false => Task::Node(Arc::new(model(json!({})))),
        };
        with_gates(&dag, &ids.iter().map(|id| (UniqueId::from(*id), task(id))).collect())
    }

    fn waiting(dag: &Dag, test: &str) -> Vec<String> {
        dag.children(test).map(ToString::to_string).collect()
    }

    #[test]
    fn a_test_holds_up_what_is_built_from_all_its_parents() {
        let edges = [("a", "c"), ("b", "d"), ("c", "d"), ("a", "test_one"), ("a", "test_both"), ("b", "test_both")];
        let dag = gated(&edges, &["a", "b", "c", "d", "test_one", "test_both"]);
        assert_eq!(waiting(&dag, "test_one"), ["c"]);
        assert_eq!(waiting(&dag, "test_both"), ["d"]);
    }

    #[test]
    fn a_test_of_a_node_and_its_parent_holds_up_what_is_built_from_the_node() {
        let edges = [("a", "b"), ("b", "c"), ("a", "x"), ("a", "test_both"), ("b", "test_both")];
        assert_eq!(waiting(&gated(&edges, &["a", "b", "c", "x", "test_both"]), "test_both"), ["c"]);
    }

    #[test]
    fn a_test_of_what_is_not_built_in_this_run_holds_up_as_well() {
        let edges = [("source", "a"), ("source", "test_source"), ("a", "b"), ("b", "c"), ("a", "test_a")];
        assert_eq!(waiting(&gated(&edges, &["a", "test_source"]), "test_source"), ["a"]);
        assert_eq!(waiting(&gated(&edges, &["c", "test_a"]), "test_a"), ["c"]);
    }
}
