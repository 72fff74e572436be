//! Stopping a statement from another thread.

use crate::adapters::Cancel;
use duckdb::InterruptHandle;
use std::sync::Arc;

/// Interrupts one connection's statement in flight.
pub(super) struct Interrupt(pub(super) Arc<InterruptHandle>);

impl Cancel for Interrupt {
    fn cancel(&self) {
        self.0.interrupt();
    }
}
