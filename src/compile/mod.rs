//! A node → its SQL: the names that templates see, ephemeral models, and the way back from SQL to the template.
//!
//! A [`Compiler`] is shared by all threads of a run. Each thread has a [`Session`] with the database. A
//! [`NodeContext`] holds the names that one node's templates and macros see.

mod batch;
mod column;
mod compiled;
mod compiler;
mod node_context;
mod relation;
mod session;

pub use batch::Batch;
pub use column::{column_of, column_value};
pub use compiled::Compiled;
pub use compiler::{Compiler, Options};
pub use node_context::NodeContext;
pub use relation::{relation_of, relation_value};
pub use session::Session;
