//! Mappings whose values are made when they are asked for.

use crate::jinja::{Enumerator, Object, Value};
use indexmap::IndexMap;
use std::fmt;
use std::sync::{Arc, OnceLock};

type Make = Box<dyn Fn(&str) -> Value + Send + Sync>;

/// A mapping with known keys; a value is made once, when it is first asked for.
pub struct LazyMap {
    values: IndexMap<Arc<str>, OnceLock<Value>>,
    make: Make,
}

impl LazyMap {
    /// A mapping of these keys.
    pub fn new(keys: impl IntoIterator<Item = Arc<str>>, make: impl Fn(&str) -> Value + Send + Sync + 'static) -> Self {
        Self { values: keys.into_iter().map(|key| (key, OnceLock::new())).collect(), make: Box::new(make) }
    }
}

impl Object for LazyMap {
    fn get_value(self: &Arc<Self>, key: &Value) -> Option<Value> {
        self.get_value_by_str(key.as_str()?)
    }

    fn get_value_by_str(self: &Arc<Self>, key: &str) -> Option<Value> {
        let cell = self.values.get(key)?;
        Some(cell.get_or_init(|| (self.make)(key)).clone())
    }

    fn enumerate(self: &Arc<Self>) -> Enumerator {
        Enumerator::Values(self.values.keys().map(|key| Value::from(key.clone())).collect())
    }

    fn enumerator_len(self: &Arc<Self>) -> Option<usize> {
        Some(self.values.len())
    }
}

impl fmt::Debug for LazyMap {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "LazyMap({} keys)", self.values.len())
    }
}
