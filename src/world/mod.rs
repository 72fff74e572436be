//! The outside world: environment variables, the clock, the current directory, files.
//!
//! Everything that a run takes from outside (but for the database) comes through one [`World`], so that a run can be
//! repeated with another clock or environment.

use crate::diagnostics::{Code, Diagnostic, Result, SourceFile};
use jiff::Timestamp;
use std::collections::BTreeMap;
use std::fs::File;
use std::io::{BufWriter, Write};
use std::path::{Path, PathBuf};
use std::sync::Arc;

/// What the program sees of the outside.
#[derive(Debug, Clone)]
pub struct World {
    env: BTreeMap<String, String>,
    cwd: PathBuf,
    clock: Clock,
}

#[derive(Debug, Clone)]
enum Clock {
    System,
    Fixed(Timestamp),
}

impl World {
    /// The process's own environment, directory and clock.
    pub fn real() -> Self {
        Self {
            env: std::env::vars_os()
                .filter_map(|(name, value)| Some((name.into_string().ok()?, value.into_string().ok()?)))
                .collect(),
            cwd: std::env::current_dir().unwrap_or_else(|_| PathBuf::from(".")),
            clock: Clock::System,
        }
    }

    /// A world of a test's making.
    pub fn fixed(cwd: impl Into<PathBuf>, env: BTreeMap<String, String>, now: Timestamp) -> Self {
        Self { env, cwd: cwd.into(), clock: Clock::Fixed(now) }
    }

    /// An environment variable.
    pub fn env(&self, name: &str) -> Option<&str> {
        self.env.get(name).map(String::as_str)
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
        match self.clock {
            Clock::System => Timestamp::now(),
            Clock::Fixed(now) => now,
        }
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
        Ok(Aside { place: path.to_owned(), file: file.into_temp_path() })
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
            let written = File::create(aside).map(BufWriter::new).and_then(|mut file| {
                contents(&mut file)?;
                file.flush()
            });
            written.map_err(|error| Self::io("write", path, &error))
        })
    }

    fn io(verb: &str, path: &Path, error: &std::io::Error) -> Box<Diagnostic> {
        Diagnostic::error(Code::IO, format!("Cannot {verb} {}: {error}", path.display()))
    }
}

/// A file that is written beside its place.
#[derive(Debug)]
pub struct Aside {
    place: PathBuf,
    file: tempfile::TempPath,
}

impl Aside {
    /// Where it is written.
    pub fn path(&self) -> &Path {
        &self.file
    }

    /// Puts it into its place, over what is there.
    pub fn publish(self) -> Result<()> {
        let Self { place, file } = self;
        file.persist(&place).map_err(|error| World::io("write", &place, &error.error))
    }
}

/// Temporary files are for their owner alone; one that becomes a real file is as open as the user's umask says.
fn new_file() -> tempfile::Builder<'static, 'static> {
    #[allow(unused_mut)]
    let mut builder = tempfile::Builder::new();
    #[cfg(unix)]
    builder.permissions(std::os::unix::fs::PermissionsExt::from_mode(0o666));
    builder
}
