//! Files of top-level blocks.

use crate::diagnostics::{Result, SourceFile, Span};
use std::sync::Arc;

/// The kinds of top-level blocks.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
#[allow(missing_docs)]
pub enum BlockKind {
    Macro,
    /// `{% test %}` or `{% data_test %}`.
    Test,
    Materialization,
    Snapshot,
    Docs,
}

/// A top-level block.
#[derive(Debug, Clone)]
pub struct Block {
    /// Its kind.
    pub kind: BlockKind,
    /// Its name as written.
    pub name: String,
    /// For materializations: the adapter it is for, `default` when none is named.
    pub adapter: Option<String>,
    /// For materializations: `supported_languages`.
    pub supported_languages: Option<Vec<String>>,
    /// The names of its parameters.
    pub parameters: Vec<String>,
    /// From `{%` of the opening tag to `%}` of the closing one.
    pub span: Span,
    /// Between the tags.
    pub body: Span,
}

/// The top-level blocks of a file, in order; what stands between them is ignored.
pub fn blocks(file: &Arc<SourceFile>) -> Result<Vec<Block>> {
    let _ = file;
    panic!("not written yet")
}
