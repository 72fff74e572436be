//! A directed acyclic graph of named nodes: who comes before whom.

use foldhash::fast::RandomState;
use indexmap::IndexSet;
use petgraph::Direction;
use petgraph::graph::{DiGraph, NodeIndex};
use std::collections::{HashSet, VecDeque};
use std::sync::Arc;

/// A graph over unique ids; an edge leads from a node to one that depends on it.
#[derive(Debug, Clone, Default)]
pub struct Dag {
    ids: IndexSet<Arc<str>, RandomState>,
    edges: DiGraph<(), ()>,
}

impl Dag {
    /// Builds the graph of `ids`; `edges` are (parent, child) pairs, those with an unknown end are left out.
    pub fn new(ids: impl IntoIterator<Item = Arc<str>>, edges: impl IntoIterator<Item = (Arc<str>, Arc<str>)>) -> Self {
        let mut dag = Self::default();
        for id in ids {
            if dag.ids.insert(id) {
                dag.edges.add_node(());
            }
        }
        // To look for an edge in the graph takes as long as its ends have neighbours.
        let mut known = HashSet::with_hasher(RandomState::default());
        for (parent, child) in edges {
            if let (Some(parent), Some(child)) = (dag.index(&parent), dag.index(&child))
                && known.insert((parent, child))
            {
                dag.edges.add_edge(parent, child, ());
            }
        }
        dag
    }

    fn index(&self, id: &str) -> Option<NodeIndex> {
        self.ids.get_index_of(id).map(NodeIndex::new)
    }

    fn id(&self, index: NodeIndex) -> &Arc<str> {
        &self.ids[index.index()]
    }

    /// All nodes, in the order they were given.
    pub fn ids(&self) -> impl Iterator<Item = &Arc<str>> {
        self.ids.iter()
    }

    /// Whether the node exists.
    pub fn contains(&self, id: &str) -> bool {
        self.ids.contains(id)
    }

    /// The nodes that `id` depends on directly.
    pub fn parents(&self, id: &str) -> impl Iterator<Item = &Arc<str>> {
        self.neighbours(id, Direction::Incoming)
    }

    /// The nodes that depend on `id` directly.
    pub fn children(&self, id: &str) -> impl Iterator<Item = &Arc<str>> {
        self.neighbours(id, Direction::Outgoing)
    }

    fn neighbours(&self, id: &str, direction: Direction) -> impl Iterator<Item = &Arc<str>> {
        let index = self.index(id);
        index.into_iter().flat_map(move |i| self.edges.neighbors_directed(i, direction)).map(|i| self.id(i))
    }

    /// Everything `id` depends on, at most `depth` edges away (`None`: all), without itself.
    pub fn ancestors(&self, id: &str, depth: Option<usize>) -> HashSet<Arc<str>> {
        self.reach([id], depth, Direction::Incoming)
    }

    /// Everything that depends on `id`, at most `depth` edges away (`None`: all), without itself.
    pub fn descendants(&self, id: &str, depth: Option<usize>) -> HashSet<Arc<str>> {
        self.reach([id], depth, Direction::Outgoing)
    }

    /// Everything that any of these depends on, at most `depth` edges away.
    pub fn ancestors_of_any<'i>(
        &self,
        ids: impl IntoIterator<Item = &'i Arc<str>>,
        depth: Option<usize>,
    ) -> HashSet<Arc<str>> {
        self.reach(ids.into_iter().map(AsRef::as_ref), depth, Direction::Incoming)
    }

    /// Everything that depends on any of these, at most `depth` edges away.
    pub fn descendants_of_any<'i>(
        &self,
        ids: impl IntoIterator<Item = &'i Arc<str>>,
        depth: Option<usize>,
    ) -> HashSet<Arc<str>> {
        self.reach(ids.into_iter().map(AsRef::as_ref), depth, Direction::Outgoing)
    }

    /// Whether `to` depends on `from`, however far. Looks from both ends in turn, so that near ones are found soon.
    pub fn reaches(&self, from: &str, to: &str) -> bool {
        let (Some(from), Some(to)) = (self.index(from), self.index(to)) else { return false };
        let mut ends = [(from, to, Direction::Outgoing), (to, from, Direction::Incoming)]
            .map(|(start, goal, direction)| (vec![start], HashSet::new(), goal, direction));
        loop {
            for (open, seen, goal, direction) in &mut ends {
                let Some(index) = open.pop() else { return false };
                for next in self.edges.neighbors_directed(index, *direction) {
                    if next == *goal {
                        return true;
                    }
                    if seen.insert(next) {
                        open.push(next);
                    }
                }
            }
        }
    }

    fn reach<'i>(
        &self,
        ids: impl IntoIterator<Item = &'i str>,
        depth: Option<usize>,
        direction: Direction,
    ) -> HashSet<Arc<str>> {
        let mut seen = HashSet::new();
        let known = ids.into_iter().filter_map(|id| self.index(id));
        let mut queue: VecDeque<_> = known.map(|index| (index, 0)).collect();
        while let Some((index, distance)) = queue.pop_front() {
            if depth.is_some_and(|depth| distance >= depth) {
                continue;
            }
            for next in self.edges.neighbors_directed(index, direction) {
                if seen.insert(self.id(next).clone()) {
                    queue.push_back((next, distance + 1));
                }
            }
        }
        seen
    }

    /// Every node after its parents; among free ones the order they were given in. A cycle's nodes are left out.
    pub fn topological(&self) -> Vec<Arc<str>> {
        let mut missing: Vec<usize> =
            self.edges.node_indices().map(|i| self.edges.neighbors_directed(i, Direction::Incoming).count()).collect();
        let free = self.edges.node_indices().filter(|i| missing[i.index()] == 0);
        let mut ready: std::collections::BTreeSet<NodeIndex> = free.collect();
        let mut order = Vec::with_capacity(self.ids.len());
        while let Some(index) = ready.pop_first() {
            order.push(self.id(index).clone());
            for child in self.edges.neighbors_directed(index, Direction::Outgoing) {
                missing[child.index()] -= 1;
                if missing[child.index()] == 0 {
                    ready.insert(child);
                }
            }
        }
        order
    }

    /// A cycle, if there is one: each node depends on the one before it, the first on the last.
    pub fn cycle(&self) -> Option<Vec<Arc<str>>> {
        // The search for cycles recurses: a long chain without one should not come to it.
        if self.topological().len() == self.ids.len() {
            return None;
        }
        let component = petgraph::algo::tarjan_scc(&self.edges)
            .into_iter()
            .find(|scc| scc.len() > 1 || scc.iter().any(|i| self.edges.contains_edge(*i, *i)))?;
        let members: HashSet<_> = component.iter().copied().collect();
        // Walk inside the component until a node comes again: the walk between its two visits is a cycle.
        let mut path = vec![*component.iter().min()?];
        loop {
            let last = *path.last()?;
            let next = self.edges.neighbors(last).filter(|i| members.contains(i)).min()?;
            if let Some(start) = path.iter().position(|i| *i == next) {
                return Some(path[start..].iter().map(|i| self.id(*i).clone()).collect());
            }
            path.push(next);
        }
    }

    /// The graph of the nodes in `keep` alone; a path through left-out nodes becomes an edge.
    pub fn subgraph(&self, keep: &HashSet<Arc<str>>) -> Dag {
        let mut edges = vec![];
        for parent in self.ids.iter().filter(|id| keep.contains(*id)) {
            let mut seen = HashSet::new();
            let mut stack: Vec<_> = self.index(parent).into_iter().collect();
            while let Some(index) = stack.pop() {
                for next in self.edges.neighbors(index) {
                    if !seen.insert(next) {
                        continue;
                    }
                    if keep.contains(self.id(next)) {
                        edges.push((parent.clone(), self.id(next).clone()));
                    } else {
                        stack.push(next);
                    }
                }
            }
        }
        Dag::new(self.ids.iter().filter(|id| keep.contains(*id)).cloned(), edges)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn dag(edges: &[(&str, &str)]) -> Dag {
        let ids: IndexSet<Arc<str>> = edges.iter().flat_map(|(a, b)| [Arc::from(*a), Arc::from(*b)]).collect();
        Dag::new(ids, edges.iter().map(|(a, b)| (Arc::from(*a), Arc::from(*b))))
    }

    fn set(ids: &[&str]) -> HashSet<Arc<str>> {
        ids.iter().map(|id| Arc::from(*id)).collect()
    }

    #[test]
    fn reach_is_limited_by_depth() {
        let dag = dag(&[("a", "b"), ("b", "c"), ("c", "d")]);
        assert_eq!(dag.ancestors("d", None), set(&["a", "b", "c"]));
        assert_eq!(dag.descendants("a", Some(2)), set(&["b", "c"]));
        assert_eq!(dag.descendants_of_any(&set(&["a", "c"]), Some(1)), set(&["b", "d"]));
        assert_eq!(dag.ancestors_of_any(&set(&["b", "d"]), None), set(&["a", "b", "c"]));
    }

    #[test]
    fn what_depends_on_a_node_is_reached_from_it() {
        let dag = dag(&[("a", "b"), ("b", "c"), ("x", "c"), ("c", "d")]);
        assert!(dag.reaches("a", "d") && dag.reaches("a", "b") && dag.reaches("x", "d"));
        assert!(
            !dag.reaches("d", "a") && !dag.reaches("x", "b") && !dag.reaches("a", "a") && !dag.reaches("a", "nowhere")
        );
    }

    #[test]
    fn a_subgraph_keeps_paths_through_what_is_left_out() {
        let dag = dag(&[("a", "b"), ("b", "c")]).subgraph(&set(&["a", "c"]));
        assert_eq!(dag.children("a").map(|id| id.to_string()).collect::<Vec<_>>(), ["c"]);
    }

    #[test]
    fn the_whole_cycle_is_found() {
        assert!(dag(&[("a", "b"), ("b", "c")]).cycle().is_none());
        let cycle = dag(&[("x", "b"), ("b", "c"), ("c", "d"), ("d", "b")]).cycle().unwrap();
        assert_eq!(cycle.len(), 3);
        assert!(!cycle.contains(&Arc::from("x")));
    }

    #[test]
    fn topological_order_is_stable() {
        let order = dag(&[("c", "z"), ("a", "z"), ("z", "b")]).topological();
        assert_eq!(order.iter().map(|id| id.as_ref()).collect::<Vec<_>>(), ["c", "a", "z", "b"]);
    }
}
