//! From a source to a folder on disk.

use super::hub::Hub;
use super::request::{Request, Source, invalid, requests};
use super::{download, git, unpack};
use crate::diagnostics::{Code, Diagnostic, Result};
use crate::event::{Event, EventSink, Level};
use crate::load::context::TextRenderer;
use crate::load::environment::{scrub, secrets};
use crate::load::project_yml::ProjectYml;
use crate::world::World;
use serde_json::{Map, Value as Json, json};
use std::collections::HashMap;
use std::path::{Path, PathBuf};
use std::sync::Arc;

/// A package on disk.
#[derive(Debug)]
pub struct Fetched {
    /// The project's name.
    pub name: String,
    /// What it was fetched from, for people.
    pub origin: String,
    /// Its version, for people.
    pub version: String,
    /// Where it lies; a local package's own folder.
    pub dir: PathBuf,
    /// Whether it is to be linked to rather than moved.
    pub is_local: bool,
    /// Its entry in package-lock.yml; no secrets.
    pub lock: Map<String, Json>,
    /// The packages it asks for.
    pub requests: Vec<Request>,
}

/// Fetches packages, each version once, into a folder of its own.
pub struct Fetcher<'a> {
    world: &'a World,
    /// The root project's folder.
    root: &'a Path,
    renderer: &'a TextRenderer,
    sink: &'a dyn EventSink,
    downloads: PathBuf,
    hub: Hub,
    fetched: HashMap<String, Arc<Fetched>>,
    secrets: Vec<String>,
}

impl<'a> Fetcher<'a> {
    /// A fetcher for the project in `root`, which puts what it fetches below `downloads`.
    pub fn new(
        world: &'a World,
        root: &'a Path,
        renderer: &'a TextRenderer,
        sink: &'a dyn EventSink,
        downloads: PathBuf,
        hub: Hub,
    ) -> Self {
        Self {
            world,
            root,
            renderer,
            sink,
            downloads,
            hub,
            fetched: HashMap::new(),
            secrets: secrets(world, &Default::default()),
        }
    }

    /// The package that a request means; `source` is the request's, perhaps narrowed by other requests for the same.
    pub fn fetch(&mut self, request: &Request, source: &Source) -> Result<Arc<Fetched>> {
        let (key, fetched) = match source {
            Source::Local(path) => (path.display().to_string(), self.local(path)),
            Source::Git { url, revision, subdirectory, warn_unpinned } => {
                let key = format!("{url}@{}/{subdirectory:?}", revision.as_deref().unwrap_or("HEAD"));
                if let Some(fetched) = self.fetched.get(&key) {
                    return Ok(fetched.clone());
                }
                let is_moving = revision.as_deref().is_none_or(|name| matches!(name, "HEAD" | "main" | "master"));
                if is_moving && *warn_unpinned {
                    self.sink.emit(Event::Warned(self.unpinned(url, request)));
                }
                (key, self.git(request, url, revision.as_deref(), subdirectory.as_deref()))
            }
            Source::Tarball { url, name } => {
                if let Some(fetched) = self.fetched.get(url) {
                    return Ok(fetched.clone());
                }
                (url.clone(), self.tarball(request, url, name))
            }
            Source::Hub { package, versions, prerelease } => {
                let release = self
                    .hub
                    .release(package, versions, *prerelease)
                    .map_err(|error| error.at_if_nowhere(&request.span))?;
                let key = format!("{package}@{}", release.version);
                if let Some(fetched) = self.fetched.get(&key) {
                    return Ok(fetched.clone());
                }
                if let Some(new) = &release.moved_to {
                    let message = format!("The package '{package}' has moved to '{new}'.");
                    let warning = Diagnostic::warning(Code::PACKAGE_RENAMED, message).at(&request.span);
                    self.sink.emit(Event::Warned(warning.hint(format!("Ask for '{new}' instead."))));
                }
                if release.version != release.newest {
                    self.say(format!("{package}: version {} is available", release.newest));
                }
                let tarball = self.unpacked(&release.tarball);
                let lock = json!({"package": package, "version": release.version});
                let version = format!("version {}", release.version);
                (key, tarball.and_then(|dir| self.package(dir, package.clone(), version, lock)))
            }
        };
        let fetched = Arc::new(fetched.map_err(|error| error.at_if_nowhere(&request.span))?);
        self.fetched.insert(key, fetched.clone());
        Ok(fetched)
    }

    fn local(&self, path: &Path) -> Result<Fetched> {
        let dir = self.root.join(path);
        let dir = dir.canonicalize().map_err(|_| invalid(format!("There is no folder {}.", dir.display())))?;
        let shown = path.display().to_string();
        let mut fetched = self.package(dir, shown.clone(), format!("local folder {shown}"), json!({"local": shown}))?;
        fetched.is_local = true;
        Ok(fetched)
    }

    fn git(
        &self,
        request: &Request,
        url: &str,
        revision: Option<&str>,
        subdirectory: Option<&Path>,
    ) -> Result<Fetched> {
        let shown = self.shown(url);
        let into = self.new_folder()?;
        let commit = git::check_out(url, revision, &into).map_err(|failure| {
            let mut diagnostic = failure.diagnostic(&shown, revision);
            diagnostic.notes.iter_mut().for_each(|note| *note = scrub(note.as_str(), &self.secrets));
            diagnostic
        })?;
        let dir = subdirectory.map_or(into.clone(), |subdirectory| into.join(subdirectory));
        let mut lock = Map::new();
        for key in ["git", "private", "provider"] {
            if let Some(written) = request.written.get(key).and_then(Json::as_str) {
                lock.insert(key.to_owned(), scrub(written, &self.secrets).into());
            }
        }
        lock.insert("revision".into(), commit.clone().into());
        if let Some(subdirectory) = subdirectory {
            lock.insert("subdirectory".into(), subdirectory.display().to_string().into());
        }
        self.package(dir, shown, format!("revision {commit}"), Json::Object(lock))
    }

    fn tarball(&self, request: &Request, url: &str, name: &str) -> Result<Fetched> {
        let dir = self.unpacked(url)?;
        let written = request.written.get("tarball").and_then(Json::as_str).unwrap_or(url);
        let lock = json!({"tarball": scrub(written, &self.secrets)});
        let fetched = self.package(dir, self.shown(url), "tarball".to_owned(), lock)?;
        if fetched.name == name {
            Ok(fetched)
        } else {
            let message = format!("The tarball holds the project '{}', not '{name}'.", fetched.name);
            Err(invalid(message).hint(format!("Write 'name: {}'.", fetched.name)))
        }
    }

    /// The folder in the tarball at an address or path.
    fn unpacked(&self, url: &str) -> Result<PathBuf> {
        let shown = self.shown(url);
        let bytes = if url.starts_with("http://") || url.starts_with("https://") {
            download::get(url)?.ok_or_else(|| invalid(format!("There is nothing at {shown}.")))?
        } else {
            let path = self.root.join(url.strip_prefix("file://").unwrap_or(url));
            std::fs::read(&path).map_err(|error| invalid(format!("Cannot read {shown}: {error}.")))?
        };
        unpack::unpack(&bytes, &self.new_folder()?, &shown)
    }

    /// The package in a folder, with what it asks for.
    fn package(&self, dir: PathBuf, origin: String, version: String, lock: Json) -> Result<Fetched> {
        let shown = PathBuf::from(&origin);
        let name = ProjectYml::read(self.world, &dir, &shown).and_then(|file| file.name()).map_err(|error| {
            if error.code == Code::PROJECT_MISSING {
                invalid(format!("There is no dbt project in {origin}."))
            } else {
                error
            }
        })?;
        let requests = requests(self.world, &dir, &shown, self.renderer)?;
        let Json::Object(mut lock) = lock else { return Err(invalid("A lock entry is no object.")) };
        lock.insert("name".into(), name.clone().into());
        lock.sort_keys();
        Ok(Fetched { name, origin, version, dir, is_local: false, lock, requests })
    }

    fn new_folder(&self) -> Result<PathBuf> {
        let dir = tempfile::Builder::new().prefix("package-").tempdir_in(&self.downloads);
        dir.map(tempfile::TempDir::keep).map_err(|error| {
            Diagnostic::error(Code::IO, format!("Cannot write to {}: {error}", self.downloads.display()))
        })
    }

    /// An address without secrets.
    fn shown(&self, url: &str) -> String {
        scrub(download::without_login(url), &self.secrets)
    }

    fn unpinned(&self, url: &str, request: &Request) -> Box<Diagnostic> {
        let message = format!("The package {} is not pinned to a revision that stays.", self.shown(url));
        Diagnostic::warning(Code::PACKAGE_UNPINNED, message)
            .at(&request.span)
            .hint("Name a tag or commit with 'revision', or write 'warn-unpinned: false'.")
    }

    fn say(&self, text: String) {
        self.sink.emit(Event::Message { level: Level::Info, text });
    }
}
