//! The levels of a config, merged.

use super::Config;
use super::keys::{ConfigClass, Merge, Shape, class_of};
use crate::diagnostics::Span;
use crate::parse::Settings;
use crate::resolve::ResourceType;
use jiff::civil::DateTime;
use serde_json::{Map, Value as Json};
use std::sync::Arc;

/// A merged config, and where each value was given last.
#[derive(Debug, Clone)]
pub struct Merged {
    /// The config, defaults included.
    pub config: Arc<Config>,
    /// The place of each value that is not a default, in the order in which the keys were given first.
    origins: Vec<(String, Span)>,
}

impl Merged {
    /// Where the value of a key was given.
    pub fn origin(&self, key: &str) -> Option<&Span> {
        self.origins.iter().find(|(name, _)| name == key).map(|(_, span)| span)
    }

    /// The keys that were given, with the places of their values.
    pub fn origins(&self) -> impl Iterator<Item = (&str, &Span)> {
        self.origins.iter().map(|(name, span)| (name.as_str(), span))
    }
}

/// Merges levels, the weakest first, over the defaults of a kind of resource.
pub fn merge_levels<'a>(kind: ResourceType, levels: impl IntoIterator<Item = &'a Settings>) -> Merged {
    let class = class_of(kind);
    let mut config = Config::of(kind);
    let mut origins: Vec<(String, Span)> = vec![];
    for setting in levels.into_iter().flat_map(|level| &level.0) {
        let name = canonical(&setting.key);
        match origins.iter_mut().find(|(known, _)| known == name) {
            Some((_, origin)) => *origin = setting.span.clone(),
            None => origins.push((name.to_owned(), setting.span.clone())),
        }
        let value = config.given_mut(name);
        *value = join(class.merge(name), std::mem::take(value), setting.value.clone());
    }
    finish(class, &mut config);
    Merged { config: Arc::new(config), origins }
}

/// The arguments of all `config()` calls of a template as one mapping: those of a key are joined as levels are, and what
/// is given once stays as it is written.
pub fn join_calls(class: &ConfigClass, calls: &Settings) -> Map<String, Json> {
    let mut joined = Map::new();
    for setting in &calls.0 {
        let name = canonical(&setting.key);
        let value = setting.value.clone();
        let all = match joined.remove(name) {
            Some(earlier) => join(class.merge(name), earlier, value),
            None => value,
        };
        joined.insert(name.to_owned(), all);
    }
    joined
}

/// A key as artifacts have it.
fn canonical(key: &str) -> &str {
    match key.trim() {
        "pre_hook" => "pre-hook",
        "post_hook" => "post-hook",
        key => key,
    }
}

/// `new` joined to `old`. A value that does not fit the way of merging replaces; it is told of by `check`.
fn join(merge: Merge, old: Json, new: Json) -> Json {
    match (merge, old, new) {
        (Merge::Append, old, new) => Json::Array([list(old), list(new)].concat()),
        (Merge::Update, Json::Object(mut old), Json::Object(new)) => {
            old.extend(new);
            Json::Object(old)
        }
        (Merge::AppendByKey, Json::Object(old), Json::Object(new)) => Json::Object(append_by_key(old, new)),
        (_, _, new) => new,
    }
}

fn append_by_key(old: Map<String, Json>, new: Map<String, Json>) -> Map<String, Json> {
    let mut joined: Map<String, Json> = old.into_iter().map(|(key, value)| (key, Json::Array(list(value)))).collect();
    for (key, value) in new {
        let name = key.trim_start_matches('+');
        match joined.get_mut(name) {
            Some(Json::Array(items)) if name.len() < key.len() => items.extend(list(value)),
            _ => drop(joined.insert(name.to_owned(), Json::Array(list(value)))),
        }
    }
    joined
}

/// A value as a list; null is an empty one.
fn list(value: Json) -> Vec<Json> {
    match value {
        Json::Array(items) => items,
        Json::Null => vec![],
        one => vec![one],
    }
}

/// Configs whose other entries mean nothing, and are left out.
const KNOWN_ENTRIES: [(&str, &[&str]); 2] =
    [("contract", &["enforced", "alias_types", "checksum"]), ("docs", &["show", "node_color"])];

/// Puts values into the shape that artifacts have; defaults have it.
fn finish(class: &ConfigClass, config: &mut Config) {
    for (name, value) in &mut config.given {
        let is_int = class.keys.get(name.as_ref()).is_some_and(|key| key.shape == Shape::Int);
        finish_value(name, is_int, value);
    }
    if config.str("incremental_strategy") == Some("microbatch")
        && let Some(begin) = config.str("begin").and_then(|begin| begin.parse::<DateTime>().ok())
    {
        config.set("begin", begin.strftime("%Y-%m-%dT%H:%M:%S%.f").to_string().into());
    }
    if config.value("store_failures_as").is_some() {
        settle_store_failures(config);
    }
    // Every node has one, with two entries or so.
    config.given.shrink_to_fit();
}

fn finish_value(name: &str, is_int: bool, value: &mut Json) {
    match value {
        Json::String(text) if is_int => {
            if let Ok(number) = text.trim().parse::<i64>() {
                *value = number.into();
            }
        }
        Json::Array(hooks) if matches!(name, "pre-hook" | "post-hook") => {
            hooks.iter_mut().for_each(|hook| *hook = hook_entry(std::mem::take(hook)));
        }
        Json::Object(freshness) if name == "freshness" => {
            if let Some(Json::Object(build_after)) = freshness.get_mut("build_after") {
                build_after.entry("updates_on").or_insert_with(|| "any".into());
            }
        }
        Json::Object(entries) => {
            if let Some((_, known)) = KNOWN_ENTRIES.iter().find(|(key, _)| *key == name) {
                entries.retain(|entry, _| known.contains(&entry.as_str()));
            }
        }
        Json::Bool(on) if name == "static_analysis" => *value = if *on { "on" } else { "off" }.into(),
        _ => {}
    }
}

/// A hook as a mapping of `sql`, `transaction`, `index`.
fn hook_entry(hook: Json) -> Json {
    let given = match hook {
        Json::String(text) => match serde_json::from_str(&text) {
            Ok(Json::Object(map)) => map,
            _ => Map::from_iter([("sql".to_owned(), Json::String(text))]),
        },
        Json::Object(map) => map,
        other => return other,
    };
    let get = |key: &str, default: Json| given.get(key).cloned().unwrap_or(default);
    let mut entry = Map::new();
    entry.insert("sql".into(), get("sql", Json::Null));
    entry.insert("transaction".into(), get("transaction", Json::Bool(true)));
    entry.insert("index".into(), get("index", Json::Null));
    Json::Object(entry)
}

/// `store_failures_as` decides over `store_failures` where both are given.
fn settle_store_failures(config: &mut Config) {
    match config.str("store_failures_as").map(str::to_owned) {
        Some(kind) => config.set("store_failures", Json::Bool(kind != "ephemeral")),
        None => {
            let kind = config.bool("store_failures").map(|store| if store { "table" } else { "ephemeral" });
            config.set("store_failures_as", kind.map_or(Json::Null, Json::from));
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::parse::Setting;
    use serde_json::json;

    fn level(value: Json) -> Settings {
        let span = crate::diagnostics::SourceFile::new("x", "").span(0..0);
        let Json::Object(map) = value else { panic!("not a mapping") };
        Settings(
            map.into_iter().map(|(key, value)| Setting { key, value, written: None, span: span.clone() }).collect(),
        )
    }

    fn merged(kind: ResourceType, levels: &[Json]) -> Arc<Config> {
        let levels: Vec<_> = levels.iter().cloned().map(level).collect();
        merge_levels(kind, &levels).config
    }

    #[test]
    fn calls_of_config_are_joined_and_what_is_given_once_stays_as_written() {
        let mut calls = level(json!({"tags": "a", "pre_hook": "select 1"}));
        assert_eq!(
            Json::Object(join_calls(class_of(ResourceType::Model), &calls)),
            json!({"tags": "a", "pre-hook": "select 1"})
        );
        calls.0.extend(level(json!({"tags": ["b"]})).0);
        assert_eq!(join_calls(class_of(ResourceType::Model), &calls)["tags"], json!(["a", "b"]));
    }

    #[test]
    fn each_key_merges_in_its_way() {
        let table = [
            ("tags", json!("a"), json!(["b", "a"]), json!(["a", "b", "a"])),
            ("meta", json!({"x": 1, "y": 1}), json!({"y": 2}), json!({"x": 1, "y": 2})),
            ("persist_docs", json!({"relation": true}), json!({"columns": true}), json!({"columns": true})),
            ("grants", json!({"select": "a"}), json!({"+select": ["b"]}), json!({"select": ["a", "b"]})),
            ("grants", json!({"select": ["a"]}), json!({"select": "b"}), json!({"select": ["b"]})),
            ("materialized", json!("table"), json!("view"), json!("view")),
            ("docs", json!({"show": false}), json!({"node_color": "red"}), json!({"show": false, "node_color": "red"})),
            ("indexes", json!([1]), json!([2]), json!([2])),
            ("unique_key", json!("a"), Json::Null, Json::Null),
        ];
        for (key, weak, strong, expected) in table {
            let config = merged(ResourceType::Model, &[json!({key: weak}), json!({key: strong})]);
            assert_eq!(config.value(key), Some(&expected), "{key}");
        }
    }

    #[test]
    fn hooks_are_appended_under_one_name() {
        let config = merged(
            ResourceType::Model,
            &[json!({"pre-hook": "a"}), json!({"pre_hook": [{"sql": "b", "transaction": false}]})],
        );
        let expected = json!([
            {"sql": "a", "transaction": true, "index": null},
            {"sql": "b", "transaction": false, "index": null},
        ]);
        assert_eq!(config.value("pre-hook"), Some(&expected));
        assert_eq!(config.value("pre_hook"), None);
    }

    #[test]
    fn a_kind_of_storage_decides_whether_failures_are_stored() {
        let config =
            merged(ResourceType::Test, &[json!({"store_failures_as": "view"}), json!({"store_failures": false})]);
        assert_eq!(config.bool("store_failures"), Some(true));
        let config = merged(ResourceType::Test, &[json!({"store_failures": false})]);
        assert_eq!(config.str("store_failures_as"), Some("ephemeral"));
    }
}
