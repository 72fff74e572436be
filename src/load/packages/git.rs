//! Git repositories, by the `git` program.

use super::request::invalid;
use crate::diagnostics::{Diagnostic, Result};
use std::path::{Path, PathBuf};
use std::process::Command;
use walkdir::WalkDir;

/// Checks a revision out (the default branch's head if none) into the new folder `into`; returns the commit.
/// The folder holds no repository afterwards, and no links that lead out of it.
pub fn check_out(url: &str, revision: Option<&str>, into: &Path) -> Result<String, Failure> {
    std::fs::create_dir_all(into).map_err(|error| Failure::Other(error.to_string()))?;
    run(into, &["init", "--quiet"])?;
    let wanted = revision.unwrap_or("HEAD");
    let shallow = run(into, &["fetch", "--quiet", "--depth", "1", "--", url, wanted]);
    let commit = match shallow {
        Ok(_) => "FETCH_HEAD".to_owned(),
        // A shortened commit id, or a server that gives out no single commits: everything is needed to find it.
        Err(Failure::Git(_)) if revision.is_some_and(is_hexadecimal) => {
            run(into, &["fetch", "--quiet", "--tags", "--", url, "+refs/heads/*:refs/remotes/origin/*"])?;
            wanted.to_owned()
        }
        Err(failure) => return Err(failure),
    };
    let commit = run(into, &["rev-parse", "--verify", "--end-of-options", &format!("{commit}^{{commit}}")])?;
    run(into, &["checkout", "--quiet", "--detach", commit.trim()])?;
    std::fs::remove_dir_all(into.join(".git")).map_err(|error| Failure::Other(error.to_string()))?;
    refuse_links_out(into)?;
    Ok(commit.trim().to_owned())
}

/// Why a repository could not be fetched.
#[derive(Debug)]
pub enum Failure {
    /// git said so.
    Git(String),
    /// Something else.
    Other(String),
}

impl Failure {
    /// The error for people; `url` without secrets.
    pub fn diagnostic(self, url: &str, revision: Option<&str>) -> Box<Diagnostic> {
        let what = revision.map_or_else(String::new, |revision| format!(" at revision '{revision}'"));
        let diagnostic = invalid(format!("The git repository {url}{what} cannot be fetched."));
        match self {
            Self::Git(said) => diagnostic.note(format!("git says:\n{}", said.trim())),
            Self::Other(reason) => diagnostic.note(reason),
        }
    }
}

fn is_hexadecimal(revision: &str) -> bool {
    revision.len() >= 4 && revision.chars().all(|c| c.is_ascii_hexdigit())
}

fn run(dir: &Path, args: &[&str]) -> Result<String, Failure> {
    let output = Command::new("git")
        .current_dir(dir)
        // Neither the caller's repository nor helpers that a URL can name take part.
        .env_remove("GIT_DIR")
        .env_remove("GIT_WORK_TREE")
        .env_remove("GIT_INDEX_FILE")
        .env("GIT_ALLOW_PROTOCOL", "file:git:http:https:ssh")
        .env("LC_ALL", "C")
        .args(["-c", "advice.detachedHead=false"])
        .args(args)
        .stdin(std::process::Stdio::null())
        .output()
        .map_err(|error| Failure::Other(format!("Cannot start git: {error}. Is it installed?")))?;
    if output.status.success() {
        Ok(String::from_utf8_lossy(&output.stdout).into_owned())
    } else {
        Err(Failure::Git(String::from_utf8_lossy(&output.stderr).into_owned()))
    }
}

fn refuse_links_out(dir: &Path) -> Result<(), Failure> {
    let top = dir.canonicalize().map_err(|error| Failure::Other(error.to_string()))?;
    for entry in WalkDir::new(&top).into_iter().flatten().filter(|entry| entry.path_is_symlink()) {
        let stays = entry.path().canonicalize().is_ok_and(|target: PathBuf| target.starts_with(&top));
        if !stays {
            let path = entry.path().strip_prefix(&top).unwrap_or(entry.path()).display().to_string();
            return Err(Failure::Other(format!("The link '{path}' leads out of the repository.")));
        }
    }
    Ok(())
}
