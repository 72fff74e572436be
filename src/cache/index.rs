//! What the files of a kept graph hold, and what the file system said of them when this was known: a file of which it still
//! says the same is not read again.

use super::inputs::{Digest, contents};
use crate::diagnostics::{Result, SourceFile};
use crate::load::FoundFile;
use crate::world::{FileStamp, FileTime, World};
use rayon::prelude::*;
use std::io::{Read, Write};
use std::path::Path;
use std::sync::Arc;

/// Begins every such file; changes with its form.
const MAGIC: &[u8; 16] = b"sqlbuild files 1";

/// What is known of all files of a project, in their order.
pub struct Index {
    /// The name of the graph that was made from them.
    pub graph: [u8; 16],
    /// Before any of them was looked at.
    pub moment: FileTime,
    /// A file each.
    pub entries: Vec<Entry>,
}

/// What is known of a file.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Entry {
    /// What it holds.
    pub digest: Digest,
    /// What the file system said of it.
    pub stamp: Option<FileStamp>,
}

/// What a file holds now.
pub struct Seen {
    /// What is known of it from now on.
    pub entry: Entry,
    /// Its text, if it was read.
    pub source: Option<Arc<SourceFile>>,
}

/// Looks at all files; those are not read that have not changed since `known`.
pub fn look(files: &[&FoundFile], known: Option<&Index>, world: &World) -> Result<Vec<Seen>> {
    let entry = |at: usize| known.and_then(|known| Some((known.entries.get(at)?, known.moment)));
    files.par_iter().enumerate().map(|(at, file)| seen(file, entry(at), world)).collect()
}

fn seen(file: &FoundFile, known: Option<(&Entry, FileTime)>, world: &World) -> Result<Seen> {
    // What is written while it is read has another stamp the next time.
    let stamp = file.stamp(world);
    if let Some((entry, moment)) = known
        && let Some(stamp) = stamp.filter(|stamp| stamp.is_settled(moment))
        && entry.stamp == Some(stamp)
    {
        return Ok(Seen { entry: *entry, source: None });
    }
    let source = file.read(world)?;
    let digest = contents(file, &source, world);
    Ok(Seen { entry: Entry { digest, stamp }, source: Some(source) })
}

impl Index {
    /// Reads the index of a graph.
    pub fn read(place: &Path, graph: [u8; 16], world: &World) -> Option<Self> {
        let mut bytes = vec![];
        world.open(place).ok()?.read_to_end(&mut bytes).ok()?;
        let (checksum, rest) = bytes.strip_prefix(MAGIC)?.split_first_chunk()?;
        if crc32fast::hash(rest) != u32::from_le_bytes(*checksum) {
            return None;
        }
        let (name, rest) = rest.split_first_chunk()?;
        let (moment, rest) = rest.split_first_chunk()?;
        let (entries, rest) = rest.as_chunks::<{ Entry::LENGTH }>();
        let is_whole = *name == graph && rest.is_empty();
        is_whole.then(|| Self {
            graph,
            moment: FileTime::from_le_bytes(*moment),
            entries: entries.iter().map(Entry::of_bytes).collect(),
        })
    }

    /// Writes it.
    pub fn write(&self, place: &Path, world: &World) -> Result<()> {
        let mut bytes = self.graph.to_vec();
        bytes.extend(self.moment.to_le_bytes());
        self.entries.iter().for_each(|entry| bytes.extend(entry.to_bytes()));
        world.write_with(place, |file| {
            file.write_all(MAGIC)?;
            file.write_all(&crc32fast::hash(&bytes).to_le_bytes())?;
            file.write_all(&bytes)
        })
    }
}

impl Entry {
    const LENGTH: usize = 32 + 5 * 8;

    /// A file without a stamp has zeros there, which no file has.
    fn to_bytes(self) -> [u8; Self::LENGTH] {
        let mut bytes = [0; Self::LENGTH];
        let (digest, numbers) = bytes.split_at_mut(32);
        digest.copy_from_slice(&self.digest);
        if let Some(FileStamp { size, modified, changed, inode, device }) = self.stamp {
            let all = [size, modified as u64, changed as u64, inode, device];
            numbers.as_chunks_mut().0.iter_mut().zip(all).for_each(|(place, number)| *place = number.to_le_bytes());
        }
        bytes
    }

    fn of_bytes(bytes: &[u8; Self::LENGTH]) -> Self {
        let (digest, numbers) = bytes.split_at(32);
        let numbers: Vec<u64> = numbers.as_chunks().0.iter().map(|bytes| u64::from_le_bytes(*bytes)).collect();
        let stamp = match numbers[..] {
            [0, 0, 0, 0, 0] => None,
            [size, modified, changed, inode, device] => {
                Some(FileStamp { size, modified: modified as i64, changed: changed as i64, inode, device })
            }
            _ => None,
        };
        Self { digest: digest.try_into().unwrap_or_default(), stamp }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::load::FileKind;
    use jiff::Timestamp;
    use std::path::PathBuf;

    #[test]
    fn a_file_is_read_again_unless_nothing_can_have_changed() {
        let folder = tempfile::tempdir().unwrap();
        let world = World::fixed(folder.path(), Default::default(), Timestamp::UNIX_EPOCH);
        let disk_path = folder.path().join("a.sql");
        std::fs::write(&disk_path, "select 1").unwrap();
        let (path, root) = (PathBuf::from("a.sql"), PathBuf::new());
        let file = FoundFile { kind: FileKind::Model, shown: path.clone(), path, root, disk_path: disk_path.clone() };
        let known = |moment, seen: Seen| Index { graph: [0; 16], moment, entries: vec![seen.entry] };
        let look = |known: Option<&Index>| look(&[&file], known, &world).unwrap().remove(0);
        let later = world.file_time() + 60_000_000_000;
        let index = known(later, look(None));
        let seen = look(Some(&index));
        assert_eq!((seen.entry, seen.source.is_none()), (index.entries[0], cfg!(unix)));
        // Just written: another write may have the same time.
        let index = known(world.file_time(), look(None));
        assert!(look(Some(&index)).source.is_some());
        // Another file of the same size and time.
        let index = known(later, look(None));
        let aside = folder.path().join("b.sql");
        std::fs::write(&aside, "select 2").unwrap();
        let modified = std::fs::metadata(&disk_path).unwrap().modified().unwrap();
        std::fs::File::options().write(true).open(&aside).unwrap().set_modified(modified).unwrap();
        std::fs::rename(&aside, &disk_path).unwrap();
        assert_eq!(look(Some(&index)).source.unwrap().text(), "select 2");
    }

    #[test]
    fn an_index_is_read_as_it_was_written() {
        let folder = tempfile::tempdir().unwrap();
        let (world, place) = (World::fixed(folder.path(), Default::default(), Timestamp::UNIX_EPOCH), folder.path());
        let stamp = FileStamp { size: 1, modified: -2, changed: 3, inode: 4, device: u64::MAX };
        let entries = vec![Entry { digest: [7; 32], stamp: Some(stamp) }, Entry { digest: [8; 32], stamp: None }];
        let (index, place) = (Index { graph: [1; 16], moment: 5, entries }, place.join("files"));
        index.write(&place, &world).unwrap();
        let read = Index::read(&place, [1; 16], &world).unwrap();
        assert_eq!((read.moment, &read.entries), (5, &index.entries));
        assert!(Index::read(&place, [2; 16], &world).is_none(), "of another graph");
        let mut bytes = std::fs::read(&place).unwrap();
        *bytes.last_mut().unwrap() ^= 1;
        std::fs::write(&place, bytes).unwrap();
        assert!(Index::read(&place, [1; 16], &world).is_none(), "damaged");
    }
}
