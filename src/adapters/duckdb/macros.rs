//! Package `dbt_duckdb`: what DuckDB does otherwise than the built-in macros.

use crate::adapters::MacroFile;
use crate::adapters::macros::macro_files;

/// The files below `macros/`.
pub const MACROS: &[MacroFile] = macro_files![
    "alter.sql",
    "catalog.sql",
    "cross_database.sql",
    "docs.sql",
    "external.sql",
    "functions.sql",
    "grants.sql",
    "indexes.sql",
    "list.sql",
    "merge.sql",
    "names.sql",
    "seeds.sql",
    "table_function.sql",
    "timestamps.sql",
    "unit_test.sql",
];
