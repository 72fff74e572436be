//! YAML as dbt's users write it: read as PyYAML reads it (YAML 1.1), every value with its place.

use crate::diagnostics::Span;

/// A value and where it stands.
#[derive(Debug, Clone)]
pub struct Yaml {
    /// The value.
    pub value: YamlValue,
    /// From its first to its last character.
    pub span: Span,
}

/// A YAML value.
#[derive(Debug, Clone)]
pub enum YamlValue {
    /// Nothing, `~` or `null`.
    Null,
    /// `true`, `yes`, `on`…
    Bool(bool),
    /// A whole number.
    Int(i64),
    /// A number with a point.
    Float(f64),
    /// Text.
    Str(String),
    /// A list.
    Seq(Vec<Yaml>),
    /// A mapping: keys (with their places) and values in the order written; a key occurs once.
    Map(Vec<(Yaml, Yaml)>),
}
