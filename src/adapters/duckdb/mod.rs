//! DuckDB, embedded.

pub mod macros;
