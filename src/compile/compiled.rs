//! What compiling a node gives.

use super::Batch;
use crate::jinja::SourceMap;
use crate::resolve::UniqueId;

/// A node's SQL, ready to be run or wrapped by its materialization.
#[derive(Debug, Clone, Default)]
pub struct Compiled {
    /// The SQL, ephemeral models included.
    pub sql: String,
    /// From the SQL back to the template.
    pub map: SourceMap,
    /// The ephemeral models in it, in order, each with its common table expression: dbt's `extra_ctes`.
    pub ctes: Vec<(UniqueId, String)>,
    /// What the `to` of the node's foreign keys means: as written, and the table.
    pub foreign_tables: Vec<(String, String)>,
    /// The batch it is for, if it is one of a microbatch model.
    pub batch: Option<Batch>,
}
