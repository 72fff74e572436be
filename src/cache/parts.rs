//! Parts of a file, each of which is read for itself.

use serde::{Deserialize, Serialize};
use std::fs::File;
use std::io::{Read, Seek, SeekFrom};
use std::sync::{Arc, Mutex, OnceLock, PoisonError};

/// How many bytes are checked at once.
const AT_ONCE: usize = 128 * 1024;

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
        self.fill(bytes, part.start)?;
        (crc32fast::hash(bytes) == part.checksum).then_some(())
    }

    /// Whether a part is what was written; it is never in memory as a whole.
    fn holds(&self, part: Part) -> bool {
        let (mut checksum, mut bytes) = (crc32fast::Hasher::new(), vec![0; AT_ONCE]);
        let mut at = 0;
        while at < part.length {
            let piece = &mut bytes[..(part.length - at).min(AT_ONCE as u64) as usize];
            if self.fill(piece, part.start + at).is_none() {
                return false;
            }
            checksum.update(piece);
            at += piece.len() as u64;
        }
        checksum.finalize() == part.checksum
    }

    /// Bytes of a part that was checked.
    fn bytes(&self, start: u64, length: u64) -> Option<Vec<u8>> {
        let mut bytes = vec![0; usize::try_from(length).ok()?];
        self.fill(&mut bytes, start)?;
        Some(bytes)
    }

    fn fill(&self, bytes: &mut [u8], start: u64) -> Option<()> {
        let mut file = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        file.seek(SeekFrom::Start(start)).ok()?;
        file.read_exact(bytes).ok()
    }
}

/// The texts of a project's files, one after the other in a part. They are checked together, and each is read when it is
/// needed: most are not.
pub struct Texts {
    parts: Arc<Parts>,
    part: Part,
    /// Where each ends.
    ends: Vec<u64>,
    are_readable: OnceLock<bool>,
}

impl Texts {
    /// Texts of these lengths.
    pub fn new(parts: Arc<Parts>, part: Part, lengths: &[u32]) -> Self {
        let ends = lengths.iter().scan(0, |end, length| {
            *end += u64::from(*length);
            Some(*end)
        });
        Self { parts, part, ends: ends.collect(), are_readable: OnceLock::new() }
    }

    /// Whether they can be read, and are what was written.
    pub fn are_readable(&self) -> bool {
        *self.are_readable.get_or_init(|| self.parts.holds(self.part))
    }

    /// A text by its number; what cannot be read is empty.
    pub fn get(&self, number: usize) -> Arc<str> {
        let text = || {
            let start = number.checked_sub(1).map_or(0, |before| self.ends[before]);
            let length = self.ends.get(number)?.checked_sub(start).filter(|_| self.are_readable())?;
            String::from_utf8(self.parts.bytes(self.part.start + start, length)?).ok()
        };
        text().unwrap_or_default().into()
    }
}
