//! A node's configuration after all levels have been merged.

mod check;
mod color;
mod keys;
mod merge;
mod tree;

pub(super) use check::check;
pub(super) use keys::class_of;
pub(super) use merge::{Merged, join_calls, merge_levels};
pub(super) use tree::{Branch, ConfigTrees};

use super::ResourceType;
use serde::{Deserialize, Serialize};
use serde_json::{Map, Value as Json};
use std::borrow::Cow;

/// What the levels gave, over the defaults of a kind of resource. Keys have underscores, but for `pre-hook` and
/// `post-hook`, as dbt's manifest writes them.
///
/// Only what differs from the defaults is stored: most of a project's nodes give a few of some thirty keys.
#[derive(Debug, Clone, Default, Serialize, Deserialize)]
pub struct Config {
    /// Whose defaults; `None`: there are none.
    kind: Option<ResourceType>,
    /// In the order given.
    given: Vec<(Cow<'static, str>, Json)>,
}

impl Config {
    /// The defaults.
    pub fn of(kind: ResourceType) -> Self {
        Self { kind: Some(kind), given: vec![] }
    }

    /// The value of a key, null included; `None` where the key is not given and has no default.
    pub fn value(&self, key: &str) -> Option<&Json> {
        self.given(key).or_else(|| class_of(self.kind?).defaults.get(key))
    }

    fn given(&self, key: &str) -> Option<&Json> {
        self.given.iter().find(|(name, _)| name == key).map(|(_, value)| value)
    }

    /// Gives a key a value.
    pub fn set(&mut self, key: &str, value: Json) {
        if self.value(key) != Some(&value) {
            *self.given_mut(key) = value;
        }
    }

    /// What is given for a key, to be changed; where nothing is, what is the default.
    fn given_mut(&mut self, key: &str) -> &mut Json {
        let at = self.given.iter().position(|(name, _)| name == key).unwrap_or_else(|| {
            let known = self.kind.and_then(|kind| class_of(kind).defaults.get_key_value(key));
            let (name, default) = known
                .map_or((Cow::Owned(key.to_owned()), &Json::Null), |(name, default)| (Cow::Borrowed(*name), default));
            self.given.push((name, default.clone()));
            self.given.len() - 1
        });
        &mut self.given[at].1
    }

    /// Every key with its value: those with a default in the order of artifacts, then the others in the order given.
    pub fn entries(&self) -> impl Iterator<Item = (&str, &Json)> {
        let defaults = self.kind.map(|kind| &class_of(kind).defaults);
        let known = defaults.into_iter().flatten().map(|(name, default)| (*name, self.given(name).unwrap_or(default)));
        let has_default = move |name: &str| defaults.is_some_and(|defaults| defaults.contains_key(name));
        let others = self.given.iter().filter(move |(name, _)| !has_default(name));
        known.chain(others.map(|(name, value)| (name.as_ref(), value)))
    }

    /// The same as a mapping.
    pub fn to_json(&self) -> Map<String, Json> {
        self.entries().map(|(key, value)| (key.to_owned(), value.clone())).collect()
    }

    /// A value that is given and not null.
    pub fn get(&self, key: &str) -> Option<&Json> {
        self.value(key).filter(|value| !value.is_null())
    }

    /// A text.
    pub fn str(&self, key: &str) -> Option<&str> {
        self.get(key).and_then(Json::as_str)
    }

    /// A truth value; `None` where it is not one.
    pub fn bool(&self, key: &str) -> Option<bool> {
        self.get(key).and_then(Json::as_bool)
    }

    /// A text or a list of texts, as a list.
    pub fn strings(&self, key: &str) -> Vec<String> {
        match self.get(key) {
            Some(Json::String(text)) => vec![text.clone()],
            Some(Json::Array(items)) => items.iter().filter_map(|item| item.as_str().map(str::to_owned)).collect(),
            _ => vec![],
        }
    }

    /// `materialized`.
    pub fn materialized(&self) -> &str {
        self.str("materialized").unwrap_or("view")
    }

    /// `enabled`.
    pub fn enabled(&self) -> bool {
        self.bool("enabled").unwrap_or(true)
    }

    /// `contract.enforced`.
    pub fn contract_enforced(&self) -> bool {
        self.get("contract").and_then(|contract| contract.get("enforced")).and_then(Json::as_bool).unwrap_or(false)
    }
}

/// A config without defaults.
impl<K: Into<String>> FromIterator<(K, Json)> for Config {
    fn from_iter<I: IntoIterator<Item = (K, Json)>>(entries: I) -> Self {
        let given = entries.into_iter().map(|(key, value)| (Cow::Owned(key.into()), value));
        Self { kind: None, given: given.collect() }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_given_stands_in_the_place_of_its_default_and_the_rest_behind() {
        let mut config = Config::of(ResourceType::Exposure);
        config.set("later", 1.into());
        config.set("tags", Json::Array(vec!["a".into()]));
        config.set("enabled", true.into());
        let entries: Vec<_> = config.entries().map(|(key, value)| format!("{key}={value}")).collect();
        assert_eq!(entries, ["enabled=true", "tags=[\"a\"]", "meta={}", "later=1"]);
        assert_eq!(config.given.len(), 2, "a default is not stored");
        assert_eq!((config.value("unknown"), config.get("later")), (None, Some(&1.into())));
    }
}
