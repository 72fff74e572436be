//! PostgreSQL.

pub mod macros;
