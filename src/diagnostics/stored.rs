//! Spans in a stored form: the number of their file in a table, which is stored beside them.
//!
//! serde gives a type's own code no way to carry the table along, so it is lent to the thread that reads or writes.

use super::{CODES, Code, SourceFile, Span};
use indexmap::IndexMap;
use serde::de::Error as _;
use serde::ser::Error as _;
use serde::{Deserialize, Deserializer, Serialize, Serializer};
use std::cell::RefCell;
use std::sync::{Arc, Mutex, PoisonError};

thread_local! {
    static LENT: RefCell<Option<Arc<FileTable>>> = const { RefCell::new(None) };
}

/// The files that stored spans point into, in the order in which they were met.
#[derive(Debug, Default)]
pub struct FileTable {
    /// By the address of the file, which the table keeps alive.
    files: Mutex<IndexMap<usize, Arc<SourceFile>>>,
}

impl FileTable {
    /// The table of files that were stored before.
    pub fn of(files: impl IntoIterator<Item = Arc<SourceFile>>) -> Self {
        let table = Self::default();
        for file in files {
            table.number(&file);
        }
        table
    }

    /// All files, by their numbers.
    pub fn files(&self) -> Vec<Arc<SourceFile>> {
        self.files.lock().unwrap_or_else(PoisonError::into_inner).values().cloned().collect()
    }

    /// Reads or writes spans by this table.
    pub fn lend<T>(self: &Arc<Self>, work: impl FnOnce() -> T) -> T {
        let before = LENT.replace(Some(self.clone()));
        let done = work();
        LENT.set(before);
        done
    }

    fn number(&self, file: &Arc<SourceFile>) -> u32 {
        let mut files = self.files.lock().unwrap_or_else(PoisonError::into_inner);
        let entry = files.entry(Arc::as_ptr(file) as usize);
        let number = entry.index();
        entry.or_insert_with(|| file.clone());
        number as u32
    }

    fn file(&self, number: u32) -> Option<Arc<SourceFile>> {
        let files = self.files.lock().unwrap_or_else(PoisonError::into_inner);
        files.get_index(number as usize).map(|(_, file)| file.clone())
    }
}

fn lent() -> Result<Arc<FileTable>, &'static str> {
    LENT.with_borrow(|table| table.clone()).ok_or("spans are stored only with a table of their files")
}

/// For `#[serde(with)]`: a file by its number.
pub mod file {
    use super::*;

    #[allow(missing_docs)]
    pub fn serialize<S: Serializer>(file: &Arc<SourceFile>, serializer: S) -> Result<S::Ok, S::Error> {
        lent().map_err(S::Error::custom)?.number(file).serialize(serializer)
    }

    #[allow(missing_docs)]
    pub fn deserialize<'de, D: Deserializer<'de>>(deserializer: D) -> Result<Arc<SourceFile>, D::Error> {
        let number = u32::deserialize(deserializer)?;
        lent().map_err(D::Error::custom)?.file(number).ok_or_else(|| D::Error::custom("no such file"))
    }
}

impl Serialize for Span {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        let file = lent().map_err(S::Error::custom)?.number(&self.file);
        (file, self.start, self.end).serialize(serializer)
    }
}

impl<'de> Deserialize<'de> for Span {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        let (file, start, end) = Deserialize::deserialize(deserializer)?;
        let file = lent().map_err(D::Error::custom)?.file(file).ok_or_else(|| D::Error::custom("no such file"))?;
        Ok(Self { file, start, end })
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
