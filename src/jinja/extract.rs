//! What a template refers to, without rendering it.

use crate::diagnostics::{Result, Span};
use serde_json::Value as Json;

/// What a template refers to, in the order written.
#[derive(Debug, Clone, Default)]
pub struct Extraction {
    /// `ref(…)` with literal arguments only.
    pub refs: Vec<Call>,
    /// `source(…)` with literal arguments only.
    pub sources: Vec<Call>,
    /// `function(…)` with literal arguments only.
    pub functions: Vec<Call>,
    /// The arguments of `config(…)`, each literal or not.
    pub config: Vec<ConfigItem>,
    /// Calls of anything else: `name(…)` or `name.attribute(…)`, by their dotted text.
    pub calls: Vec<(String, Span)>,
    /// Whether refs, sources, functions or configs can be known only by rendering: a non-literal argument of one of
    /// them, one inside a condition or loop, or a call of a macro that may contain one.
    pub dynamic: bool,
}

/// A call with literal arguments.
#[derive(Debug, Clone)]
pub struct Call {
    /// Positional arguments.
    pub args: Vec<Json>,
    /// Named arguments.
    pub kwargs: Vec<(String, Json)>,
    /// The whole call.
    pub span: Span,
}

/// An argument of `config(…)`.
#[derive(Debug, Clone)]
pub struct ConfigItem {
    /// The key.
    pub key: String,
    /// The value, if it is a literal.
    pub value: Option<Json>,
    /// The value as written.
    pub span: Span,
}

/// Reads a template's references off its syntax tree.
pub fn extract(template: &Span) -> Result<Extraction> {
    let _ = template;
    panic!("not written yet")
}
