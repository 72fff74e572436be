//! `deps`: everything that packages.yml asks for, put into place at once.

use super::addition::Addition;
use super::fetch::{Fetched, Fetcher};
use super::hub::Hub;
use super::request::{Request, invalid, requests};
use super::{lock, resolution};
use crate::diagnostics::{Code, Diagnostic, Result};
use crate::event::{Event, EventSink, Level};
use crate::load::Invocation;
use crate::load::loading::{RootProject, root_project};
use crate::world::World;
use std::path::{Path, PathBuf};
use std::sync::Arc;

/// How to install.
#[derive(Debug, Clone, Default)]
pub struct Install {
    /// Choose versions anew, whatever package-lock.yml says: `--upgrade`.
    pub upgrade: bool,
    /// Write package-lock.yml and install nothing: `--lock`.
    pub lock_only: bool,
    /// A package to add to packages.yml first: `--add-package`.
    pub add: Option<Addition>,
}

/// Installs the packages of the project of a call. Either all are installed, or the folder is left as it was.
pub fn install(world: &Arc<World>, invocation: &Invocation, how: &Install, sink: &dyn EventSink) -> Result<()> {
    let project = root_project(world, invocation, sink)?;
    if let Some(addition) = &how.add {
        addition.write(world, &project.dir)?;
        say(sink, format!("Added {addition} to the project"));
    }
    let requests = requests(world, &project.dir, Path::new(""), &project.secret_renderer)?;
    let folder = project.dir.join(&project.settings.packages_install_path);
    check_folder(&project, &folder)?;
    let staging = staging(&folder)?;
    let hub = Hub::new(world, invocation.flags.version_check);
    let downloads = staging.path().join("downloads");
    make_dir(&downloads)?;
    let mut fetcher = Fetcher::new(world, &project.dir, &project.secret_renderer, sink, downloads, hub);
    if requests.is_empty() {
        say(sink, "The project asks for no packages".to_owned());
    }
    let fetched = choose(world, &project, &requests, how, &mut fetcher, sink)?;
    if how.lock_only {
        return Ok(());
    }
    let ready = staging.path().join("ready");
    make_dir(&ready)?;
    for package in &fetched {
        put(package, &ready.join(&package.name))?;
    }
    replace(&folder, &ready, &staging.path().join("before"))?;
    for package in &fetched {
        say(sink, format!("Installed {} from {} ({})", package.name, package.origin, package.version));
    }
    Ok(())
}

/// What package-lock.yml says where it may, else what fits the requests; then it is written.
fn choose(
    world: &World,
    project: &RootProject,
    requests: &[Request],
    how: &Install,
    fetcher: &mut Fetcher<'_>,
    sink: &dyn EventSink,
) -> Result<Vec<Arc<Fetched>>> {
    let locked = if how.upgrade { None } else { lock::read(world, &project.dir, requests, &project.secret_renderer)? };
    match locked {
        Some(locked) => resolution::fetch_all(&project.name, &locked, fetcher),
        None if requests.is_empty() => Ok(vec![]),
        None => {
            let fetched = resolution::resolve(&project.name, requests.to_vec(), fetcher)?;
            lock::write(world, &project.dir, requests, &fetched)?;
            say(sink, format!("Wrote {}", lock::FILE_NAME));
            Ok(fetched)
        }
    }
}

/// Refuses a folder whose contents would be lost: the project itself, one that holds it, or one of its sources.
fn check_folder(project: &RootProject, folder: &Path) -> Result<()> {
    let mut sources = project.settings.source_paths().map(|path| project.dir.join(path));
    if sources.any(|source| source.starts_with(folder)) || project.dir.starts_with(folder) {
        let path = &project.settings.packages_install_path;
        return Err(Diagnostic::error(Code::PROJECT_INVALID, format!("Packages cannot be installed into '{path}'."))
            .hint("Set 'packages-install-path' to a folder of its own, such as dbt_packages."));
    }
    Ok(())
}

/// A temporary folder beside the one that packages go to, so that moving is renaming.
fn staging(folder: &Path) -> Result<tempfile::TempDir> {
    let parent = folder.parent().unwrap_or(folder);
    make_dir(parent)?;
    let staging = tempfile::Builder::new().prefix(".sqlbuild-packages-").tempdir_in(parent);
    staging.map_err(|error| io(parent, &error))
}

fn put(package: &Fetched, place: &Path) -> Result<()> {
    let result = match package.is_local {
        true => link(&package.dir, place),
        false => std::fs::rename(&package.dir, place),
    };
    result.map_err(|error| io(place, &error))
}

#[cfg(unix)]
fn link(target: &Path, place: &Path) -> std::io::Result<()> {
    std::os::unix::fs::symlink(target, place)
}

/// Links need privileges on other systems: copies instead.
#[cfg(not(unix))]
fn link(target: &Path, place: &Path) -> std::io::Result<()> {
    for entry in walkdir::WalkDir::new(target) {
        let entry = entry?;
        let to = place.join(entry.path().strip_prefix(target).unwrap_or(entry.path()));
        if entry.file_type().is_dir() {
            std::fs::create_dir_all(to)?;
        } else {
            std::fs::copy(entry.path(), to)?;
        }
    }
    Ok(())
}

/// Puts `ready` in the place of `folder`; what was there goes to `before`, or back if that fails.
fn replace(folder: &Path, ready: &Path, before: &PathBuf) -> Result<()> {
    let existed = folder.symlink_metadata().is_ok();
    if existed {
        std::fs::rename(folder, before).map_err(|error| io(folder, &error))?;
    }
    std::fs::rename(ready, folder).map_err(|error| {
        if existed && std::fs::rename(before, folder).is_err() {
            return invalid(format!("{} is lost: {error}. Run 'sqlbuild deps' again.", folder.display()));
        }
        io(folder, &error)
    })
}

fn make_dir(dir: &Path) -> Result<()> {
    std::fs::create_dir_all(dir).map_err(|error| io(dir, &error))
}

fn io(path: &Path, error: &std::io::Error) -> Box<Diagnostic> {
    Diagnostic::error(Code::IO, format!("Cannot write {}: {error}", path.display()))
}

fn say(sink: &dyn EventSink, text: String) {
    sink.emit(Event::Message { level: Level::Info, text });
}

#[cfg(test)]
mod tests;
