//! `ref()`, `source()`, `function()` and `metric()` calls as data.

use super::{RefCall, SpanEq};
use crate::diagnostics::{Code, Diagnostic, Result, Span};
use crate::jinja::{Call, Extraction};
use serde_json::Value as Json;

/// What a template declares it needs, in the order written.
#[derive(Debug, Clone, Default)]
pub struct Calls {
    /// `ref()`s.
    pub refs: Vec<RefCall>,
    /// `source()`s, with their places.
    pub sources: Vec<([String; 2], Span)>,
    /// `function()`s, with their places.
    pub functions: Vec<(Vec<String>, Span)>,
    /// `metric()`s, with their places.
    pub metrics: Vec<(Vec<String>, Span)>,
    /// The unique ids of the macros called.
    pub macros: Vec<String>,
}

impl Calls {
    /// The literal calls of a template.
    pub fn of(extraction: &Extraction) -> Result<Self> {
        Ok(Self {
            refs: extraction
                .refs
                .iter()
                .map(|call| ref_call(&call.args, &call.kwargs, &call.span))
                .collect::<Result<_>>()?,
            sources: extraction.sources.iter().map(source_of).collect::<Result<_>>()?,
            functions: extraction.functions.iter().map(|call| names_of("function", call)).collect::<Result<_>>()?,
            metrics: extraction.metrics.iter().map(|call| names_of("metric", call)).collect::<Result<_>>()?,
            macros: vec![],
        })
    }

    /// Adds a macro unless it is known.
    pub fn call_macro(&mut self, id: String) {
        if !self.macros.contains(&id) {
            self.macros.push(id);
        }
    }

    /// Adds further calls at the end.
    pub fn extend(&mut self, more: Calls) {
        self.refs.extend(more.refs);
        self.sources.extend(more.sources);
        self.functions.extend(more.functions);
        self.metrics.extend(more.metrics);
        for id in more.macros {
            self.call_macro(id);
        }
    }
}

/// Reads the arguments of a `ref()`.
pub fn ref_call(args: &[Json], kwargs: &[(String, Json)], span: &Span) -> Result<RefCall> {
    let text = |value: &Json| value.as_str().map(str::to_owned);
    let wrong = || {
        Diagnostic::error(Code::REF_UNKNOWN, "ref() takes the name of a model, seed or snapshot, as text.")
            .at(span)
            .hint("Write ref('name'), ref('package', 'name') or ref('name', version=1).")
    };
    let (package, name) = match args {
        [name] => (None, text(name).ok_or_else(wrong)?),
        [package, name] => (Some(text(package).ok_or_else(wrong)?), text(name).ok_or_else(wrong)?),
        _ => return Err(wrong()),
    };
    let version = kwargs.iter().find(|(key, _)| key == "version" || key == "v").map(|(_, value)| value.clone());
    Ok(RefCall { package, name, version: version.filter(|v| !v.is_null()), span: Some(SpanEq(span.clone())) })
}

/// Reads the arguments of a `source()`.
pub fn source_call(args: &[Json], span: &Span) -> Result<[String; 2]> {
    match args {
        [Json::String(source), Json::String(table)] => Ok([source.clone(), table.clone()]),
        _ => Err(Diagnostic::error(Code::SOURCE_UNKNOWN, "source() takes two texts: the source and the table.")
            .at(span)
            .hint("Write source('source', 'table').")),
    }
}

/// Reads the arguments of a `function()` or a `metric()`: a name, perhaps after that of its package.
pub fn named_call(what: &str, args: &[Json], span: &Span) -> Result<Vec<String>> {
    let names: Option<Vec<String>> = args.iter().map(|arg| arg.as_str().map(str::to_owned)).collect();
    names.filter(|names| matches!(names.len(), 1 | 2)).ok_or_else(|| {
        Diagnostic::error(Code::REF_UNKNOWN, format!("{what}() takes the name of a {what}, as text."))
            .at(span)
            .hint(format!("Write {what}('name') or {what}('package', 'name')."))
    })
}

fn source_of(call: &Call) -> Result<([String; 2], Span)> {
    Ok((source_call(&call.args, &call.span)?, call.span.clone()))
}

fn names_of(what: &str, call: &Call) -> Result<(Vec<String>, Span)> {
    Ok((named_call(what, &call.args, &call.span)?, call.span.clone()))
}
