//! One error or warning.

use super::{Code, Span};
use serde::{Deserialize, Serialize};
use std::fmt;

/// `std::result::Result` whose error is a [`Diagnostic`]. Boxed: the happy path stays small.
pub type Result<T, E = Box<Diagnostic>> = std::result::Result<T, E>;

/// How bad it is.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
pub enum Severity {
    /// The run goes on.
    Warning,
    /// Something could not be done.
    Error,
}

/// A place in source text with a short remark.
#[derive(Debug, Clone, Serialize, Deserialize)]
pub struct Label {
    /// Where.
    pub span: Span,
    /// Said beside the underlined text; may be empty.
    pub text: String,
}

/// One call on the way to an error, such as a macro: the innermost first.
#[derive(Debug, Clone, Serialize, Deserialize)]
pub struct Frame {
    /// What was being evaluated, such as `macro dbt_utils.star`.
    pub name: String,
    /// Where the call stands.
    pub span: Option<Span>,
}

/// An error or warning as people see it.
#[derive(Debug, Clone, Serialize, Deserialize)]
pub struct Diagnostic {
    /// Names the kind; documented in `docs/diagnostics.md`.
    pub code: Code,
    /// Error or warning.
    pub severity: Severity,
    /// One or two plain sentences, without the place.
    pub message: String,
    /// Where; the first is the primary one.
    pub labels: Vec<Label>,
    /// The calls that led there, innermost first.
    pub trace: Vec<Frame>,
    /// What to do about it.
    pub hint: Option<String>,
    /// Further facts, such as the failing SQL, one block each.
    pub notes: Vec<String>,
}

impl Diagnostic {
    /// An error.
    pub fn error(code: Code, message: impl Into<String>) -> Box<Self> {
        Self::new(code, Severity::Error, message.into())
    }

    /// A warning.
    pub fn warning(code: Code, message: impl Into<String>) -> Box<Self> {
        Self::new(code, Severity::Warning, message.into())
    }

    /// The same as a warning of a thing that goes on working for now.
    pub fn deprecated(mut self: Box<Self>, code: Code) -> Box<Self> {
        (self.code, self.severity) = (code, Severity::Warning);
        self
    }

    fn new(code: Code, severity: Severity, message: String) -> Box<Self> {
        Box::new(Self { code, severity, message, labels: vec![], trace: vec![], hint: None, notes: vec![] })
    }

    /// Points at `span`.
    pub fn at(self: Box<Self>, span: &Span) -> Box<Self> {
        self.label(span, "")
    }

    /// Points at `span` with a remark.
    pub fn label(mut self: Box<Self>, span: &Span, text: impl Into<String>) -> Box<Self> {
        self.labels.push(Label { span: span.clone(), text: text.into() });
        self
    }

    /// Points at `span` unless the diagnostic points somewhere already.
    pub fn at_if_nowhere(self: Box<Self>, span: &Span) -> Box<Self> {
        if self.labels.is_empty() { self.at(span) } else { self }
    }

    /// Says what to do about it.
    pub fn hint(mut self: Box<Self>, hint: impl Into<String>) -> Box<Self> {
        self.hint = Some(hint.into());
        self
    }

    /// Adds a block of further facts.
    pub fn note(mut self: Box<Self>, note: impl Into<String>) -> Box<Self> {
        self.notes.push(note.into());
        self
    }

    /// Adds the next outer call.
    pub fn frame(mut self: Box<Self>, name: impl Into<String>, span: Option<Span>) -> Box<Self> {
        self.trace.push(Frame { name: name.into(), span });
        self
    }

    /// The primary place, if any.
    pub fn span(&self) -> Option<&Span> {
        self.labels.first().map(|label| &label.span)
    }
}

impl fmt::Display for Diagnostic {
    /// One line: the place, the code and the message.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        if let Some(span) = self.span() {
            write!(f, "{span}: ")?;
        }
        write!(f, "{}: {}", self.code.id, self.message)
    }
}

impl std::error::Error for Diagnostic {}
