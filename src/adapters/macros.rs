//! The macros that every engine starts from: package `dbt`, a file a topic below `macros/`.
//!
//! Their names, parameters and dispatch prefixes are dbt's, so that a project may override or call each of them. An
//! engine's own package, beside its driver, overrides what it does otherwise.

use super::MacroFile;

/// Embeds the files below the `macros` folder beside the source file that this is used in.
macro_rules! macro_files {
    ($($path:literal),* $(,)?) => {
        &[$($crate::adapters::MacroFile { path: $path, text: include_str!(concat!("macros/", $path)) }),*]
    };
}
pub(super) use macro_files;

/// Package `dbt`.
pub const BUILTIN_MACROS: &[MacroFile] = macro_files!["names/alias.sql", "names/database.sql", "names/schema.sql",];
