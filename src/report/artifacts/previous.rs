//! An earlier run's artifacts → [`PreviousState`].

use crate::adapters::{Parts, Relation, RelationKind};
use crate::diagnostics::{Code, Diagnostic, Result};
use crate::resolve::{Graph, UniqueId};
use crate::select::PreviousState;
use crate::world::World;
use serde_json::Value as Json;
use std::collections::HashMap;
use std::path::Path;

/// Reads the artifacts in `dir`; `target` is the project's own target folder. What is not there is `None`.
pub fn previous_state(world: &World, dir: &Path, target: &Path) -> Result<PreviousState> {
    if !dir.is_dir() {
        return Err(Diagnostic::error(
            Code::STATE_MISSING,
            format!("The state folder '{}' does not exist.", dir.display()),
        )
        .hint("--state names the folder with the manifest.json of an earlier run."));
    }
    Ok(PreviousState {
        manifest: artifact(world, &dir.join("manifest.json"))?,
        run_results: artifact(world, &dir.join("run_results.json"))?,
        sources: artifact(world, &dir.join("sources.json"))?,
        current_sources: artifact(world, &target.join("sources.json"))?,
    })
}

/// The kinds of artifacts that are read back, and the versions of their shape that can be: as dbt's `dbt_schema_version`
/// has them.
const READABLE: [(&str, std::ops::RangeInclusive<u32>); 3] =
    [("manifest", 4..=12), ("run-results", 4..=6), ("sources", 1..=3)];

/// An artifact in today's shape, if there is one.
///
/// # Errors
/// A file that is no JSON, and one in a shape that is too old or too new to be read.
pub fn artifact(world: &World, path: &Path) -> Result<Option<Json>> {
    if !path.is_file() {
        return Ok(None);
    }
    let file = world.read(path, path)?;
    let mut artifact = serde_json::from_str(file.text()).map_err(|error| {
        Diagnostic::error(Code::ARTIFACT_INVALID, format!("{} is no JSON document: {error}.", path.display()))
            .hint("It may be damaged, or written by another program. Run again to write a new one.")
    })?;
    if let Some((kind, version)) = schema_version(&artifact) {
        let readable = READABLE.into_iter().find(|(readable, _)| *readable == kind);
        if let Some((_, versions)) = readable.filter(|(_, versions)| !versions.contains(&version)) {
            let message = format!("{} has the shape {kind}/v{version}, which cannot be read.", path.display());
            let hint = format!("Versions {} to {} can: write it anew.", versions.start(), versions.end());
            return Err(Diagnostic::error(Code::ARTIFACT_INVALID, message).hint(hint));
        }
        if kind == "manifest" {
            upgrade(&mut artifact, version);
        }
    }
    Ok(Some(artifact))
}

/// The kind of an artifact and the version of its shape, from an address that ends in `/manifest/v12.json`.
fn schema_version(artifact: &Json) -> Option<(String, u32)> {
    let address = artifact.get("metadata")?.get("dbt_schema_version")?.as_str()?;
    let mut parts = address.trim_end_matches(".json").rsplit('/');
    let version = parts.next()?.strip_prefix('v')?.parse().ok()?;
    Some((parts.next()?.to_owned(), version))
}

/// Brings an older manifest into today's shape, as far as its resources are compared.
fn upgrade(manifest: &mut Json, version: u32) {
    if let Some(nodes) = manifest.get_mut("nodes").and_then(Json::as_object_mut) {
        for node in nodes.values_mut().filter_map(Json::as_object_mut) {
            for (old, new) in [("raw_sql", "raw_code"), ("compiled_sql", "compiled_code")] {
                if let Some(code) = node.remove(old) {
                    node.insert(new.into(), code);
                }
            }
        }
    }
    if version < 10
        && let Some(manifest) = manifest.as_object_mut()
    {
        // Metrics were another thing then.
        manifest.remove("metrics");
    }
}

/// Where the earlier run built the nodes that `--defer` and `clone` may read: by unique id.
pub fn relations(graph: &Graph, previous: &PreviousState) -> HashMap<UniqueId, Relation> {
    let all = |key: &str| {
        let map = previous.manifest.as_ref().and_then(|manifest| manifest.get(key)).and_then(Json::as_object);
        map.into_iter().flatten()
    };
    let built = all("nodes").chain(all("functions")).filter(|(_, node)| {
        let text = |key: &str| node.get(key).and_then(Json::as_str);
        match text("resource_type") {
            Some("model" | "seed" | "snapshot") => text("relation_name").is_some(),
            kind => kind == Some("function"),
        }
    });
    built.filter_map(|(id, node)| Some((graph.nodes.get_key_value(id.as_str())?.0.clone(), relation(node)?))).collect()
}

fn relation(node: &Json) -> Option<Relation> {
    let text = |key: &str| node.get(key).and_then(Json::as_str).map(str::to_owned);
    let config = node.get("config")?;
    let quoted = |part: &str| {
        let quoting = config.get("quoting").and_then(|quoting| quoting.get(part)).and_then(Json::as_bool);
        quoting.unwrap_or_else(|| text("relation_name").is_none_or(|name| name.contains('"')))
    };
    let kind = match config.get("materialized").and_then(Json::as_str) {
        Some("view") => Some(RelationKind::View),
        Some("materialized_view") => Some(RelationKind::MaterializedView),
        Some("ephemeral") => None,
        _ => Some(RelationKind::Table),
    };
    Some(Relation {
        database: text("database"),
        schema: text("schema"),
        identifier: Some(text("alias")?),
        kind,
        quote: Parts { database: quoted("database"), schema: quoted("schema"), identifier: quoted("identifier") },
        include: Parts::ALL,
    })
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;

    #[test]
    fn old_manifests_are_brought_into_todays_shape() {
        let address = "https://schemas.getdbt.com/dbt/manifest/v5.json";
        let mut manifest = json!({
            "metadata": {"dbt_schema_version": address},
            "nodes": {"model.shop.a": {"raw_sql": "select 1"}},
            "metrics": {"metric.shop.a": {}},
        });
        assert_eq!(schema_version(&manifest), Some(("manifest".to_owned(), 5)));
        upgrade(&mut manifest, 5);
        assert_eq!(manifest["nodes"], json!({"model.shop.a": {"raw_code": "select 1"}}));
        assert!(manifest.get("metrics").is_none());
    }
}
