//! `debug`: checks the project, the profile and the connection, one after the other.

use super::Call;
use super::settings::Settings;
use super::verb::{Outcome, Verb};
use crate::adapters::{Adapter, DatabaseError};
use crate::diagnostics::{Diagnostic, Result};
use crate::event::Silent;
use crate::load::{self, Flags, Output, Profile};
use std::path::{Path, PathBuf};
use std::sync::Arc;

/// The arguments of `debug`.
#[derive(Debug, Default, clap::Args)]
pub struct Arguments {
    /// Check the connection only
    #[arg(long)]
    pub connection: bool,
    /// Print the folder that holds profiles.yml, and do nothing else
    #[arg(long)]
    pub config_dir: bool,
}

impl Verb for Arguments {
    fn name(&self) -> &'static str {
        "debug"
    }

    fn settle(&self, _: &Settings<'_>, _: &mut Flags) -> Result<()> {
        Ok(())
    }

    fn needs_profile(&self) -> bool {
        false
    }

    fn run(&self, call: &Call) -> Result<Outcome> {
        let checks = Checks { call };
        let dirs = load::profiles_path(&call.world, call.flags());
        if self.config_dir {
            let dir = dirs.iter().find(|dir| dir.join(PROFILES).is_file()).or(dirs.last());
            dir.into_iter().for_each(|dir| checks.say(&checks.shown(dir)));
            return Ok(Outcome::Success);
        }
        checks.surroundings(&dirs);
        let profile = load::profile(&call.world, &call.invocation);
        let project = match &profile {
            Ok((profile, output)) => {
                let sink = call.reporter.as_ref();
                load::check_project(&call.world, &call.invocation, profile, output, sink)
            }
            Err(_) => load::root_project(&call.world, &call.invocation, &Silent).map(drop),
        };
        call.check_warnings()?;
        if self.connection {
            checks.say("Skipping steps before connection verification");
        } else {
            checks.configuration(&profile, &project, &dirs);
        }
        let mut failures: Vec<String> = vec![];
        failures.extend(profile.as_ref().err().map(|error| checks.profile_failure(error, &dirs)));
        let project = project.err();
        failures.extend(
            project.map(|error| format!("Project loading failed for the following reason:\n{}", checks.draw(&error))),
        );
        if let Ok((profile, output)) = &profile {
            failures.extend(checks.connection(profile, output.adapter.as_ref()));
        }
        Ok(checks.verdict(&failures))
    }
}

const PROFILES: &str = "profiles.yml";

struct Checks<'a> {
    call: &'a Call,
}

type Found = Result<(Profile, Arc<Output>)>;

impl Checks<'_> {
    fn say(&self, text: &str) {
        self.call.reporter.note(text);
    }

    fn draw(&self, error: &Diagnostic) -> String {
        self.call.reporter.draw(error)
    }

    /// A path as people know it: relative to the current directory where it is below that.
    fn shown(&self, path: &Path) -> String {
        path.strip_prefix(self.call.world.cwd())
            .ok()
            .filter(|rest| !rest.as_os_str().is_empty())
            .unwrap_or(path)
            .display()
            .to_string()
    }

    fn surroundings(&self, dirs: &[PathBuf]) {
        self.say(&format!("sqlbuild version: {}", env!("CARGO_PKG_VERSION")));
        self.say(&format!("works as dbt version: {}", load::DBT_VERSION));
        self.say(&format!("os info: {} {}", std::env::consts::OS, std::env::consts::ARCH));
        let dirs: Vec<String> = dirs.iter().map(|dir| self.shown(dir)).collect();
        self.say(&format!("Looking for {PROFILES} in {}", dirs.join(", then ")));
        let project = self.call.flags().project_dir.join("dbt_project.yml");
        self.say(&format!("Using dbt_project.yml file at {}", project.display()));
    }

    fn configuration<T>(&self, profile: &Found, project: &Result<T>, dirs: &[PathBuf]) {
        let exists = |path: PathBuf| path.is_file();
        let profile_state = state(profile.is_ok(), dirs.iter().any(|dir| exists(dir.join(PROFILES))));
        let project_state = state(project.is_ok(), exists(self.call.flags().project_dir.join("dbt_project.yml")));
        self.say("Configuration:");
        self.say(&format!("  profiles.yml file [{profile_state}]"));
        self.say(&format!("  dbt_project.yml file [{project_state}]"));
        if let Ok((profile, _)) = profile {
            self.say(&format!("  profile: {} [OK found]", profile.name));
            self.say(&format!("  target: {} [OK found]", profile.target.name));
        }
    }

    fn profile_failure(&self, error: &Diagnostic, dirs: &[PathBuf]) -> String {
        let reason = format!("Profile loading failed for the following reason:\n{}", self.draw(error));
        if dirs.iter().any(|dir| dir.join(PROFILES).is_file()) {
            return reason;
        }
        let dirs: Vec<String> = dirs.iter().map(|dir| self.shown(dir)).collect();
        format!(
            "{reason}sqlbuild like dbt looked for a profiles.yml file in {}, and there is none.\n",
            dirs.join(" and ")
        )
    }

    /// Connects and asks for a row; what failed, if anything.
    fn connection(&self, profile: &Profile, adapter: &dyn Adapter) -> Option<String> {
        self.say("Connection:");
        self.say(&format!("  adapter type: {}", profile.target.kind));
        for (name, value) in adapter.public_facts().iter().filter(|(_, value)| !value.is_null()) {
            self.say(&format!("  {name}: {}", value.as_str().map_or_else(|| value.to_string(), str::to_owned)));
        }
        match connect(adapter) {
            Ok(()) => {
                self.say("  Connection test: [OK connection ok]");
                None
            }
            Err(error) => {
                self.say("  Connection test: [ERROR]");
                let hint = error.hint.map(|hint| format!("\n{hint}")).unwrap_or_default();
                Some(format!("The database cannot be reached or refuses the login:\n  {}{hint}\n", error.message))
            }
        }
    }

    fn verdict(&self, failures: &[String]) -> Outcome {
        if failures.is_empty() {
            self.say("All checks passed!");
            return Outcome::Success;
        }
        let checks = if failures.len() == 1 { "check" } else { "checks" };
        self.say(&format!("{} {checks} failed:", failures.len()));
        failures.iter().for_each(|failure| self.say(failure));
        Outcome::Failure
    }
}

fn state(is_valid: bool, exists: bool) -> &'static str {
    match (is_valid, exists) {
        (true, _) => "OK found and valid",
        (false, true) => "ERROR invalid",
        (false, false) => "ERROR not found",
    }
}

fn connect(adapter: &dyn Adapter) -> Result<(), DatabaseError> {
    adapter.connect("debug")?.query("select 1 as id", Some(1)).map(drop)
}
