//! What the file system says of a file without reading it.

use std::path::Path;
use std::time::{Duration, SystemTime, UNIX_EPOCH};

/// What changes with a file's contents, beside them. Two equal stamps of a path mean the same contents if the stamp
/// [is settled](FileStamp::is_settled).
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct FileStamp {
    /// In bytes.
    pub size: u64,
    /// When it was written, as far as its writer says; in nanoseconds since 1970.
    pub modified: i64,
    /// When it was written, renamed or otherwise touched: nobody can set this. In nanoseconds since 1970.
    pub changed: i64,
    /// The file itself, whatever its name.
    pub inode: u64,
    /// Where that number means it.
    pub device: u64,
}

/// A moment by the clock that files are stamped by, in nanoseconds since 1970.
pub type FileTime = i64;

/// A file system that keeps fractions of milliseconds stamps by the kernel's tick, of ten milliseconds at most.
const TICK: Duration = Duration::from_millis(40);

/// The coarsest clock of a file system is FAT's, of two seconds.
const COARSE_TICK: Duration = Duration::from_secs(4);

impl FileStamp {
    /// That of a file; none where the system does not say when a file was touched.
    #[cfg(unix)]
    pub(super) fn of(path: &Path) -> Option<Self> {
        use std::os::unix::fs::MetadataExt;
        let facts = std::fs::metadata(path).ok()?;
        let nanoseconds = |seconds: i64, rest: i64| seconds.checked_mul(1_000_000_000)?.checked_add(rest);
        Some(Self {
            size: facts.size(),
            modified: nanoseconds(facts.mtime(), facts.mtime_nsec())?,
            changed: nanoseconds(facts.ctime(), facts.ctime_nsec())?,
            inode: facts.ino(),
            device: facts.dev(),
        })
    }

    /// That of a file; none where the system does not say when a file was touched.
    #[cfg(not(unix))]
    pub(super) fn of(_: &Path) -> Option<Self> {
        None
    }

    /// Whether a file that is written after `moment`, when it had this stamp, has another: not if it was touched so
    /// shortly before that both times may be the same tick of the file system's clock.
    pub fn is_settled(&self, moment: FileTime) -> bool {
        let tick = if self.changed % 1_000_000 == 0 { COARSE_TICK } else { TICK };
        moment.checked_sub(tick.as_nanos() as i64).is_some_and(|settled| self.changed < settled)
    }
}

/// Now, by the machine's clock.
pub(super) fn now() -> FileTime {
    let since = SystemTime::now().duration_since(UNIX_EPOCH).unwrap_or_default();
    i64::try_from(since.as_nanos()).unwrap_or(i64::MAX)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_was_just_touched_is_not_settled() {
        let touched = |changed| FileStamp { size: 1, modified: 0, changed, inode: 1, device: 1 };
        let (second, millisecond) = (1_000_000_000, 1_000_000);
        let fine = touched(100 * second + 1);
        assert!(!fine.is_settled(100 * second) && !fine.is_settled(100 * second + 20 * millisecond));
        assert!(fine.is_settled(100 * second + 50 * millisecond));
        // Whole seconds, or milliseconds, may be all that the file system keeps.
        let coarse = touched(100 * second);
        assert!(!coarse.is_settled(103 * second) && coarse.is_settled(105 * second));
        assert!(!fine.is_settled(i64::MIN));
    }
}
