//! Names → the [`Graph`]: refs, sources, config precedence, relation names, versions, access, cycles.

mod absent_database;
mod build;
mod calls;
mod capture;
mod columns;
mod config;
mod contract;
mod cycles;
mod data_test;
mod descriptions;
mod drafting;
mod duplicates;
mod edges;
mod exposures;
mod facts;
mod files;
mod function;
mod graph;
mod hooks;
#[cfg(test)]
mod lab;
mod link;
mod location;
mod lookup;
mod macros;
mod names;
mod node;
mod patches;
mod primary_key;
mod python;
mod quarantine;
mod reach;
mod requirements;
mod revise;
mod semantic_layer;
mod site;
mod sources;
mod stations;
mod target;
mod template_node;
#[cfg(test)]
mod tests;
mod time_spine;
mod transfer;
mod unit_test;
mod whole;

#[cfg(test)]
pub use build::graph;
pub use build::{announce, understand};
pub use data_test::{test_argument, test_macro};
use edges::dag;
pub use hooks::operations;

pub use crate::parse::WrittenPlace;
pub use columns::expression_calls;
pub use config::Config;
pub use files::{SourceFiles, quarantine_id, quarantined_id};
pub use graph::{Exposure, Graph, Group, Kept, Macro, MacroArgument, Operation, Source, SourceQuoting};
pub use lookup::Lookup;
pub use node::{
    Access, Checksum, ColumnInfo, Constraint, ConstraintKind, GenericTest, Language, ModelInfo, Node, NodeKind,
    RefCall, ResourceType, SpanEq, UniqueId,
};
pub use quarantine::{Quarantine, QuarantineCondition, QuarantineRule, expression};
pub use requirements::warnings_hold_until;
pub use revise::{Edit, Revision, revise};
pub use site::search_order;
pub use time_spine::LEGACY as LEGACY_TIME_SPINE;
pub use transfer::Transfer;
