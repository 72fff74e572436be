//! Where tables of lakes are written.

use super::Method;
use crate::compile::rendering::Rendering;
use crate::diagnostics::{Code, Diagnostic, Result};
use crate::jinja::{Dict, Value, from_json, raise};
use std::collections::BTreeMap;
use std::sync::Arc;

/// The methods.
pub const METHODS: &[(&str, Method)] = &[("build_catalog_relation", |rendering, _, arguments| {
    let config = arguments.require(0, "model")?.get_attr("config")?;
    catalog_relation(rendering, &config).map_err(raise)
})];

/// How a model's table is kept: `catalog_name`, `catalog_type`, `table_format`, `external_volume` and the properties of
/// its catalog. What the model's config says itself wins.
fn catalog_relation(rendering: &Arc<Rendering>, config: &Value) -> Result<Value> {
    let written = |key: &str| config.get_item(&Value::from(key)).ok().filter(|value| value.is_true());
    let is_iceberg = |format: Value| format.to_string().eq_ignore_ascii_case("iceberg");
    let (name, kind, format) = match written("table_format").is_some_and(is_iceberg) {
        true => ("SNOWFLAKE", "BUILT_IN", "ICEBERG"),
        false => ("INFO_SCHEMA", "INFO_SCHEMA", "DEFAULT"),
    };
    let mut facts: BTreeMap<String, Value> = [("catalog_name", name), ("catalog_type", kind), ("table_format", format)]
        .map(|(key, value)| (key.to_owned(), Value::from(value)))
        .into();
    facts.insert("external_volume".into(), Value::from(()));
    if let Some(name) = written("catalog_name").map(|name| name.to_string()) {
        let catalogs = &rendering.compiler.graph().outputs.catalogs;
        let Some(catalog) = catalogs.iter().find(|catalog| catalog.name.eq_ignore_ascii_case(&name)) else {
            return Err(unknown(rendering, &name, catalogs.iter().map(|catalog| catalog.name.as_str())));
        };
        facts.extend(catalog.properties.iter().map(|(key, value)| (key.clone(), from_json(value))));
        facts.insert("catalog_name".into(), Value::from(name.to_uppercase()));
        facts.insert("catalog_type".into(), Value::from(catalog.kind.clone()));
        facts.insert("table_format".into(), Value::from("ICEBERG"));
        facts.insert("external_volume".into(), Value::from(catalog.external_volume.clone()));
    }
    for (key, fact) in &mut facts {
        if !matches!(key.as_str(), "catalog_name" | "catalog_type" | "table_format") {
            *fact = written(key).unwrap_or_else(|| fact.clone());
        }
    }
    Ok(Dict::value(facts.into_iter().map(|(key, value)| (Value::from(key), value))))
}

fn unknown<'a>(rendering: &Rendering, name: &str, known: impl Iterator<Item = &'a str>) -> Box<Diagnostic> {
    let known = known.collect::<Vec<_>>().join(", ");
    let hint = match known.as_str() {
        "" => "Write it into catalogs.yml.".to_owned(),
        known => format!("It has: {known}."),
    };
    let error = Diagnostic::error(Code::CONFIG_INVALID, format!("catalogs.yml has no catalog '{name}'.")).hint(hint);
    match rendering.node.as_ref().and_then(|node| node.place_of("catalog_name")) {
        Some(place) => error.at(&place),
        None => error,
    }
}
