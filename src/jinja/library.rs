//! Macros by package and name.

use super::syntax::{Lowered, lower_macro};
use super::{Block, BlockKind, blocks};
use crate::diagnostics::{Code, Diagnostic, Result, SourceFile};
use foldhash::fast::RandomState;
use indexmap::IndexMap;
use std::collections::HashSet;
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
    packages: IndexMap<String, IndexMap<String, Arc<MacroDef>, RandomState>, RandomState>,
    /// The names of all macros: most names in a template are none.
    names: HashSet<String, RandomState>,
    /// What may be found in packages that are not part of the program: the names of their macros, with and without prefix.
    own_names: HashSet<String, RandomState>,
}

/// The package whose name means all built-in ones.
pub(super) const BUILTIN: &str = "dbt";

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
        Self { root: root.into(), builtin, prefixes, search_orders, ..Self::default() }
    }

    /// The same macros for another engine: with its built-in packages and its dispatch prefixes.
    pub fn speaking(&self, builtin: Vec<String>, prefixes: Vec<String>) -> Self {
        let mut library = Self {
            root: self.root.clone(),
            builtin,
            prefixes,
            search_orders: self.search_orders.clone(),
            packages: self.packages.clone(),
            names: self.names.clone(),
            own_names: HashSet::default(),
        };
        self.iter().for_each(|def| library.note_own(def));
        library
    }

    /// Adds the macros, generic tests and materializations of a file; returns them.
    pub fn add(&mut self, package: &str, file: &Arc<SourceFile>) -> Result<Vec<Arc<MacroDef>>> {
        let defs: Vec<_> =
            blocks(file)?.into_iter().filter_map(|block| MacroDef::new(package, block)).map(Arc::new).collect();
        defs.iter().for_each(|def| self.note_own(def));
        let known = self.packages.entry(package.to_owned()).or_default();
        for def in &defs {
            self.names.insert(def.name.clone());
            if let Some(other) = known.insert(def.name.clone(), def.clone()) {
                return Err(duplicate(def, &other));
            }
        }
        Ok(defs)
    }

    fn note_own(&mut self, def: &MacroDef) {
        if !self.is_builtin(&def.package) {
            let bare = self.prefixes.iter().filter_map(|prefix| def.name.strip_prefix(prefix)?.strip_prefix("__"));
            self.own_names.extend(bare.chain([def.name.as_str()]).map(str::to_owned));
        }
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
        let names: Vec<_> = self.prefixed(name).filter(|name| self.knows(name)).collect();
        let find = |searched, name: &str| match searched {
            Some(searched) => self.qualified(searched, name),
            None => self.find(package, name),
        };
        self.searched(namespace).into_iter().find_map(|searched| names.iter().find_map(|name| find(searched, name)))
    }

    /// Whether a project or package has its own version of a built-in macro, as `package` sees it: called by its name,
    /// or found by `adapter.dispatch`.
    pub fn is_overridden(&self, package: &str, name: &str) -> bool {
        let is_own = |def: &Arc<MacroDef>| !self.is_builtin(&def.package);
        if !self.own_names.contains(name) {
            return false;
        }
        self.find(package, name).is_some_and(is_own) || self.dispatch(package, name, Some(BUILTIN)).is_some_and(is_own)
    }

    /// What `dispatch` looks for, in this order: packages (`None`: as any name is looked up) and names.
    pub(super) fn candidates<'a>(&'a self, name: &str, namespace: Option<&'a str>) -> Vec<(Option<&'a str>, String)> {
        let in_package = |package| self.prefixed(name).map(move |name| (package, name)).collect::<Vec<_>>();
        self.searched(namespace).into_iter().flat_map(in_package).collect()
    }

    /// The packages that `dispatch` searches; `None`: as any name is looked up.
    fn searched<'a>(&'a self, namespace: Option<&'a str>) -> Vec<Option<&'a str>> {
        match namespace {
            Some(namespace) => match self.search_orders.get(namespace) {
                Some(order) if !order.is_empty() => order.iter().map(|package| Some(package.as_str())).collect(),
                _ if self.has_package(namespace) || namespace == BUILTIN => vec![Some(&self.root), Some(namespace)],
                _ => vec![None],
            },
            None => vec![None],
        }
    }

    fn prefixed(&self, name: &str) -> impl Iterator<Item = String> {
        self.prefixes.iter().map(move |prefix| format!("{prefix}__{name}"))
    }

    /// Whether any package has a macro of this name.
    pub(super) fn knows(&self, name: &str) -> bool {
        self.names.contains(name)
    }

    /// The names of all macros and packages.
    pub(super) fn names(&self) -> impl Iterator<Item = &str> {
        self.names.iter().chain(self.packages.keys()).map(String::as_str)
    }

    /// Whether a package of this name has macros.
    pub fn has_package(&self, package: &str) -> bool {
        self.packages.contains_key(package)
    }

    /// Whether a package is part of the program.
    fn is_builtin(&self, package: &str) -> bool {
        self.builtin.iter().any(|builtin| builtin == package)
    }

    /// All macros, package by package in the order added.
    pub fn iter(&self) -> impl Iterator<Item = &Arc<MacroDef>> {
        self.packages.values().flat_map(IndexMap::values)
    }

    /// The macro of a unique id.
    pub fn by_id(&self, id: &str) -> Option<&Arc<MacroDef>> {
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

#[cfg(test)]
mod tests {
    use super::*;

    fn library(search_orders: IndexMap<String, Vec<String>>) -> MacroLibrary {
        let builtin = vec!["dbt_duck".to_owned(), "dbt".to_owned()];
        let prefixes = vec!["duck".to_owned(), "default".to_owned()];
        let mut library = MacroLibrary::new("shop", builtin, prefixes, search_orders);
        for (package, names) in [
            ("shop", vec!["default__a", "mine", "default__b"]),
            ("utils", vec!["duck__a", "mine", "default__c", "duck__b"]),
            ("dbt_duck", vec!["duck__b", "engine"]),
            ("dbt", vec!["default__b", "default__d", "engine", "mine"]),
        ] {
            let text: String = names.iter().map(|name| format!("{{% macro {name}() %}}{{% endmacro %}}")).collect();
            library.add(package, &SourceFile::new(format!("{package}.sql"), text)).unwrap();
        }
        library
    }

    #[test]
    fn names_are_looked_up_in_own_package_root_and_built_in() {
        let library = library(IndexMap::new());
        let found = |package, name| library.find(package, name).map(|def| def.unique_id());
        assert_eq!(found("utils", "mine").as_deref(), Some("macro.utils.mine"));
        assert_eq!(found("other", "mine").as_deref(), Some("macro.shop.mine"));
        assert_eq!(found("utils", "engine").as_deref(), Some("macro.dbt_duck.engine"));
        assert_eq!(found("shop", "duck__a"), None);
        assert_eq!(
            library.qualified("dbt", "engine").map(|def| def.unique_id()).as_deref(),
            Some("macro.dbt_duck.engine")
        );
    }

    #[test]
    fn dispatch_searches_packages_before_prefixes() {
        let order = IndexMap::from([("ordered".to_owned(), vec!["utils".to_owned(), "shop".to_owned()])]);
        let library = library(order);
        let found = |name, namespace| library.dispatch("shop", name, namespace).map(|def| def.unique_id());
        // Of a package's own namespace the root project comes first, whatever the prefix.
        assert_eq!(found("a", Some("utils")).as_deref(), Some("macro.shop.default__a"));
        assert_eq!(found("c", Some("utils")).as_deref(), Some("macro.utils.default__c"));
        assert_eq!(found("d", Some("utils")), None);
        assert_eq!(found("a", Some("ordered")).as_deref(), Some("macro.utils.duck__a"));
        // Without a namespace a name is looked up as any other, prefix by prefix.
        assert_eq!(found("b", None).as_deref(), Some("macro.dbt_duck.duck__b"));
        assert_eq!(found("b", Some("dbt")).as_deref(), Some("macro.shop.default__b"));
        assert_eq!(found("d", Some("dbt")).as_deref(), Some("macro.dbt.default__d"));
        assert_eq!(found("c", None), None);
    }

    #[test]
    fn a_built_in_macro_is_replaced_by_name_or_through_dispatch() {
        let library = library(IndexMap::new());
        let replaced = ["mine", "b", "d", "engine", "c"].map(|name| library.is_overridden("shop", name));
        assert_eq!(replaced, [true, true, false, false, false]);
        assert!(!library.is_overridden("dbt", "engine"));
    }

    #[test]
    fn a_name_is_defined_once_in_a_package() {
        let mut library = library(IndexMap::new());
        let file = SourceFile::new("b.sql", "{% macro mine() %}{% endmacro %}");
        let error = library.add("shop", &file).unwrap_err();
        assert_eq!(error.labels.len(), 2);
        let file = SourceFile::new(
            "c.sql",
            "{% test mine() %}{% endtest %}{% materialization mine, adapter='duck' %}{% endmaterialization %}",
        );
        let names: Vec<_> = library.add("shop", &file).unwrap().iter().map(|def| def.name.clone()).collect();
        assert_eq!(names, ["test_mine", "materialization_mine_duck"]);
    }
}
