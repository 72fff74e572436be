//! Stopping a run from outside.

use crate::compile::Session;
use std::sync::atomic::{AtomicBool, AtomicUsize, Ordering};
use std::sync::{Arc, Mutex, PoisonError};

/// A handle with which a signal handler (or another thread) stops a run.
#[derive(Default)]
pub struct Cancellation {
    asked: AtomicBool,
    running: AtomicUsize,
    sessions: Mutex<Vec<Arc<Session>>>,
}

impl Cancellation {
    /// Stops: statements in flight are cancelled, no node is started any more. Returns how many nodes were running.
    pub fn cancel(&self) -> usize {
        self.asked.store(true, Ordering::SeqCst);
        let sessions = self.sessions.lock().unwrap_or_else(PoisonError::into_inner).clone();
        sessions.iter().for_each(|session| session.cancel());
        self.running()
    }

    /// How many nodes are running.
    pub(super) fn running(&self) -> usize {
        self.running.load(Ordering::SeqCst)
    }

    /// Whether somebody asked to stop.
    pub fn is_asked(&self) -> bool {
        self.asked.load(Ordering::SeqCst)
    }

    /// A session whose statements must stop too.
    pub(super) fn watch(&self, session: &Arc<Session>) {
        self.sessions.lock().unwrap_or_else(PoisonError::into_inner).push(session.clone());
    }

    /// Counts a node as running while `work` runs.
    pub(super) fn during<T>(&self, work: impl FnOnce() -> T) -> T {
        self.running.fetch_add(1, Ordering::SeqCst);
        let result = work();
        self.running.fetch_sub(1, Ordering::SeqCst);
        result
    }
}
