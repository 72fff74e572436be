//! Tables in files.

use super::Method;
use crate::compile::values::relation_of;
use crate::diagnostics::{Code, Diagnostic};
use crate::event::Level;
use crate::jinja::{Value, raise, to_json};
use serde_json::{Map, Value as Json};
use std::path::Path;

/// The methods.
pub const METHODS: &[(&str, Method)] = &[
    ("external_root", |rendering, _, _| {
        let root = rendering.session.output().target.output.get("external_root").and_then(Json::as_str);
        Ok(Value::from(root.unwrap_or(".")))
    }),
    ("external_write_options", |_, _, arguments| {
        let location = arguments.string(0, "write_location")?;
        let options = to_json(&arguments.require(1, "rendered_options")?);
        Ok(Value::from(write_options(&location, options.as_object().cloned().unwrap_or_default())))
    }),
    ("external_read_location", |_, _, arguments| {
        let location = arguments.string(0, "write_location")?;
        let options = to_json(&arguments.require(1, "rendered_options")?);
        Ok(Value::from(read_location(&location, &options)))
    }),
    ("location_exists", |rendering, _, arguments| {
        let location = rendering.dialect().literal(&arguments.string(0, "location")?);
        let session = rendering.session().map_err(raise)?;
        Ok(Value::from(session.execute(&format!("select 1 from {location} where false")).is_ok()))
    }),
    ("is_motherduck", |_, _, _| Ok(Value::from(false))),
    ("is_ducklake", |rendering, _, arguments| {
        let relation = arguments.get(0, "relation").and_then(|relation| relation_of(&relation));
        let attached = rendering.session.output().target.output.get("attach").and_then(Json::as_array);
        let is_lake = |database: &Json| {
            let text = |key: &str| database.get(key).and_then(Json::as_str).unwrap_or_default();
            let lake = text("path").starts_with("ducklake:") || text("type") == "ducklake";
            lake && relation.as_ref().is_some_and(|relation| relation.database.as_deref() == Some(text("alias")))
        };
        Ok(Value::from(attached.into_iter().flatten().any(is_lake)))
    }),
    ("warn_once", |rendering, _, arguments| {
        rendering.tell(Level::Warn, arguments.string(0, "msg")?);
        Ok(Value::from(""))
    }),
    ("get_binding_char", |_, _, _| Ok(Value::from("?"))),
    ("store_relation", |_, _, _| {
        let message = "Plugins are not supported.";
        Err(raise(Diagnostic::error(Code::UNSUPPORTED, message).hint("Write the table to a file without a plugin.")))
    }),
];

/// The options of `copy … to`, as SQL.
fn write_options(location: &str, mut options: Map<String, Json>) -> String {
    if !options.contains_key("format") {
        let ending = Path::new(location).extension().map(|ending| ending.to_string_lossy().to_lowercase());
        let format = ending.unwrap_or_else(|| if options.contains_key("delimiter") { "csv" } else { "parquet" }.into());
        options.insert("format".into(), format.into());
    }
    if options.get("format").and_then(Json::as_str) == Some("csv") {
        options.entry("header").or_insert(Json::from(1));
    }
    let written = options.iter().map(|(key, value)| {
        let text = value.as_str().map_or_else(|| value.to_string(), str::to_owned);
        match key.to_lowercase().as_str() {
            "partition_by" if text.contains(',') && !text.starts_with('(') => format!("{key} ({text})"),
            "delimiter" | "quote" | "escape" | "null" if !text.starts_with('\'') => format!("{key} '{text}'"),
            _ => format!("{key} {text}"),
        }
    });
    written.collect::<Vec<_>>().join(", ")
}

/// Where the files that a `copy … to` wrote are read from.
fn read_location(location: &str, options: &Json) -> String {
    let option = |key: &str| options.get(key).filter(|value| !value.is_null() && **value != Json::Bool(false));
    if option("partition_by").is_none() && option("per_thread_output").is_none() {
        return location.to_owned();
    }
    let partitions = option("partition_by").and_then(Json::as_str).map_or(0, |columns| columns.split(',').count());
    let format = option("format").and_then(Json::as_str).unwrap_or("parquet");
    format!("{location}/{}.{format}", vec!["*"; partitions + 1].join("/"))
}
