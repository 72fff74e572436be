//! What tools read: manifest.json, semantic_manifest.json, run_results.json, catalog.json, sources.json and the SQL that was compiled and run,
//! in dbt's shapes; and the way back, from an earlier run's files to a [`PreviousState`].

mod args;
mod base;
mod catalog;
mod folder;
mod manifest;
mod metadata;
mod nodes;
mod previous;
mod run_results;
mod section;
mod semantic_manifest;
mod sources;
mod sql_files;

pub use catalog::{CatalogColumn, CatalogEntry, catalog, place};
pub use folder::Folder;
pub use manifest::Call as ManifestCall;
pub use nodes::resource;
pub use previous::{artifact, previous_state, relations};
pub use run_results::run_results;
use semantic_manifest::semantic_manifest;
pub use sources::sources;
pub use sql_files::SqlFiles;
