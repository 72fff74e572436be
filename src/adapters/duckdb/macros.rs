//! Package `dbt_duckdb`: what DuckDB does otherwise than the built-in macros.

use crate::adapters::MacroFile;
use crate::adapters::macros::macro_files;

/// The files below `macros/`.
pub const MACROS: &[MacroFile] = macro_files!["timestamps.sql"];
