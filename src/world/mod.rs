//! The outside world: environment variables, the clock, the current directory, files.
//!
//! Everything that a run takes from outside (but for the database) comes through one [`World`], so that a run can be
//! repeated with another clock or environment.

mod stamp;
mod witness;

pub use stamp::{FileStamp, FileTime};
pub use witness::Witness;

use crate::diagnostics::{Code, Diagnostic, Result, SourceFile};
use jiff::Timestamp;
use std::collections::BTreeMap;
use std::fs::File;
use std::io::{BufWriter, Read, Write};
use std::path::{Path, PathBuf};
use std::sync::{Arc, Mutex, PoisonError};
use std::time::{Duration, SystemTime};

/// How many bytes of a file are written at once.
const WRITTEN_AT_ONCE: usize = 256 * 1024;

/// What the program sees of the outside.
#[derive(Debug, Clone)]
pub struct World {
    env: BTreeMap<String, String>,
    cwd: PathBuf,
    clock: Clock,
    witness: Arc<Witness>,
}

/// What tells the time, and how long to wait.
#[derive(Debug, Clone)]
pub struct Clock(Source);

#[derive(Debug, Clone)]
enum Source {
    System,
    /// It stands still; who sleeps by it moves it on, and does not wait.
    Fixed(Arc<Mutex<Timestamp>>),
}

impl Clock {
    /// The machine's.
    pub fn system() -> Self {
        Self(Source::System)
    }

    /// One that says `now` until somebody sleeps by it: that takes no time but moves it on.
    pub fn fixed(now: Timestamp) -> Self {
        Self(Source::Fixed(Arc::new(Mutex::new(now))))
    }

    /// The time.
    pub fn now(&self) -> Timestamp {
        match &self.0 {
            Source::System => Timestamp::now(),
            Source::Fixed(now) => *now.lock().unwrap_or_else(PoisonError::into_inner),
        }
    }

    /// Waits.
    pub fn sleep(&self, time: Duration) {
        match &self.0 {
            Source::System => std::thread::sleep(time),
            Source::Fixed(now) => {
                let mut now = now.lock().unwrap_or_else(PoisonError::into_inner);
                *now = now.checked_add(time).unwrap_or(Timestamp::MAX);
            }
        }
    }
}

impl World {
    /// The process's own environment, directory and clock.
    pub fn real() -> Self {
        Self {
            env: std::env::vars_os()
                .filter_map(|(name, value)| Some((name.into_string().ok()?, value.into_string().ok()?)))
                .collect(),
            cwd: std::env::current_dir().unwrap_or_else(|_| PathBuf::from(".")),
            clock: Clock::system(),
            witness: Arc::default(),
        }
    }

    /// A world of a test's making.
    pub fn fixed(cwd: impl Into<PathBuf>, env: BTreeMap<String, String>, now: Timestamp) -> Self {
        Self { env, cwd: cwd.into(), clock: Clock::fixed(now), witness: Arc::default() }
    }

    /// An environment variable.
    pub fn env(&self, name: &str) -> Option<&str> {
        self.witness.note_variable(name);
        self.env.get(name).map(String::as_str)
    }

    /// The same world with a witness of its own.
    pub fn witnessed(&self) -> Self {
        Self { witness: Arc::default(), ..self.clone() }
    }

    /// Who knows what was asked of this world.
    pub fn witness(&self) -> &Arc<Witness> {
        &self.witness
    }

    /// One of the program's own settings: `SQLBUILD_<name>`, else dbt's `DBT_<name>`. Empty counts as not set.
    pub fn setting(&self, name: &str) -> Option<&str> {
        ["SQLBUILD_", "DBT_"]
            .iter()
            .find_map(|prefix| self.env(&format!("{prefix}{name}")))
            .filter(|value| !value.is_empty())
    }

    /// All environment variables, by name.
    pub fn envs(&self) -> impl Iterator<Item = (&str, &str)> {
        self.env.iter().map(|(name, value)| (name.as_str(), value.as_str()))
    }

    /// The time.
    pub fn now(&self) -> Timestamp {
        self.clock.now()
    }

    /// The clock itself, for who works on when the world is out of reach.
    pub fn clock(&self) -> &Clock {
        &self.clock
    }

    /// The directory that relative paths on the command line mean.
    pub fn cwd(&self) -> &Path {
        &self.cwd
    }

    /// The user's home directory.
    pub fn home(&self) -> Option<PathBuf> {
        self.env("HOME").or_else(|| self.env("USERPROFILE")).map(PathBuf::from)
    }

    /// Reads a text file; `shown` is its path as people see it. A byte order mark is dropped.
    pub fn read(&self, path: &Path, shown: impl Into<PathBuf>) -> Result<Arc<SourceFile>> {
        let bytes = std::fs::read(path).map_err(|error| Self::io("read", path, &error))?;
        let text = String::from_utf8(bytes).map_err(|error| {
            Diagnostic::error(Code::IO, format!("{} is not UTF-8: {error}", path.display()))
                .hint("Save the file in UTF-8.")
        })?;
        let text = text.strip_prefix('\u{feff}').map(str::to_owned).unwrap_or(text);
        Ok(SourceFile::new(shown, text))
    }

    /// A text file that is read when somebody asks for its text: what cannot be read is empty then, and what is no UTF-8
    /// replaced.
    pub fn read_late(&self, path: &Path, shown: impl Into<PathBuf>) -> Arc<SourceFile> {
        let path = path.to_owned();
        SourceFile::lazy(shown, move || String::from_utf8_lossy(&std::fs::read(path).unwrap_or_default()).into())
    }

    /// Opens a file for reading.
    pub fn open(&self, path: &Path) -> std::io::Result<File> {
        File::open(path)
    }

    /// What the file system says of a file. None if it says too little.
    pub fn stamp(&self, path: &Path) -> Option<FileStamp> {
        FileStamp::of(path)
    }

    /// Now, by the clock that files are stamped by: always the machine's.
    pub fn file_time(&self) -> FileTime {
        stamp::now()
    }

    /// Removes the files of a folder whose names `is_one` holds of. What cannot be removed stays.
    pub fn remove_files(&self, folder: &Path, is_one: impl Fn(&str) -> bool) {
        for entry in std::fs::read_dir(folder).into_iter().flatten().flatten() {
            if is_one(&entry.file_name().to_string_lossy()) {
                let _ = std::fs::remove_file(entry.path());
            }
        }
    }

    /// The program's own file: its length, and when it was written.
    pub fn program(&self) -> Option<(u64, SystemTime)> {
        let file = std::env::current_exe().and_then(std::fs::metadata).ok()?;
        Some((file.len(), file.modified().ok()?))
    }

    /// Lets `write` make a file beside `path`, then renames it to `path`: nobody sees half of it, and when `write`
    /// fails nothing is left and what was there stays.
    pub fn replace_file<T>(&self, path: &Path, write: impl FnOnce(&Path) -> Result<T>) -> Result<T> {
        let aside = self.write_aside(path)?;
        let outcome = write(aside.path())?;
        aside.publish()?;
        Ok(outcome)
    }

    /// An empty file beside `path` that can take its place. It is gone when it is dropped.
    pub fn write_aside(&self, path: &Path) -> Result<Aside> {
        let directory = path.parent().unwrap_or(Path::new("."));
        let file = std::fs::create_dir_all(directory)
            .and_then(|()| new_file().prefix(".writing-").tempfile_in(directory))
            .map_err(|error| Self::io("write", path, &error))?;
        Ok(Aside { place: path.to_owned(), made: Made::File(file.into_temp_path()) })
    }

    /// An empty folder beside `path`, for folders whose names begin with `prefix`: these can take the place of all such
    /// folders in `path`. It is gone when it is dropped.
    pub fn write_folder_aside(&self, path: &Path, prefix: &str) -> Result<Aside> {
        let directory = path.parent().unwrap_or(Path::new("."));
        let folder = std::fs::create_dir_all(directory)
            .and_then(|()| tempfile::Builder::new().prefix(".writing-").tempdir_in(directory))
            .map_err(|error| Self::io("write", path, &error))?;
        Ok(Aside { place: path.to_owned(), made: Made::Folder { folder, prefix: prefix.to_owned() } })
    }

    /// Writes a file whole: beside its place, then renamed, so that nobody sees half of it.
    pub fn write(&self, path: &Path, contents: impl AsRef<[u8]>) -> Result<()> {
        self.write_with(path, |file| file.write_all(contents.as_ref()))
    }

    /// The same with what `contents` writes, bit by bit.
    pub fn write_with(
        &self,
        path: &Path,
        contents: impl FnOnce(&mut BufWriter<File>) -> std::io::Result<()>,
    ) -> Result<()> {
        self.replace_file(path, |aside| {
            let written =
                File::create(aside).map(|file| BufWriter::with_capacity(WRITTEN_AT_ONCE, file)).and_then(|mut file| {
                    contents(&mut file)?;
                    file.flush()
                });
            written.map_err(|error| Self::io("write", path, &error))
        })
    }

    /// Writes a file for people to look at in its place: several times faster, but half of it may be seen. One that holds
    /// the same already stays as it is.
    pub fn write_in_place(&self, path: &Path, contents: impl AsRef<[u8]>) -> Result<()> {
        let contents = contents.as_ref();
        if is_file_with(path, contents).unwrap_or(false) {
            return Ok(());
        }
        let write = || std::fs::write(path, contents);
        let written = write().or_else(|error| match (error.kind(), path.parent()) {
            (std::io::ErrorKind::NotFound, Some(folder)) => std::fs::create_dir_all(folder).and_then(|()| write()),
            _ => Err(error),
        });
        written.map_err(|error| Self::io("write", path, &error))
    }

    fn io(verb: &str, path: &Path, error: &std::io::Error) -> Box<Diagnostic> {
        Diagnostic::error(Code::IO, format!("Cannot {verb} {}: {error}", path.display()))
    }
}

/// A file or folder that is written beside its place.
#[derive(Debug)]
pub struct Aside {
    place: PathBuf,
    made: Made,
}

#[derive(Debug)]
enum Made {
    File(tempfile::TempPath),
    Folder { folder: tempfile::TempDir, prefix: String },
}

impl Aside {
    /// Where it is written.
    pub fn path(&self) -> &Path {
        match &self.made {
            Made::File(file) => file,
            Made::Folder { folder, .. } => folder.path(),
        }
    }

    /// Puts it into its place, over what is there.
    pub fn publish(self) -> Result<()> {
        let Self { place, made } = self;
        let published = match made {
            Made::File(file) => file.persist(&place).map_err(|error| error.error),
            Made::Folder { folder, prefix } => replace_folders(folder.path(), &place, &prefix),
        };
        published.map_err(|error| World::io("write", &place, &error))
    }
}

fn is_file_with(path: &Path, contents: &[u8]) -> std::io::Result<bool> {
    let mut file = File::open(path)?;
    if file.metadata()?.len() != contents.len() as u64 {
        return Ok(false);
    }
    let mut bytes = Vec::with_capacity(contents.len());
    file.read_to_end(&mut bytes)?;
    Ok(bytes == contents)
}

/// Moves the folders in `made` to `place`; those of the same prefix that are there go away. Nothing else is touched.
fn replace_folders(made: &Path, place: &Path, prefix: &str) -> std::io::Result<()> {
    let folders = |of: &Path| -> std::io::Result<Vec<std::ffi::OsString>> {
        let entries = std::fs::read_dir(of)?.collect::<std::io::Result<Vec<_>>>()?;
        let is_one = |entry: &std::fs::DirEntry| {
            entry.file_name().to_string_lossy().starts_with(prefix) && entry.file_type().is_ok_and(|kind| kind.is_dir())
        };
        Ok(entries.into_iter().filter(is_one).map(|entry| entry.file_name()).collect())
    };
    let new = folders(made)?;
    std::fs::create_dir_all(place)?;
    let old = tempfile::Builder::new().prefix(".replaced-").tempdir_in(place)?;
    for name in folders(place)? {
        std::fs::rename(place.join(&name), old.path().join(&name))?;
    }
    new.iter().try_for_each(|name| std::fs::rename(made.join(name), place.join(name)))
}

/// Temporary files are for their owner alone; one that becomes a real file is as open as the user's umask says.
fn new_file() -> tempfile::Builder<'static, 'static> {
    #[allow(unused_mut)]
    let mut builder = tempfile::Builder::new();
    #[cfg(unix)]
    builder.permissions(std::os::unix::fs::PermissionsExt::from_mode(0o666));
    builder
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_file_that_holds_the_same_already_is_not_written() {
        let folder = tempfile::tempdir().unwrap();
        let world = World::fixed(folder.path(), BTreeMap::new(), Timestamp::UNIX_EPOCH);
        let path = folder.path().join("deep/a.sql");
        let written = |text: &str| {
            world.write_in_place(&path, text).unwrap();
            assert_eq!(std::fs::read_to_string(&path).unwrap(), text);
            std::fs::metadata(&path).unwrap().modified().unwrap()
        };
        written("select 1");
        let long_ago = SystemTime::UNIX_EPOCH;
        File::options().write(true).open(&path).unwrap().set_modified(long_ago).unwrap();
        assert_eq!(written("select 1"), long_ago);
        assert_ne!(written("select 2"), long_ago);
    }
}
