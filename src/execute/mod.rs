//! Steps × connections → results: scheduler, transactions, retries, cancellation.
//!
//! [`run`] carries out the plans of the selected nodes, each after those it depends on, several at once. A node's work
//! is one transaction: it is there whole or not at all.

mod accumulation;
mod attempt;
mod cancellation;
mod columns;
mod comparison;
mod dependents;
mod export;
mod failures;
mod files;
mod foreign_keys;
mod freshness;
mod gates;
mod hooks;
mod in_place;
mod lanes;
mod ledger;
mod materialized_view;
mod microbatch;
mod node_info;
mod operation;
mod pool;
mod preview;
mod quarantine;
mod replica;
mod rollback;
mod run;
mod samples;
mod schedule;
mod schemas;
mod seeds;
mod soundness;
mod stage;
mod stopwatch;
mod task;
mod transfer;
mod unit_test;
mod versions;

pub use cancellation::Cancellation;
pub use freshness::freshness;
pub use operation::run_operation;
pub use run::{Options, Verb, run};
