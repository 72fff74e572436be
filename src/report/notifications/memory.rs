//! What has failed and is not well yet, from one call to the next.

use super::account::Counted;
use crate::world::World;
use serde::{Deserialize, Serialize};
use std::collections::{BTreeMap, BTreeSet};
use std::path::Path;

/// The failures of each target.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
pub(super) struct Memory {
    targets: BTreeMap<String, Failing>,
}

/// What fails on a target.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
pub(super) struct Failing {
    /// Since when, in UTC.
    pub since: String,
    /// The nodes, by unique id.
    pub nodes: BTreeSet<String>,
    /// Whether a call could not even run.
    pub unable: bool,
}

impl Failing {
    fn is_any(&self) -> bool {
        self.unable || !self.nodes.is_empty()
    }
}

impl Memory {
    /// As the file has it; without one, or with one that cannot be read, nothing has failed.
    pub fn read(path: &Path) -> Self {
        std::fs::read(path).ok().and_then(|bytes| serde_json::from_slice(&bytes).ok()).unwrap_or_default()
    }

    /// Writes the file, whole or not at all.
    pub fn write(&self, world: &World, path: &Path) -> crate::diagnostics::Result<()> {
        world.write(path, serde_json::to_vec_pretty(self).unwrap_or_default())
    }

    /// Takes a call in. Gives what failed before it when nothing fails any more. Nodes that no longer exist fail no longer.
    pub fn take(
        &mut self,
        target: &str,
        counted: &Counted,
        outcome: Outcome,
        exists: impl Fn(&str) -> bool,
        now: &str,
    ) -> Option<Failing> {
        let before = self.targets.remove(target).unwrap_or_default();
        let mut after = before.clone();
        after.nodes.retain(|id| !counted.well.contains(id) && exists(id));
        after.nodes.extend(counted.failed.keys().cloned());
        // What failed otherwise, such as a project that could not be read, is mended by a call that ends well.
        after.unable = match outcome {
            Outcome::Well => false,
            Outcome::Failed => before.unable || counted.failed.is_empty(),
        };
        match (before.is_any(), after.is_any()) {
            (true, false) => return Some(before),
            (false, true) => after.since = now.to_owned(),
            _ => {}
        }
        if after.is_any() {
            self.targets.insert(target.to_owned(), after);
        }
        None
    }
}

/// How a call ended.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Outcome {
    Well,
    Failed,
}

#[cfg(test)]
mod tests {
    use super::super::account::Failed;
    use super::*;

    fn counted(failed: &[&str], well: &[&str]) -> Counted {
        let failure = || Failed { title: String::new(), message: String::new() };
        Counted {
            failed: failed.iter().map(|id| ((*id).to_owned(), failure())).collect(),
            well: well.iter().map(|id| (*id).to_owned()).collect(),
            ..Counted::default()
        }
    }

    #[test]
    fn a_target_is_well_again_when_all_that_failed_is() {
        let mut memory = Memory::default();
        let mut take = |target: &str, failed: &[&str], well: &[&str], now: &str| {
            let outcome = if failed.is_empty() { Outcome::Well } else { Outcome::Failed };
            memory.take(target, &counted(failed, well), outcome, |id| id != "gone", now).map(|failing| failing.since)
        };
        assert_eq!(take("prod", &[], &["a"], "1"), None);
        assert_eq!(take("prod", &["a", "b", "gone"], &[], "2"), None);
        assert_eq!(take("dev", &[], &["a", "b"], "3"), None);
        assert_eq!(take("prod", &[], &["a"], "4"), None);
        assert_eq!(take("prod", &[], &["b"], "5").as_deref(), Some("2"));
        assert_eq!(take("prod", &[], &["b"], "6"), None);
    }

    #[test]
    fn a_call_that_could_not_run_is_mended_by_one_that_ends_well() {
        let mut memory = Memory::default();
        assert_eq!(memory.take("prod", &counted(&[], &[]), Outcome::Failed, |_| true, "1"), None);
        assert_eq!(memory.take("prod", &counted(&["a"], &[]), Outcome::Failed, |_| true, "2"), None);
        let before = memory.take("prod", &counted(&[], &["a"]), Outcome::Well, |_| true, "3");
        assert_eq!(before.map(|failing| failing.since).as_deref(), Some("1"));
    }
}
