//! One sink for several.

use crate::diagnostics::Diagnostic;
use crate::event::{Event, EventSink};
use std::sync::Arc;

/// Passes each event to all of its sinks, in order.
pub struct Tee(pub Vec<Arc<dyn EventSink>>);

impl EventSink for Tee {
    fn emit(&self, event: Event) {
        self.0.iter().for_each(|sink| sink.emit(event.clone()));
    }

    fn refuses(&self, warning: &Diagnostic) -> bool {
        self.0.iter().any(|sink| sink.refuses(warning))
    }
}
