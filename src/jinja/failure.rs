//! minijinja's errors as diagnostics.

use super::python::{LEFT, RIGHT};
use super::rendering::{Rendering, TEMPLATE};
use super::syntax::operand;
use super::{Error, ErrorKind};
use crate::diagnostics::{Code, Diagnostic, Span, nearest};
use std::fmt;

/// A failure of a macro on its way to where the macro was called.
#[derive(Debug, Clone)]
pub(super) struct Failure {
    pub diagnostic: Box<Diagnostic>,
    /// What was called.
    pub callee: String,
}

impl fmt::Display for Failure {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.diagnostic.fmt(f)
    }
}

impl std::error::Error for Failure {}

impl From<Failure> for Error {
    fn from(failure: Failure) -> Self {
        Error::new(ErrorKind::InvalidOperation, failure.diagnostic.message.clone()).with_source(failure)
    }
}

/// An error for a template's function to return, which keeps the diagnostic whole on its way up; the engine adds the
/// place and the macro trace.
#[allow(clippy::boxed_local)] // a diagnostic is always boxed where it is made
pub fn raise(diagnostic: Box<Diagnostic>) -> Error {
    Error::new(ErrorKind::InvalidOperation, diagnostic.message.clone()).with_source(*diagnostic)
}

/// An error that reached the end of a template or macro, with its place.
pub(super) fn diagnostic(error: Error, rendering: &Rendering) -> Box<Diagnostic> {
    let place = place(&error, rendering);
    if let Some(failure) = source_of::<Failure>(&error) {
        return with_frame(failure, place);
    }
    let diagnostic = match source_of::<Diagnostic>(&error) {
        Some(diagnostic) => Box::new(diagnostic),
        None => describe(&error, place.as_ref(), rendering),
    };
    match place {
        Some(place) => diagnostic.at_if_nowhere(&place),
        None => diagnostic,
    }
}

/// Adds the call of the macro that failed; of a macro that calls itself, the innermost calls are enough.
fn with_frame(failure: Failure, place: Option<Span>) -> Box<Diagnostic> {
    const MOST: usize = 3;
    let calls = failure.diagnostic.trace.iter().filter(|frame| frame.name == failure.callee).count();
    if calls < MOST { failure.diagnostic.frame(failure.callee, place) } else { failure.diagnostic }
}

/// The nearest error of a type in the chain of sources.
fn source_of<T: std::error::Error + Clone + 'static>(error: &Error) -> Option<T> {
    let mut source = std::error::Error::source(error);
    while let Some(inner) = source {
        if let Some(found) = inner.downcast_ref::<T>() {
            return Some(found.clone());
        }
        source = inner.source();
    }
    None
}

/// Where the expression stands that failed.
fn place(error: &Error, rendering: &Rendering) -> Option<Span> {
    let name = error.name()?;
    let lowered = match name {
        TEMPLATE => rendering.template.as_ref()?,
        id => rendering.engine.library().by_id(id)?.lowered().ok()?,
    };
    match (error.range(), error.line()) {
        (Some(range), _) => Some(lowered.locate(range)),
        (None, Some(line)) => Some(lowered.locate_line(line)),
        (None, None) => None,
    }
}

fn describe(error: &Error, place: Option<&Span>, rendering: &Rendering) -> Box<Diagnostic> {
    let detail = error.detail().unwrap_or_default().replace("__names", "context");
    match error.kind() {
        ErrorKind::UnknownFunction => unknown_name(&detail, rendering),
        ErrorKind::UndefinedError => undefined_operand(&detail, place)
            .unwrap_or_else(|| Diagnostic::error(Code::JINJA_UNDEFINED, undefined(&detail))),
        ErrorKind::UnknownMethod => {
            Diagnostic::error(Code::JINJA_UNDEFINED, format!("There is {detail}.", detail = no_method(&detail)))
        }
        ErrorKind::InvalidOperation if detail.ends_with("is undefined)") => uncallable(&detail, place),
        ErrorKind::SyntaxError => Diagnostic::error(Code::JINJA_SYNTAX, sentence(&detail)),
        ErrorKind::MissingArgument | ErrorKind::TooManyArguments => {
            let text = if detail.is_empty() { error.kind().to_string() } else { detail };
            Diagnostic::error(Code::MACRO_ARGUMENTS, sentence(&text))
        }
        kind if detail.is_empty() => Diagnostic::error(Code::JINJA_RENDER, sentence(&kind.to_string())),
        _ => Diagnostic::error(Code::JINJA_RENDER, sentence(&detail)),
    }
}

fn unknown_name(detail: &str, rendering: &Rendering) -> Box<Diagnostic> {
    let name = detail.strip_suffix(" is unknown").unwrap_or(detail);
    let library = rendering.engine.library();
    let names: Vec<String> = rendering.scope.layers.iter().flat_map(|layer| layer.names()).collect();
    let known = library.iter().map(|def| def.name.as_str()).chain(names.iter().map(String::as_str));
    let hint = match nearest(name, known).as_slice() {
        [] => "This can happen when calling a macro that does not exist: is it misspelled, or is its package not installed?".to_owned(),
        near => format!("Did you mean `{}`?", near.join("` or `")),
    };
    Diagnostic::error(Code::MACRO_UNKNOWN, format!("'{name}' is undefined.")).hint(hint)
}

/// An undefined operand of an operator: points at it.
fn undefined_operand(detail: &str, place: Option<&Span>) -> Option<Box<Diagnostic>> {
    let place = place?;
    let right = match (detail.starts_with(LEFT), detail.starts_with(RIGHT)) {
        (true, _) => false,
        (_, true) => true,
        _ => return None,
    };
    let range = operand(place.text(), right)?;
    let start = place.start as usize;
    let operand = place.file.span(start + range.start..start + range.end);
    Some(Diagnostic::error(Code::JINJA_UNDEFINED, format!("'{}' is undefined.", operand.text())).at(&operand))
}

/// "`x.foo` is undefined" in Jinja's words.
fn undefined(detail: &str) -> String {
    match detail.strip_prefix('`').and_then(|rest| rest.split_once('`')) {
        Some((name, rest)) if rest.starts_with(" is undefined") => format!("'{name}' is undefined."),
        _ if detail.is_empty() => "Something undefined is used.".into(),
        _ => sentence(detail),
    }
}

/// "string has no method named foo" → "no method foo of a string"
fn no_method(detail: &str) -> String {
    match detail.split_once(" has no method named ") {
        Some((kind, name)) => format!("no method `{name}` of a {kind}"),
        None => detail.to_owned(),
    }
}

fn uncallable(detail: &str, place: Option<&Span>) -> Box<Diagnostic> {
    let name = detail.rsplit_once("(`").and_then(|(_, rest)| rest.split_once('`')).map(|(name, _)| name);
    let name = name.or(place.map(Span::text)).unwrap_or("it");
    Diagnostic::error(Code::JINJA_UNDEFINED, format!("'{name}' is undefined."))
        .hint("This can happen when calling a macro that does not exist.")
}

/// With a capital first letter, unless it begins with code, and a full stop.
pub(super) fn sentence(text: &str) -> String {
    let first_word = text.split_whitespace().next().unwrap_or_default();
    let plain = first_word.chars().all(char::is_alphabetic);
    let mut chars = text.chars();
    let first: String = match chars.next() {
        Some(first) if plain => first.to_uppercase().collect(),
        first => first.into_iter().collect(),
    };
    let rest = chars.as_str();
    let stop = if rest.ends_with(['.', '!', '?']) { "" } else { "." };
    format!("{first}{rest}{stop}")
}
