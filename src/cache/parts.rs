//! Parts of a file, each of which is read for itself.

use serde::{Deserialize, Serialize};
use std::fs::File;
use std::io::{Read, Seek, SeekFrom};
use std::sync::{Arc, Mutex, OnceLock, PoisonError};

/// Where a part is, and its CRC-32.
#[derive(Debug, Clone, Copy, Serialize, Deserialize)]
pub struct Part {
    pub start: u64,
    pub length: u64,
    pub checksum: u32,
}

/// A file whose parts are read by several threads.
pub struct Parts(Mutex<File>);

impl Parts {
    /// Those of this file.
    pub fn of(file: File) -> Self {
        Self(Mutex::new(file))
    }

    /// Reads a part. None: it cannot be read, or is not what was written.
    pub fn read(&self, part: Part) -> Option<Vec<u8>> {
        let mut bytes = vec![];
        self.read_into(&mut bytes, part)?;
        Some(bytes)
    }

    /// The same into memory that was used before.
    pub fn read_into(&self, bytes: &mut Vec<u8>, part: Part) -> Option<()> {
        bytes.resize(usize::try_from(part.length).ok()?, 0);
        {
            let mut file = self.0.lock().unwrap_or_else(PoisonError::into_inner);
            file.seek(SeekFrom::Start(part.start)).ok()?;
            file.read_exact(bytes).ok()?;
        }
        (crc32fast::hash(bytes) == part.checksum).then_some(())
    }
}

/// The texts of a project's files, one after the other in a part that is read when the first of them is needed.
pub struct Texts {
    parts: Arc<Parts>,
    part: Part,
    /// Where each ends.
    ends: Vec<usize>,
    bytes: OnceLock<Option<Vec<u8>>>,
}

impl Texts {
    /// Texts of these lengths.
    pub fn new(parts: Arc<Parts>, part: Part, lengths: &[u32]) -> Self {
        let ends = lengths.iter().scan(0, |end, length| {
            *end += *length as usize;
            Some(*end)
        });
        Self { parts, part, ends: ends.collect(), bytes: OnceLock::new() }
    }

    /// Whether they can be read.
    pub fn are_readable(&self) -> bool {
        self.bytes().is_some()
    }

    /// A text by its number; what cannot be read is empty.
    pub fn get(&self, number: usize) -> Arc<str> {
        let text = self.bytes().and_then(|bytes| {
            let start = number.checked_sub(1).map_or(0, |before| self.ends[before]);
            std::str::from_utf8(bytes.get(start..*self.ends.get(number)?)?).ok()
        });
        text.unwrap_or_default().into()
    }

    fn bytes(&self) -> Option<&[u8]> {
        self.bytes.get_or_init(|| self.parts.read(self.part)).as_deref()
    }
}
