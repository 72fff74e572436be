//! Options on where the project, its profile and an earlier state are.

use clap::Args;
use std::path::PathBuf;

/// Where things are.
#[derive(Debug, Clone, Default, Args)]
#[command(next_help_heading = "Project and connection")]
pub struct ProjectArguments {
    /// Folder of dbt_project.yml [default: here or above]
    #[arg(long, global = true, value_name = "DIR")]
    pub project_dir: Option<PathBuf>,
    /// Folder of profiles.yml [default: here, then ~/.dbt]
    #[arg(long, global = true, value_name = "DIR")]
    pub profiles_dir: Option<PathBuf>,
    /// The connection profile to use
    #[arg(long, global = true, value_name = "NAME")]
    pub profile: Option<String>,
    /// The profile's target to use, such as dev or prod
    #[arg(long, short, global = true, value_name = "NAME")]
    pub target: Option<String>,
    /// Variables for the templates, as YAML: '{day: 2024-01-01}'
    #[arg(long, global = true, value_name = "YAML")]
    pub vars: Option<String>,
    /// How many models may run at once
    #[arg(long, global = true, value_name = "N")]
    pub threads: Option<usize>,
    /// Where compiled SQL and results are written
    #[arg(long, global = true, value_name = "DIR")]
    pub target_path: Option<PathBuf>,
    /// Stop at the first failure
    #[arg(long, short = 'x', global = true)]
    pub fail_fast: Option<bool>,
    /// Refuse a project whose require-dbt-version does not fit
    #[arg(long, global = true, hide_short_help = true)]
    pub version_check: Option<bool>,
    /// Look up existing tables only in the schemas of the selected models
    #[arg(long, global = true, hide_short_help = true)]
    pub cache_selected_only: Option<bool>,
    /// Reuse what the last run has parsed
    #[arg(long, global = true, hide_short_help = true)]
    pub partial_parse: Option<bool>,
}

/// An earlier run to compare with.
#[derive(Debug, Clone, Default, Args)]
#[command(next_help_heading = "Comparing with an earlier run")]
pub struct StateArguments {
    /// Folder with the manifest.json (and run_results.json) of an earlier run
    #[arg(long, global = true, value_name = "DIR")]
    pub state: Option<PathBuf>,
    /// Read models that are not selected from the environment of --state
    #[arg(long, global = true)]
    pub defer: Option<bool>,
    /// Like --state, for --defer alone
    #[arg(long, global = true, value_name = "DIR", hide_short_help = true)]
    pub defer_state: Option<PathBuf>,
    /// With --defer: prefer the other environment even where a model exists here
    #[arg(long, global = true, hide_short_help = true)]
    pub favor_state: Option<bool>,
}
