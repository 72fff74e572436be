//! Options on what is shown and written.

use clap::Args;
use std::path::PathBuf;

/// What is shown and written.
#[derive(Debug, Clone, Default, Args)]
#[command(next_help_heading = "Output")]
pub struct LogArguments {
    /// Show errors only
    #[arg(long, short, global = true)]
    pub quiet: Option<bool>,
    /// Show every step
    #[arg(long, short, global = true)]
    pub debug: Option<bool>,
    /// How messages are written
    #[arg(long, global = true, value_name = "FORMAT", ignore_case = true, value_parser = FORMATS)]
    pub log_format: Option<String>,
    /// The least important messages to show
    #[arg(long, global = true, value_name = "LEVEL", ignore_case = true, value_parser = LEVELS)]
    pub log_level: Option<String>,
    /// Like --log-format, for the log file
    #[arg(long, global = true, value_name = "FORMAT", ignore_case = true, value_parser = FORMATS, hide_short_help = true)]
    pub log_format_file: Option<String>,
    /// Like --log-level, for the log file
    #[arg(long, global = true, value_name = "LEVEL", ignore_case = true, value_parser = LEVELS, hide_short_help = true)]
    pub log_level_file: Option<String>,
    /// Folder of the log file
    #[arg(long, global = true, value_name = "DIR", hide_short_help = true)]
    pub log_path: Option<PathBuf>,
    /// Size in bytes at which a new log file is begun; 0: never
    #[arg(long, global = true, value_name = "BYTES", hide_short_help = true)]
    pub log_file_max_bytes: Option<u64>,
    /// Use colours
    #[arg(long, global = true)]
    pub use_colors: Option<bool>,
    /// Do not use colours
    #[arg(long, global = true, overrides_with = "use_colors")]
    pub no_color: bool,
    /// Show what templates print()
    #[arg(long, global = true, hide_short_help = true)]
    pub print: Option<bool>,
    /// Width of status lines, in characters
    #[arg(long, global = true, value_name = "N", hide_short_help = true)]
    pub printer_width: Option<usize>,
    /// Write manifest.json and run_results.json
    #[arg(long, global = true, hide_short_help = true)]
    pub write_json: Option<bool>,
    /// Treat every warning as an error
    #[arg(long, global = true)]
    pub warn_error: Option<bool>,
    /// Which warnings are errors or silent, as YAML: '{error: all, warn: [SB0309]}'
    #[arg(long, global = true, value_name = "YAML", hide_short_help = true)]
    pub warn_error_options: Option<String>,
    /// Show every deprecation, not only the first of its kind
    #[arg(long, global = true, hide_short_help = true)]
    pub show_all_deprecations: Option<bool>,
}

const FORMATS: [&str; 4] = ["text", "json", "debug", "default"];
const LEVELS: [&str; 5] = ["debug", "info", "warn", "error", "none"];
