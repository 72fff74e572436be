//! Which macros may declare something (a ref, a source, a config), themselves or through others.

use crate::diagnostics::{Diagnostic, Span};
use crate::jinja::{Extraction, MacroDef, MacroLibrary, extract};
use rayon::prelude::*;
use std::collections::{HashMap, HashSet};
use std::sync::Arc;

/// What macros call, by unique id.
#[derive(Debug, Default)]
pub struct Reach {
    /// The unique ids of the macros that each macro calls.
    calls: HashMap<String, Vec<String>>,
    /// The macros that may declare something.
    declaring: HashSet<String>,
    /// Whether asking for a variable may declare something.
    variables_declare: bool,
}

impl Reach {
    /// Reads the macros' bodies; what cannot be read is told of in `findings`. `variables_declare`: whether variables
    /// are templates.
    pub fn new(library: &MacroLibrary, variables_declare: bool, findings: &mut Vec<Box<Diagnostic>>) -> Self {
        let definitions: Vec<_> = library.iter().collect();
        let read: Vec<_> = definitions.into_par_iter().map(|def| (def, extract(&def.block.body))).collect();
        let mut reach = Self { variables_declare, ..Self::default() };
        let mut callers: HashMap<String, Vec<String>> = HashMap::new();
        let mut pending = vec![];
        for (def, extraction) in read {
            let extraction = match extraction {
                Ok(extraction) => extraction,
                Err(error) => {
                    findings.push(error);
                    continue;
                }
            };
            let id = def.unique_id();
            let mut called = called_macros(library, &def.package, &extraction);
            called.extend(
                dispatching(library, &def.package, &extraction)
                    .filter(|other| *other != id && !called.contains(other))
                    .collect::<Vec<_>>(),
            );
            for callee in &called {
                callers.entry(callee.clone()).or_default().push(id.clone());
            }
            if declares(&extraction)
                || has_open_dispatch(library, &def.package, &extraction)
                || reach.asks_variables(&extraction)
            {
                pending.push(id.clone());
            }
            reach.calls.insert(id, called);
        }
        while let Some(id) = pending.pop() {
            if reach.declaring.insert(id.clone()) {
                pending.extend(callers.get(&id).into_iter().flatten().cloned());
            }
        }
        reach
    }

    /// Whether the macro may declare something.
    pub fn declares(&self, id: &str) -> bool {
        self.declaring.contains(id)
    }

    fn asks_variables(&self, extraction: &Extraction) -> bool {
        self.variables_declare && extraction.calls.iter().any(|(name, _)| name == "var")
    }

    /// The macros that a macro calls.
    pub fn calls(&self, id: &str) -> &[String] {
        self.calls.get(id).map_or(&[], Vec::as_slice)
    }
}

/// Whether a template declares something itself.
fn declares(extraction: &Extraction) -> bool {
    let declared =
        extraction.refs.len() + extraction.sources.len() + extraction.functions.len() + extraction.metrics.len();
    extraction.dynamic || declared + extraction.config.len() > 0 || reads_environment(extraction)
}

/// Whether a template reads an environment variable: one that is not set is an error of the whole project, found
/// before anything runs.
fn reads_environment(extraction: &Extraction) -> bool {
    extraction.calls.iter().any(|(name, _)| name == "env_var")
}

/// Whether what a template declares can be known only by rendering it.
pub fn needs_rendering(
    library: &MacroLibrary,
    package: &str,
    extraction: &Extraction,
    called: &[String],
    reach: &Reach,
) -> bool {
    extraction.dynamic
        || reads_environment(extraction)
        || extraction.config.iter().any(|item| item.value.is_none())
        || has_open_dispatch(library, package, extraction)
        || reach.asks_variables(extraction)
        || called.iter().any(|id| reach.declares(id))
}

/// The unique ids of the macros that a template of `package` calls, in the order in which they run, once each.
pub fn called_macros(library: &MacroLibrary, package: &str, extraction: &Extraction) -> Vec<String> {
    let mut ids: Vec<String> = vec![];
    // A call inside another's arguments runs, and ends, first.
    let mut calls: Vec<&(String, Span)> = extraction.calls.iter().collect();
    calls.sort_by_key(|(_, span)| span.end);
    for (name, span) in calls {
        let found = match name.as_str() {
            "adapter.dispatch" => {
                dispatched(span).and_then(|(name, namespace)| library.dispatch(package, &name, namespace.as_deref()))
            }
            name => named(library, package, name),
        };
        if let Some(id) = found.map(|def| def.unique_id()).filter(|id| !ids.contains(id)) {
            ids.push(id);
        }
    }
    ids
}

/// The unique ids of the macros after which a template's dispatches are named.
fn dispatching<'a>(
    library: &'a MacroLibrary,
    package: &'a str,
    extraction: &'a Extraction,
) -> impl Iterator<Item = String> + 'a {
    let dispatches = extraction.calls.iter().filter(|(name, _)| name == "adapter.dispatch");
    dispatches.filter_map(|(_, span)| {
        let (name, namespace) = dispatched(span)?;
        let found = namespace.map_or_else(|| library.find(package, &name), |namespace| library.get(&namespace, &name));
        found.map(|def| def.unique_id())
    })
}

/// The macro that `name` or `package.name` means.
fn named<'a>(library: &'a MacroLibrary, package: &str, name: &str) -> Option<&'a Arc<MacroDef>> {
    match name.split_once('.') {
        None => library.find(package, name),
        Some((namespace, name)) if !name.contains('.') => library
            .get(namespace, name)
            .or_else(|| library.find(namespace, name).filter(|_| namespace == crate::parse::BUILTIN_PACKAGE)),
        Some(_) => None,
    }
}

/// Whether a template dispatches to what is not known, or to nothing, which is an error where it is done.
fn has_open_dispatch(library: &MacroLibrary, package: &str, extraction: &Extraction) -> bool {
    let found = |(name, namespace): (String, Option<String>)| library.dispatch(package, &name, namespace.as_deref());
    let dispatches = extraction.calls.iter().filter(|(name, _)| name == "adapter.dispatch");
    dispatches.into_iter().any(|(_, span)| dispatched(span).and_then(found).is_none())
}

/// The literal name and namespace of an `adapter.dispatch(…)`.
fn dispatched(call: &Span) -> Option<(String, Option<String>)> {
    let arguments = call.text().split_once('(')?.1.rsplit_once(')')?.0;
    let mut parts = arguments.split(',').map(|part| part.rsplit('=').next().unwrap_or(part).trim());
    let literal = |part: &str| {
        let quote = part.chars().next().filter(|c| matches!(c, '\'' | '"'))?;
        part.strip_prefix(quote)?.strip_suffix(quote).filter(|text| !text.contains(quote)).map(str::to_owned)
    };
    let name = literal(parts.next()?)?;
    match parts.next().filter(|part| !part.is_empty()) {
        None => Some((name, None)),
        Some(namespace) => Some((name, Some(literal(namespace)?))),
    }
}

#[cfg(test)]
mod tests {
    use super::dispatched;
    use crate::diagnostics::SourceFile;

    #[test]
    fn the_name_of_a_dispatch_is_read_if_it_is_literal() {
        let table = [
            ("adapter.dispatch('cents', 'shop')", Some(("cents", Some("shop")))),
            ("adapter.dispatch(macro_name=\"cents\", macro_namespace = 'shop')", Some(("cents", Some("shop")))),
            ("adapter.dispatch('cents')", Some(("cents", None))),
            ("adapter.dispatch('cents_' ~ kind)", None),
        ];
        for (text, expected) in table {
            let file = SourceFile::new("a.sql", text);
            let expected = expected.map(|(name, space)| (name.to_owned(), space.map(str::to_owned)));
            assert_eq!(dispatched(&file.span(0..text.len())), expected, "{text}");
        }
    }
}
