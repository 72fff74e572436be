//! Spans in a stored form: the number of their file in a table, which is stored beside them.
//!
//! serde gives a type's own code no way to carry the table along, so it is lent to the thread that reads or writes.

use super::{CODES, Code, SourceFile, Span};
use indexmap::IndexMap;
use serde::de::Error as _;
use serde::{Deserialize, Deserializer, Serialize, Serializer};
use std::cell::RefCell;
use std::sync::{Arc, Mutex, PoisonError};

thread_local! {
    static LENT: RefCell<Option<Arc<FileTable>>> = const { RefCell::new(None) };
}

/// The files that stored spans point into.
#[derive(Debug, Default)]
pub struct FileTable {
    /// Those of spans that were stored before, by their numbers.
    known: Vec<Arc<SourceFile>>,
    /// Those of spans that are stored now, in the order in which they are met, by their addresses: the table keeps them
    /// alive.
    met: Mutex<IndexMap<usize, Arc<SourceFile>>>,
}

impl FileTable {
    /// The table of files that were stored before.
    pub fn of(files: Vec<Arc<SourceFile>>) -> Self {
        Self { known: files, ..Self::default() }
    }

    /// The files that were met, by their numbers.
    pub fn files(&self) -> Vec<Arc<SourceFile>> {
        self.met.lock().unwrap_or_else(PoisonError::into_inner).values().cloned().collect()
    }

    /// Reads or writes spans by this table.
    pub fn lend<T>(self: &Arc<Self>, work: impl FnOnce() -> T) -> T {
        let before = LENT.replace(Some(self.clone()));
        let done = work();
        LENT.set(before);
        done
    }

    fn number(&self, file: &Arc<SourceFile>) -> u32 {
        let mut files = self.met.lock().unwrap_or_else(PoisonError::into_inner);
        let entry = files.entry(Arc::as_ptr(file) as usize);
        let number = entry.index();
        entry.or_insert_with(|| file.clone());
        number as u32
    }

    fn file(&self, number: u32) -> Option<Arc<SourceFile>> {
        self.known.get(number as usize).cloned()
    }
}

fn number<E: serde::ser::Error>(file: &Arc<SourceFile>) -> Result<u32, E> {
    let number = LENT.with_borrow(|table| table.as_ref().map(|table| table.number(file)));
    number.ok_or_else(|| E::custom("spans are stored only with a table of their files"))
}

fn numbered<E: serde::de::Error>(number: u32) -> Result<Arc<SourceFile>, E> {
    let file = LENT.with_borrow(|table| table.as_ref().and_then(|table| table.file(number)));
    file.ok_or_else(|| E::custom("no such file"))
}

/// For `#[serde(with)]`: a file by its number.
pub mod file {
    use super::*;

    #[allow(missing_docs)]
    pub fn serialize<S: Serializer>(file: &Arc<SourceFile>, serializer: S) -> Result<S::Ok, S::Error> {
        number::<S::Error>(file)?.serialize(serializer)
    }

    #[allow(missing_docs)]
    pub fn deserialize<'de, D: Deserializer<'de>>(deserializer: D) -> Result<Arc<SourceFile>, D::Error> {
        numbered(u32::deserialize(deserializer)?)
    }
}

impl Serialize for Span {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        (number::<S::Error>(&self.file)?, self.start, self.end).serialize(serializer)
    }
}

impl<'de> Deserialize<'de> for Span {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        let (file, start, end) = Deserialize::deserialize(deserializer)?;
        Ok(Self { file: numbered(file)?, start, end })
    }
}

impl Serialize for Code {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        self.id.serialize(serializer)
    }
}

impl<'de> Deserialize<'de> for Code {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        let id = String::deserialize(deserializer)?;
        CODES.iter().find(|code| code.id == id).copied().ok_or_else(|| D::Error::custom("no such code"))
    }
}
