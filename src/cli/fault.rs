//! Death at a chosen moment, for tests: what a killed process leaves behind must be sound.
//!
//! Only in debug builds. `SQLBUILD_TEST_KILL_AFTER=7` kills the process once the database has answered its seventh
//! statement (begin and commit count), without any farewell.

use crate::event::{Event, EventSink};
use crate::world::World;
use std::process::{Command, id};
use std::sync::atomic::{AtomicUsize, Ordering};

/// Counts statements and kills the process at one of them.
#[derive(Debug)]
pub struct Fault {
    left: AtomicUsize,
}

impl Fault {
    /// The fault that the environment asks for, if any.
    pub fn asked(world: &World) -> Option<Self> {
        let statements = world.env("SQLBUILD_TEST_KILL_AFTER")?.parse().ok()?;
        Some(Self { left: AtomicUsize::new(statements) })
    }
}

impl EventSink for Fault {
    fn emit(&self, event: Event) {
        if matches!(event, Event::Statement { .. }) && self.left.fetch_sub(1, Ordering::SeqCst) == 1 {
            let _ = Command::new("kill").args(["-KILL", &id().to_string()]).status();
            // The signal is on its way: nothing more may happen.
            loop {
                std::thread::park();
            }
        }
    }
}
