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

use indexmap::IndexMap;
use serde_json::Value as Json;

/// Config keys (with underscores, `pre_hook` as `pre-hook`, as dbt's manifest writes them) and their values, defaults included.
#[derive(Debug, Clone, Default, PartialEq)]
pub struct Config(pub IndexMap<String, Json>);

impl Config {
    /// A value that is given and not null.
    pub fn get(&self, key: &str) -> Option<&Json> {
        self.0.get(key).filter(|value| !value.is_null())
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
