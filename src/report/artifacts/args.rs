//! The settings of a call as run_results.json lists them.

use serde_json::{Map, Value as Json};

/// Settings that are listed only when they are on.
const LISTED_WHEN_ON: [&str; 8] = [
    "debug",
    "full_refresh",
    "fail_fast",
    "warn_error",
    "single_threaded",
    "log_cache_events",
    "store_failures",
    "use_experimental_parser",
];

/// The settings that the verb takes, without those that are not given.
pub fn listed(args: &Json) -> Map<String, Json> {
    let verb = args["which"].as_str().unwrap_or_default();
    let is_listed = |key: &str, value: &Json| {
        let is_off = *value == Json::Bool(false) && LISTED_WHEN_ON.contains(&key);
        !value.is_null() && !is_off && takes(verb, key)
    };
    let entries = args.as_object().into_iter().flatten().filter(|(key, value)| is_listed(key, value));
    entries.map(|(key, value)| (key.clone(), value.clone())).collect()
}

/// Whether a setting means something to a verb.
fn takes(verb: &str, setting: &str) -> bool {
    match setting {
        "select" | "exclude" | "selector" => !matches!(verb, "run-operation" | "retry" | "parse"),
        "resource_types" | "exclude_resource_types" => matches!(verb, "build" | "test" | "clone" | "list"),
        "full_refresh" => matches!(verb, "build" | "run" | "seed" | "compile" | "show" | "clone" | "retry"),
        "empty" => matches!(verb, "build" | "run" | "snapshot" | "compile"),
        "store_failures" => matches!(verb, "build" | "test"),
        "sample" | "event_time_start" | "event_time_end" => matches!(verb, "build" | "run"),
        "export_saved_queries" | "include_saved_query" => verb == "build",
        "sqlparse" => !matches!(verb, "clone" | "run-operation" | "retry" | "parse" | "list"),
        _ => true,
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;

    #[test]
    fn what_is_off_or_another_verbs_is_left_out() {
        let args = json!({
            "which": "compile", "debug": false, "full_refresh": true, "store_failures": true, "empty": false,
            "target": null,
        });
        assert_eq!(Json::Object(listed(&args)), json!({"which": "compile", "full_refresh": true, "empty": false}));
    }
}
