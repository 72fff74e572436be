//! Threads that carry out a schedule.

use super::Cancellation;
use super::schedule::Schedule;
use crate::event::{NodeResult, Status};
use std::collections::HashSet;
use std::sync::{Arc, Condvar, Mutex, MutexGuard, PoisonError};

/// Why a node was not run.
#[derive(Debug, Clone)]
pub(super) enum Skip {
    /// A parent failed or was skipped itself.
    Parent(Arc<str>),
    /// Another node failed, and the first failure ends the run.
    FailFast,
    /// Somebody asked to stop.
    Cancelled,
}

/// What a pool does with nodes.
pub(super) trait Work: Sync {
    /// Runs a node on a thread (from 0).
    fn run(&self, thread: usize, id: &Arc<str>) -> NodeResult;

    /// Stops what the nodes that run are doing.
    fn interrupt(&self);

    /// Tells of a node that is not run.
    fn skip(&self, id: &Arc<str>, why: Skip) -> NodeResult;
}

/// Room for deeply nested templates.
pub(super) const STACK: usize = 16 << 20;

struct State {
    schedule: Schedule,
    started: HashSet<Arc<str>>,
    results: Vec<Arc<NodeResult>>,
    stopped: bool,
    /// How many threads wait for something to do.
    waiting: usize,
}

struct Pool<'a> {
    state: Mutex<State>,
    changed: Condvar,
    fail_fast: bool,
    cancellation: &'a Cancellation,
    work: &'a dyn Work,
}

/// Runs all nodes of a schedule on threads, each of which takes the nodes of its lane; returns the results in the order
/// the nodes were done.
pub(super) fn run(
    schedule: Schedule,
    lanes: &[usize],
    fail_fast: bool,
    cancellation: &Cancellation,
    work: &dyn Work,
) -> Vec<Arc<NodeResult>> {
    let state = State { schedule, started: HashSet::new(), results: vec![], stopped: false, waiting: 0 };
    let pool = Pool { state: Mutex::new(state), changed: Condvar::new(), fail_fast, cancellation, work };
    let shared = &pool;
    std::thread::scope(|scope| {
        for (thread, lane) in lanes.iter().copied().enumerate() {
            let builder = std::thread::Builder::new().name(format!("Thread-{}", thread + 1)).stack_size(STACK);
            if builder.spawn_scoped(scope, move || shared.work_off(thread, lane)).is_err() && thread == 0 {
                pool.work_off(thread, lane);
            }
        }
    });
    pool.state.into_inner().unwrap_or_else(PoisonError::into_inner).results
}

impl Pool<'_> {
    fn lock(&self) -> MutexGuard<'_, State> {
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }

    fn work_off(&self, thread: usize, lane: usize) {
        while let Some(id) = self.next(lane) {
            let result = self.cancellation.during(|| self.work.run(thread, &id));
            self.settle(&id, result);
        }
    }

    /// Waits until a node of the lane is ready; `None` when there is nothing more to do.
    fn next(&self, lane: usize) -> Option<Arc<str>> {
        let mut state = self.lock();
        loop {
            if self.cancellation.is_asked() && !state.stopped {
                self.stop(&mut state, &Skip::Cancelled);
            }
            if state.stopped || state.schedule.is_finished() {
                return None;
            }
            if let Some(id) = state.schedule.take(lane) {
                state.started.insert(id.clone());
                return Some(id);
            }
            state.waiting += 1;
            state = self.changed.wait(state).unwrap_or_else(PoisonError::into_inner);
            state.waiting -= 1;
        }
    }

    fn settle(&self, id: &Arc<str>, result: NodeResult) {
        let mut state = self.lock();
        let failed = result.status.is_failure();
        state.results.push(Arc::new(result));
        for (child, cause) in state.schedule.done(id, failed) {
            let skipped = self.work.skip(&child, Skip::Parent(cause));
            state.results.push(Arc::new(skipped));
        }
        if failed && self.fail_fast && !state.stopped {
            self.stop(&mut state, &Skip::FailFast);
            self.work.interrupt();
        }
        self.wake(&state);
    }

    /// Wakes those that have something to do now. The caller is one more: of nodes that are ready it takes the first.
    fn wake(&self, state: &State) {
        match state.schedule.only_lane() {
            Some(ready) if !state.stopped && !state.schedule.is_finished() && !self.cancellation.is_asked() => {
                (1..ready).take(state.waiting).for_each(|_| self.changed.notify_one());
            }
            _ => self.changed.notify_all(),
        }
    }

    /// Skips everything that has not started.
    fn stop(&self, state: &mut State, why: &Skip) {
        state.stopped = true;
        let started = std::mem::take(&mut state.started);
        for id in state.schedule.drain(&started) {
            state.results.push(Arc::new(self.work.skip(&id, why.clone())));
        }
        state.started = started;
        self.changed.notify_all();
    }
}

/// A result for a node that was not run.
pub(super) fn skipped(id: &Arc<str>, why: &Skip) -> NodeResult {
    let message = match why {
        Skip::Parent(parent) => format!("Skipped because of {parent}"),
        Skip::FailFast => "Skipping due to fail_fast".to_owned(),
        Skip::Cancelled => "Skipped because the run was cancelled".to_owned(),
    };
    NodeResult { message: Some(message), ..NodeResult::new(id.clone(), Status::Skipped) }
}

#[cfg(test)]
mod tests {
    use super::super::schedule::Order;
    use super::*;
    use crate::dag::Dag;

    struct Fails(&'static str);

    impl Work for Fails {
        fn run(&self, _: usize, id: &Arc<str>) -> NodeResult {
            NodeResult::new(id.clone(), if id.as_ref() == self.0 { Status::Error } else { Status::Success })
        }

        fn interrupt(&self) {}

        fn skip(&self, id: &Arc<str>, why: Skip) -> NodeResult {
            skipped(id, &why)
        }
    }

    fn statuses(fail_fast: bool, threads: usize, failing: &'static str) -> Vec<(String, Status)> {
        let edges = [("a", "b"), ("b", "c"), ("x", "y")].map(|(a, b)| (Arc::from(a), Arc::from(b)));
        let ids: Vec<Arc<str>> = ["a", "b", "c", "x", "y"].map(Arc::from).to_vec();
        let schedule = Schedule::new(&Dag::new(ids, edges), Order::Levels, &|_| 0);
        let results = run(schedule, &vec![0; threads], fail_fast, &Cancellation::default(), &Fails(failing));
        results.iter().map(|result| (result.unique_id.to_string(), result.status)).collect()
    }

    #[test]
    fn a_failure_takes_its_descendants_and_no_others() {
        let mut all = statuses(false, 3, "a");
        all.sort_by(|a, b| a.0.cmp(&b.0));
        let expected = [Status::Error, Status::Skipped, Status::Skipped, Status::Success, Status::Success];
        assert!(all.iter().map(|(_, status)| *status).eq(expected));
    }

    /// All but the first node wait until three of them run at once.
    #[derive(Default)]
    struct Together {
        running: Mutex<usize>,
        enough: Condvar,
    }

    impl Work for Together {
        fn run(&self, _: usize, id: &Arc<str>) -> NodeResult {
            if id.as_ref() == "first" {
                return NodeResult::new(id.clone(), Status::Success);
            }
            let mut running = self.running.lock().unwrap();
            *running += 1;
            self.enough.notify_all();
            let patience = std::time::Duration::from_secs(30);
            let (running, waited) = self.enough.wait_timeout_while(running, patience, |running| *running < 3).unwrap();
            drop(running);
            NodeResult::new(id.clone(), if waited.timed_out() { Status::Error } else { Status::Success })
        }

        fn interrupt(&self) {}

        fn skip(&self, id: &Arc<str>, why: Skip) -> NodeResult {
            skipped(id, &why)
        }
    }

    #[test]
    fn threads_that_wait_are_woken_for_nodes_that_become_ready() {
        let edges = ["a", "b", "c"].map(|id| (Arc::from("first"), Arc::from(id)));
        let ids: Vec<Arc<str>> = ["first", "a", "b", "c"].map(Arc::from).to_vec();
        let schedule = Schedule::new(&Dag::new(ids, edges), Order::LongestPath, &|_| 0);
        let results = run(schedule, &[0; 3], false, &Cancellation::default(), &Together::default());
        assert_eq!(results.len(), 4);
        assert!(results.iter().all(|result| result.status == Status::Success));
    }

    #[test]
    fn fail_fast_starts_nothing_more() {
        let all = statuses(true, 1, "a");
        assert_eq!(all[0], ("a".into(), Status::Error));
        assert!(all[1..].iter().all(|(_, status)| *status == Status::Skipped));
        assert_eq!(all.len(), 5);
    }
}
