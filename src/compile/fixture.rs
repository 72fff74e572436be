//! What tests of this room compile with.

use crate::adapters::registry::{self, Surroundings};
use crate::adapters::{Adapter, Dialect};
use crate::world::World;
use serde_json::{Map, json};
use std::collections::BTreeMap;
use std::path::Path;
use std::sync::Arc;

/// The default engine, in memory.
fn adapter() -> Arc<dyn Adapter> {
    let world = World::fixed(".", BTreeMap::new(), jiff::Timestamp::UNIX_EPOCH);
    let output: Map<_, _> = [("type", json!(registry::TYPES[0])), ("path", json!(":memory:"))]
        .map(|(key, value)| (key.to_owned(), value))
        .into_iter()
        .collect();
    registry::adapter(&output, Surroundings { world: &world, project_dir: Path::new("."), threads: 1 }).unwrap()
}

/// The facts of the default engine.
pub fn dialect() -> &'static Dialect {
    adapter().dialect()
}
