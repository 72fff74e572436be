//! The source texts of a package.

use crate::diagnostics::SourceFile;
use std::path::PathBuf;
use std::sync::Arc;

/// A file of a package, by what its folder and ending make it.
#[derive(Debug, Clone)]
pub struct ProjectFile {
    /// What it is.
    pub kind: FileKind,
    /// Its text; a seed's is read only when needed, so it is empty here.
    pub source: Arc<SourceFile>,
    /// Relative to the package: `models/staging/a.sql` (dbt's `original_file_path`).
    pub path: PathBuf,
    /// The part of `path` that is the configured folder: `models`.
    pub root: PathBuf,
    /// The file on disk.
    pub disk_path: PathBuf,
}

/// What a file holds.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum FileKind {
    /// A model in SQL.
    Model,
    /// A model in Python.
    PythonModel,
    /// Macros (and generic tests, and materializations).
    Macro,
    /// Data tests: a singular one, or `{% test %}` blocks below `tests/generic`.
    Test,
    /// Snapshot blocks.
    Snapshot,
    /// An analysis.
    Analysis,
    /// A function.
    Function,
    /// A seed.
    Seed,
    /// Properties.
    Properties,
    /// `{% docs %}` blocks.
    Docs,
    /// Rows of a unit test.
    Fixture,
}
