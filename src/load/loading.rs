//! Disk → [`Project`].

use super::context::{Names, TextRenderer, target};
use super::environment::Secrets;
use super::project_yml::ProjectYml;
use super::variables::Variables;
use super::{Invocation, Package, PackageSettings, Profile, Project, profiles_yml, walk};
use crate::adapters::{Adapter, registry};
use crate::diagnostics::{Code, Diagnostic, Result, Span, nearest};
use crate::event::{Event, EventSink};
use crate::world::World;
use crate::yaml::{self, Yaml};
use indexmap::IndexMap;
use std::path::{Path, PathBuf};
use std::sync::Arc;

/// Reads the project of a call with its packages and profile, and prepares the engine of its target (without
/// connecting). What is odd but readable is told to `sink` as warnings.
pub fn project(
    world: &Arc<World>,
    invocation: &Invocation,
    sink: &dyn EventSink,
) -> Result<(Arc<Project>, Arc<dyn Adapter>)> {
    let reading = Reading { world, invocation, sink };
    let dir = &invocation.flags.project_dir;
    let file = ProjectYml::read(world, dir, Path::new(""))?;
    let name = file.name()?;
    let (profile, place) = reading.profile(&file, &name)?;
    let adapter = reading.adapter(&profile, &place)?;
    let target = target(&profile, adapter.as_ref());
    let mut root = reading.package(file, dir.clone(), PathBuf::new(), &name, Some(&target))?;
    reading.override_paths(&mut root.settings);
    let selectors = reading.selectors(&root, &target)?;
    let packages = reading.installed(&root, &target)?;
    let project = Project {
        packages: reading.with_files(root, packages)?,
        profile,
        cli_vars: invocation.flags.vars.clone().into_iter().collect(),
        selectors,
    };
    Ok((Arc::new(project), adapter))
}

/// The root project as the verbs see it that need no database.
pub struct RootProject {
    /// Its name.
    pub name: String,
    /// Its folder, absolute.
    pub dir: PathBuf,
    /// What its dbt_project.yml says. `target` and variables without a value are empty there.
    pub settings: PackageSettings,
    /// Renders packages.yml.
    pub secret_renderer: TextRenderer,
}

/// Reads the dbt_project.yml of a call, without a profile.
pub fn root_project(world: &Arc<World>, invocation: &Invocation, sink: &dyn EventSink) -> Result<RootProject> {
    let reading = Reading { world, invocation, sink };
    let dir = world.cwd().join(&invocation.flags.project_dir);
    let file = ProjectYml::read(world, &dir, Path::new(""))?;
    let name = file.name()?;
    let mut root = reading.package(file, dir, PathBuf::new(), &name, None)?;
    reading.override_paths(&mut root.settings);
    let secret_renderer = reading.renderer(&name, &name, None, Secrets::Readable);
    Ok(RootProject { name, dir: root.dir, settings: root.settings, secret_renderer })
}

struct Reading<'a> {
    world: &'a Arc<World>,
    invocation: &'a Invocation,
    sink: &'a dyn EventSink,
}

impl Reading<'_> {
    fn renderer(
        &self,
        package: &str,
        root: &str,
        target: Option<&serde_json::Value>,
        secrets: Secrets,
    ) -> TextRenderer {
        let names = Names { world: self.world, invocation: self.invocation, target: target.cloned() };
        let variables = Variables::of_call(&self.invocation.flags.vars);
        TextRenderer::new(&names, package, root, variables, secrets)
    }

    /// The profile, and where its chosen target is written.
    fn profile(&self, file: &ProjectYml, name: &str) -> Result<(Profile, Span)> {
        let renderer = self.renderer(name, name, None, Secrets::Readable);
        profiles_yml::read(self.world, &self.invocation.flags, file.yaml.get("profile"), &renderer)
    }

    fn adapter(&self, profile: &Profile, place: &Span) -> Result<Arc<dyn Adapter>> {
        let surroundings = registry::Surroundings {
            world: self.world,
            project_dir: &self.invocation.flags.project_dir,
            threads: profile.target.threads,
        };
        let target = &profile.target;
        registry::adapter(&target.output, surroundings).map_err(|error| {
            if !registry::TYPES.contains(&target.kind.as_str()) {
                return unknown_type(&target.kind).at(place);
            }
            let message =
                format!("The target '{}' of the profile '{}' cannot be used: {error}", target.name, profile.name);
            let diagnostic = Diagnostic::error(Code::PROFILE_INVALID, message).at(place);
            match error.hint {
                Some(hint) => diagnostic.hint(hint),
                None => diagnostic,
            }
        })
    }

    /// A package without its source texts.
    fn package(
        &self,
        file: ProjectYml,
        dir: PathBuf,
        shown_dir: PathBuf,
        root: &str,
        target: Option<&serde_json::Value>,
    ) -> Result<Package> {
        let name = file.name()?;
        let renderer = self.renderer(&name, root, target, Secrets::Forbidden);
        let renderer = if target.is_some() { renderer } else { renderer.forgiving() };
        let (settings, warnings) = file.settings(&renderer)?;
        for warning in file.warnings.into_iter().chain(warnings) {
            self.sink.emit(Event::Warned(warning));
        }
        Ok(Package { name, dir, shown_dir, file: file.file, settings, files: vec![] })
    }

    /// What the command line says instead of the root project's file.
    fn override_paths(&self, settings: &mut PackageSettings) {
        let flags = &self.invocation.flags;
        if let Some(path) = &flags.target_path {
            settings.target_path = path.to_string_lossy().into_owned();
        }
        if let Some(path) = &flags.log_path {
            settings.log_path = path.to_string_lossy().into_owned();
        }
    }

    fn selectors(&self, root: &Package, target: &serde_json::Value) -> Result<Option<Yaml>> {
        let path = root.dir.join("selectors.yml");
        if !path.is_file() {
            return Ok(None);
        }
        let (yaml, warnings) = yaml::parse(&self.world.read(&path, "selectors.yml")?)?;
        warnings.into_iter().for_each(|warning| self.sink.emit(Event::Warned(warning)));
        let renderer = self.renderer(&root.name, &root.name, Some(target), Secrets::Forbidden);
        yaml.map_texts(&mut |_, text| renderer.render(text).map(Some)).map(Some)
    }

    /// The packages that are installed, by the names of their folders.
    fn installed(&self, root: &Package, target: &serde_json::Value) -> Result<Vec<Package>> {
        let install_path = Path::new(&root.settings.packages_install_path);
        let mut packages: Vec<Package> = vec![];
        for folder in subfolders(&root.dir.join(install_path))? {
            let (dir, shown) = (root.dir.join(install_path).join(&folder), install_path.join(&folder));
            let file = ProjectYml::read(self.world, &dir, &shown)?;
            let package = self.package(file, dir, shown, &root.name, Some(target))?;
            if let Some(other) = [root].into_iter().chain(&packages).find(|other| other.name == package.name) {
                return Err(same_name(&package, other));
            }
            packages.push(package);
        }
        Ok(packages)
    }

    /// All packages by name, their files read.
    fn with_files(&self, root: Package, packages: Vec<Package>) -> Result<IndexMap<String, Arc<Package>>> {
        let mut all = IndexMap::new();
        for mut package in [root].into_iter().chain(packages) {
            package.files = walk::files(self.world, &package.dir, &package.shown_dir, &package.settings)?;
            all.insert(package.name.clone(), Arc::new(package));
        }
        Ok(all)
    }
}

/// The names of the folders in a folder, sorted; none if it does not exist.
fn subfolders(dir: &Path) -> Result<Vec<std::ffi::OsString>> {
    if !dir.is_dir() {
        return Ok(vec![]);
    }
    let entries = std::fs::read_dir(dir).and_then(Iterator::collect::<std::io::Result<Vec<_>>>);
    let entries =
        entries.map_err(|error| Diagnostic::error(Code::IO, format!("Cannot read {}: {error}", dir.display())))?;
    let is_package =
        |name: &std::ffi::OsString| !name.to_string_lossy().starts_with(['_', '.']) && dir.join(name).is_dir();
    let mut names: Vec<_> = entries.into_iter().map(|entry| entry.file_name()).filter(is_package).collect();
    names.sort();
    Ok(names)
}

fn unknown_type(kind: &str) -> Box<Diagnostic> {
    let diagnostic = Diagnostic::error(Code::ADAPTER_UNKNOWN, format!("There is no database type '{kind}'."));
    let known = registry::TYPES.join(", ");
    match nearest(kind, registry::TYPES.iter().copied()).first() {
        Some(near) => diagnostic.hint(format!("Did you mean '{near}'? There are: {known}.")),
        None => diagnostic.hint(format!("There are: {known}.")),
    }
}

fn same_name(package: &Package, other: &Package) -> Box<Diagnostic> {
    let place = |package: &Package| match package.file.text().find("name:") {
        Some(at) => package.file.span(at..at + "name:".len()),
        None => package.file.line_span(1),
    };
    Diagnostic::error(Code::PACKAGE_INVALID, format!("Two packages are called '{}'.", package.name))
        .label(&place(package), "one")
        .label(&place(other), "the other")
        .hint("Names of packages must be unique. Is one package installed twice, from two places?")
}
