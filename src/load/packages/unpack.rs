//! Tarballs → folders, without trusting them.

use super::request::invalid;
use crate::diagnostics::{Code, Diagnostic, Result};
use flate2::read::GzDecoder;
use std::io::Read;
use std::path::{Component, Path, PathBuf};
use tar::{Archive, Entry, EntryType};

/// Most bytes that an archive may unpack to.
const MAX_BYTES: u64 = 2 * 1024 * 1024 * 1024;

/// Unpacks a `.tar.gz` into the folder `into` and returns the one folder at its top. Paths and links that lead out of
/// it, and anything but files, folders and links, are refused.
pub fn unpack(bytes: &[u8], into: &Path, what: &str) -> Result<PathBuf> {
    let unreadable = |error: std::io::Error| invalid(format!("The archive {what} cannot be unpacked: {error}."));
    let mut archive = Archive::new(GzDecoder::new(bytes).take(MAX_BYTES));
    for entry in archive.entries().map_err(unreadable)? {
        let mut entry = entry.map_err(unreadable)?;
        if matches!(entry.header().entry_type(), EntryType::XGlobalHeader | EntryType::XHeader) {
            continue;
        }
        check(&entry, what)?;
        // Checks once more, against links that were unpacked before.
        if !entry.unpack_in(into).map_err(unreadable)? {
            return Err(unsafe_entry(what, &entry));
        }
    }
    only_folder(into, what)
}

fn check(entry: &Entry<'_, impl Read>, what: &str) -> Result<()> {
    let path = entry.path().unwrap_or_default();
    let is_inside = path.components().all(|part| matches!(part, Component::Normal(_) | Component::CurDir));
    let is_fine = is_inside
        && match entry.header().entry_type() {
            EntryType::Regular | EntryType::Continuous | EntryType::Directory => true,
            EntryType::Symlink => link_stays(&path, entry.link_name().ok().flatten().as_deref(), true),
            EntryType::Link => link_stays(&path, entry.link_name().ok().flatten().as_deref(), false),
            _ => false,
        };
    if is_fine { Ok(()) } else { Err(unsafe_entry(what, entry)) }
}

/// Whether a link's target is below the archive's top folder. A symbolic link's is relative to the link, a hard link's
/// to the archive.
fn link_stays(path: &Path, target: Option<&Path>, is_symbolic: bool) -> bool {
    let Some(target) = target else { return false };
    let mut depth: usize = if is_symbolic { path.components().count().saturating_sub(1) } else { 0 };
    for part in target.components() {
        match part {
            Component::Normal(_) => depth += 1,
            Component::CurDir => {}
            Component::ParentDir if depth > 1 => depth -= 1,
            _ => return false,
        }
    }
    true
}

fn only_folder(dir: &Path, what: &str) -> Result<PathBuf> {
    let unreadable =
        |error: std::io::Error| Diagnostic::error(Code::IO, format!("Cannot read {}: {error}", dir.display()));
    let mut entries = std::fs::read_dir(dir).map_err(unreadable)?;
    match (entries.next().transpose().map_err(unreadable)?, entries.next()) {
        (Some(only), None) if only.path().is_dir() => Ok(only.path()),
        _ => Err(invalid(format!("The archive {what} does not hold exactly one folder at its top."))),
    }
}

fn unsafe_entry(what: &str, entry: &Entry<'_, impl Read>) -> Box<Diagnostic> {
    let path = String::from_utf8_lossy(&entry.path_bytes()).into_owned();
    invalid(format!("The archive {what} is refused: its entry '{path}' would be written outside of the package."))
}

#[cfg(test)]
mod tests {
    use super::*;
    use flate2::{Compression, write::GzEncoder};
    use tar::{Builder, Header};

    fn archive(entries: &[(&str, EntryType, &str)]) -> Vec<u8> {
        let mut builder = Builder::new(GzEncoder::new(vec![], Compression::fast()));
        for (path, kind, contents) in entries {
            let mut header = Header::new_gnu();
            header.set_entry_type(*kind);
            header.set_mode(0o644);
            let bytes = &mut header.as_gnu_mut().unwrap().name;
            bytes[..path.len()].copy_from_slice(path.as_bytes());
            if matches!(kind, EntryType::Symlink | EntryType::Link) {
                header.set_link_name(contents).unwrap();
                header.set_size(0);
                header.set_cksum();
                builder.append(&header, std::io::empty()).unwrap();
            } else {
                header.set_size(contents.len() as u64);
                header.set_cksum();
                builder.append(&header, contents.as_bytes()).unwrap();
            }
        }
        builder.into_inner().unwrap().finish().unwrap()
    }

    #[test]
    fn files_and_inner_links_are_unpacked() {
        let dir = tempfile::tempdir().unwrap();
        let bytes = archive(&[
            ("p/dbt_project.yml", EntryType::Regular, "name: p"),
            ("p/models/a.sql", EntryType::Regular, "select 1"),
            ("p/models/b.sql", EntryType::Symlink, "../models/a.sql"),
        ]);
        let top = unpack(&bytes, dir.path(), "x").unwrap();
        assert_eq!(std::fs::read_to_string(top.join("models/b.sql")).unwrap(), "select 1");
    }

    #[test]
    fn what_leads_out_is_refused() {
        for (path, kind, contents) in [
            ("../evil", EntryType::Regular, "x"),
            ("/tmp/evil", EntryType::Regular, "x"),
            ("p/../../evil", EntryType::Regular, "x"),
            ("p/link", EntryType::Symlink, "/etc/passwd"),
            ("p/link", EntryType::Symlink, "../../outside"),
            ("p/link", EntryType::Symlink, "../sibling"),
            ("p/link", EntryType::Link, "../outside"),
            ("p/fifo", EntryType::Fifo, ""),
        ] {
            let dir = tempfile::tempdir().unwrap();
            let inside = dir.path().join("inside");
            std::fs::create_dir(&inside).unwrap();
            let bytes = archive(&[("p/ok", EntryType::Regular, "x"), (path, kind, contents)]);
            assert_eq!(unpack(&bytes, &inside, "x").unwrap_err().code, Code::PACKAGE_INVALID, "{path} {contents}");
            assert_eq!(std::fs::read_dir(dir.path()).unwrap().count(), 1, "{path} was written outside");
        }
        assert!(unpack(b"no archive", tempfile::tempdir().unwrap().path(), "x").is_err());
    }
}
