//! YAML as dbt's users write it: read as PyYAML reads it (YAML 1.1), every value with its place.
//!
//! [`parse`] gives a tree of [`Yaml`]; [`Fields`] takes a mapping apart by key and type and finds what is left over;
//! [`write`] turns plain data back into text.

mod continuation;
mod fields;
mod mistake;
mod parse;
mod scalar;
mod value;
mod write;

pub use fields::{Fields, FromYaml, OneOrMany};
pub use parse::{parse, parse_text};
pub use value::{Yaml, YamlValue};
pub use write::write;
