//! The `metadata` of every artifact.

use crate::load::{DBT_VERSION, Invocation, custom_variables};
use crate::world::World;
use jiff::Timestamp;
use serde_json::{Map, Value as Json, json};

/// Who wrote the artifact, and when; `schema` is its name and version: `manifest/v12`.
pub fn metadata(schema: &str, invocation: &Invocation, world: &World) -> Map<String, Json> {
    let metadata = json!({
        "dbt_schema_version": format!("https://schemas.getdbt.com/dbt/{schema}.json"),
        "dbt_version": DBT_VERSION,
        "generated_at": moment(world.now()),
        "invocation_id": invocation.id,
        "invocation_started_at": moment(invocation.started_at),
        "env": custom_variables(world),
    });
    match metadata {
        Json::Object(map) => map,
        _ => Map::new(),
    }
}

/// A moment as artifacts have it: in UTC, with microseconds.
pub fn moment(at: Timestamp) -> String {
    at.strftime("%Y-%m-%dT%H:%M:%S%.6fZ").to_string()
}
