//! Stopping a statement from another thread.

use super::client::Client;
use crate::adapters::Cancel;
use std::sync::Arc;

/// Asks Snowflake to abort a session's statement in flight.
pub(super) struct Abort(pub(super) Arc<dyn Client>);

impl Cancel for Abort {
    fn cancel(&self) {
        self.0.cancel();
    }
}
