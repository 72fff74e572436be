//! The config keys of each kind of resource: default, how levels merge, what values fit.

use crate::resolve::ResourceType;
use indexmap::IndexMap;
use serde_json::Value as Json;
use std::sync::LazyLock;

/// How a value joins that of the levels before it.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Merge {
    /// It replaces it.
    Replace,
    /// It is added to the list.
    Append,
    /// Its entries are put over those of the mapping.
    Update,
    /// Its entries replace lists by key; those whose key begins with `+` are added to the list.
    AppendByKey,
}

/// What values fit a key; null always does.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Shape {
    /// Anything.
    Any,
    /// A truth value.
    Bool,
    /// A whole number.
    Int,
    /// Text.
    Text,
    /// Text, or a list of texts.
    Texts,
    /// A mapping.
    Map,
    /// A mapping whose `node_color` is a colour.
    Docs,
    /// A text or mapping, or a list of these.
    Hooks,
    /// One of these texts, whatever their case.
    OneOf(&'static [&'static str]),
    /// Exactly this text.
    Only(&'static str),
}

/// A config key.
#[derive(Debug)]
pub struct Key {
    /// As in artifacts.
    pub name: &'static str,
    /// The default, as JSON.
    default: &'static str,
    /// How levels merge.
    pub merge: Merge,
    /// What values fit.
    pub shape: Shape,
}

const fn key(name: &'static str, default: &'static str, merge: Merge, shape: Shape) -> Key {
    Key { name, default, merge, shape }
}

use Merge::{Append, AppendByKey, Replace, Update};

const COMMON: &[Key] = &[
    key("enabled", "true", Replace, Shape::Bool),
    key("alias", "null", Replace, Shape::Text),
    key("schema", "null", Replace, Shape::Text),
    key("database", "null", Replace, Shape::Text),
    key("tags", "[]", Append, Shape::Texts),
    key("meta", "{}", Update, Shape::Map),
    key("group", "null", Replace, Shape::Text),
    key("static_analysis", "null", Replace, Shape::Any),
];

const BUILT: &[Key] = &[
    key("incremental_strategy", "null", Replace, Shape::Text),
    key("batch_size", "null", Replace, Shape::Any),
    key("lookback", "1", Replace, Shape::Any),
    key("begin", "null", Replace, Shape::Any),
    key("persist_docs", "{}", Replace, Shape::Map),
    key("post-hook", "[]", Append, Shape::Hooks),
    key("pre-hook", "[]", Append, Shape::Hooks),
    key("quoting", "{}", Update, Shape::Map),
    key("column_types", "{}", Update, Shape::Map),
    key("full_refresh", "null", Replace, Shape::Bool),
    key("unique_key", "null", Replace, Shape::Texts),
    key(
        "on_schema_change",
        r#""ignore""#,
        Replace,
        Shape::OneOf(&["ignore", "append_new_columns", "sync_all_columns", "fail"]),
    ),
    key("on_configuration_change", r#""apply""#, Replace, Shape::OneOf(&["apply", "continue", "fail"])),
    key("grants", "{}", AppendByKey, Shape::Map),
    key("packages", "[]", Append, Shape::Texts),
    key("docs", r#"{"show": true, "node_color": null}"#, Update, Shape::Docs),
    key("contract", r#"{"enforced": false, "alias_types": true}"#, Update, Shape::Map),
    key("event_time", "null", Replace, Shape::Any),
    key("concurrent_batches", "null", Replace, Shape::Any),
];

const VIEW: &[Key] = &[key("materialized", r#""view""#, Replace, Shape::Text)];

const MODEL: &[Key] = &[
    key("access", r#""protected""#, Replace, Shape::OneOf(&["private", "protected", "public"])),
    key("freshness", "null", Replace, Shape::Map),
];

const SEED_MATERIALIZED: &[Key] = &[key("materialized", r#""seed""#, Replace, Shape::Only("seed"))];

const SEED: &[Key] =
    &[key("delimiter", r#"",""#, Replace, Shape::Text), key("quote_columns", "null", Replace, Shape::Bool)];

const SNAPSHOT_MATERIALIZED: &[Key] = &[key("materialized", r#""snapshot""#, Replace, Shape::Only("snapshot"))];

const SNAPSHOT: &[Key] = &[
    key("strategy", "null", Replace, Shape::Text),
    key("target_schema", "null", Replace, Shape::Text),
    key("target_database", "null", Replace, Shape::Text),
    key("updated_at", "null", Replace, Shape::Text),
    key("check_cols", "null", Replace, Shape::Texts),
    key(
        "snapshot_meta_column_names",
        r#"{"dbt_valid_to": null, "dbt_valid_from": null, "dbt_scd_id": null, "dbt_updated_at": null,
            "dbt_is_deleted": null}"#,
        Update,
        Shape::Map,
    ),
    key("dbt_valid_to_current", "null", Replace, Shape::Text),
];

const SNAPSHOT_BEYOND: &[&str] =
    &["late_arriving", "deleted_when", "max_delete_ratio", "type1_cols", "on_full_refresh", "key_index"];

const MODEL_BEYOND: &[&str] = &["sequence_by", "milestones", "derived", "quarantine", "key_index"];

const FUNCTION_MATERIALIZED: &[Key] = &[key("materialized", r#""function""#, Replace, Shape::Only("function"))];

const FUNCTION: &[Key] = &[
    key("type", r#""scalar""#, Replace, Shape::OneOf(&["scalar", "aggregate", "table"])),
    key("volatility", "null", Replace, Shape::OneOf(&["deterministic", "stable", "non-deterministic"])),
    key("runtime_version", "null", Replace, Shape::Any),
    key("entry_point", "null", Replace, Shape::Text),
];

const TEST: &[Key] = &[
    key("schema", r#""dbt_test__audit""#, Replace, Shape::Text),
    key("materialized", r#""test""#, Replace, Shape::Only("test")),
    key("severity", r#""ERROR""#, Replace, Shape::OneOf(&["warn", "error"])),
    key("store_failures", "null", Replace, Shape::Bool),
    key("store_failures_as", "null", Replace, Shape::Text),
    key("where", "null", Replace, Shape::Text),
    key("limit", "null", Replace, Shape::Int),
    key("fail_calc", r#""count(*)""#, Replace, Shape::Text),
    key("warn_if", r#""!= 0""#, Replace, Shape::Text),
    key("error_if", r#""!= 0""#, Replace, Shape::Text),
];

const SOURCE: &[Key] = &[
    key("enabled", "true", Replace, Shape::Bool),
    key("event_time", "null", Replace, Shape::Any),
    key(
        "freshness",
        r#"{"warn_after": {"count": null, "period": null}, "error_after": {"count": null, "period": null},
            "filter": null}"#,
        Replace,
        Shape::Map,
    ),
    key("loaded_at_field", "null", Replace, Shape::Text),
    key("loaded_at_query", "null", Replace, Shape::Text),
    key("meta", "{}", Update, Shape::Map),
    key("tags", "[]", Replace, Shape::Texts),
    key("static_analysis", "null", Replace, Shape::Any),
];

const EXPOSURE: &[Key] = &[
    key("enabled", "true", Replace, Shape::Bool),
    key("tags", "[]", Replace, Shape::Texts),
    key("meta", "{}", Replace, Shape::Map),
];

const UNIT_TEST: &[Key] = &[
    key("tags", "[]", Append, Shape::Texts),
    key("meta", "{}", Update, Shape::Map),
    key("enabled", "true", Replace, Shape::Bool),
    key("static_analysis", "null", Replace, Shape::Any),
];

const SEMANTIC: &[Key] = &[
    key("enabled", "true", Replace, Shape::Bool),
    key("group", "null", Replace, Shape::Text),
    key("meta", "{}", Update, Shape::Map),
];

const SAVED_QUERY: &[Key] = &[
    key("export_as", "null", Replace, Shape::OneOf(&["table", "view"])),
    key("schema", "null", Replace, Shape::Text),
    key("cache", r#"{"enabled": false}"#, Replace, Shape::Map),
];

/// The keys of a kind of resource.
#[derive(Debug)]
pub struct ConfigClass {
    /// By name, in the order of artifacts.
    pub keys: IndexMap<&'static str, &'static Key>,
    /// Names of keys that dbt does not know. They have no default.
    pub beyond: &'static [&'static str],
    /// The section of dbt_project.yml.
    pub section: &'static str,
    /// Every key with its default.
    pub defaults: IndexMap<&'static str, Json>,
}

impl ConfigClass {
    fn new(section: &'static str, parts: &[&'static [Key]]) -> Self {
        // A later part's key takes the place of an earlier one's.
        let mut keys: IndexMap<&'static str, &'static Key> = IndexMap::new();
        for key in parts.iter().flat_map(|part| part.iter()) {
            keys.insert(key.name, key);
        }
        let default = |key: &Key| serde_json::from_str(key.default).unwrap_or(Json::Null);
        let defaults = keys.values().map(|key| (key.name, default(key))).collect();
        let beyond = match section {
            "models" => MODEL_BEYOND,
            "snapshots" => SNAPSHOT_BEYOND,
            _ => &[],
        };
        Self { keys, beyond, section, defaults }
    }

    /// How a key's levels merge; unknown keys replace.
    pub fn merge(&self, key: &str) -> Merge {
        self.keys.get(key).map_or(Replace, |key| key.merge)
    }
}

macro_rules! classes {
    ($($name:ident = $section:literal $parts:expr;)*) => {
        $(static $name: LazyLock<ConfigClass> = LazyLock::new(|| ConfigClass::new($section, $parts));)*
    };
}

classes! {
    NODES = "models" &[COMMON, VIEW, BUILT];
    MODELS = "models" &[COMMON, VIEW, BUILT, MODEL];
    SEEDS = "seeds" &[COMMON, SEED_MATERIALIZED, BUILT, SEED];
    SNAPSHOTS = "snapshots" &[COMMON, SNAPSHOT_MATERIALIZED, BUILT, SNAPSHOT];
    FUNCTIONS = "functions" &[COMMON, FUNCTION_MATERIALIZED, BUILT, FUNCTION];
    TESTS = "tests" &[COMMON, TEST];
    SOURCES = "sources" &[SOURCE];
    EXPOSURES = "exposures" &[EXPOSURE];
    UNIT_TESTS = "unit_tests" &[UNIT_TEST];
    METRICS = "metrics" &[SEMANTIC];
    SEMANTIC_MODELS = "semantic-models" &[SEMANTIC];
    SAVED_QUERIES = "saved-queries" &[SEMANTIC, SAVED_QUERY];
}

/// The keys of a kind of resource.
pub fn class_of(kind: ResourceType) -> &'static ConfigClass {
    match kind {
        ResourceType::Model => &MODELS,
        ResourceType::Seed => &SEEDS,
        ResourceType::Snapshot => &SNAPSHOTS,
        ResourceType::Function => &FUNCTIONS,
        ResourceType::Test => &TESTS,
        ResourceType::Source => &SOURCES,
        ResourceType::Exposure => &EXPOSURES,
        ResourceType::UnitTest => &UNIT_TESTS,
        ResourceType::Metric => &METRICS,
        ResourceType::SemanticModel => &SEMANTIC_MODELS,
        ResourceType::SavedQuery => &SAVED_QUERIES,
        ResourceType::Analysis | ResourceType::Operation | ResourceType::SqlOperation => &NODES,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_default_is_json_that_fits_its_key() {
        for class in [&*NODES, &MODELS, &SEEDS, &SNAPSHOTS, &FUNCTIONS, &TESTS, &SOURCES, &SAVED_QUERIES] {
            for (name, key) in &class.keys {
                let default: Json = serde_json::from_str(key.default).unwrap();
                assert!(key.shape.fits(&default), "{name}: {default}");
            }
        }
    }

    #[test]
    fn keys_stand_in_the_order_of_the_manifest() {
        let names: Vec<_> = TESTS.keys.keys().copied().collect();
        assert_eq!(names[..4], ["enabled", "alias", "schema", "database"]);
        assert_eq!(TESTS.defaults["schema"], "dbt_test__audit");
        assert_eq!(SNAPSHOTS.keys.get_index_of("materialized"), Some(8));
    }
}
