//! The template language: Jinja as dbt's users write it, on minijinja. Knows no database and no dbt node.
//!
//! A file of blocks (`macro`, `test`, `materialization`, `snapshot`, `docs`) is split by [`blocks`]; what a template
//! refers to is read off its syntax tree by [`extract`]; an [`Engine`] renders templates in a [`Scope`].

mod block;
mod engine;
mod extract;
mod library;
mod scope;

pub use block::{Block, BlockKind, blocks};
pub use engine::{Engine, Rendered, SourceMap, raise};
pub use extract::{Call, ConfigItem, Extraction, extract};
pub use library::{MacroDef, MacroLibrary};
pub use minijinja::value::{Enumerator, Kwargs, Object, ObjectRepr, Rest, ValueKind, from_args};
pub use minijinja::{Error, ErrorKind, State, Value};
pub use scope::{Layer, Scope};
