//! A map of an artifact whose entries are made while it is written.

use rayon::prelude::*;
use serde::ser::{Error, SerializeMap};
use serde::{Serialize, Serializer};
use serde_json::value::{RawValue, to_raw_value};

/// How many entries are made at once, while as many are written.
const AT_ONCE: usize = 256;

/// Resources by their ids, and what makes a resource's entry. Only serde_json can write it.
pub struct Section<'g, T, F> {
    resources: Vec<(&'g str, &'g T)>,
    entry: F,
}

impl<'g, T: Sync, F, E> Section<'g, T, F>
where
    F: Fn(&'g str, &'g T) -> E + Sync,
    E: Serialize,
{
    /// The section of these resources, in their order.
    pub fn new<K: AsRef<str> + 'g>(resources: impl IntoIterator<Item = (&'g K, &'g T)>, entry: F) -> Self {
        Self { resources: resources.into_iter().map(|(id, resource)| (id.as_ref(), resource)).collect(), entry }
    }

    /// The text of the entries of these resources.
    fn texts(&self, resources: &[(&'g str, &'g T)]) -> Result<Vec<Box<RawValue>>, serde_json::Error> {
        resources.par_iter().map(|(id, resource)| to_raw_value(&(self.entry)(id, resource))).collect()
    }
}

impl<'g, T: Sync, F, E> Serialize for Section<'g, T, F>
where
    F: Fn(&'g str, &'g T) -> E + Sync,
    E: Serialize,
{
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        let mut map = serializer.serialize_map(Some(self.resources.len()))?;
        let mut chunks = self.resources.chunks(AT_ONCE);
        let mut ready = chunks.next().map(|first| (first, self.texts(first)));
        while let Some((resources, texts)) = ready.take() {
            let texts = texts.map_err(S::Error::custom)?;
            let next = chunks.next();
            // The next entries are made while these are written.
            rayon::in_place_scope(|scope| {
                scope.spawn(|_| ready = next.map(|next| (next, self.texts(next))));
                resources.iter().zip(texts).try_for_each(|((id, _), text)| map.serialize_entry(id, &text))
            })?;
        }
        map.end()
    }
}
