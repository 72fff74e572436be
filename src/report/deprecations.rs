//! Which deprecations are told: the first of each kind, and at the end how often it came.

use super::record::Record;
use super::warnings::event_names;
use crate::diagnostics::{Code, Diagnostic};
use crate::event::Level;
use indexmap::IndexMap;
use serde_json::{Value as Json, json};

/// The deprecations of a call.
#[derive(Debug)]
pub struct Deprecations {
    show_all: bool,
    occurrences: IndexMap<Code, usize>,
}

impl Deprecations {
    /// None yet; `show_all`: each is told, not only the first of its kind.
    pub fn new(show_all: bool) -> Self {
        Self { show_all, occurrences: IndexMap::new() }
    }

    /// Counts a warning that is a deprecation. Whether it is to be told.
    pub fn admit(&mut self, warning: &Diagnostic) -> bool {
        if !warning.code.is_deprecation() {
            return true;
        }
        let occurrences = self.occurrences.entry(warning.code).or_default();
        *occurrences += 1;
        self.show_all || *occurrences == 1
    }

    /// What is told at the end, if anything was held back.
    pub fn summary(&self) -> Option<Record> {
        let is_held_back = !self.show_all && self.occurrences.values().any(|occurrences| *occurrences > 1);
        is_held_back.then(|| {
            let list = self.occurrences.iter().map(|(code, times)| format!("{} ({times})", code.id));
            let list: Vec<_> = list.collect();
            let message = format!(
                "Deprecations, and how often each came: {}. --show-all-deprecations shows all of them.",
                list.join(", ")
            );
            let summaries = self.occurrences.iter().map(|(code, occurrences)| {
                let event = event_names(*code).first().copied().unwrap_or_default();
                json!({"event_name": event, "event_code": code.id, "occurrences": occurrences})
            });
            let data = json!({"summaries": summaries.collect::<Vec<Json>>(), "show_all_hint": true});
            Record { level: Level::Warn, kind: ("DeprecationsSummary", "Z055"), message, data }
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn deprecation(place: &str) -> Box<Diagnostic> {
        Diagnostic::warning(Code::SHARED_NAME_DEPRECATED, place)
    }

    #[test]
    fn the_first_of_a_kind_is_told_and_the_others_are_counted() {
        let mut deprecations = Deprecations::new(false);
        assert!(deprecations.admit(&deprecation("a")));
        assert!(deprecations.summary().is_none());
        assert!(!deprecations.admit(&deprecation("b")));
        assert!(deprecations.admit(&Diagnostic::warning(Code::CONFIG_UNUSED, "no deprecation")));
        assert_eq!(deprecations.summary().unwrap().data["summaries"][0]["occurrences"], 2);
    }

    #[test]
    fn all_are_told_when_asked_for() {
        let mut deprecations = Deprecations::new(true);
        assert!(deprecations.admit(&deprecation("a")) && deprecations.admit(&deprecation("b")));
        assert!(deprecations.summary().is_none());
    }
}
