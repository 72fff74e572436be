//! A map of an artifact whose entries are made while it is written.

use rayon::iter::{IntoParallelRefIterator, ParallelIterator};
use serde::ser::{Error, SerializeMap};
use serde::{Serialize, Serializer};
use serde_json::Value as Json;
use serde_json::value::{RawValue, to_raw_value};

/// How many entries are in memory at once.
const AT_ONCE: usize = 1024;

/// Resources by their ids, and what makes a resource's entry. Only serde_json can write it.
pub struct Section<'g, T, F> {
    resources: Vec<(&'g str, &'g T)>,
    entry: F,
}

impl<'g, T, F: Fn(&str, &T) -> Json> Section<'g, T, F> {
    /// The section of these resources, in their order.
    pub fn new<K: AsRef<str> + 'g>(resources: impl IntoIterator<Item = (&'g K, &'g T)>, entry: F) -> Self {
        Self { resources: resources.into_iter().map(|(id, resource)| (id.as_ref(), resource)).collect(), entry }
    }
}

impl<T: Sync, F: Fn(&str, &T) -> Json + Sync> Serialize for Section<'_, T, F> {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        let mut map = serializer.serialize_map(Some(self.resources.len()))?;
        for resources in self.resources.chunks(AT_ONCE) {
            let written = resources.par_iter().map(|(id, resource)| to_raw_value(&(self.entry)(id, resource)));
            let entries: Vec<Box<RawValue>> = written.collect::<Result<_, _>>().map_err(S::Error::custom)?;
            for ((id, _), entry) in resources.iter().zip(entries) {
                map.serialize_entry(id, &entry)?;
            }
        }
        map.end()
    }
}
