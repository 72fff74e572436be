//! sqlbuild: a compiler from a folder of Jinja-templated SQL to one typed graph of nodes, and a runner of that graph
//! against a database. The rooms and their ranks are described, and held by a test, in `ARCHITECTURE.md`.

pub mod adapters;
pub mod cache;
pub mod cli;
pub mod compile;
pub mod dag;
pub mod diagnostics;
pub mod event;
pub mod execute;
pub mod files;
pub mod jinja;
pub mod load;
pub mod parse;
pub mod plan;
pub mod report;
pub mod resolve;
pub mod select;
pub mod sql;
pub mod world;
pub mod yaml;
