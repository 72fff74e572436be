//! profiles.yml → [`Profile`].

use super::context::TextRenderer;
use super::{Flags, Profile, Target};
use crate::diagnostics::{Code, Diagnostic, Result, nearest};
use crate::event::{Event, EventSink};
use crate::world::World;
use crate::yaml::{self, FromYaml, Yaml, YamlValue};
use std::path::{Path, PathBuf};

/// The file's name.
pub const FILE_NAME: &str = "profiles.yml";

/// Where profiles.yml is looked for, in this order: `--profiles-dir` (or its variable) alone; else the current
/// directory, the project's folder, `~/.dbt`.
pub fn search_path(world: &World, flags: &Flags) -> Vec<PathBuf> {
    if let Some(dir) = &flags.profiles_dir {
        return vec![dir.clone()];
    }
    let mut dirs = vec![world.cwd().to_owned()];
    let others = [Some(flags.project_dir.clone()), world.home().map(|home| home.join(".dbt"))];
    for dir in others.into_iter().flatten() {
        if !dirs.contains(&dir) {
            dirs.push(dir);
        }
    }
    dirs
}

/// Reads the profile that the command line or the project names; renders only the chosen output. Gives also all outputs
/// as they are written.
pub fn read(
    world: &World,
    flags: &Flags,
    named: Option<&Yaml>,
    renderer: &TextRenderer,
    sink: &dyn EventSink,
) -> Result<(Profile, Yaml)> {
    let path = find(world, flags)?;
    let file = world.read(&path, shown(world, &path))?;
    let (profiles, _) = yaml::parse(&file)?;
    old_flags(&profiles).into_iter().for_each(|warning| sink.emit(Event::Warned(warning)));
    let name = name(flags, named, renderer)?;
    let names = || profiles.entries().map(|(name, _)| name).filter(|name| name != "config");
    let Some(profile) = profiles.get(&name) else {
        let diagnostic =
            missing(format!("Could not find profile named '{name}' in {}.", file.path().display()), &name, names());
        return Err(match named.filter(|_| flags.profile.is_none()) {
            Some(named) => diagnostic.label(&named.span, "named here"),
            None => diagnostic,
        });
    };
    let Some(outputs) = profile.get("outputs").filter(|outputs| outputs.as_map().is_some()) else {
        let message = format!("The profile '{name}' has no outputs.");
        return Err(invalid(message).at(&profile.span).hint("Write each target under 'outputs:'."));
    };
    let target = target_name(flags, profile, renderer)?;
    let Some(output) = outputs.get(&target) else {
        let names = outputs.entries().map(|(name, _)| name);
        return Err(missing(format!("The profile '{name}' does not have a target named '{target}'."), &target, names)
            .at(&outputs.span));
    };
    let target = read_target(flags, target, output, renderer)?;
    let profile = Profile { name, target, outputs: outputs.entries().map(|(name, _)| name).collect() };
    Ok((profile, outputs.clone()))
}

/// A warning if flags are given in profiles.yml, where they were once.
fn old_flags(profiles: &Yaml) -> Option<Box<Diagnostic>> {
    let config = profiles.get("config").filter(|config| config.entries().next().is_some())?;
    let message = format!("'config' in {FILE_NAME} is deprecated.");
    let warning = Diagnostic::warning(Code::PROFILE_FLAGS_DEPRECATED, message).at(&config.span);
    Some(warning.hint("Move it to 'flags:' in dbt_project.yml."))
}

fn find(world: &World, flags: &Flags) -> Result<PathBuf> {
    let dirs = search_path(world, flags);
    let found = dirs.iter().map(|dir| dir.join(FILE_NAME)).find(|path| path.is_file());
    found.ok_or_else(|| {
        let dirs: Vec<_> = dirs.iter().map(|dir| dir.display().to_string()).collect();
        Diagnostic::error(Code::PROFILE_MISSING, format!("There is no {FILE_NAME} in {}.", dirs.join(", nor in ")))
            .hint("It says how to reach the database. 'sqlbuild init' writes one; --profiles-dir names its folder.")
    })
}

/// The path as people know it: relative to the current directory where it is below that.
fn shown<'a>(world: &World, path: &'a Path) -> &'a Path {
    path.strip_prefix(world.cwd()).unwrap_or(path)
}

fn name(flags: &Flags, named: Option<&Yaml>, renderer: &TextRenderer) -> Result<String> {
    if let Some(name) = &flags.profile {
        return Ok(name.clone());
    }
    match named.filter(|named| !named.is_null()) {
        Some(named) => String::from_yaml(&renderer.render(named)?, "'profile'"),
        None => Err(Diagnostic::error(Code::PROFILE_MISSING, "The project does not say which profile it uses.")
            .hint("Add 'profile: <name>' to dbt_project.yml, or give --profile.")),
    }
}

fn target_name(flags: &Flags, profile: &Yaml, renderer: &TextRenderer) -> Result<String> {
    match (&flags.target, profile.get("target").filter(|target| !target.is_null())) {
        (Some(target), _) => Ok(target.clone()),
        (None, Some(target)) => String::from_yaml(&renderer.render(target)?, "'target'"),
        (None, None) => Ok("default".to_owned()),
    }
}

/// Renders an output.
pub(super) fn read_target(flags: &Flags, name: String, output: &Yaml, renderer: &TextRenderer) -> Result<Target> {
    if output.as_map().is_none() {
        return Err(output.mismatch(&format!("The target '{name}'"), "a mapping"));
    }
    let rendered = output.map_texts(&mut |path, text| match renderer.render(text) {
        // A password may look like a template without being one.
        Err(_) if path.iter().any(|key| key == "password" || key == "pass") && !text_reads_environment(text) => {
            Ok(None)
        }
        rendered => rendered.map(Some),
    })?;
    let kind = match rendered.get("type").map(|kind| &kind.value) {
        Some(YamlValue::Str(kind)) => kind.clone(),
        _ => {
            let message = format!("The target '{name}' has no 'type'.");
            return Err(invalid(message).at(&output.span).hint("Name the database: 'type: …'."));
        }
    };
    let configured = rendered.get("threads").filter(|threads| !threads.is_null());
    let threads = match (flags.threads, configured) {
        (Some(threads), _) => threads,
        (None, Some(threads)) => usize::from_yaml(threads, "'threads'")?,
        (None, None) => 1,
    };
    let mut output = rendered.entries().map(|(key, value)| (key, value.to_json())).collect::<serde_json::Map<_, _>>();
    output.shift_remove("threads");
    Ok(Target { name, kind, threads: threads.max(1), output })
}

fn text_reads_environment(text: &Yaml) -> bool {
    text.as_str().is_some_and(|text| text.contains("env_var"))
}

/// The error for a name that is none of `names`.
pub(super) fn missing(message: String, name: &str, names: impl Iterator<Item = String>) -> Box<Diagnostic> {
    let names: Vec<String> = names.collect();
    let diagnostic = Diagnostic::error(Code::PROFILE_MISSING, message);
    match nearest(name, names.iter().map(String::as_str)).first() {
        Some(near) => diagnostic.hint(format!("Did you mean '{near}'? There are: {}.", names.join(", "))),
        None => diagnostic.hint(format!("There are: {}.", names.join(", "))),
    }
}

fn invalid(message: impl Into<String>) -> Box<Diagnostic> {
    Diagnostic::error(Code::PROFILE_INVALID, message)
}
