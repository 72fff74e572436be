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

/// An artifact, if there is one.
pub fn artifact(world: &World, path: &Path) -> Result<Option<Json>> {
    if !path.is_file() {
        return Ok(None);
    }
    let file = world.read(path, path)?;
    serde_json::from_str(file.text()).map(Some).map_err(|error| {
        Diagnostic::error(Code::ARTIFACT_INVALID, format!("{} is no JSON document: {error}.", path.display()))
            .hint("It may be damaged, or written by another program. Run again to write a new one.")
    })
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
