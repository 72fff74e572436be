//! The log file: everything that happened, every statement included.

use crate::diagnostics::{Code, Diagnostic, Result};
use std::fs::{File, OpenOptions};
use std::io::Write;
use std::path::{Path, PathBuf};

/// How many full log files are kept beside the current one.
const KEPT: usize = 5;

/// A file that is added to; when it is full it becomes `….1`, the one before `….2`, and so on.
#[derive(Debug)]
pub struct LogFile {
    path: PathBuf,
    file: File,
    written: u64,
    max_bytes: u64,
}

impl LogFile {
    /// Opens the file, and its folder if need be. `max_bytes`: when to begin a new one; 0: never.
    pub fn open(path: &Path, max_bytes: u64) -> Result<Self> {
        let opened = path.parent().map_or(Ok(()), std::fs::create_dir_all).and_then(|()| append_to(path));
        let (file, written) = opened.map_err(|error| {
            Diagnostic::warning(Code::IO, format!("Cannot write the log file {}: {error}", path.display()))
                .hint("Choose another folder with --log-path.")
        })?;
        Ok(Self { path: path.to_owned(), file, written, max_bytes })
    }

    /// Adds a line. A full disk must not stop a run: what cannot be written is dropped.
    pub fn write(&mut self, mut line: String) {
        if self.max_bytes > 0 && self.written > 0 && self.written + line.len() as u64 >= self.max_bytes {
            self.rotate();
        }
        // In one piece: other calls may write to the same file.
        line.push('\n');
        if self.file.write_all(line.as_bytes()).is_ok() {
            self.written += line.len() as u64;
        }
    }

    fn rotate(&mut self) {
        let numbered = |number: usize| match number {
            0 => self.path.clone(),
            number => PathBuf::from(format!("{}.{number}", self.path.display())),
        };
        for number in (0..KEPT).rev() {
            // A number that does not exist yet has nothing to move.
            let _ = std::fs::rename(numbered(number), numbered(number + 1));
        }
        if let Ok((file, written)) = append_to(&self.path) {
            (self.file, self.written) = (file, written);
        }
    }
}

fn append_to(path: &Path) -> std::io::Result<(File, u64)> {
    let file = OpenOptions::new().create(true).append(true).open(path)?;
    let written = file.metadata()?.len();
    Ok((file, written))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn full_files_are_numbered() {
        let dir = tempfile::tempdir().unwrap();
        let path = dir.path().join("logs/x.log");
        let mut log = LogFile::open(&path, 10).unwrap();
        ["first", "second", "third"].iter().for_each(|line| log.write((*line).to_owned()));
        let read = |name: &str| std::fs::read_to_string(dir.path().join("logs").join(name)).unwrap();
        assert_eq!(
            (read("x.log"), read("x.log.1"), read("x.log.2")),
            ("third\n".into(), "second\n".into(), "first\n".into())
        );
    }
}
