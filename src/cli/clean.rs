//! `clean`: deletes what earlier runs left.

use super::Call;
use super::settings::Settings;
use super::verb::{Outcome, Verb};
use crate::diagnostics::{Code, Diagnostic, Result};
use crate::load::{self, Flags};
use std::path::{Component, Path, PathBuf};

/// The arguments of `clean`.
#[derive(Debug, Default, clap::Args)]
pub struct Arguments {
    /// Refuse to delete anything outside the project's folder
    #[arg(long)]
    pub clean_project_files_only: Option<bool>,
}

impl Verb for Arguments {
    fn name(&self) -> &'static str {
        "clean"
    }

    fn settle(&self, _: &Settings<'_>, _: &mut Flags) -> Result<()> {
        Ok(())
    }

    fn run(&self, call: &Call) -> Result<Outcome> {
        let settings = load::settings(&call.world, &call.invocation, call.reporter.as_ref())?;
        let root = call.flags().project_dir.clone();
        let only_inside = self.clean_project_files_only.unwrap_or(true);
        let sources: Vec<PathBuf> = [
            &settings.model_paths, &settings.seed_paths, &settings.snapshot_paths, &settings.analysis_paths,
            &settings.test_paths, &settings.macro_paths,
        ]
        .into_iter()
        .flatten()
        .map(|path| normal(&root.join(path)))
        .collect();
        let targets: Vec<PathBuf> = settings.clean_targets.iter().map(|target| normal(&root.join(target))).collect();
        let root = normal(&root);
        for target in &targets {
            let refused = |why: &str| {
                Diagnostic::error(Code::PROJECT_INVALID, format!("'{}' will not be deleted: {why}.", target.display()))
                    .hint("Correct 'clean-targets' in dbt_project.yml.")
            };
            if only_inside && !target.starts_with(&root) {
                return Err(refused("it is outside the project").note("--no-clean-project-files-only allows it"));
            }
            if root.starts_with(target) || sources.iter().any(|source| source.starts_with(target) || target.starts_with(source)) {
                return Err(refused("it holds the project's own files"));
            }
        }
        for target in targets.iter().filter(|target| target.exists()) {
            delete(target)?;
            call.reporter.note(&format!("Deleted {}", target.display()));
        }
        Ok(Outcome::Success)
    }
}

fn delete(target: &Path) -> Result<()> {
    // A link is removed itself, never what it points to.
    let is_folder = target.symlink_metadata().is_ok_and(|facts| facts.is_dir());
    let deleted = if is_folder { std::fs::remove_dir_all(target) } else { std::fs::remove_file(target) };
    deleted.map_err(|error| Diagnostic::error(Code::IO, format!("Cannot delete {}: {error}", target.display())))
}

/// The path without `.` and `..`, as written: nothing is looked up.
fn normal(path: &Path) -> PathBuf {
    path.components().fold(PathBuf::new(), |mut normal, part| {
        match part {
            Component::CurDir => {}
            Component::ParentDir => {
                normal.pop();
            }
            part => normal.push(part),
        }
        normal
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn paths_cannot_escape_unseen() {
        assert_eq!(normal(Path::new("/a/b/../../c/./d")), Path::new("/c/d"));
    }
}
