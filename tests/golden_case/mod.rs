//! One golden project: its script, and a run of it on an engine.

mod database;
mod script;

pub use database::Engine;

use database::Database;
use script::Step;
use std::fmt::Write;
use std::path::{Path, PathBuf};
use std::process::Command;

/// A folder of `golden/`.
pub struct Case {
    /// The folder's name.
    pub name: String,
    /// What it shows: the script's leading comment.
    pub about: String,
    /// Where it runs.
    pub engines: Vec<Engine>,
    folder: PathBuf,
    steps: Vec<Step>,
}

impl Case {
    /// Reads the folder's script.
    pub fn read(folder: &Path) -> Result<Self, String> {
        let text = std::fs::read_to_string(folder.join("script")).map_err(|error| error.to_string())?;
        let script = script::parse(&text)?;
        Ok(Self {
            name: folder.file_name().unwrap_or_default().to_string_lossy().into_owned(),
            about: script.about,
            engines: script.engines,
            folder: folder.to_owned(),
            steps: script.steps,
        })
    }

    /// Runs every step in a fresh copy of the project on a fresh database; gives back what was seen.
    pub fn run(&self, engine: Engine) -> Result<String, String> {
        let place = tempfile::tempdir().map_err(|error| error.to_string())?;
        let project = place.path().join("project");
        copy(&self.folder, &project)?;
        let database = Database::create(engine, &self.name, &project)?;
        if !project.join("profiles.yml").exists() {
            std::fs::write(project.join("profiles.yml"), database.profiles()).map_err(|error| error.to_string())?;
        }
        let mut seen = String::new();
        for step in &self.steps {
            self.take(step, engine, &project, &database, &mut seen)?;
        }
        Ok(normalized(&seen, &project))
    }

    fn take(
        &self,
        step: &Step,
        engine: Engine,
        project: &Path,
        database: &Database,
        seen: &mut String,
    ) -> Result<(), String> {
        let shown = |result: std::fmt::Result| result.map_err(|error| error.to_string());
        match step {
            Step::Only { engine: only, step } if *only == engine => self.take(step, engine, project, database, seen)?,
            Step::Only { .. } => {}
            Step::Run { arguments, env } => {
                let envs: Vec<_> = env.iter().map(|(name, value)| format!("{name}={value} ")).collect();
                shown(writeln!(seen, "$ {}sqlbuild {}", envs.concat(), arguments.join(" ")))?;
                let output = Command::new(env!("CARGO_BIN_EXE_sqlbuild"))
                    .args(arguments)
                    .current_dir(project)
                    .env_clear()
                    .envs(["PATH", "LD_LIBRARY_PATH"].iter().filter_map(|name| Some((name, std::env::var_os(name)?))))
                    .env("HOME", project.with_file_name("home"))
                    .envs(database.environment())
                    .envs(env.iter().cloned())
                    .output()
                    .map_err(|error| format!("the binary does not start: {error}"))?;
                seen.push_str(&String::from_utf8_lossy(&output.stdout));
                seen.push_str(&String::from_utf8_lossy(&output.stderr));
                shown(writeln!(seen, "exit code {}\n", output.status.code().unwrap_or(-1)))?;
            }
            Step::Query(sql) => {
                shown(writeln!(seen, "> {sql}"))?;
                shown(writeln!(seen, "{}", database.query(sql)?))?;
            }
            Step::Execute(sql) => {
                shown(writeln!(seen, "! {sql}\n"))?;
                database.execute(sql)?;
            }
            Step::Write { path, text } => {
                shown(writeln!(seen, "(writes {path})\n"))?;
                let target = project.join(path);
                std::fs::create_dir_all(target.parent().unwrap_or(project)).map_err(|error| error.to_string())?;
                std::fs::write(target, text).map_err(|error| error.to_string())?;
            }
            Step::Remove(path) => {
                shown(writeln!(seen, "(removes {path})\n"))?;
                std::fs::remove_file(project.join(path)).map_err(|error| format!("{path}: {error}"))?;
            }
            Step::Show(path) => {
                let text = std::fs::read_to_string(project.join(path)).unwrap_or_else(|error| format!("({error})"));
                shown(writeln!(seen, "--- {path}\n{}\n", text.trim_end()))?;
            }
        }
        Ok(())
    }
}

fn copy(from: &Path, to: &Path) -> Result<(), String> {
    for entry in walkdir::WalkDir::new(from).min_depth(1) {
        let entry = entry.map_err(|error| error.to_string())?;
        let target = to.join(entry.path().strip_prefix(from).map_err(|error| error.to_string())?);
        let done = if entry.file_type().is_dir() {
            std::fs::create_dir_all(&target)
        } else {
            std::fs::create_dir_all(to).and_then(|()| std::fs::copy(entry.path(), &target)).map(drop)
        };
        done.map_err(|error| format!("{}: {error}", target.display()))?;
    }
    Ok(())
}

/// The text without what differs from run to run: times, places, versions, ids.
fn normalized(text: &str, project: &Path) -> String {
    let home = project.with_file_name("home").display().to_string();
    let mut text = text.replace(&project.display().to_string(), "<project>").replace(&home, "<home>");
    for (pattern, with) in [
        (r"127\.0\.0\.1:\d{4,}", "<server>"),
        // As wide as a time below ten seconds.
        (r"(?m)(?<=  )\d(\d\.\d{2}s)$", " $1"),
        (r"\d+(\.\d+)? ?m?s\b", "<time>"),
        (r"\d{2}:\d{2}:\d{2}(\.\d+)?(Z|[+-]\d{2}:\d{2})?( \|)", "<clock>$3"),
        (r"(?m)^\d{2}:\d{2}:\d{2} +", ""),
        (r"[0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12}", "<uuid>"),
        (r"sqlbuild \d+\.\d+\.\d+", "sqlbuild <version>"),
        (r"(?m)[ \t]+$", ""),
    ] {
        text = fancy_regex::Regex::new(pattern).expect("the pattern is valid").replace_all(&text, with).into_owned();
    }
    text
}
