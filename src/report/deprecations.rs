//! Which deprecations and unknown keys are told: the first ones of each kind, and at the end how often it came.

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

    /// Counts a warning of a kind that comes in numbers. Whether it is to be told.
    pub fn admit(&mut self, warning: &Diagnostic) -> bool {
        let Some(shown) = shown(warning.code) else { return true };
        let occurrences = self.occurrences.entry(warning.code).or_default();
        *occurrences += 1;
        self.show_all || *occurrences <= shown
    }

    /// What is told at the end, if anything was held back.
    pub fn summary(&self) -> Option<Record<'static>> {
        let too_many = |(code, occurrences): (&Code, &usize)| shown(*code).is_some_and(|shown| *occurrences > shown);
        let is_held_back = !self.show_all && self.occurrences.iter().any(too_many);
        let what = match self.occurrences.keys().all(|code| code.is_deprecation()) {
            true => "Deprecations",
            false => "Deprecations and unknown keys",
        };
        is_held_back.then(|| {
            let list = self.occurrences.iter().map(|(code, times)| format!("{} ({times})", code.id));
            let list: Vec<_> = list.collect();
            let message = format!(
                "{what}, and how often each came: {}. --show-all-deprecations shows all of them.",
                list.join(", ")
            );
            let summaries = self.occurrences.iter().map(|(code, occurrences)| {
                let event = event_names(*code).first().copied().unwrap_or_default();
                json!({"event_name": event, "event_code": code.id, "occurrences": occurrences})
            });
            let data = json!({"summaries": summaries.collect::<Vec<Json>>(), "show_all_hint": true});
            Record::new(Level::Warn, ("DeprecationsSummary", "Z055"), message, move || data.clone())
        })
    }
}

/// How many warnings of this kind are told; all, if it is none that comes in numbers. Unknown keys are typing errors more
/// often than they are deprecated.
fn shown(code: Code) -> Option<usize> {
    match code {
        Code::CONFIG_UNKNOWN | Code::YAML_UNKNOWN_KEY => Some(5),
        code => code.is_deprecation().then_some(1),
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
        assert_eq!((deprecations.summary().unwrap().data)()["summaries"][0]["occurrences"], 2);
    }

    #[test]
    fn a_few_unknown_keys_are_told() {
        let mut deprecations = Deprecations::new(false);
        let told = (0..9).filter(|_| deprecations.admit(&Diagnostic::warning(Code::CONFIG_UNKNOWN, "typo"))).count();
        assert_eq!(told, 5);
        let summary = deprecations.summary().unwrap().message;
        assert!(
            summary.starts_with("Deprecations and unknown keys, and how often each came: SB0309 (9)."),
            "{summary}"
        );
    }

    #[test]
    fn all_are_told_when_asked_for() {
        let mut deprecations = Deprecations::new(true);
        assert!(deprecations.admit(&deprecation("a")) && deprecations.admit(&deprecation("b")));
        assert!(deprecations.summary().is_none());
    }
}
