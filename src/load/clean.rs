//! `clean`: what earlier runs left is deleted.

use super::Invocation;
use super::loading::{RootProject, root_project};
use crate::diagnostics::{Code, Diagnostic, Result};
use crate::event::{Event, EventSink, Level};
use crate::world::World;
use std::path::{Component, Path, PathBuf};
use std::sync::Arc;

/// Deletes the `clean-targets` of the project of a call. Refuses all of them if one holds sources or, while
/// `project_files_only`, lies outside of the project; the project's own folder and what holds it are never deleted.
pub fn clean(
    world: &Arc<World>,
    invocation: &Invocation,
    project_files_only: bool,
    sink: &dyn EventSink,
) -> Result<()> {
    let project = root_project(world, invocation, sink)?;
    let installs = &project.settings.packages_install_path;
    let cleans = |folder: &str| project.settings.clean_targets.iter().any(|target| target == folder);
    if cleans("dbt_modules") && !cleans(installs) {
        let message = format!("'clean-targets' names 'dbt_modules', but packages are installed into '{installs}'.");
        let warning = Diagnostic::warning(Code::INSTALL_PATH_DEPRECATED, message);
        sink.emit(Event::Warned(warning.hint(format!("Write '{installs}' instead."))));
    }
    let targets: Vec<(&String, PathBuf)> =
        project.settings.clean_targets.iter().map(|target| (target, resolved(&project.dir.join(target)))).collect();
    for (target, path) in &targets {
        check(&project, target, path, project_files_only)?;
    }
    for (target, path) in targets {
        let text = match delete(&path)? {
            true => format!("Deleted {target}"),
            false => format!("Nothing to delete at {target}"),
        };
        sink.emit(Event::Message { level: Level::Info, text });
    }
    Ok(())
}

fn check(project: &RootProject, target: &str, path: &Path, project_files_only: bool) -> Result<()> {
    let dir = resolved(&project.dir);
    let holds_source = |source: &str| resolved(&project.dir.join(source)).starts_with(path);
    let refusal = if dir.starts_with(path) {
        "it holds the project itself"
    } else if project.settings.source_paths().any(holds_source) {
        "it holds sources of the project"
    } else if project_files_only && !path.starts_with(&dir) {
        "it is outside of the project"
    } else {
        return Ok(());
    };
    let diagnostic = Diagnostic::error(Code::PROJECT_INVALID, format!("'{target}' is not deleted: {refusal}."));
    Err(match refusal {
        "it is outside of the project" => diagnostic.hint("--no-clean-project-files-only allows it."),
        _ => diagnostic.hint("Take it out of 'clean-targets' in dbt_project.yml."),
    })
}

/// The path without links and `..`, as far as it exists.
fn resolved(path: &Path) -> PathBuf {
    if let Ok(path) = path.canonicalize() {
        return path;
    }
    let parts: Vec<Component<'_>> = path.components().collect();
    match (parts.last(), path.parent()) {
        (Some(Component::Normal(name)), Some(parent)) => resolved(parent).join(name),
        (Some(Component::ParentDir), Some(parent)) => {
            let mut above = resolved(parent);
            above.pop();
            above
        }
        _ => path.to_owned(),
    }
}

/// Whether there was something to delete. Links are deleted, not what they lead to.
fn delete(path: &Path) -> Result<bool> {
    let result = match path.symlink_metadata() {
        Err(_) => return Ok(false),
        Ok(facts) if facts.is_dir() => std::fs::remove_dir_all(path),
        Ok(_) => std::fs::remove_file(path),
    };
    result
        .map(|()| true)
        .map_err(|error| Diagnostic::error(Code::IO, format!("Cannot delete {}: {error}", path.display())))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::event::Silent;
    use crate::load::trial::Trial;

    fn clean_targets(targets: &str, project_files_only: bool) -> (Trial, Result<()>) {
        let trial = Trial::new(&[
            ("shop/dbt_project.yml", &format!("name: shop\nclean-targets: {targets}\n")),
            ("shop/models/a.sql", "select 1"),
            ("shop/target/run/a.sql", "select 1"),
            ("outside/keep.txt", "x"),
        ])
        .project("shop");
        let result = clean(&trial.world, &trial.invocation, project_files_only, &Silent);
        (trial, result)
    }

    #[test]
    fn targets_are_deleted_sources_and_the_outside_are_not() {
        let (trial, result) = clean_targets("[target, missing]", true);
        result.unwrap();
        assert!(!trial.path("shop/target").exists() && trial.path("shop/models/a.sql").exists());
        for targets in ["[target, models]", "[.]", "['..']", "[target, ../outside]", "[models/sub/../..]"] {
            let (trial, result) = clean_targets(targets, true);
            assert_eq!(result.unwrap_err().code, Code::PROJECT_INVALID, "{targets}");
            assert!(trial.path("shop/target/run/a.sql").exists(), "{targets} deleted something");
        }
        let (trial, result) = clean_targets("[../outside]", false);
        result.unwrap();
        assert!(!trial.path("outside").exists());
        assert!(clean_targets("['..']", false).1.is_err());
    }

    #[cfg(unix)]
    #[test]
    fn a_link_out_of_the_project_is_not_followed() {
        let trial =
            Trial::new(&[("shop/dbt_project.yml", "name: shop\nclean-targets: [link]\n"), ("outside/keep.txt", "x")])
                .project("shop");
        std::os::unix::fs::symlink(trial.path("outside"), trial.path("shop/link")).unwrap();
        assert!(clean(&trial.world, &trial.invocation, true, &Silent).is_err());
        assert!(trial.path("outside/keep.txt").exists());
    }
}
