//! A project and its packages.

use super::{CallVariables, Profile, ProjectFile};
use crate::adapters::{Dialect, Parts};
use crate::diagnostics::SourceFile;
use crate::yaml::Yaml;
use indexmap::IndexMap;
use std::path::PathBuf;
use std::sync::Arc;

/// Everything that was read from disk, before any of it is understood as nodes.
#[derive(Debug)]
pub struct Project {
    /// The root project first, then its packages by the names of their folders.
    pub packages: IndexMap<String, Arc<Package>>,
    /// The connection profile.
    pub profile: Profile,
    /// `--vars`, which win over every `vars:` of a project.
    pub cli_vars: CallVariables,
    /// `selectors.yml`, if there is one.
    pub selectors: Option<Yaml>,
}

impl Project {
    /// The project that was asked for.
    pub fn root(&self) -> &Arc<Package> {
        &self.packages[0]
    }

    /// All files, in the order of packages and their files.
    pub fn files(&self) -> impl Iterator<Item = &ProjectFile> {
        self.packages.values().flat_map(|package| &package.files)
    }
}

/// The root project or an installed package.
#[derive(Debug, Clone)]
pub struct Package {
    /// `name:` of its dbt_project.yml.
    pub name: String,
    /// Its folder.
    pub dir: PathBuf,
    /// Its folder as shown to people: empty for the root project, `dbt_packages/x` for a package.
    pub shown_dir: PathBuf,
    /// Its dbt_project.yml.
    pub file: Arc<SourceFile>,
    /// What that file says.
    pub settings: PackageSettings,
    /// Its source texts.
    pub files: Vec<ProjectFile>,
}

/// What a dbt_project.yml says, rendered, with its spans.
#[derive(Debug, Clone)]
pub struct PackageSettings {
    /// `version:`, as text.
    pub version: Option<String>,
    /// `profile:`.
    pub profile: Option<String>,
    /// `model-paths:`.
    pub model_paths: Vec<String>,
    /// `seed-paths:`.
    pub seed_paths: Vec<String>,
    /// `snapshot-paths:`.
    pub snapshot_paths: Vec<String>,
    /// `analysis-paths:`.
    pub analysis_paths: Vec<String>,
    /// `test-paths:`.
    pub test_paths: Vec<String>,
    /// `macro-paths:`.
    pub macro_paths: Vec<String>,
    /// `function-paths:`.
    pub function_paths: Vec<String>,
    /// `docs-paths:`; `None`: all of the above.
    pub docs_paths: Option<Vec<String>>,
    /// `asset-paths:`.
    pub asset_paths: Vec<String>,
    /// `target-path:`.
    pub target_path: String,
    /// `log-path:`.
    pub log_path: String,
    /// `packages-install-path:`.
    pub packages_install_path: String,
    /// `clean-targets:`.
    pub clean_targets: Vec<String>,
    /// The config trees by the section's name: `models`, `seeds`, `snapshots`, `tests` (`data_tests` is merged into
    /// it), `sources`, `exposures`, `metrics`, `unit_tests`, `functions`, `analyses`, `semantic-models`, `saved-queries`.
    pub config_trees: IndexMap<String, Yaml>,
    /// `vars:`.
    pub vars: Option<Yaml>,
    /// `dispatch:`: macro namespace → packages to search, in order.
    pub dispatch: IndexMap<String, Vec<String>>,
    /// `quoting:`.
    pub quoting: Quoting,
    /// `on-run-start:`, unrendered.
    pub on_run_start: Vec<Yaml>,
    /// `on-run-end:`, unrendered.
    pub on_run_end: Vec<Yaml>,
    /// `query-comment:`.
    pub query_comment: QueryComment,
    /// `flags:`.
    pub flags: IndexMap<String, serde_json::Value>,
    /// `require-dbt-version:`.
    pub require_dbt_version: Vec<String>,
    /// `restrict-access:`.
    pub restrict_access: bool,
    /// The whole file as written, for templates and artifacts that ask for it.
    pub raw: serde_json::Value,
}

impl PackageSettings {
    /// The folders that hold what people write, relative to the package.
    pub fn source_paths(&self) -> impl Iterator<Item = &str> {
        let sections = [
            &self.model_paths,
            &self.seed_paths,
            &self.snapshot_paths,
            &self.analysis_paths,
            &self.test_paths,
            &self.macro_paths,
            &self.function_paths,
        ];
        sections.into_iter().flatten().chain(self.docs_paths.iter().flatten()).map(String::as_str)
    }
}

/// Which parts of relation names are quoted; `None`: as the engine's default says.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct Quoting {
    /// The database.
    pub database: Option<bool>,
    /// The schema.
    pub schema: Option<bool>,
    /// The identifier.
    pub identifier: Option<bool>,
}

impl Quoting {
    /// The choice for each part.
    pub fn parts(self, dialect: &Dialect) -> Parts {
        let default = dialect.quoting();
        Parts {
            database: self.database.unwrap_or(default.database),
            schema: self.schema.unwrap_or(default.schema),
            identifier: self.identifier.unwrap_or(default.identifier),
        }
    }
}

/// The comment that is added to each statement.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum QueryComment {
    /// The built-in one: a JSON object that names the node.
    Default {
        /// After the statement instead of before it; `None`: as the engine's default says.
        append: Option<bool>,
    },
    /// None.
    Off,
    /// A template.
    Template {
        /// Its text.
        text: String,
        /// After the statement instead of before it; `None`: as the engine's default says.
        append: Option<bool>,
    },
}
