//! The one place that names the engines.

use super::{Adapter, DatabaseError, ErrorKind};
use crate::world::World;
use serde_json::{Map, Value as Json};
use std::path::Path;
use std::sync::Arc;

/// The types of database that a profile may name.
pub const TYPES: &[&str] = &["duckdb", "postgres"];

/// What an engine needs to know beside the profile's output.
#[derive(Debug, Clone, Copy)]
pub struct Surroundings<'a> {
    /// Environment (`PG*` variables) and home directory (`.pgpass`).
    pub world: &'a World,
    /// The project's folder: relative paths in a profile mean this.
    pub project_dir: &'a Path,
    /// How many connections will be open at once.
    pub threads: usize,
}

/// Reads an output of a profile (already rendered) and prepares its engine; does not connect.
pub fn adapter(output: &Map<String, Json>, surroundings: Surroundings<'_>) -> Result<Arc<dyn Adapter>, DatabaseError> {
    let _ = surroundings;
    let kind = output.get("type").and_then(Json::as_str).unwrap_or("");
    Err(DatabaseError::new(ErrorKind::Configuration, format!("unknown database type '{kind}'")))
}
