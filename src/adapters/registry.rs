//! The one place that names the engines.

use super::{Adapter, DatabaseError, ErrorKind, duckdb::DuckDb, postgres::Postgres, snowflake::Snowflake};
use crate::diagnostics::nearest;
use crate::world::World;
use serde_json::{Map, Value as Json};
use std::path::Path;
use std::sync::Arc;

/// The engine that new projects start with: it needs no server.
pub const DEFAULT: &str = "duckdb";

/// The types of database that a profile may name.
pub const TYPES: &[&str] = &["duckdb", "postgres", "snowflake"];

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
///
/// # Errors
/// [`ErrorKind::Configuration`]: the type is unknown, or a key is missing or has the wrong type.
pub fn adapter(output: &Map<String, Json>, surroundings: Surroundings<'_>) -> Result<Arc<dyn Adapter>, DatabaseError> {
    match output.get("type").and_then(Json::as_str) {
        Some("duckdb") => Ok(Arc::new(DuckDb::new(output, surroundings)?)),
        Some("postgres") => Ok(Arc::new(Postgres::new(output, surroundings)?)),
        Some("snowflake") => Ok(Arc::new(Snowflake::new(output, surroundings)?)),
        Some(other) => Err(unknown_type(other)),
        None => Err(DatabaseError {
            hint: Some(format!("Give one of: {}.", TYPES.join(", "))),
            ..DatabaseError::new(ErrorKind::Configuration, "The profile's output lacks 'type'.")
        }),
    }
}

/// The YAML of an output of this type to start from; `PROJECT_NAME` stands for the project's name.
pub fn sample_output(kind: &str) -> &'static str {
    match kind {
        "postgres" => include_str!("postgres/sample_output.yml"),
        "snowflake" => include_str!("snowflake/sample_output.yml"),
        _ => include_str!("duckdb/sample_output.yml"),
    }
}

/// Types that dbt has adapters for and that cannot be built in yet.
const ELSEWHERE: &[&str] = &[
    "athena",
    "bigquery",
    "clickhouse",
    "databricks",
    "fabric",
    "glue",
    "mysql",
    "oracle",
    "redshift",
    "spark",
    "sqlite",
    "sqlserver",
    "synapse",
    "teradata",
    "trino",
];

fn unknown_type(name: &str) -> DatabaseError {
    if ELSEWHERE.contains(&name.to_lowercase().as_str()) {
        let hint = format!(
            "Relations are built in: {}. With a target of one of these, parse, list and compile work on any project.",
            TYPES.join(", ")
        );
        let message = format!("There is no adapter for '{name}' yet.");
        return DatabaseError { hint: Some(hint), ..DatabaseError::new(ErrorKind::Configuration, message) };
    }
    let near = nearest(name, TYPES.iter().copied());
    let known = format!("The types are: {}.", TYPES.join(", "));
    DatabaseError {
        hint: Some(match near.first() {
            Some(near) => format!("Did you mean '{near}'? {known}"),
            None => known,
        }),
        ..DatabaseError::new(ErrorKind::Configuration, format!("The database type '{name}' is unknown."))
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;

    fn refused(output: Json) -> DatabaseError {
        let world = World::fixed("/", Default::default(), jiff::Timestamp::UNIX_EPOCH);
        let surroundings = Surroundings { world: &world, project_dir: Path::new("/"), threads: 1 };
        match adapter(output.as_object().unwrap(), surroundings) {
            Ok(_) => panic!("accepted"),
            Err(error) => error,
        }
    }

    #[test]
    fn unknown_types_name_the_nearest() {
        let error = refused(json!({"type": "postgresql"}));
        assert_eq!(error.kind, ErrorKind::Configuration);
        assert_eq!(error.hint.as_deref(), Some("Did you mean 'postgres'? The types are: duckdb, postgres, snowflake."));
        assert_eq!(refused(json!({"type": "redshift"})).message, "There is no adapter for 'redshift' yet.");
        assert_eq!(refused(json!({})).hint.as_deref(), Some("Give one of: duckdb, postgres, snowflake."));
    }
}
