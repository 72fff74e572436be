//! What names mean while a template is rendered.

use super::Value;
use std::collections::HashMap;
use std::fmt;
use std::hash::BuildHasher;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

/// Gives names a meaning.
pub trait Naming: Send + Sync {
    /// What a name means; `None`: nothing.
    fn get(&self, name: &str) -> Option<Value>;

    /// The names that may mean something.
    fn names(&self) -> Vec<String>;
}

impl<S: BuildHasher + Send + Sync> Naming for HashMap<String, Value, S> {
    fn get(&self, name: &str) -> Option<Value> {
        HashMap::get(self, name).cloned()
    }

    fn names(&self) -> Vec<String> {
        self.keys().cloned().collect()
    }
}

impl fmt::Debug for dyn Naming {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_list().entries(self.names()).finish()
    }
}

/// Names and their values, in a table that is fast to look into.
pub type NameTable = HashMap<String, Value, foldhash::fast::RandomState>;

/// Some of the names of a scope.
pub type Layer = Arc<dyn Naming>;

/// What names mean: macros' own arguments, then macros visible from `package`, then `layers` (the first wins), then the
/// language's own functions, then package names (`dbt_utils.star`).
#[derive(Debug, Clone)]
pub struct Scope {
    /// The package of the node that is rendered: its macros are seen without a prefix.
    pub package: String,
    /// Values, innermost first.
    pub layers: Vec<Layer>,
    /// While parsing: names that mean nothing give a value that swallows calls, attributes and items, instead of an error.
    pub forgiving: bool,
    /// What templates have added.
    pub additions: Additions,
}

/// What `context.update(…)` adds, which wins over macros and layers. Clones share it.
#[derive(Debug, Clone, Default)]
pub struct Additions(Arc<Mutex<HashMap<String, Value>>>);

impl Additions {
    fn lock(&self) -> MutexGuard<'_, HashMap<String, Value>> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }

    pub(super) fn get(&self, name: &str) -> Option<Value> {
        self.lock().get(name).cloned()
    }

    pub(super) fn add(&self, name: String, value: Value) {
        self.lock().insert(name, value);
    }

    pub(super) fn remove(&self, name: &str) -> Option<Value> {
        self.lock().remove(name)
    }
}

impl Scope {
    /// A scope to which nothing was added yet.
    pub fn new(package: impl Into<String>, layers: Vec<Layer>, forgiving: bool) -> Self {
        Self { package: package.into(), layers, forgiving, additions: Additions::default() }
    }

    /// What the layers say.
    pub fn get(&self, name: &str) -> Option<Value> {
        self.layers.iter().find_map(|layer| layer.get(name))
    }

    /// The names that layers and additions give a meaning.
    pub(super) fn names(&self) -> Vec<String> {
        let added = self.additions.lock();
        self.layers.iter().flat_map(|layer| layer.names()).chain(added.keys().cloned()).collect()
    }
}
