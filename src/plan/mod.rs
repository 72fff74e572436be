//! A compiled node × what exists → [`Step`]s, as data.
//!
//! [`plan`] looks at a node's config, at what stands in the database and at the engine's facts, and says what is to be
//! done, without doing any of it. SQL comes from macros by their public names, so that a project's own version of one
//! is used wherever the built-in one would be. One file a materialization.

mod accumulating;
mod aside;
mod batches;
mod constraints;
mod custom;
mod data_test;
mod export;
mod external;
mod foreign_keys;
mod function;
mod grants;
mod hooks;
mod incremental;
mod lookup;
mod materialized_view;
mod node_plan;
mod partitions;
mod quarantine;
#[cfg(test)]
pub(crate) mod sample;
mod schema_change;
mod seed;
mod snapshot;
mod step;
mod strategy;
mod table;
#[cfg(test)]
mod tests;
mod type_change;
mod unit_test;
mod versions;
mod view;

pub use accumulating::{Accumulation, Milestone};
pub use aside::{aside, temporary};
pub use batches::{BatchRange, batches};
pub use data_test::{Stored, stored};
pub use export::Export;
pub use hooks::HookSet;
pub use materialized_view::ConfigurationChange;
pub use node_plan::{NodePlan, Places, Situation, plan};
pub use schema_change::{ColumnChanges, SchemaChange, widened};
pub use snapshot::HardDeletes;
pub use step::{Arg, Call, HookPhase, Slot, Step};
pub use type_change::TypeChange;
pub use unit_test::{FixtureRows, UnitTest};
