//! The connection profile.

use serde_json::{Map, Value as Json};

/// A profile of profiles.yml with its chosen target.
#[derive(Debug, Clone)]
pub struct Profile {
    /// Its name.
    pub name: String,
    /// The chosen output.
    pub target: Target,
    /// The names of all its outputs.
    pub outputs: Vec<String>,
}

/// An output of a profile.
#[derive(Clone)]
pub struct Target {
    /// Its name, such as `dev`.
    pub name: String,
    /// The engine, such as `duckdb`.
    pub kind: String,
    /// How many nodes may run at once.
    pub threads: usize,
    /// All keys as written, rendered. Holds secrets: never print it.
    pub output: Map<String, Json>,
}

impl std::fmt::Debug for Target {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "Target({}: {})", self.name, self.kind)
    }
}
