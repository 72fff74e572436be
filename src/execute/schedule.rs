//! Which node may start next. Pure: knows ids and edges alone.

use crate::dag::Dag;
use std::collections::{BTreeSet, HashMap, HashSet};
use std::sync::Arc;

/// In which order ready nodes are started.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Order {
    /// Level by level, by name within one: one thread's work can be foreseen.
    Levels,
    /// Those first that the longest chain of others waits for: several threads are done soonest.
    LongestPath,
}

/// The nodes of a run, and how far they are.
pub(super) struct Schedule {
    ids: Vec<Arc<str>>,
    places: HashMap<Arc<str>, usize>,
    parents: Vec<Vec<usize>>,
    children: Vec<Vec<usize>>,
    rank: Vec<(usize, usize)>,
    /// How many parents are not done.
    waiting: Vec<usize>,
    /// By lane.
    ready: Vec<BTreeSet<((usize, usize), usize)>>,
    lanes: Vec<usize>,
    settled: HashSet<usize>,
}

impl Schedule {
    /// A schedule of all nodes of `dag`, each in a lane: a number from 0.
    pub(super) fn new(dag: &Dag, order: Order, lane: &dyn Fn(&Arc<str>) -> usize) -> Self {
        let ids = dag.topological();
        let places: HashMap<_, _> = ids.iter().enumerate().map(|(place, id)| (id.clone(), place)).collect();
        let neighbours = |found: Vec<&Arc<str>>| found.into_iter().filter_map(|id| places.get(id).copied()).collect();
        let parents: Vec<Vec<usize>> = ids.iter().map(|id| neighbours(dag.parents(id).collect())).collect();
        let children: Vec<Vec<usize>> = ids.iter().map(|id| neighbours(dag.children(id).collect())).collect();
        let rank = match order {
            Order::Levels => levels(&ids, &parents),
            Order::LongestPath => longest_paths(&children),
        };
        let waiting: Vec<_> = parents.iter().map(Vec::len).collect();
        let lanes: Vec<usize> = ids.iter().map(lane).collect();
        let mut ready = vec![BTreeSet::new(); lanes.iter().max().map_or(1, |last| last + 1)];
        for (place, _) in waiting.iter().enumerate().filter(|(_, count)| **count == 0) {
            ready[lanes[place]].insert((rank[place], place));
        }
        Self { ids, places, parents, children, rank, waiting, ready, lanes, settled: HashSet::new() }
    }

    /// The next node of a lane to start, if one is ready.
    pub(super) fn take(&mut self, lane: usize) -> Option<Arc<str>> {
        self.ready.get_mut(lane)?.pop_first().map(|(_, place)| self.ids[place].clone())
    }

    /// A node is done. If it failed, everything that depends on it is settled too, and returned in order, each with
    /// the parent on whose account it will not run.
    pub(super) fn done(&mut self, id: &str, failed: bool) -> Vec<(Arc<str>, Arc<str>)> {
        let Some(place) = self.places.get(id).copied() else { return vec![] };
        self.settled.insert(place);
        if failed {
            return self.skip_descendants(place);
        }
        for child in self.children[place].clone() {
            self.waiting[child] -= 1;
            if self.waiting[child] == 0 && !self.settled.contains(&child) {
                self.ready[self.lanes[child]].insert((self.rank[child], child));
            }
        }
        vec![]
    }

    fn skip_descendants(&mut self, failed: usize) -> Vec<(Arc<str>, Arc<str>)> {
        // Places are in topological order, so one pass over those behind reaches every descendant after its parents.
        let mut lost = HashSet::from([failed]);
        let mut skipped = vec![];
        for place in failed + 1..self.ids.len() {
            let cause = self.parents[place].iter().find(|parent| lost.contains(parent)).copied();
            let Some(cause) = cause else { continue };
            lost.insert(place);
            if self.settled.insert(place) {
                skipped.push((self.ids[place].clone(), self.ids[cause].clone()));
            }
        }
        skipped
    }

    /// The nodes that are neither done nor skipped nor started, in order; they are settled now.
    pub(super) fn drain(&mut self, started: &HashSet<Arc<str>>) -> Vec<Arc<str>> {
        self.ready.iter_mut().for_each(BTreeSet::clear);
        let open = (0..self.ids.len()).filter(|place| !started.contains(&self.ids[*place]));
        let open: Vec<_> = open.filter(|place| !self.settled.contains(place)).collect();
        self.settled.extend(&open);
        open.into_iter().map(|place| self.ids[place].clone()).collect()
    }

    /// How many nodes are ready, where there is but one lane.
    pub(super) fn only_lane(&self) -> Option<usize> {
        match self.ready.as_slice() {
            [ready] => Some(ready.len()),
            _ => None,
        }
    }

    /// Whether every node is done or skipped.
    pub(super) fn is_finished(&self) -> bool {
        self.settled.len() == self.ids.len()
    }
}

fn levels(ids: &[Arc<str>], parents: &[Vec<usize>]) -> Vec<(usize, usize)> {
    let mut by_name: Vec<_> = (0..ids.len()).collect();
    by_name.sort_by(|a, b| ids[*a].cmp(&ids[*b]));
    let mut names = vec![0; ids.len()];
    by_name.into_iter().enumerate().for_each(|(name, place)| names[place] = name);
    let mut levels: Vec<usize> = Vec::with_capacity(ids.len());
    for above in parents {
        levels.push(above.iter().map(|parent| levels[*parent] + 1).max().unwrap_or(0));
    }
    levels.into_iter().zip(names).collect()
}

fn longest_paths(children: &[Vec<usize>]) -> Vec<(usize, usize)> {
    let mut remaining = vec![0; children.len()];
    for place in (0..children.len()).rev() {
        remaining[place] = children[place].iter().map(|child| remaining[*child] + 1).max().unwrap_or(0);
    }
    remaining.into_iter().enumerate().map(|(place, length)| (usize::MAX - length, place)).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn schedule(edges: &[(&str, &str)], order: Order) -> Schedule {
        let ids: Vec<Arc<str>> = edges.iter().flat_map(|(a, b)| [Arc::from(*a), Arc::from(*b)]).collect();
        Schedule::new(&Dag::new(ids, edges.iter().map(|(a, b)| (Arc::from(*a), Arc::from(*b)))), order, &|_| 0)
    }

    fn run_all(schedule: &mut Schedule) -> Vec<String> {
        let mut order = vec![];
        while let Some(id) = schedule.take(0) {
            schedule.done(&id, false);
            order.push(id.to_string());
        }
        order
    }

    #[test]
    fn levels_go_by_name() {
        let edges = [("z", "d"), ("a", "c"), ("d", "e")];
        assert_eq!(run_all(&mut schedule(&edges, Order::Levels)), ["a", "z", "c", "d", "e"]);
    }

    #[test]
    fn the_longest_chain_starts_first() {
        let edges = [("a", "b"), ("x", "y"), ("y", "z")];
        assert_eq!(run_all(&mut schedule(&edges, Order::LongestPath)), ["x", "a", "y", "b", "z"]);
    }

    #[test]
    fn what_depends_on_a_failure_is_skipped_once() {
        let mut schedule = schedule(&[("a", "c"), ("b", "c"), ("c", "d"), ("b", "e")], Order::Levels);
        assert_eq!(schedule.take(0).unwrap().as_ref(), "a");
        let skipped = schedule.done("a", true);
        assert_eq!(skipped, [("c".into(), "a".into()), ("d".into(), "c".into())]);
        assert_eq!(schedule.take(0).unwrap().as_ref(), "b");
        assert!(schedule.done("b", true).iter().map(|(id, _)| id.as_ref()).eq(["e"]));
        assert!(schedule.is_finished());
    }
}
