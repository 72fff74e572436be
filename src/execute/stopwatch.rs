//! When a node's phases began and ended.

use crate::event::Timing;
use crate::world::World;

/// Takes the times of a node's phases.
pub(super) struct Stopwatch<'a> {
    world: &'a World,
    timing: Vec<Timing>,
}

impl<'a> Stopwatch<'a> {
    pub(super) fn new(world: &'a World) -> Self {
        Self { world, timing: vec![] }
    }

    /// Does `work` as the phase `name`.
    pub(super) fn time<T>(&mut self, name: &'static str, work: impl FnOnce() -> T) -> T {
        let started_at = self.world.now();
        let result = work();
        let completed_at = self.world.now();
        match self.timing.iter_mut().find(|timing| timing.name == name) {
            Some(timing) => timing.completed_at = completed_at,
            None => self.timing.push(Timing { name, started_at, completed_at }),
        }
        result
    }

    pub(super) fn into_timing(self) -> Vec<Timing> {
        self.timing
    }
}
