//! Macros by package and name.

use super::{Block, BlockKind};
use crate::diagnostics::{Result, SourceFile};
use indexmap::IndexMap;
use std::fmt;
use std::sync::Arc;

/// A macro, generic test or materialization.
#[derive(Debug)]
pub struct MacroDef {
    /// The package that defines it.
    pub package: String,
    /// Its name as looked up: a generic test's begins with `test_`, a materialization's is `materialization_<name>_<adapter>`.
    pub name: String,
    /// The block.
    pub block: Block,
}

impl MacroDef {
    /// Such as `macro.shop.cents`.
    pub fn unique_id(&self) -> String {
        format!("macro.{}.{}", self.package, self.name)
    }
}

/// All macros of all packages; compiled when first called.
///
/// A name is looked up in the calling package, then in the root project, then in the built-in packages. `dispatch`
/// looks for `<prefix>__<name>` by the prefixes of the engine, in the packages that the search order gives.
#[derive(Default)]
pub struct MacroLibrary {
    root: String,
    builtin: Vec<String>,
    prefixes: Vec<String>,
    search_orders: IndexMap<String, Vec<String>>,
    packages: IndexMap<String, IndexMap<String, Arc<MacroDef>>>,
}

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
        let _ = (package, file, BlockKind::Macro);
        panic!("not written yet")
    }

    /// The macro of exactly this package.
    pub fn get(&self, package: &str, name: &str) -> Option<&Arc<MacroDef>> {
        self.packages.get(package)?.get(name)
    }

    /// The macro that `name` means in `package`.
    pub fn find(&self, package: &str, name: &str) -> Option<&Arc<MacroDef>> {
        let places = [package, &self.root].into_iter().chain(self.builtin.iter().map(String::as_str));
        places.into_iter().find_map(|place| self.get(place, name))
    }

    /// The macro that `adapter.dispatch(name, namespace)` finds when called from `package`.
    pub fn dispatch(&self, package: &str, name: &str, namespace: Option<&str>) -> Option<&Arc<MacroDef>> {
        let _ = (package, name, namespace, &self.prefixes, &self.search_orders);
        None
    }

    /// Whether a package of this name has macros.
    pub fn has_package(&self, package: &str) -> bool {
        self.packages.contains_key(package)
    }

    /// All macros, package by package in the order added.
    pub fn iter(&self) -> impl Iterator<Item = &Arc<MacroDef>> {
        self.packages.values().flat_map(IndexMap::values)
    }
}

impl fmt::Debug for MacroLibrary {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "MacroLibrary({} packages)", self.packages.len())
    }
}
