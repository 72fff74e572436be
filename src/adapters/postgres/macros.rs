//! Package `dbt_postgres`: what PostgreSQL does otherwise than the built-in macros.

use crate::adapters::MacroFile;
use crate::adapters::macros::macro_files;

/// The files below `macros/`.
pub const MACROS: &[MacroFile] = macro_files![
    "catalog.sql",
    "columns.sql",
    "comparable.sql",
    "constraints.sql",
    "contracts.sql",
    "create.sql",
    "cross_database.sql",
    "docs.sql",
    "functions.sql",
    "grants.sql",
    "indexes.sql",
    "list.sql",
    "materialized_view.sql",
    "merge.sql",
    "microbatch.sql",
    "names.sql",
    "neighbours.sql",
    "partitions.sql",
    "replace.sql",
    "snapshots.sql",
    "timestamps.sql",
];
