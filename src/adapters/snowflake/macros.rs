//! Package `dbt_snowflake`: what Snowflake does otherwise than the built-in macros.

use crate::adapters::MacroFile;
use crate::adapters::macros::macro_files;

/// The files below `macros/`.
pub const MACROS: &[MacroFile] = macro_files![
    "catalog.sql",
    "columns.sql",
    "create.sql",
    "cross_database.sql",
    "docs.sql",
    "dynamic_table.sql",
    "freshness.sql",
    "functions.sql",
    "grants.sql",
    "incremental.sql",
    "indexes.sql",
    "list.sql",
    "python.sql",
    "session.sql",
    "snapshots.sql",
    "timestamps.sql",
];
