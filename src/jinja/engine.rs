//! Rendering.

use super::{Error, ErrorKind, MacroLibrary, Scope, Value};
use crate::diagnostics::{Diagnostic, Result, Span};
use std::sync::Arc;

/// Renders templates with the macros of a library. Cheap to clone; shared by threads.
#[derive(Debug, Clone)]
pub struct Engine {
    library: Arc<MacroLibrary>,
}

/// A rendered template.
#[derive(Debug, Clone)]
pub struct Rendered {
    /// The text.
    pub text: String,
    /// From the text back to the template.
    pub map: SourceMap,
}

/// Which part of a text came from which place of a template.
#[derive(Debug, Clone, Default)]
pub struct SourceMap {
    /// (offset in the text, place in the template, whether the text from here on is the template's own, byte for byte),
    /// ascending; each holds until the next.
    pub entries: Vec<(usize, Span, bool)>,
}

impl SourceMap {
    /// The place that the byte at `offset` of the text came from: exact for the template's own text, the whole
    /// expression for what an expression gave.
    pub fn locate(&self, offset: usize) -> Option<Span> {
        let _ = offset;
        None
    }
}

impl Engine {
    /// An engine over a library.
    pub fn new(library: Arc<MacroLibrary>) -> Self {
        Self { library }
    }

    /// Its macros.
    pub fn library(&self) -> &Arc<MacroLibrary> {
        &self.library
    }

    /// Renders the template under `template`.
    pub fn render(&self, template: &Span, scope: &Scope) -> Result<Rendered> {
        let _ = (template, scope);
        panic!("not written yet")
    }

    /// Renders a text; one that is a single `{{ expression }}` gives the expression's value, any other the text, as
    /// a string. (YAML values.)
    pub fn evaluate(&self, template: &Span, scope: &Scope) -> Result<Value> {
        let _ = (template, scope);
        panic!("not written yet")
    }

    /// Calls the macro that `name` (or `package.name`) means in the scope.
    pub fn call(&self, name: &str, args: &[Value], kwargs: &[(&str, Value)], scope: &Scope) -> Result<Value> {
        let _ = (name, args, kwargs, scope);
        panic!("not written yet")
    }
}

/// An error for a template's function to return, which keeps the diagnostic whole on its way up; the engine adds the
/// place and the macro trace.
pub fn raise(diagnostic: Box<Diagnostic>) -> Error {
    Error::new(ErrorKind::InvalidOperation, diagnostic.message.clone()).with_source(*diagnostic)
}
