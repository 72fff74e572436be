//! Which files there are.

use globset::GlobBuilder;
use std::io;
use std::path::{Path, PathBuf};
use std::time::UNIX_EPOCH;
use walkdir::WalkDir;

/// A file as it is found.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct RawFile {
    /// Where it is.
    pub path: PathBuf,
    /// Its path relative to the project, with forward slashes; as it is, if it lies elsewhere.
    pub name: String,
    /// In bytes.
    pub size: u64,
    /// When it was last changed, in nanoseconds since 1970.
    pub modified: i64,
}

/// The files that a path or glob means, by name. A relative one means the project's folder `root`.
///
/// # Errors
/// The glob is wrong, or a folder cannot be read.
pub fn list(root: &Path, location: &str) -> io::Result<Vec<RawFile>> {
    let whole = root.join(location);
    let whole_text = slashed(&whole);
    let Some(start) = first_wildcard(location) else {
        return match std::fs::metadata(&whole) {
            Ok(facts) if facts.is_file() => Ok(vec![raw_file(root, whole, &facts)]),
            Ok(_) => Ok(vec![]),
            Err(error) if error.kind() == io::ErrorKind::NotFound => Ok(vec![]),
            Err(error) => Err(error),
        };
    };
    let folder = location[..start].rfind(['/', '\\']).map_or("", |end| &location[..=end]);
    let glob = GlobBuilder::new(&whole_text).literal_separator(true).build();
    let matcher = glob.map_err(|error| io::Error::new(io::ErrorKind::InvalidInput, error))?.compile_matcher();
    let mut found = vec![];
    for entry in WalkDir::new(root.join(folder)).follow_links(true) {
        match entry {
            Ok(entry) if entry.file_type().is_file() && matcher.is_match(slashed(entry.path())) => {
                let facts = entry.metadata().map_err(io::Error::from)?;
                found.push(raw_file(root, entry.into_path(), &facts));
            }
            Ok(_) => {}
            Err(error) if error.io_error().is_some_and(|error| error.kind() == io::ErrorKind::NotFound) => {}
            Err(error) => return Err(error.into()),
        }
    }
    found.sort_by(|a, b| a.name.cmp(&b.name));
    Ok(found)
}

fn first_wildcard(location: &str) -> Option<usize> {
    location.find(['*', '?', '[', '{'])
}

fn raw_file(root: &Path, path: PathBuf, facts: &std::fs::Metadata) -> RawFile {
    let modified = facts.modified().ok().and_then(|time| time.duration_since(UNIX_EPOCH).ok());
    RawFile {
        name: slashed(path.strip_prefix(root).unwrap_or(&path)),
        size: facts.len(),
        modified: modified.map_or(0, |time| i64::try_from(time.as_nanos()).unwrap_or(i64::MAX)),
        path,
    }
}

fn slashed(path: &Path) -> String {
    path.components().collect::<PathBuf>().to_string_lossy().replace('\\', "/")
}
