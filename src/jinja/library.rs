//! Macros by package and name.

use super::syntax::{Lowered, lower_macro};
use super::{Block, BlockKind, blocks};
use crate::diagnostics::{Code, Diagnostic, Result, SourceFile};
use indexmap::IndexMap;
use std::fmt;
use std::sync::{Arc, OnceLock};

/// A macro, generic test or materialization.
#[derive(Debug)]
pub struct MacroDef {
    /// The package that defines it.
    pub package: String,
    /// Its name as looked up: a generic test's begins with `test_`, a materialization's is `materialization_<name>_<adapter>`.
    pub name: String,
    /// The block.
    pub block: Block,
    /// Whether it takes positional arguments that no parameter takes.
    pub(super) takes_varargs: bool,
    /// Whether it takes named arguments that no parameter takes.
    pub(super) takes_kwargs: bool,
    id: String,
    lowered: OnceLock<Result<Lowered>>,
}

impl MacroDef {
    fn new(package: &str, block: Block) -> Option<Self> {
        let name = match block.kind {
            BlockKind::Macro => block.name.clone(),
            BlockKind::Test => format!("test_{}", block.name),
            BlockKind::Materialization => {
                format!("materialization_{}_{}", block.name, block.adapter.as_deref().unwrap_or("default"))
            }
            BlockKind::Snapshot | BlockKind::Docs => return None,
        };
        let mentions = |name| block.body.text().contains(name);
        Some(Self {
            id: format!("macro.{package}.{name}"),
            takes_varargs: mentions("varargs"),
            takes_kwargs: mentions("kwargs"),
            package: package.into(),
            name,
            block,
            lowered: OnceLock::new(),
        })
    }

    /// Such as `macro.shop.cents`.
    pub fn unique_id(&self) -> String {
        self.id.clone()
    }

    /// The same, lent.
    pub(super) fn id(&self) -> &str {
        &self.id
    }

    /// Its body as minijinja compiles it.
    pub(super) fn lowered(&self) -> Result<&Lowered> {
        self.lowered.get_or_init(|| lower_macro(&self.block)).as_ref().map_err(Clone::clone)
    }
}

/// All macros of all packages; compiled when first called.
///
/// A name is looked up in the package of the node that is rendered, then in the root project, then in the built-in
/// packages. `dispatch` looks for `<prefix>__<name>` by the prefixes of the engine, in the packages that the search
/// order gives.
#[derive(Default)]
pub struct MacroLibrary {
    root: String,
    builtin: Vec<String>,
    prefixes: Vec<String>,
    search_orders: IndexMap<String, Vec<String>>,
    packages: IndexMap<String, IndexMap<String, Arc<MacroDef>>>,
}

/// The package whose name means all built-in ones.
const BUILTIN: &str = "dbt";

impl MacroLibrary {
    /// An empty library. `builtin`: the packages that are part of the program, the most specific first (`dbt_postgres`,
    /// `dbt`). `prefixes`: the engine's dispatch prefixes (`postgres`, `default`). `search_orders`: `dispatch:` of the
    /// root project.
    pub fn new(
        root: impl Into<String>,
        builtin: Vec<String>,
        prefixes: Vec<String>,
        search_orders: IndexMap<String, Vec<String>>,
    ) -> Self {
        Self { root: root.into(), builtin, prefixes, search_orders, packages: IndexMap::new() }
    }

    /// Adds the macros, generic tests and materializations of a file; returns them.
    pub fn add(&mut self, package: &str, file: &Arc<SourceFile>) -> Result<Vec<Arc<MacroDef>>> {
        let defs: Vec<_> =
            blocks(file)?.into_iter().filter_map(|block| MacroDef::new(package, block)).map(Arc::new).collect();
        let known = self.packages.entry(package.to_owned()).or_default();
        for def in &defs {
            if let Some(other) = known.insert(def.name.clone(), def.clone()) {
                return Err(duplicate(def, &other));
            }
        }
        Ok(defs)
    }

    /// The macro of exactly this package.
    pub fn get(&self, package: &str, name: &str) -> Option<&Arc<MacroDef>> {
        self.packages.get(package)?.get(name)
    }

    /// The macro that `name` means in `package`.
    pub fn find(&self, package: &str, name: &str) -> Option<&Arc<MacroDef>> {
        self.get(package, name).or_else(|| self.get(&self.root, name)).or_else(|| self.builtin(name))
    }

    /// The macro that `package.name` means: `dbt.name` may stand in any of the built-in packages.
    pub fn qualified(&self, package: &str, name: &str) -> Option<&Arc<MacroDef>> {
        if package == BUILTIN { self.builtin(name) } else { self.get(package, name) }
    }

    /// The macro that `adapter.dispatch(name, namespace)` finds when called from `package`.
    pub fn dispatch(&self, package: &str, name: &str, namespace: Option<&str>) -> Option<&Arc<MacroDef>> {
        self.candidates(name, namespace).into_iter().find_map(|(searched, name)| match searched {
            Some(searched) => self.qualified(searched, &name),
            None => self.find(package, &name),
        })
    }

    /// What `dispatch` looks for, in this order: packages (`None`: as any name is looked up) and names.
    pub(super) fn candidates<'a>(&'a self, name: &str, namespace: Option<&'a str>) -> Vec<(Option<&'a str>, String)> {
        let packages: Vec<Option<&str>> = match namespace {
            Some(namespace) => match self.search_orders.get(namespace) {
                Some(order) if !order.is_empty() => order.iter().map(|package| Some(package.as_str())).collect(),
                _ if self.has_package(namespace) || namespace == BUILTIN => vec![Some(&self.root), Some(namespace)],
                _ => vec![None],
            },
            None => vec![None],
        };
        let prefixed = |package| self.prefixes.iter().map(move |prefix| (package, format!("{prefix}__{name}")));
        packages.into_iter().flat_map(prefixed).collect()
    }

    /// Whether a package of this name has macros.
    pub fn has_package(&self, package: &str) -> bool {
        self.packages.contains_key(package)
    }

    /// All macros, package by package in the order added.
    pub fn iter(&self) -> impl Iterator<Item = &Arc<MacroDef>> {
        self.packages.values().flat_map(IndexMap::values)
    }

    /// The macro of a unique id.
    pub(super) fn by_id(&self, id: &str) -> Option<&Arc<MacroDef>> {
        let (package, name) = id.strip_prefix("macro.")?.split_once('.')?;
        self.get(package, name)
    }

    fn builtin(&self, name: &str) -> Option<&Arc<MacroDef>> {
        self.builtin.iter().find_map(|package| self.get(package, name))
    }
}

fn duplicate(def: &MacroDef, other: &MacroDef) -> Box<Diagnostic> {
    Diagnostic::error(Code::NAME_DUPLICATE, format!("The package {} defines `{}` twice.", def.package, def.name))
        .at(&def.block.span)
        .label(&other.block.span, "also here")
        .hint("Rename or remove one of them.")
}

impl fmt::Debug for MacroLibrary {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "MacroLibrary({} packages)", self.packages.len())
    }
}
