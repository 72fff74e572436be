//! What a name means where it is used. Errors have no place yet.

use super::{Node, NodeKind, RefCall, ResourceType, Source, UniqueId, python};
use crate::diagnostics::{Code, Diagnostic, Result, nearest};
use indexmap::IndexMap;
use std::collections::HashMap;
use std::sync::Arc;

/// Names of nodes and sources, enabled and disabled.
#[derive(Debug, Default)]
pub struct Lookup {
    refable: Names,
    disabled_refable: Names,
    functions: Names,
    sources: Names,
    disabled_sources: Names,
}

/// Name → package → unique id.
type Names = HashMap<String, IndexMap<String, UniqueId>>;

impl Lookup {
    /// The names of all of these.
    pub fn new<'n>(
        nodes: impl IntoIterator<Item = &'n Node>,
        disabled: impl IntoIterator<Item = &'n Node>,
        sources: impl IntoIterator<Item = &'n Source>,
        disabled_sources: impl IntoIterator<Item = &'n Source>,
    ) -> Self {
        let mut lookup = Self::default();
        for node in nodes {
            match node.resource_type() {
                ResourceType::Function => add(&mut lookup.functions, node.name.clone(), node),
                kind if is_refable(kind) => names_of(node).for_each(|name| add(&mut lookup.refable, name, node)),
                _ => {}
            }
        }
        for node in disabled.into_iter().filter(|node| is_refable(node.resource_type())) {
            names_of(node).for_each(|name| add(&mut lookup.disabled_refable, name, node));
        }
        for source in sources {
            add_source(&mut lookup.sources, source);
        }
        for source in disabled_sources {
            add_source(&mut lookup.disabled_sources, source);
        }
        lookup
    }

    /// What a `ref()` means in a package; `search` is that package's [`super::search_order`].
    pub fn node(&self, call: &RefCall, search: &[String]) -> Result<&UniqueId> {
        let key = match &call.version {
            Some(version) => format!("{}.v{}", call.name, python::str(version)),
            None => call.name.clone(),
        };
        match find(&self.refable, &key, call.package.as_deref(), search) {
            Found::One(id) => return Ok(id),
            Found::Several(ids) => return Err(ambiguous(call, &ids)),
            Found::None => {}
        }
        let shown = shown(call);
        if let Some(id) = find(&self.disabled_refable, &key, call.package.as_deref(), search).any() {
            let message = format!("{shown} names {id}, which is disabled.");
            let hint = "Enable it, or do not refer to it.";
            return Err(Diagnostic::error(Code::REF_DISABLED, message).hint(hint));
        }
        let package = call.package.as_ref().map(|package| format!(" in package '{package}'")).unwrap_or_default();
        let version = call.version.as_ref().map(|version| format!(" with version '{}'", python::str(version)));
        let named = format!("named '{}'{package}{}", call.name, version.unwrap_or_default());
        let message = format!("{shown} depends on a node {named} which was not found.");
        let error = Diagnostic::error(Code::REF_UNKNOWN, message);
        let known = self.refable.keys().map(String::as_str);
        Err(match (nearest(&key, known).as_slice(), &call.package) {
            ([], Some(package)) => error.hint(format!(
                "Is '{package}' an installed package? Models of other projects ('projects' of dependencies.yml) cannot be \
                 referred to: install the project as a package."
            )),
            ([], None) => error,
            (near, _) => error.hint(format!("Did you mean '{}'?", near.join("' or '"))),
        })
    }

    /// What a `source()` means.
    pub fn source(&self, [source, table]: &[String; 2], search: &[String]) -> Result<&UniqueId> {
        let key = format!("{source}.{table}");
        if let Some(id) = find(&self.sources, &key, None, search).any() {
            return Ok(id);
        }
        let shown = format!("source('{source}', '{table}')");
        if let Some(id) = find(&self.disabled_sources, &key, None, search).any() {
            let message = format!("{shown} names {id}, which is disabled.");
            return Err(Diagnostic::error(Code::REF_DISABLED, message).hint("Enable it, or do not refer to it."));
        }
        let error = Diagnostic::error(
            Code::SOURCE_UNKNOWN,
            format!("{shown} depends on a source named '{key}' which was not found."),
        );
        Err(match nearest(&key, self.sources.keys().map(String::as_str)).as_slice() {
            [] => error.hint(format!("Declare the table under 'sources:', in a source named '{source}'.")),
            near => error.hint(format!("Did you mean '{}'?", near.join("' or '"))),
        })
    }

    /// What a `function()` means.
    pub fn function(&self, names: &[String], search: &[String]) -> Result<&UniqueId> {
        let (package, name) = match names {
            [package, name] => (Some(package.as_str()), name.as_str()),
            [name] => (None, name.as_str()),
            _ => (None, ""),
        };
        find(&self.functions, name, package, search).any().ok_or_else(|| {
            let error = Diagnostic::error(Code::REF_UNKNOWN, format!("There is no function '{name}'."));
            match nearest(name, self.functions.keys().map(String::as_str)).first() {
                Some(near) => error.hint(format!("Did you mean '{near}'?")),
                None => error,
            }
        })
    }
}

fn is_refable(kind: ResourceType) -> bool {
    matches!(kind, ResourceType::Model | ResourceType::Seed | ResourceType::Snapshot)
}

/// The names that a node can be referred to by: a versioned model's name alone means its latest version.
fn names_of(node: &Node) -> impl Iterator<Item = String> + use<> {
    let (versioned, plain) = match &node.kind {
        NodeKind::Model(info) => match &info.version {
            Some(version) => {
                let text = python::str(version);
                let is_latest = info.latest_version.as_ref().is_some_and(|latest| python::str(latest) == text);
                (Some(format!("{}.v{text}", node.name)), is_latest)
            }
            None => (None, true),
        },
        _ => (None, true),
    };
    versioned.into_iter().chain(plain.then(|| node.name.clone()))
}

fn add(names: &mut Names, name: String, node: &Node) {
    names.entry(name).or_default().insert(node.package_name.clone(), node.unique_id.clone());
}

fn add_source(names: &mut Names, source: &Source) {
    let name = format!("{}.{}", source.source_name, source.name);
    names.entry(name).or_default().insert(source.package_name.clone(), source.unique_id.clone());
}

enum Found<'a> {
    None,
    One(&'a UniqueId),
    Several(Vec<&'a UniqueId>),
}

impl<'a> Found<'a> {
    fn any(self) -> Option<&'a UniqueId> {
        match self {
            Found::None => None,
            Found::One(id) => Some(id),
            Found::Several(ids) => ids.into_iter().next(),
        }
    }
}

/// In the named package; else in the packages of the search order, one after the other; else in any.
fn find<'a>(names: &'a Names, name: &str, package: Option<&str>, search: &[String]) -> Found<'a> {
    let Some(of_name) = names.get(name) else { return Found::None };
    if let Some(package) = package {
        return of_name.get(package).map_or(Found::None, Found::One);
    }
    if let Some(id) = search.iter().find_map(|package| of_name.get(package)) {
        return Found::One(id);
    }
    match of_name.values().collect::<Vec<_>>().as_slice() {
        [] => Found::None,
        [id] => Found::One(id),
        ids => Found::Several(ids.to_vec()),
    }
}

fn shown(call: &RefCall) -> String {
    let package = call.package.as_ref().map(|package| format!("'{package}', ")).unwrap_or_default();
    let version = call.version.as_ref().map(|version| format!(", v={}", python::str(version))).unwrap_or_default();
    format!("ref({package}'{}'{version})", call.name)
}

fn ambiguous(call: &RefCall, ids: &[&Arc<str>]) -> Box<Diagnostic> {
    let mut names: Vec<&str> = ids.iter().map(|id| id.as_ref()).collect();
    names.sort_unstable();
    Diagnostic::error(Code::REF_AMBIGUOUS, format!("{} may mean {}.", shown(call), names.join(" or ")))
        .hint(format!("Name the package: ref('package', '{}').", call.name))
}
