//! Where a setting's value comes from: the command line, else the environment, else dbt_project.yml, else a default.

use crate::diagnostics::{Code, Diagnostic, Result};
use crate::load::{Flags, profiles_path};
use crate::world::World;
use crate::yaml;
use serde_json::{Map, Value as Json};
use std::path::{Path, PathBuf};

/// The sources of settings beside the command line.
pub struct Settings<'a> {
    world: &'a World,
    project: Map<String, Json>,
}

impl<'a> Settings<'a> {
    /// The settings of a project: `SQLBUILD_*` and `DBT_*` variables, then `flags:` of its dbt_project.yml; if that has
    /// none, `config:` of the profiles.yml that `profiles_dir` leads to. A file that cannot be read has no flags here;
    /// whoever needs it says what is wrong with it.
    ///
    /// # Errors
    /// Both files have flags.
    pub fn new(world: &'a World, project_dir: &Path, profiles_dir: Option<&Path>) -> Result<Self> {
        let mut settings = Self { world, project: Map::new() };
        let profiles_dir = settings.path(profiles_dir, "PROFILES_DIR");
        let named = Flags { project_dir: project_dir.to_owned(), profiles_dir, ..Flags::default() };
        let mut profiles = profiles_path(world, &named).into_iter().map(|dir| dir.join("profiles.yml"));
        let old = profiles.find(|path| path.is_file()).map(|path| mapping(world, &path, "config")).unwrap_or_default();
        let flags = mapping(world, &project_dir.join("dbt_project.yml"), "flags");
        if !old.is_empty() && !flags.is_empty() {
            let message = "Flags are given in profiles.yml ('config') and in dbt_project.yml ('flags').";
            return Err(Diagnostic::error(Code::PROJECT_INVALID, message).hint("Keep those in dbt_project.yml."));
        }
        settings.project = if flags.is_empty() { old } else { flags };
        Ok(settings)
    }

    /// The flags of dbt_project.yml, by name in lower case.
    pub fn project_flags(&self) -> &Map<String, Json> {
        &self.project
    }

    /// An on/off setting; `name` is in upper case, without `DBT_`.
    pub fn switch(&self, given: Option<bool>, name: &str, default: bool) -> Result<bool> {
        match given {
            Some(given) => Ok(given),
            None => match self.text(None, name) {
                Some(text) => truth(name, &text),
                None => Ok(default),
            },
        }
    }

    /// A text.
    pub fn text(&self, given: Option<&str>, name: &str) -> Option<String> {
        let from_project = || match self.project.get(&name.to_lowercase())? {
            Json::Null => None,
            Json::String(text) => Some(text.clone()),
            other => Some(other.to_string()),
        };
        let from_environment = || {
            let names = [name.to_owned(), format!("ENGINE_{name}")].into_iter();
            names.chain(old_name(name).map(str::to_owned)).find_map(|name| self.world.setting(&name))
        };
        given.or_else(from_environment).map(str::to_owned).or_else(from_project)
    }

    /// A whole number.
    pub fn number(&self, given: Option<usize>, name: &str) -> Result<Option<usize>> {
        match (given, self.text(None, name)) {
            (Some(given), _) => Ok(Some(given)),
            (None, Some(text)) => text.trim().parse().map(Some).map_err(|_| wrong(name, &text, "a whole number")),
            (None, None) => Ok(None),
        }
    }

    /// A path; a relative one means the directory the program was started in.
    pub fn path(&self, given: Option<&Path>, name: &str) -> Option<PathBuf> {
        let text = || self.text(None, name).map(PathBuf::from);
        given.map(Path::to_owned).or_else(text).map(|path| self.world.cwd().join(path))
    }

    /// A path; a relative one means the project's folder.
    pub fn project_path(&self, given: Option<&Path>, name: &str, project_dir: &Path) -> Option<PathBuf> {
        let text = || self.text(None, name).map(PathBuf::from);
        given.map(Path::to_owned).or_else(text).map(|path| project_dir.join(path))
    }

    /// A list of texts, separated by blanks in the environment.
    pub fn list(&self, given: &[String], name: &str) -> Vec<String> {
        if !given.is_empty() {
            return given.iter().flat_map(|text| text.split_whitespace()).map(str::to_owned).collect();
        }
        match self.project.get(&name.to_lowercase()) {
            Some(Json::Array(items)) => items.iter().filter_map(|item| item.as_str().map(str::to_owned)).collect(),
            _ => self.text(None, name).iter().flat_map(|text| text.split_whitespace().map(str::to_owned)).collect(),
        }
    }
}

/// What dbt called a setting's variable once.
fn old_name(name: &str) -> Option<&'static str> {
    match name {
        "DEFER" => Some("DEFER_TO_STATE"),
        "FAVOR_STATE" => Some("FAVOR_STATE_MODE"),
        "STATE" => Some("ARTIFACT_STATE_PATH"),
        _ => None,
    }
}

/// The mapping at a key of a YAML file, with its keys in lower case; empty if there is none.
fn mapping(world: &World, path: &Path, key: &str) -> Map<String, Json> {
    let yaml = world.read(path, path).and_then(|file| yaml::parse(&file)).map(|(yaml, _)| yaml);
    match yaml.ok().and_then(|yaml| yaml.get(key).map(yaml::Yaml::to_json)) {
        Some(Json::Object(flags)) => flags.into_iter().map(|(name, value)| (name.to_lowercase(), value)).collect(),
        _ => Map::new(),
    }
}

fn truth(name: &str, text: &str) -> Result<bool> {
    match text.trim().to_lowercase().as_str() {
        "1" | "true" | "t" | "yes" | "y" | "on" => Ok(true),
        "0" | "false" | "f" | "no" | "n" | "off" => Ok(false),
        _ => Err(wrong(name, text, "true or false")),
    }
}

fn wrong(name: &str, text: &str, wanted: &str) -> Box<Diagnostic> {
    Diagnostic::error(Code::USAGE, format!("The setting {name} is '{text}', but must be {wanted}.")).hint(format!(
        "It comes from SQLBUILD_{name} or DBT_{name} in the environment, or from 'flags:' of dbt_project.yml."
    ))
}

/// The folder of the project: as given, else the current directory or the nearest one above it that holds one.
pub fn project_dir(given: Option<&Path>, world: &World) -> PathBuf {
    let named = given.map(Path::to_owned).or_else(|| world.setting("PROJECT_DIR").map(PathBuf::from));
    if let Some(dir) = named {
        return world.cwd().join(dir);
    }
    let holds_project = |dir: &&Path| dir.join("dbt_project.yml").is_file();
    world.cwd().ancestors().find(holds_project).unwrap_or(world.cwd()).to_owned()
}

#[cfg(test)]
mod tests {
    use super::*;
    use jiff::Timestamp;
    use std::collections::BTreeMap;

    #[test]
    fn the_command_line_wins_over_the_environment_over_the_project() {
        let dir = tempfile::tempdir().unwrap();
        std::fs::write(dir.path().join("dbt_project.yml"), "flags:\n  FAIL_FAST: true\n  printer_width: 100\n")
            .unwrap();
        let env = |pairs: &[(&str, &str)]| {
            let env: BTreeMap<_, _> = pairs.iter().map(|(k, v)| ((*k).to_owned(), (*v).to_owned())).collect();
            World::fixed(dir.path(), env, Timestamp::UNIX_EPOCH)
        };
        let world = env(&[]);
        let settings = Settings::new(&world, dir.path(), None).unwrap();
        assert!(settings.switch(None, "FAIL_FAST", false).unwrap());
        assert!(!settings.switch(Some(false), "FAIL_FAST", false).unwrap());
        assert_eq!(settings.number(None, "PRINTER_WIDTH").unwrap(), Some(100));
        let world = env(&[("DBT_FAIL_FAST", "0"), ("SQLBUILD_PRINTER_WIDTH", "7"), ("DBT_ENGINE_QUIET", "t")]);
        let settings = Settings::new(&world, dir.path(), None).unwrap();
        assert!(!settings.switch(None, "FAIL_FAST", false).unwrap());
        assert!(settings.switch(None, "QUIET", false).unwrap());
        assert_eq!(settings.number(None, "PRINTER_WIDTH").unwrap(), Some(7));
        let world = env(&[("DBT_FAIL_FAST", "maybe")]);
        assert_eq!(
            Settings::new(&world, dir.path(), None).unwrap().switch(None, "FAIL_FAST", false).unwrap_err().code,
            Code::USAGE
        );
    }
}
