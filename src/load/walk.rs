//! Finding a package's files.

use super::ignore::Ignore;
use super::{FileKind, FoundFile, PackageSettings};
use crate::diagnostics::{Code, Diagnostic, Result};
use crate::world::World;
use foldhash::fast::RandomState;
use std::collections::hash_map::Entry;
use std::collections::{HashMap, HashSet};
use std::ffi::OsString;
use std::path::{Path, PathBuf};
use walkdir::{DirEntry, WalkDir};

/// All files of a package, in a fixed order. `shown_dir` is how its folder is shown to people.
pub fn files(world: &World, dir: &Path, shown_dir: &Path, settings: &PackageSettings) -> Result<Vec<FoundFile>> {
    let ignore_path = dir.join(".dbtignore");
    let ignore = match ignore_path.is_file() {
        true => Ignore::parse(&world.read(&ignore_path, shown_dir.join(".dbtignore"))?)?,
        false => Ignore::default(),
    };
    // A folder may serve several purposes, but is walked once.
    let mut walked: HashMap<PathBuf, Vec<PathBuf>> = HashMap::new();
    // Paths are hashed part by part, which is slow.
    let (mut found, mut seen) = (vec![], HashSet::<(FileKind, OsString), RandomState>::default());
    for folder in folders(settings) {
        let entries = match walked.entry(folder.path.clone()) {
            Entry::Occupied(known) => known.into_mut(),
            Entry::Vacant(unknown) => unknown.insert(entries(&dir.join(&folder.path))?),
        };
        let of_package = entries.iter().filter_map(|below| {
            let kind = folder.kind(below)?;
            let path = folder.path.join(below);
            let is_new = !ignore.matches(&path) && seen.insert((kind, path.as_os_str().to_owned()));
            is_new.then(|| FoundFile {
                kind,
                disk_path: dir.join(&path),
                shown: shown_dir.join(&path),
                root: folder.path.clone(),
                path,
            })
        });
        found.extend(of_package);
    }
    Ok(found)
}

/// A configured folder and what it is for.
struct Folder {
    section: Section,
    path: PathBuf,
}

#[derive(Clone, Copy, PartialEq, Eq)]
enum Section {
    Macros,
    Models,
    Snapshots,
    Analyses,
    Tests,
    Seeds,
    Functions,
    Docs,
}

fn folders(settings: &PackageSettings) -> Vec<Folder> {
    let sections = [
        (Section::Macros, &settings.macro_paths),
        (Section::Models, &settings.model_paths),
        (Section::Snapshots, &settings.snapshot_paths),
        (Section::Analyses, &settings.analysis_paths),
        (Section::Tests, &settings.test_paths),
        (Section::Seeds, &settings.seed_paths),
        (Section::Functions, &settings.function_paths),
    ];
    let docs = match &settings.docs_paths {
        Some(paths) => paths.iter().collect::<Vec<_>>(),
        None => sections.iter().flat_map(|(_, paths)| paths.iter()).collect(),
    };
    let of_sections = sections.iter().flat_map(|(section, paths)| paths.iter().map(|path| (*section, path)));
    of_sections
        .chain(docs.into_iter().map(|path| (Section::Docs, path)))
        .map(|(section, path)| Folder { section, path: normalised(path) })
        .collect()
}

/// Without `./` and a slash at the end, so that equal folders have equal names.
fn normalised(path: &str) -> PathBuf {
    Path::new(path).components().filter(|part| *part != std::path::Component::CurDir).collect()
}

impl Folder {
    fn kind(&self, below: &Path) -> Option<FileKind> {
        let ending = below.extension()?.to_str()?.to_lowercase();
        kind(self.section, below, &ending)
    }
}

fn kind(section: Section, below: &Path, ending: &str) -> Option<FileKind> {
    let top = below.components().next().and_then(|part| part.as_os_str().to_str());
    let is_fixture = section == Section::Tests && top == Some("fixtures");
    Some(match (section, ending) {
        (Section::Docs, "md") => FileKind::Docs,
        (Section::Docs, _) => return None,
        (_, "yml" | "yaml") => FileKind::Properties,
        (Section::Tests, "sql" | "csv") if is_fixture => FileKind::Fixture,
        (Section::Tests, "sql") => FileKind::Test,
        (Section::Macros, "sql") => FileKind::Macro,
        (Section::Models, "sql") => FileKind::Model,
        (Section::Models, "py") => FileKind::PythonModel,
        (Section::Snapshots, "sql") => FileKind::Snapshot,
        (Section::Analyses, "sql") => FileKind::Analysis,
        (Section::Seeds, "csv") => FileKind::Seed,
        (Section::Functions, "sql" | "py") => FileKind::Function,
        _ => return None,
    })
}

/// The paths of all files below a folder, sorted, relative to it; none if it does not exist. Editors' temporary files
/// are left out. Links are followed, but not in circles.
fn entries(folder: &Path) -> Result<Vec<PathBuf>> {
    if !folder.is_dir() {
        return Ok(vec![]);
    }
    // Who follows links asks the file system about each file; few folders have any.
    let walk = || WalkDir::new(folder).sort_by_file_name();
    match entries_until(folder, walk(), |entry| entry.depth() > 0 && entry.path_is_symlink())? {
        Some(entries) => Ok(entries),
        None => Ok(entries_until(folder, walk().follow_links(true), |_| false)?.unwrap_or_default()),
    }
}

/// The same of one walk. `None`: something made it `stop`.
fn entries_until(folder: &Path, walk: WalkDir, stop: impl Fn(&DirEntry) -> bool) -> Result<Option<Vec<PathBuf>>> {
    let mut found = vec![];
    for entry in walk {
        let entry = match entry {
            Ok(entry) if stop(&entry) => return Ok(None),
            Ok(entry) => entry,
            Err(error) if error.loop_ancestor().is_some() || is_gone(&error) => continue,
            Err(error) => {
                return Err(Diagnostic::error(Code::IO, format!("Cannot read {}: {error}", folder.display())));
            }
        };
        let is_temporary = entry.file_name().to_string_lossy().starts_with(['.', '#', '~']);
        if entry.file_type().is_file() && !is_temporary {
            found.extend(entry.path().strip_prefix(folder).map(Path::to_owned));
        }
    }
    Ok(Some(found))
}

/// A link to nothing, or a file that was deleted meanwhile.
fn is_gone(error: &walkdir::Error) -> bool {
    error.io_error().is_some_and(|error| error.kind() == std::io::ErrorKind::NotFound)
}

#[cfg(all(test, unix))]
mod tests {
    use super::*;
    use std::os::unix::fs::symlink;

    #[test]
    fn links_are_followed_but_not_in_circles() {
        let folder = tempfile::tempdir().unwrap();
        let at = |name: &str| folder.path().join(name);
        for name in ["models/a.sql", "other/b.sql"] {
            std::fs::create_dir_all(at(name).parent().unwrap()).unwrap();
            std::fs::write(at(name), "").unwrap();
        }
        let names = |folder: &str| {
            let found = entries(&at(folder)).unwrap();
            found.into_iter().map(|path| path.to_string_lossy().into_owned()).collect::<Vec<_>>()
        };
        assert_eq!(names("models"), ["a.sql"]);
        for (to, link) in [("other", "linked"), ("other/b.sql", "c.sql"), ("models", "circle"), ("nothing", "gone.sql")]
        {
            symlink(at(to), at("models").join(link)).unwrap();
        }
        assert_eq!(names("models"), ["a.sql", "c.sql", "linked/b.sql"]);
        symlink(at("models"), at("all")).unwrap();
        assert_eq!(names("all"), ["a.sql", "c.sql", "linked/b.sql"]);
    }
}
