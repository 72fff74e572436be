//! A map of an artifact whose entries are made while it is written.

use rayon::prelude::*;
use serde::ser::{Error, SerializeMap};
use serde::{Serialize, Serializer};
use serde_json::value::to_raw_value;
use std::io::{self, Write};
use std::ops::Range;
use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::{Mutex, PoisonError};

/// How many entries are made at once, while as many are written.
const AT_ONCE: usize = 256;

/// Resources by their ids, and what makes a resource's entry. Only serde_json can write it.
pub struct Section<'g, T, F> {
    resources: Vec<(&'g str, &'g T)>,
    entry: F,
    places: Option<&'g Places>,
}

impl<'g, T: Sync, F, E> Section<'g, T, F>
where
    F: Fn(&'g str, &'g T) -> E + Sync,
    E: Serialize,
{
    /// The section of these resources, in their order.
    pub fn new<K: AsRef<str> + 'g>(resources: impl IntoIterator<Item = (&'g K, &'g T)>, entry: F) -> Self {
        Self {
            resources: resources.into_iter().map(|(id, resource)| (id.as_ref(), resource)).collect(),
            entry,
            places: None,
        }
    }

    /// The same; where its entries stand is noted.
    pub fn noting(self, places: Option<&'g Places>) -> Self {
        Self { places, ..self }
    }
}

impl<'g, T: Sync, F, E> Serialize for Section<'g, T, F>
where
    F: Fn(&'g str, &'g T) -> E + Sync,
    E: Serialize,
{
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        let mut map = serializer.serialize_map(Some(self.resources.len()))?;
        in_order(
            &self.resources,
            |(id, resource)| to_raw_value(&(self.entry)(id, resource)),
            |(id, _), text| {
                let text = text.map_err(S::Error::custom)?;
                map.serialize_entry(id, &text)?;
                self.places.into_iter().for_each(|places| places.note(places.written() - text.get().len() as u64));
                Ok(())
            },
        )?;
        map.end()
    }
}

/// Makes something of each item, some at once, while what was made of those before is taken in their order.
pub fn in_order<I: Sync, O: Send, E>(
    items: &[I],
    make: impl Fn(&I) -> O + Sync,
    mut take: impl FnMut(&I, O) -> Result<(), E>,
) -> Result<(), E> {
    let made = |items: &[I]| items.par_iter().map(&make).collect::<Vec<O>>();
    let mut chunks = items.chunks(AT_ONCE);
    let mut ready = chunks.next().map(|first| (first, made(first)));
    while let Some((items, outcomes)) = ready.take() {
        let next = chunks.next();
        rayon::in_place_scope(|scope| {
            scope.spawn(|_| ready = next.map(|next| (next, made(next))));
            items.iter().zip(outcomes).try_for_each(|(item, outcome)| take(item, outcome))
        })?;
    }
    Ok(())
}

/// Where entries stand in what is written.
#[derive(Debug, Default)]
pub struct Places {
    written: AtomicU64,
    entries: Mutex<Vec<Range<u64>>>,
}

impl Places {
    /// A writer that counts what goes to `out`.
    pub fn writer<W: Write>(&self, out: W) -> impl Write {
        Counted { places: self, out }
    }

    /// How much was written.
    pub fn written(&self) -> u64 {
        self.written.load(Ordering::Relaxed)
    }

    /// The places of all entries, in their order.
    pub fn entries(self) -> Vec<Range<u64>> {
        self.entries.into_inner().unwrap_or_else(PoisonError::into_inner)
    }

    /// An entry was written, from this place to where it is now.
    pub fn note(&self, start: u64) {
        self.entries.lock().unwrap_or_else(PoisonError::into_inner).push(start..self.written());
    }
}

struct Counted<'p, W> {
    places: &'p Places,
    out: W,
}

impl<W: Write> Write for Counted<'_, W> {
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        let count = self.out.write(bytes)?;
        self.places.written.fetch_add(count as u64, Ordering::Relaxed);
        Ok(count)
    }

    fn flush(&mut self) -> io::Result<()> {
        self.out.flush()
    }
}
