//! Selection grammar → node set: `+model`, `tag:nightly,config.materialized:table`, `state:modified+`, YAML selectors.
//!
//! [`select`] is the whole of it: [`Criteria`] say what was asked for, the graph (and, for `state:`, `result:` and
//! `source_status:`, a [`PreviousState`]) is searched, and the unique ids come back in the graph's order.

mod comparison;
mod contract_change;
mod criteria;
mod criterion;
mod definition;
mod expression;
mod fqn;
mod method;
mod pattern;
mod resource;
mod search;
mod state;
#[cfg(test)]
mod trial;
mod version;
mod written;

pub use criteria::Criteria;
pub use resource::Resource;
pub use search::{Selection, select};
pub use state::PreviousState;
pub use written::selectors;
