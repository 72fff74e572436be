//! A node → its SQL: the names that templates see, ephemeral models, and the way back from SQL to the template.
//!
//! A [`Compiler`] is shared by all threads of a run. Each thread has a [`Session`] with the database. A
//! [`NodeContext`] holds the names that one node's templates and macros see: `context/` makes them, `values/` are the
//! kinds of things that they give.

mod backend;
mod batch;
mod compiled;
mod compiler;
mod context;
pub mod document;
mod ephemeral;
mod failure;
#[cfg(test)]
mod fixture;
mod fixtures;
mod infer;
mod materialization;
mod node_context;
mod query_comment;
mod rendering;
mod sample;
mod seed_file;
mod session;
#[cfg(test)]
mod tests;
mod values;

pub use batch::Batch;
pub use compiled::Compiled;
pub use compiler::{Compiler, Options};
pub use fixtures::Fixtures;
pub use materialization::check_language;
pub use node_context::NodeContext;
pub use seed_file::{explain_refusal, seed_table};
pub use session::Session;
pub use values::{column_of, column_value, relation_of, relation_value, source_object};
