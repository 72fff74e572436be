//! A project whose files were found, but not read.

use super::{CallVariables, FileKind, Package, Profile, Project, ProjectFile};
use crate::diagnostics::{Result, SourceFile};
use crate::world::{FileStamp, World};
use crate::yaml::Yaml;
use rayon::prelude::*;
use std::path::PathBuf;
use std::sync::Arc;

/// What is known of a project before its files are read.
pub struct Outline {
    /// The root project first, then its packages by the names of their folders, all without files.
    pub packages: Vec<Package>,
    /// The files of each of these packages, in a fixed order.
    pub files: Vec<Vec<FoundFile>>,
    /// The connection profile.
    pub profile: Profile,
    /// `--vars`.
    pub cli_vars: CallVariables,
    /// `selectors.yml`, if there is one.
    pub selectors: Option<Yaml>,
}

/// A file that is part of a package.
#[derive(Debug, Clone)]
pub struct FoundFile {
    /// What it is.
    pub kind: FileKind,
    /// Relative to the package.
    pub path: PathBuf,
    /// The part of `path` that is the configured folder.
    pub root: PathBuf,
    /// The file on disk.
    pub disk_path: PathBuf,
    /// Its path as people see it.
    pub shown: PathBuf,
}

impl FoundFile {
    /// Reads it; a seed's rows are left for later.
    pub fn read(&self, world: &World) -> Result<Arc<SourceFile>> {
        Ok(match self.kind {
            FileKind::Seed => SourceFile::new(&self.shown, ""),
            // A block of text that ends the file has no line end behind it, as in dbt.
            FileKind::Properties => {
                let file = world.read(&self.disk_path, &self.shown)?;
                SourceFile::new(&self.shown, file.text().trim_end())
            }
            _ => world.read(&self.disk_path, &self.shown)?,
        })
    }

    /// What the file system says of it.
    pub fn stamp(&self, world: &World) -> Option<FileStamp> {
        world.stamp(&self.disk_path)
    }
}

impl Outline {
    /// The project that was asked for.
    pub fn root(&self) -> &Package {
        &self.packages[0]
    }

    /// All files, in the order of packages and their files.
    pub fn files(&self) -> Vec<&FoundFile> {
        self.files.iter().flatten().collect()
    }

    /// The project with all its files read.
    pub fn read(&self, world: &World) -> Result<Project> {
        let sources = self.files().par_iter().map(|file| file.read(world)).collect::<Result<Vec<_>>>()?;
        Ok(self.with_sources(sources))
    }

    /// The project with these texts of [all its files](Self::files).
    pub fn with_sources(&self, sources: impl IntoIterator<Item = Arc<SourceFile>>) -> Project {
        let mut sources = sources.into_iter();
        let packages = self.packages.iter().zip(&self.files).map(|(package, files)| {
            let files = files.iter().zip(&mut sources).map(|(file, source)| ProjectFile {
                kind: file.kind,
                source,
                path: file.path.clone(),
                root: file.root.clone(),
                disk_path: file.disk_path.clone(),
            });
            (package.name.clone(), Arc::new(Package { files: files.collect(), ..package.clone() }))
        });
        Project {
            packages: packages.collect(),
            profile: self.profile.clone(),
            cli_vars: self.cli_vars.clone(),
            selectors: self.selectors.clone(),
        }
    }
}
