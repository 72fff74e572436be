//! What every file with SQL (or rows) of its own has in common.

use crate::diagnostics::{Result, SourceFile, Span};
use crate::jinja::{Extraction, extract};
use crate::load::{Package, ProjectFile};
use sha2::{Digest, Sha256};
use std::path::{Path, PathBuf};
use std::sync::Arc;

/// Seeds beyond this size are known by their path instead of their contents.
const LARGE_SEED: u64 = 1024 * 1024;

/// Something that becomes a node: a model, seed, snapshot, analysis, function or singular data test.
#[derive(Debug, Clone)]
pub struct Template {
    /// What it becomes.
    pub kind: TemplateKind,
    /// The package it belongs to.
    pub package: Arc<Package>,
    /// Its name: the file's, or the block's.
    pub name: String,
    /// Relative to the folder of its kind (dbt's `path`).
    pub path: String,
    /// Relative to the package.
    pub original_file_path: String,
    /// The part of the fully qualified name between package and name.
    pub folders: Vec<String>,
    /// The template within its file.
    pub span: Span,
    /// What the template refers to.
    pub extraction: Extraction,
    /// The algorithm and the file's checksum.
    pub checksum: (&'static str, String),
    /// The file on disk.
    pub disk_path: PathBuf,
}

/// The kinds of templates.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
#[allow(missing_docs)]
pub enum TemplateKind {
    Model,
    Seed,
    Snapshot,
    Analysis,
    Function,
    SingularTest,
}

impl Template {
    /// The template that a whole file is, without the blanks around it.
    pub fn of_file(kind: TemplateKind, package: &Arc<Package>, file: &ProjectFile) -> Result<Self> {
        Self::read_by(extract, kind, package, file)
    }

    /// The same; `read` finds out what it refers to.
    pub fn read_by(
        read: impl FnOnce(&Span) -> Result<Extraction>,
        kind: TemplateKind,
        package: &Arc<Package>,
        file: &ProjectFile,
    ) -> Result<Self> {
        let span = trimmed(&file.source);
        let extraction = read(&span)?;
        Ok(Self::new(kind, package, file, span, extraction))
    }

    /// A template at `span` of a file, named after the file.
    pub fn new(
        kind: TemplateKind,
        package: &Arc<Package>,
        file: &ProjectFile,
        span: Span,
        extraction: Extraction,
    ) -> Self {
        let relative = below_root(file);
        Self {
            kind,
            package: package.clone(),
            name: stem(&relative),
            folders: folders(&relative),
            path: slashed(&relative),
            original_file_path: slashed(&file.path),
            checksum: ("sha256", sha256(file.source.text().trim())),
            span,
            extraction,
            disk_path: file.disk_path.clone(),
        }
    }

    /// The file that it stands in.
    pub fn source(&self) -> &Arc<SourceFile> {
        &self.span.file
    }
}

/// The file's text without the blanks around it.
fn trimmed(file: &Arc<SourceFile>) -> Span {
    let text = file.text();
    let start = text.len() - text.trim_start().len();
    file.span(start..start.max(text.trim_end().len()))
}

/// A file's path below the configured folder of its kind.
pub fn below_root(file: &ProjectFile) -> PathBuf {
    file.path.strip_prefix(&file.root).unwrap_or(&file.path).to_owned()
}

/// The file's name without its last ending.
pub fn stem(path: &Path) -> String {
    path.file_stem().map(|stem| stem.to_string_lossy().into_owned()).unwrap_or_default()
}

/// The folders that a file lies in.
pub fn folders(path: &Path) -> Vec<String> {
    let parent = path.parent().unwrap_or(Path::new(""));
    parent.components().map(|part| part.as_os_str().to_string_lossy().into_owned()).collect()
}

/// The path with `/` between its parts, as artifacts have it.
pub fn slashed(path: &Path) -> String {
    path.components().map(|part| part.as_os_str().to_string_lossy()).collect::<Vec<_>>().join("/")
}

/// The SHA-256 of a text, in hexadecimal.
pub fn sha256(text: &str) -> String {
    format!("{:x}", Sha256::digest(text.as_bytes()))
}

/// The checksum of a seed's file. A seed that cannot be read is told of when it is loaded.
pub fn seed_checksum(disk_path: &Path, original_file_path: &str) -> (&'static str, String) {
    let size = std::fs::metadata(disk_path).map(|file| file.len()).unwrap_or(0);
    if size > LARGE_SEED {
        return ("path", original_file_path.to_owned());
    }
    let bytes = std::fs::read(disk_path).unwrap_or_default();
    ("sha256", sha256(String::from_utf8_lossy(&bytes).trim()))
}
