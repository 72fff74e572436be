//! Options that dbt has and that change nothing here: taken so that scripts go on working.

use clap::Args;

/// Accepted and ignored.
#[derive(Debug, Clone, Default, Args)]
#[allow(missing_docs)]
pub struct UnusedArguments {
    #[arg(long, global = true, hide = true)]
    pub send_anonymous_usage_stats: Option<bool>,
    #[arg(long, global = true, hide = true)]
    pub static_parser: Option<bool>,
    #[arg(long, global = true, hide = true)]
    pub use_experimental_parser: Option<bool>,
    #[arg(long, global = true, hide = true)]
    pub partial_parse_file_diff: Option<bool>,
    #[arg(long, global = true, hide = true)]
    pub partial_parse_file_path: Option<String>,
    #[arg(long, global = true, hide = true)]
    pub populate_cache: Option<bool>,
    #[arg(long, global = true, hide = true)]
    pub log_cache_events: Option<bool>,
    #[arg(long, global = true, hide = true)]
    pub macro_debugging: Option<bool>,
    #[arg(long, short, global = true, hide = true)]
    pub record_timing_info: Option<String>,
    #[arg(long, global = true, hide = true)]
    pub show_resource_report: Option<bool>,
    #[arg(long, global = true, hide = true)]
    pub single_threaded: Option<bool>,
    #[arg(long, global = true, hide = true)]
    pub sqlparse: Option<String>,
    #[arg(long, global = true, hide = true)]
    pub upload_to_artifacts_ingest_api: Option<bool>,
    #[arg(long, global = true, hide = true)]
    pub use_colors_file: Option<bool>,
    #[arg(long, global = true, hide = true)]
    pub use_fast_test_edges: Option<bool>,
}
