//! `init`: a new project that runs at once.

use super::project_yml::{self, ProjectYml};
use super::{Flags, profiles_yml};
use crate::adapters::registry;
use crate::diagnostics::{Code, Diagnostic, Result};
use crate::event::{Event, EventSink, Level};
use crate::world::World;
use crate::yaml;
use std::path::{Path, PathBuf};

/// The files of a new project, by path.
const SKELETON: &[(&str, &str)] = &[
    ("dbt_project.yml", include_str!("skeleton/dbt_project.yml")),
    (".gitignore", include_str!("skeleton/gitignore")),
    ("seeds/raw_orders.csv", include_str!("skeleton/seeds/raw_orders.csv")),
    ("models/stg_orders.sql", include_str!("skeleton/models/stg_orders.sql")),
    ("models/customers.sql", include_str!("skeleton/models/customers.sql")),
    ("models/schema.yml", include_str!("skeleton/models/schema.yml")),
];
/// Folders that are empty at first.
const FOLDERS: &[&str] = &["macros", "tests", "snapshots", "analyses"];

/// How to start a project.
#[derive(Debug, Clone, Default)]
pub struct Init {
    /// The project's name, which is its folder's, too.
    pub name: Option<String>,
    /// Write no profile: `--skip-profile-setup`.
    pub skip_profile: bool,
}

/// Asks a question and gives the answer, which may be empty.
pub type Ask<'a> = dyn FnMut(&str) -> Result<String> + 'a;

/// Starts a project in a new folder of the current directory; inside of a project, writes only the profile that it
/// lacks. `ask` is given when there is somebody to answer. A profile is written beside the project (or into
/// `--profiles-dir`) unless `--profile` names one that exists.
pub fn init(
    world: &World,
    flags: &Flags,
    how: &Init,
    mut ask: Option<&mut Ask<'_>>,
    sink: &dyn EventSink,
) -> Result<()> {
    if how.name.is_none() && flags.project_dir.join(project_yml::FILE_NAME).is_file() {
        return init_profile(world, flags, how, ask, sink);
    }
    let name = match (&how.name, ask.as_deref_mut()) {
        (Some(name), _) => name.clone(),
        (None, Some(ask)) => ask("Name of the project (letters, digits, underscores): ")?.trim().to_owned(),
        (None, None) => {
            return Err(usage("The project needs a name.").hint("Write 'sqlbuild init my_project'."));
        }
    };
    if !project_yml::is_name(&name) {
        return Err(usage(format!("'{name}' cannot be the name of a project."))
            .hint("Use letters, digits and underscores only; the first is not a digit."));
    }
    let dir = world.cwd().join(&name);
    if dir.exists() {
        return Err(usage(format!("{} exists already.", dir.display())).hint("Choose another name."));
    }
    let profile = flags.profile.as_deref().unwrap_or(&name);
    if flags.profile.is_some() && !has_profile(world, flags, profile)? {
        return Err(Diagnostic::error(Code::PROFILE_MISSING, format!("There is no profile '{profile}'."))
            .hint("Leave --profile out to have one written."));
    }
    write_skeleton(world, &dir, &name, profile)?;
    say(sink, format!("Started the project {name} in {}", dir.display()));
    if flags.profile.is_none() && !how.skip_profile {
        write_profile(world, flags.profiles_dir.as_deref().unwrap_or(&dir), profile, ask, sink)?;
    }
    say(sink, format!("Next: cd {name} && sqlbuild build"));
    Ok(())
}

fn init_profile(
    world: &World,
    flags: &Flags,
    how: &Init,
    ask: Option<&mut Ask<'_>>,
    sink: &dyn EventSink,
) -> Result<()> {
    if flags.profile.is_some() {
        return Err(usage("There is a project here, and it names its profile itself.")
            .hint("Set 'profile:' in dbt_project.yml, or leave --profile out."));
    }
    let file = ProjectYml::read(world, &flags.project_dir, Path::new(""))?;
    let profile = match file.yaml.get("profile").and_then(yaml::Yaml::as_str) {
        Some(profile) => profile.to_owned(),
        None => file.name()?,
    };
    if how.skip_profile || has_profile(world, flags, &profile)? {
        say(sink, format!("The project has its profile '{profile}' already"));
        return Ok(());
    }
    write_profile(world, flags.profiles_dir.as_deref().unwrap_or(&flags.project_dir), &profile, ask, sink)
}

fn write_skeleton(world: &World, dir: &Path, name: &str, profile: &str) -> Result<()> {
    for (path, text) in SKELETON {
        world.write(&dir.join(path), text.replace("PROJECT_NAME", name).replace("PROFILE_NAME", profile))?;
    }
    for folder in FOLDERS {
        world.write(&dir.join(folder).join(".gitkeep"), "")?;
    }
    Ok(())
}

fn has_profile(world: &World, flags: &Flags, name: &str) -> Result<bool> {
    let path = profiles_yml::search_path(world, flags).into_iter().map(|dir| dir.join(profiles_yml::FILE_NAME));
    let Some(path) = path.into_iter().find(|path| path.is_file()) else { return Ok(false) };
    Ok(yaml::parse(&world.read(&path, &path)?)?.0.get(name).is_some())
}

/// Adds a profile to the profiles.yml of a folder.
fn write_profile(world: &World, dir: &Path, name: &str, ask: Option<&mut Ask<'_>>, sink: &dyn EventSink) -> Result<()> {
    let kind = match ask {
        Some(ask) => choose_engine(ask)?,
        None => registry::DEFAULT,
    };
    let output = registry::sample_output(kind).replace("PROJECT_NAME", name);
    let output: String = output.lines().map(|line| format!("      {line}\n")).collect();
    let profile = format!("{name}:\n  target: dev\n  outputs:\n    dev:\n{output}");
    let path: PathBuf = dir.join(profiles_yml::FILE_NAME);
    let before =
        if path.is_file() { world.read(&path, &path)?.text().trim_end().to_owned() + "\n\n" } else { String::new() };
    world.write(&path, before + &profile)?;
    say(sink, format!("Wrote the profile {name} ({kind}) to {}", path.display()));
    Ok(())
}

fn choose_engine(ask: &mut Ask<'_>) -> Result<&'static str> {
    let choices: Vec<String> =
        registry::TYPES.iter().enumerate().map(|(i, kind)| format!("[{}] {kind}", i + 1)).collect();
    let answer = ask(&format!("Which database? {} (default: {}): ", choices.join("  "), registry::DEFAULT))?;
    let answer = answer.trim();
    if answer.is_empty() {
        return Ok(registry::DEFAULT);
    }
    let number = answer.parse::<usize>().ok();
    let by_number = number.and_then(|number| registry::TYPES.get(number.checked_sub(1)?));
    let chosen = by_number.or_else(|| registry::TYPES.iter().find(|kind| **kind == answer));
    chosen.copied().ok_or_else(|| usage(format!("'{answer}' is none of the choices.")))
}

fn usage(message: impl Into<String>) -> Box<Diagnostic> {
    Diagnostic::error(Code::USAGE, message)
}

fn say(sink: &dyn EventSink, text: String) {
    sink.emit(Event::Message { level: Level::Info, text });
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::event::Silent;
    use crate::load::trial::Trial;

    fn named(name: &str) -> Init {
        Init { name: Some(name.into()), skip_profile: false }
    }

    #[test]
    fn a_new_project_can_be_loaded() {
        let trial = Trial::new(&[]);
        init(&trial.world, &trial.invocation.flags, &named("shop"), None, &Silent).unwrap();
        let again = init(&trial.world, &trial.invocation.flags, &named("shop"), None, &Silent);
        assert!(again.unwrap_err().message.contains("exists already"));
        let trial = trial.project("shop");
        let (project, _) = crate::load::project(&trial.world, &trial.invocation, &Silent).unwrap();
        assert_eq!((project.root().name.as_str(), project.root().files.len()), ("shop", 4));
    }

    #[test]
    fn answers_choose_name_and_database() {
        let trial = Trial::new(&[("profiles.yml", "other:\n  outputs: {}\n")]);
        let mut flags = trial.invocation.flags.clone();
        flags.profiles_dir = Some(trial.path(""));
        let mut answers = ["shop", "2"].into_iter();
        let mut ask = |_: &str| Ok(answers.next().unwrap_or_default().to_owned());
        init(&trial.world, &flags, &Init::default(), Some(&mut ask), &Silent).unwrap();
        let profiles = trial.world.read(&trial.path("profiles.yml"), "profiles.yml").unwrap();
        let (profiles, _) = yaml::parse(&profiles).unwrap();
        assert_eq!(profiles.at(&["shop", "outputs", "dev", "type"]).unwrap().as_str(), Some(registry::TYPES[1]));
        assert!(profiles.get("other").is_some());
    }

    #[test]
    fn a_project_that_is_there_keeps_its_profile() {
        let trial = Trial::new(&[("dbt_project.yml", "{name: shop, profile: shop}")]);
        let flags = Flags { profile: Some("other".into()), ..trial.invocation.flags.clone() };
        let error = init(&trial.world, &flags, &Init::default(), None, &Silent).unwrap_err();
        assert_eq!(error.message, "There is a project here, and it names its profile itself.");
    }

    #[test]
    fn bad_names_are_refused() {
        let trial = Trial::new(&[]);
        for name in ["../x", "my-shop", "1shop", "", "dbt"] {
            let result = init(&trial.world, &trial.invocation.flags, &named(name), None, &Silent);
            assert_eq!(result.unwrap_err().code, Code::USAGE, "{name}");
        }
        assert_eq!(std::fs::read_dir(trial.path("")).unwrap().count(), 0);
    }
}
