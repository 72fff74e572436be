//! Disk → [`Project`].

use super::context::{DBT_VERSION, Names, TextRenderer, target};
use super::environment::Secrets;
use super::notifications::{self, Notifications};
use super::packages::{Request, requests};
use super::project_yml::ProjectYml;
use super::variables::Variables;
use super::version::{Requirement, Version};
use super::{Invocation, Outline, Output, Outputs, Package, PackageSettings, Profile, catalogs, profiles_yml, walk};
use crate::diagnostics::{Code, Diagnostic, Result};
use crate::event::{Event, EventSink, Silent};
use crate::world::World;
use crate::yaml::{self, Yaml};
use std::path::{Path, PathBuf};
use std::sync::Arc;

/// A project and the engines of its profile, or all that is wrong with it.
pub type Loaded<P> = Result<(P, Arc<Outputs>), Vec<Box<Diagnostic>>>;

/// Reads what the project of a call says of itself, with its packages and profile, finds its files, and prepares the
/// engine of its target (without connecting). What is odd but readable is told to `sink` as warnings.
///
/// # Errors
/// All that is wrong with the project's file, the profile, the packages and the other files that are read here.
pub fn outline(world: &Arc<World>, invocation: &Invocation, sink: &dyn EventSink) -> Loaded<Outline> {
    let reading = Reading { world, invocation, sink };
    let mut errors = vec![];
    let loaded = reading.outline(&mut errors);
    loaded.filter(|_| errors.is_empty()).ok_or(errors)
}

/// The same with all its files read, for tests.
#[cfg(test)]
pub fn project(world: &Arc<World>, invocation: &Invocation, sink: &dyn EventSink) -> Loaded<Arc<super::Project>> {
    let (outline, outputs) = outline(world, invocation, sink)?;
    Ok((Arc::new(outline.read(world).map_err(|error| vec![error])?), outputs))
}

/// The value, if there is one; the error is added to `errors`.
fn keep<T>(result: Result<T>, errors: &mut Vec<Box<Diagnostic>>) -> Option<T> {
    result.map_err(|error| errors.push(error)).ok()
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

/// Reads the dbt_project.yml of a call as its target sees it, without the rest of the project. What is odd but readable is
/// told to `sink` as warnings.
pub fn check_project(
    world: &Arc<World>,
    invocation: &Invocation,
    profile: &Profile,
    output: &Output,
    sink: &dyn EventSink,
) -> Result<()> {
    let reading = Reading { world, invocation, sink };
    let dir = &invocation.flags.project_dir;
    let file = ProjectYml::read(world, dir, Path::new(""))?;
    let name = file.name()?;
    reading.package(file, dir.clone(), PathBuf::new(), &name, Some(&target(&profile.name, output))).map(drop)
}

/// The profile of a call and the engine of its target, whether or not the rest of the project can be read.
pub fn profile(world: &Arc<World>, invocation: &Invocation) -> Result<(Profile, Arc<Output>)> {
    let reading = Reading { world, invocation, sink: &Silent };
    let flags = &invocation.flags;
    let file = ProjectYml::read(world, &flags.project_dir, Path::new("")).ok();
    let name = file.as_ref().and_then(|file| file.name().ok()).unwrap_or_default();
    let renderer = reading.renderer(&name, &name, None, Secrets::Readable);
    let named = file.as_ref().and_then(|file| file.yaml.get("profile"));
    let (profile, written) = profiles_yml::read(world, flags, named, &renderer, reading.sink)?;
    let output = reading.outputs(&profile, written, renderer)?.default().clone();
    Ok((profile, output))
}

/// What notifications.yml says, and what its messages name.
pub struct KnownNotifications {
    /// What the file says.
    pub notifications: Notifications,
    /// The project's name.
    pub project: String,
    /// The target that the call means.
    pub target: String,
}

/// The project's notifications.yml, if it has one, whether or not the rest of the project can be read.
pub fn notifications(world: &Arc<World>, invocation: &Invocation) -> Result<Option<KnownNotifications>> {
    let reading = Reading { world, invocation, sink: &Silent };
    let flags = &invocation.flags;
    let file = ProjectYml::read(world, &flags.project_dir, Path::new("")).ok();
    let project = file.as_ref().and_then(|file| file.name().ok()).unwrap_or_default();
    let renderer = reading.renderer(&project, &project, None, Secrets::Readable);
    let Some(notifications) = notifications::read(world, &flags.project_dir, &renderer)? else { return Ok(None) };
    let target = profile(world, invocation).map(|(profile, _)| profile.target.name).ok();
    let target = target.or_else(|| flags.target.clone()).unwrap_or_else(|| "default".to_owned());
    Ok(Some(KnownNotifications { notifications, project, target }))
}

struct Reading<'a> {
    world: &'a Arc<World>,
    invocation: &'a Invocation,
    sink: &'a dyn EventSink,
}

impl Reading<'_> {
    /// Reads on after an error as long as what follows does not depend on it.
    fn outline(&self, errors: &mut Vec<Box<Diagnostic>>) -> Option<(Outline, Arc<Outputs>)> {
        let dir = &self.invocation.flags.project_dir;
        let file = keep(ProjectYml::read(self.world, dir, Path::new("")), errors)?;
        let name = keep(file.name(), errors);
        let profile = keep(self.profile(&file, name.as_deref().unwrap_or_default()), errors);
        let target = profile.and_then(|(profile, outputs)| {
            let outputs = keep(outputs, errors)?;
            Some((target(&profile.name, outputs.default()), profile, outputs))
        });
        let facts = target.as_ref().map(|(facts, ..)| facts);
        let mut root = keep(self.package(file, dir.clone(), PathBuf::new(), &name?, facts), errors)?;
        self.override_paths(&mut root.settings);
        let packages = self.installed(&root, facts, errors);
        if errors.is_empty() {
            keep(self.check_installed(&root, &packages), errors);
        }
        let selectors = keep(self.selectors(&root, facts), errors).flatten();
        let (_, profile, mut outputs) = target?;
        let renderer = self.renderer(&root.name, &root.name, None, Secrets::Readable);
        outputs.catalogs = catalogs::read(self.world, &root.dir, &renderer, outputs.default().dialect(), errors);
        let packages: Vec<Package> = [root].into_iter().chain(packages).collect();
        let files = packages
            .iter()
            .map(|package| walk::files(self.world, &package.dir, &package.shown_dir, &package.settings))
            .collect::<Result<Vec<_>>>();
        let files = keep(files, errors)?;
        let cli_vars = self.invocation.flags.vars.clone();
        Some((Outline { packages, files, profile, cli_vars, selectors }, Arc::new(outputs)))
    }

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

    /// The profile, and its outputs if the chosen one can be used.
    fn profile(&self, file: &ProjectYml, name: &str) -> Result<(Profile, Result<Outputs>)> {
        let renderer = self.renderer(name, name, None, Secrets::Readable);
        let named = file.yaml.get("profile");
        let (profile, written) = profiles_yml::read(self.world, &self.invocation.flags, named, &renderer, self.sink)?;
        let outputs = self.outputs(&profile, written, renderer);
        Ok((profile, outputs))
    }

    /// The outputs of a profile, of which the chosen one is ready.
    fn outputs(&self, profile: &Profile, written: Yaml, renderer: TextRenderer) -> Result<Outputs> {
        let flags = &self.invocation.flags;
        let place = written.get(&profile.target.name).map_or(&written.span, |output| &output.span);
        let default = Output::new(self.world, flags, &profile.name, profile.target.clone(), place)?;
        Ok(Outputs::new(profile, written, renderer, self.world, flags, default))
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
        self.check_dbt_version(&file, &name, &settings)?;
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

    fn selectors(&self, root: &Package, target: Option<&serde_json::Value>) -> Result<Option<Yaml>> {
        let path = root.dir.join("selectors.yml");
        if !path.is_file() {
            return Ok(None);
        }
        let (yaml, warnings) = yaml::parse(&self.world.read(&path, "selectors.yml")?)?;
        warnings.into_iter().for_each(|warning| self.sink.emit(Event::Warned(warning)));
        let renderer = self.renderer(&root.name, &root.name, target, Secrets::Forbidden);
        let renderer = if target.is_some() { renderer } else { renderer.forgiving() };
        yaml.map_texts(&mut |_, text| renderer.render(text).map(Some)).map(Some)
    }

    /// The packages that are installed, by the names of their folders.
    fn installed(
        &self,
        root: &Package,
        target: Option<&serde_json::Value>,
        errors: &mut Vec<Box<Diagnostic>>,
    ) -> Vec<Package> {
        let install_path = Path::new(&root.settings.packages_install_path);
        let mut packages: Vec<Package> = vec![];
        for folder in keep(subfolders(&root.dir.join(install_path)), errors).unwrap_or_default() {
            let (dir, shown) = (root.dir.join(install_path).join(&folder), install_path.join(&folder));
            let file = ProjectYml::read(self.world, &dir, &shown);
            let package = file.and_then(|file| self.package(file, dir, shown, &root.name, target));
            let Some(package) = keep(package, errors) else { continue };
            let twin = [root].into_iter().chain(&packages).find(|other| other.name == package.name);
            match twin.map(|other| same_name(&package, other)) {
                Some(error) => errors.push(error),
                None => packages.push(package),
            }
        }
        packages
    }

    /// Refuses a project whose packages are not all installed.
    fn check_installed(&self, root: &Package, installed: &[Package]) -> Result<()> {
        let renderer = self.renderer(&root.name, &root.name, None, Secrets::Readable);
        let wanted = requests(self.world, &root.dir, Path::new(""), &renderer)?;
        let is_installed = |request: &&Request| {
            // The names of other packages are known only once they are fetched.
            request.source.name().is_none_or(|name| installed.iter().any(|package| package.name == name))
        };
        let missing = wanted.iter().find(|request| !is_installed(request));
        let missing = missing.or(wanted.last().filter(|_| wanted.len() > installed.len()));
        let Some(missing) = missing else { return Ok(()) };
        let path = &root.settings.packages_install_path;
        let (wanted, installed) = (wanted.len(), installed.len());
        let message = format!("The project asks for {wanted} package(s), but {path} holds {installed}.");
        Err(Diagnostic::error(Code::PACKAGE_MISSING, message).at(&missing.span).hint("Run 'sqlbuild deps'."))
    }

    /// Refuses a package that says it needs another dbt than the one followed here.
    fn check_dbt_version(&self, file: &ProjectYml, name: &str, settings: &PackageSettings) -> Result<()> {
        let Some(place) = file.yaml.get("require-dbt-version").filter(|_| self.invocation.flags.version_check) else {
            return Ok(());
        };
        for text in &settings.require_dbt_version {
            let Some(bounds) = Requirement::parse_all(text) else {
                let message = format!("'{text}' is no version requirement.");
                let diagnostic = Diagnostic::error(Code::PROJECT_INVALID, message).at(&place.span);
                return Err(diagnostic.hint("Write it like \">=1.8.0\"."));
            };
            if Version::parse(DBT_VERSION).is_some_and(|own| !bounds.iter().all(|bound| bound.allows(&own))) {
                let message = format!("'{name}' needs dbt {text}, but this program behaves as dbt {DBT_VERSION}.");
                let diagnostic = Diagnostic::error(Code::PROJECT_INVALID, message).at(&place.span);
                return Err(diagnostic.hint("--no-version-check runs it nevertheless."));
            }
        }
        Ok(())
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

#[cfg(test)]
mod tests {
    use super::*;
    use crate::diagnostics::{Style, render};
    use crate::event::Silent;
    use crate::load::trial::Trial;
    use crate::load::{BaseContext, FileKind};
    use crate::yaml::YamlValue;
    use serde_json::json;
    use std::sync::Mutex;

    const PROJECT: &str = "name: shop\nprofile: \"{{ env_var('PROFILE', 'shop') }}\"\n";
    const PROFILES: &str = "shop:\n  target: dev\n  outputs:\n    dev: {type: duckdb, path: ':memory:', schema: \"{{ env_var('SCHEMA', 'main') }}\"}\n    prod: {type: duckdb, path: \"{{ env_var('NOT_SET') }}\"}\n";

    /// A sink that keeps what it is told.
    #[derive(Default)]
    struct Told(Mutex<Vec<String>>);

    impl EventSink for Told {
        fn emit(&self, event: Event) {
            if let Event::Warned(warning) = event {
                self.0.lock().unwrap().push(warning.to_string());
            }
        }
    }

    fn trial(more: &[(&str, &str)]) -> Trial {
        Trial::new(&[&[("dbt_project.yml", PROJECT), ("profiles.yml", PROFILES)], more].concat())
    }

    fn load(trial: &Trial) -> Loaded<Arc<crate::load::Project>> {
        project(&trial.world, &trial.invocation, &Silent)
    }

    fn complain(trial: &Trial) -> String {
        let errors = load(trial).map(drop).unwrap_err();
        let text: String = errors.iter().map(|error| render(error, Style { color: false, width: 100 })).collect();
        text.replace(trial.path("").to_string_lossy().trim_end_matches('/'), "/trial")
    }

    #[test]
    fn files_are_what_their_folder_and_ending_make_them() {
        let trial = trial(&[
            (".dbtignore", "*.draft.sql\n"),
            ("models/b.sql", "select 1"),
            ("models/a/c.SQL", "select 1"),
            ("models/p.py", ""),
            ("models/x.draft.sql", ""),
            ("models/.hidden.sql", ""),
            ("models/schema.yml", ""),
            ("models/about.md", ""),
            ("tests/one.sql", ""),
            ("tests/generic/g.sql", ""),
            ("tests/fixtures/f.csv", ""),
            ("tests/program.rs", ""),
            ("seeds/s.csv", "a\n1\n"),
            ("macros/m.sql", ""),
            ("dbt_packages/other/dbt_project.yml", "name: other"),
            ("dbt_packages/other/models/o.sql", "select 2"),
        ]);
        let (project, _) = load(&trial).unwrap();
        let files: Vec<String> =
            project.root().files.iter().map(|file| format!("{:?} {}", file.kind, file.path.display())).collect();
        insta::assert_snapshot!(files.join("\n"));
        let other = &project.packages["other"].files[0];
        assert_eq!(other.source.path(), Path::new("dbt_packages/other/models/o.sql"));
        assert_eq!(
            (other.kind, other.path.as_path(), other.source.text()),
            (FileKind::Model, Path::new("models/o.sql"), "select 2")
        );
    }

    #[test]
    fn only_the_chosen_target_is_rendered() {
        let trial = trial(&[]).env("SCHEMA", "raw");
        let (project, _) = load(&trial).unwrap();
        assert_eq!(project.profile.target.output["schema"], json!("raw"));
        assert_eq!(project.profile.outputs, ["dev", "prod"]);
    }

    #[test]
    fn config_trees_are_rendered_but_hooks_are_not() {
        let text = format!(
            "{PROJECT}models:\n  +schema: \"{{{{ target.schema }}}}\"\n  +enabled: \"{{{{ var('on', true) }}}}\"\n  +pre-hook: \"{{{{ later() }}}}\"\non-run-start: \"{{{{ later() }}}}\"\n"
        );
        let trial = trial(&[("dbt_project.yml", &text)]).var("on", json!(false));
        let (project, _) = load(&trial).unwrap();
        let models = &project.root().settings.config_trees["models"];
        assert_eq!(models.to_json(), json!({"+schema": "main", "+enabled": false, "+pre-hook": "{{ later() }}"}));
        assert_eq!(project.root().settings.on_run_start[0].value, YamlValue::Str("{{ later() }}".into()));
    }

    #[test]
    fn variables_of_the_call_win_then_the_root_projects_then_the_packages() {
        let root =
            format!("{PROJECT}vars:\n  a: root\n  b: root\n  t: \"{{{{ env_var('T') }}}}!\"\n  other: {{b: scoped}}\n");
        let trial = trial(&[
            ("dbt_project.yml", &root),
            (
                "dbt_packages/other/dbt_project.yml",
                "name: other\nvars: {a: own, b: own, c: own, other: {c: own scoped}, d: [1]}\n",
            ),
        ])
        .var("a", json!("call"))
        .env("T", "templated");
        let (project, outputs) = load(&trial).unwrap();
        let base = BaseContext::new(&project, &trial.invocation, outputs.default(), &trial.world);
        let render = |package: &str, text: &str| {
            base.render(&project.packages[package], &yaml::parse_text("x", text).unwrap()).unwrap().to_json()
        };
        let all = "\"{{ [var('a'), var('b'), var('c', 'none'), var('d', 0), var.has_var('c')] }}\"";
        assert_eq!(render("other", all), json!(["call", "scoped", "own scoped", [1], true]));
        assert_eq!(render("shop", all), json!(["call", "root", "none", 0, false]));
        assert_eq!(
            render("shop", "\"{{ var('t') ~ flags.WHICH ~ flags.FULL_REFRESH }}\""),
            json!("templated!runFalse")
        );
        assert_eq!(render("shop", "\"{{ target.name ~ target['type'] ~ project_name }}\""), json!("devduckdbshop"));
        assert_eq!(render("shop", "\"{{ run_started_at.strftime('%Y') ~ dbt_version[:2] }}\""), json!("19701."));
    }

    #[test]
    fn keys_that_are_given_twice_are_told() {
        let trial = trial(&[("dbt_project.yml", &format!("{PROJECT}name: shop\n"))]);
        let told = Told::default();
        project(&trial.world, &trial.invocation, &told).unwrap();
        assert_eq!(
            *told.0.lock().unwrap(),
            ["dbt_project.yml:3:1: SB0102: The key 'name' is given twice; the last one counts."]
        );
    }

    #[test]
    fn bad_input_is_explained() {
        let project = |text: &str| trial(&[("dbt_project.yml", text)]);
        let flags = |change: fn(&mut crate::load::Flags)| {
            let mut trial = trial(&[]);
            change(&mut trial.invocation.flags);
            trial
        };
        let trials = [
            Trial::new(&[]),
            Trial::new(&[("dbt_project.yml", PROJECT)]),
            project("profile: shop\n"),
            project("name: my-shop\n"),
            project("name: shop\nprofile: shpo\n"),
            project("name: shop\nprofile: shop\nsource-paths: [models]\nmodel-paths: [models]\n"),
            project("name: shop\nprofile: shop\nmodels: [a]\n"),
            project("name: shop\nprofile: shop\nmodel-path: [a]\n"),
            project("name: shop\nprofile: shop\nversion: newest\n"),
            project("name: shop\nprofile: shop\nmodels:\n  +schema: \"{{ env_var('DBT_SCHEMA') }}\"\n"),
            project("name: shop\nprofile: shop\nmodels:\n  +schema: \"{{ env_var('DBT_ENV_SECRET_X') }}\"\n"),
            project("name: shop\nprofile: shop\nmodels:\n  +schema: \"{{ var('schema') }}\"\n"),
            project("name: shop\nprofile: shop\nrequire-dbt-version: [\">=2.0.0\"]\n"),
            flags(|flags| flags.target = Some("pord".into())),
            flags(|flags| flags.target = Some("prod".into())),
            trial(&[("profiles.yml", "shop:\n  outputs:\n    default:\n      type: dukdb\n")]),
            trial(&[("packages.yml", "packages:\n  - package: dbt-labs/dbt_utils\n    version: 1.1.1\n")]),
            trial(&[("dbt_packages/a/dbt_project.yml", "name: x"), ("dbt_packages/b/dbt_project.yml", "name: x")]),
            trial(&[
                ("dbt_project.yml", "name: shop\nprofile: shpo\nmodels: 1\n"),
                ("dbt_packages/a/dbt_project.yml", "name: [x]"),
            ]),
            trial(&[
                ("profiles.yml", "shop: {outputs: {default: {path: x}}}"),
                ("selectors.yml", "a: [b"),
                ("dbt_packages/a/dbt_project.yml", "name: [x]"),
            ]),
        ];
        let texts: Vec<String> = trials.iter().map(complain).collect();
        insta::assert_snapshot!(texts.join("\n"));
    }

    #[test]
    fn a_broken_profile_shows_no_secret() {
        let profiles =
            "shop:\n  outputs:\n    default: {type: \"{{ env_var('DBT_ENV_SECRET_T') | upper }}\", path: x}\n";
        let trial = trial(&[("profiles.yml", profiles)]).env("DBT_ENV_SECRET_T", "s3cret");
        let error = load(&trial).map(drop).unwrap_err();
        let text = super::super::scrub(
            render(&error[0], Style { color: false, width: 100 }),
            &super::super::secrets(&trial.world, &Default::default()),
        );
        assert!(!text.to_lowercase().contains("s3cret"), "{text}");
    }
}
