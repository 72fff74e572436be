//! The template language: Jinja as dbt's users write it, on minijinja. Knows no database and no dbt node.
//!
//! A file of blocks (`macro`, `test`, `materialization`, `snapshot`, `docs`) is split by [`blocks`]; what a template
//! refers to is read off its syntax tree by [`extract`]; an [`Engine`] renders templates in a [`Scope`].
//!
//! A template is rewritten (`syntax`) so that minijinja behaves as Jinja2 on Python does (`python`). Each macro is a
//! template of its own, called through an object (`invocation`) whose names are resolved by `rendering`.

mod block;
mod caller;
mod docs;
mod engine;
mod extract;
mod failure;
mod forgiving;
mod invocation;
mod library;
mod python;
mod recorder;
mod rendering;
mod scope;
mod source_map;
mod syntax;

pub use block::{Block, BlockKind, blocks, stray_tags};
pub use engine::{Engine, Rendered, has_tags};
pub use extract::{Call, ConfigItem, Extraction, extract};
pub use failure::raise;
pub use invocation::dispatch;
pub use library::{MacroDef, MacroLibrary};
pub use minijinja::value::{
    DynObject, Enumerator, Kwargs, Object, ObjectRepr, Rest, ValueKind, ValueOrKwargs, from_args,
};
pub use minijinja::{Error, ErrorKind, State, Value};
pub use python::{
    Arguments, Clock, Date, Decimal, Delta, Dict, List, Moment, Set, Time, Zone, equal, from_json, from_yaml,
    python_json, sort, to_json, tuple,
};
pub use rendering::render_here;
pub use scope::{Additions, Layer, NameTable, Naming, Scope};
pub use source_map::SourceMap;
