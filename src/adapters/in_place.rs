//! Files that are read where they are.

use super::FileColumn;
use crate::files::{FileFormat, ReadOptions};
use serde_json::{Map, Value as Json};

/// Files that a query reads where they are.
#[derive(Debug, Clone, Copy)]
pub struct InPlace<'a> {
    /// Paths, or one address, which may be a glob; at least one.
    pub places: &'a [String],
    /// What paths begin with that are told without it.
    pub root: &'a str,
    /// What they hold.
    pub format: FileFormat,
    /// How they are read.
    pub options: &'a ReadOptions,
    /// Options of the engine's own reader, by its names.
    pub reader_options: &'a Map<String, Json>,
    /// The columns that are declared, in order; the files may have more.
    pub columns: &'a [FileColumn],
}
