//! Names → the [`Graph`]: refs, sources, config precedence, relation names, versions, access, cycles.

mod config;
mod graph;
mod node;

pub use config::Config;
pub use graph::{Exposure, Graph, Group, Macro, MacroArgument, Operation, Source, SourceQuoting};
pub use node::{
    Access, Checksum, ColumnInfo, Constraint, ConstraintKind, GenericTest, ModelInfo, Node, NodeKind, RefCall,
    ResourceType, SpanEq, UniqueId,
};
