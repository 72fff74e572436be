//! What an answer depends on that may be another in the next call.

use std::collections::BTreeSet;
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Mutex, PoisonError};

/// Notes what is asked of a [`World`](super::World), so that what came of it can be kept for as long as it holds.
#[derive(Debug, Default)]
pub struct Witness {
    variables: Mutex<BTreeSet<String>>,
    passing: AtomicBool,
}

impl Witness {
    /// An environment variable was asked for.
    pub(super) fn note_variable(&self, name: &str) {
        let mut variables = self.variables.lock().unwrap_or_else(PoisonError::into_inner);
        if !variables.contains(name) {
            variables.insert(name.to_owned());
        }
    }

    /// Something was asked for that is another in each call: the time, the call's id, its flags.
    pub fn note_passing(&self) {
        self.passing.store(true, Ordering::Relaxed);
    }

    /// The environment variables that were asked for, set or not.
    pub fn variables(&self) -> Vec<String> {
        self.variables.lock().unwrap_or_else(PoisonError::into_inner).iter().cloned().collect()
    }

    /// Whether something was asked for that is another in each call.
    pub fn saw_passing(&self) -> bool {
        self.passing.load(Ordering::Relaxed)
    }
}
