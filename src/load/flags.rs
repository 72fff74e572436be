//! The settings of a call: command line, else environment (`SQLBUILD_*`, `DBT_*`), else `flags:` of dbt_project.yml, else default.

use super::CallVariables;
use jiff::Timestamp;
use serde_json::{Map, Value as Json};
use std::path::PathBuf;

/// Every setting, with its value for this call. Names are dbt's.
#[derive(Debug, Clone)]
pub struct Flags {
    /// The verb's last word: `run`, `generate`.
    pub which: String,
    /// `--project-dir`.
    pub project_dir: PathBuf,
    /// `--profiles-dir`.
    pub profiles_dir: Option<PathBuf>,
    /// `--profile`.
    pub profile: Option<String>,
    /// `--target`.
    pub target: Option<String>,
    /// `--target-path`.
    pub target_path: Option<PathBuf>,
    /// `--log-path`.
    pub log_path: Option<PathBuf>,
    /// `--threads`.
    pub threads: Option<usize>,
    /// `--vars`, parsed.
    pub vars: CallVariables,
    /// `--select`; several are a union.
    pub select: Vec<String>,
    /// `--exclude`.
    pub exclude: Vec<String>,
    /// `--selector`.
    pub selector: Option<String>,
    /// `--resource-type`.
    pub resource_types: Vec<String>,
    /// `--exclude-resource-type`.
    pub exclude_resource_types: Vec<String>,
    /// `--indirect-selection`.
    pub indirect_selection: IndirectSelection,
    /// `--full-refresh`.
    pub full_refresh: bool,
    /// `--fail-fast`.
    pub fail_fast: bool,
    /// `--empty`.
    pub empty: bool,
    /// `--sample`, as written.
    pub sample: Option<String>,
    /// `--event-time-start`.
    pub event_time_start: Option<Timestamp>,
    /// `--event-time-end`.
    pub event_time_end: Option<Timestamp>,
    /// `--as-of`: the run's clock, instead of the time of day.
    pub as_of: Option<Timestamp>,
    /// `--defer`.
    pub defer: bool,
    /// `--favor-state`.
    pub favor_state: bool,
    /// `--state`.
    pub state: Option<PathBuf>,
    /// `--defer-state`.
    pub defer_state: Option<PathBuf>,
    /// `--store-failures`.
    pub store_failures: bool,
    /// `--introspect`; off: templates may not query while compiling.
    pub introspect: bool,
    /// `--inject-ephemeral-ctes`; off: compiled queries leave out the queries of the ephemeral models that they read.
    pub inject_ephemeral_ctes: bool,
    /// `--warn-error`.
    pub warn_error: bool,
    /// `--warn-error-options`.
    pub warn_error_options: WarnErrorOptions,
    /// `--show-all-deprecations`.
    pub show_all_deprecations: bool,
    /// `--quiet`.
    pub quiet: bool,
    /// `--debug`.
    pub debug: bool,
    /// `--print`; off: templates' `print()` is silent.
    pub print: bool,
    /// `--write-json`.
    pub write_json: bool,
    /// `--use-colors`; `None`: when standard output is a terminal.
    pub use_colors: Option<bool>,
    /// `--log-format`: `text`, `json`, `debug` or `default`.
    pub log_format: String,
    /// `--log-level`.
    pub log_level: String,
    /// `--log-level-file`.
    pub log_level_file: String,
    /// `--log-format-file`.
    pub log_format_file: String,
    /// `--log-file-max-bytes`: the size at which a new log file is begun; 0: never.
    pub log_file_max_bytes: u64,
    /// `--printer-width`.
    pub printer_width: usize,
    /// `--partial-parse`.
    pub partial_parse: bool,
    /// `--cache-selected-only`.
    pub cache_selected_only: bool,
    /// `--version-check`.
    pub version_check: bool,
    /// Everything else of `flags:` in dbt_project.yml (behaviour changes), by its upper-case name.
    pub project_flags: Map<String, Json>,
}

impl Flags {
    /// A behaviour-change flag of `flags:`, by dbt's name for it in lower case.
    pub fn behavior(&self, name: &str, default: bool) -> bool {
        self.project_flags.get(&name.to_uppercase()).and_then(Json::as_bool).unwrap_or(default)
    }
}

/// Which tests go with the selected nodes.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub enum IndirectSelection {
    /// Each that touches a selected node.
    #[default]
    Eager,
    /// Those whose parents are all selected.
    Cautious,
    /// Those whose parents are selected or ancestors of selected nodes.
    Buildable,
    /// None but those named.
    Empty,
}

impl IndirectSelection {
    /// Every way.
    pub const ALL: [Self; 4] = [Self::Eager, Self::Cautious, Self::Buildable, Self::Empty];

    /// As written.
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Eager => "eager",
            Self::Cautious => "cautious",
            Self::Buildable => "buildable",
            Self::Empty => "empty",
        }
    }

    /// From its name.
    pub fn parse(name: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|mode| mode.as_str().eq_ignore_ascii_case(name))
    }
}

/// Which warnings become errors, or are silent.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct WarnErrorOptions {
    /// Names of dbt events or of diagnostic codes; `*` or `all` for every one.
    pub error: Vec<String>,
    /// Exceptions from `error`.
    pub warn: Vec<String>,
    /// Never shown.
    pub silence: Vec<String>,
    /// The keys of old releases that were used.
    pub old_keys: Vec<&'static str>,
}

impl Default for Flags {
    fn default() -> Self {
        Self {
            which: String::new(),
            project_dir: PathBuf::from("."),
            profiles_dir: None,
            profile: None,
            target: None,
            target_path: None,
            log_path: None,
            threads: None,
            vars: CallVariables::default(),
            select: vec![],
            exclude: vec![],
            selector: None,
            resource_types: vec![],
            exclude_resource_types: vec![],
            indirect_selection: IndirectSelection::Eager,
            full_refresh: false,
            fail_fast: false,
            empty: false,
            sample: None,
            event_time_start: None,
            event_time_end: None,
            as_of: None,
            defer: false,
            favor_state: false,
            state: None,
            defer_state: None,
            store_failures: false,
            introspect: true,
            inject_ephemeral_ctes: true,
            warn_error: false,
            warn_error_options: WarnErrorOptions::default(),
            show_all_deprecations: false,
            quiet: false,
            debug: false,
            print: true,
            write_json: true,
            use_colors: None,
            log_format: "default".into(),
            log_level: "info".into(),
            log_level_file: "debug".into(),
            log_format_file: "default".into(),
            log_file_max_bytes: 10 << 20,
            printer_width: 80,
            partial_parse: true,
            cache_selected_only: false,
            version_check: true,
            project_flags: Map::new(),
        }
    }
}
