//! Options on which nodes a verb works on, and how.

use crate::cli::flags::moment;
use crate::cli::settings::Settings;
use crate::diagnostics::{Code, Diagnostic, Result, nearest};
use crate::load::{Flags, IndirectSelection};
use clap::Args;
use serde_json::{Map, Value as Json};

/// Which nodes.
#[derive(Debug, Clone, Default, Args)]
#[command(next_help_heading = "Selection")]
pub struct SelectionArguments {
    /// What to take: names, paths, tag:…, +parents, children+ [default: everything]
    #[arg(long, short, num_args = 1.., action = clap::ArgAction::Append, value_name = "NODES", visible_short_alias = 'm', aliases = ["models", "model"])]
    pub select: Vec<String>,
    /// How --select is narrowed down.
    #[command(flatten)]
    pub narrowing: NarrowingArguments,
}

/// How a selection is narrowed down.
#[derive(Debug, Clone, Default, Args)]
#[command(next_help_heading = "Selection")]
pub struct NarrowingArguments {
    /// What to leave out
    #[arg(long, num_args = 1.., action = clap::ArgAction::Append, value_name = "NODES")]
    pub exclude: Vec<String>,
    /// Take what this selector of selectors.yml names
    #[arg(long, value_name = "NAME")]
    pub selector: Option<String>,
}

/// Which tests come with the selected nodes.
#[derive(Debug, Clone, Default, Args)]
#[command(next_help_heading = "Selection")]
pub struct IndirectArguments {
    /// Which tests come with the selected nodes
    #[arg(long, global = true, value_name = "MODE", ignore_case = true, hide_short_help = true, value_parser = IndirectSelection::ALL.map(IndirectSelection::as_str))]
    pub indirect_selection: Option<String>,
}

/// Which kinds of nodes.
#[derive(Debug, Clone, Default, Args)]
#[command(next_help_heading = "Selection")]
pub struct TypeArguments {
    /// Take only these kinds, such as model or test
    #[arg(long = "resource-type", alias = "resource-types", num_args = 1.., action = clap::ArgAction::Append, value_name = "TYPE", value_parser = kinds)]
    pub resource_types: Vec<String>,
    /// Leave out these kinds
    #[arg(long = "exclude-resource-type", alias = "exclude-resource-types", num_args = 1.., action = clap::ArgAction::Append, value_name = "TYPE", value_parser = kinds)]
    pub exclude_resource_types: Vec<String>,
}

const RESOURCE_TYPES: [&str; 14] = [
    "model",
    "seed",
    "snapshot",
    "test",
    "unit_test",
    "source",
    "exposure",
    "analysis",
    "metric",
    "semantic_model",
    "saved_query",
    "function",
    "default",
    "all",
];

/// One kind, or several separated by blanks.
fn kinds(text: &str) -> Result<String, String> {
    let text = text.to_lowercase();
    match text.split_whitespace().find(|kind| !RESOURCE_TYPES.contains(kind)) {
        Some(unknown) => {
            let known = RESOURCE_TYPES.join(", ");
            let near = nearest(unknown, RESOURCE_TYPES).first().map(|near| format!("; did you mean '{near}'?"));
            Err(format!("there is no kind '{unknown}'{} [possible values: {known}]", near.unwrap_or_default()))
        }
        None => Ok(text),
    }
}

/// How nodes are built.
#[derive(Debug, Clone, Default, Args)]
#[command(next_help_heading = "Building")]
pub struct NodeArguments {
    /// Build incremental models and seeds from scratch
    #[arg(long, short)]
    pub full_refresh: Option<bool>,
    /// Build with no rows: checks the SQL cheaply
    #[arg(long)]
    pub empty: Option<bool>,
}

/// Which part of the time.
#[derive(Debug, Clone, Default, Args)]
#[command(next_help_heading = "Building")]
pub struct WindowArguments {
    /// For microbatch models: the first moment to build
    #[arg(long, value_name = "TIME")]
    pub event_time_start: Option<String>,
    /// For microbatch models: the moment to stop before
    #[arg(long, value_name = "TIME")]
    pub event_time_end: Option<String>,
    /// Build from a recent part of the inputs only, such as '3 days'
    #[arg(long, value_name = "WINDOW")]
    pub sample: Option<String>,
}

/// The run's clock.
#[derive(Debug, Clone, Default, Args)]
#[command(next_help_heading = "Building")]
pub struct ClockArguments {
    /// The run's clock, instead of the time of day: when snapshots look, run_started_at
    #[arg(long, value_name = "TIME")]
    pub as_of: Option<String>,
}

/// What becomes of the rows that make tests fail.
#[derive(Debug, Clone, Default, Args)]
#[command(next_help_heading = "Building")]
pub struct FailureArguments {
    /// Keep the rows that fail tests in tables
    #[arg(long)]
    pub store_failures: Option<bool>,
}

/// What is shown of the data.
#[derive(Debug, Clone, Default, Args)]
#[command(next_help_heading = "Output")]
pub struct PreviewArguments {
    /// Show the first rows of each seed
    #[arg(long)]
    pub show: Option<bool>,
}

impl SelectionArguments {
    /// Puts them into the settings.
    pub fn settle(&self, settings: &Settings<'_>, flags: &mut Flags) -> Result<()> {
        flags.select.clone_from(&self.select);
        self.narrowing.settle(settings, flags)
    }
}

impl NarrowingArguments {
    /// Puts them into the settings.
    pub fn settle(&self, _: &Settings<'_>, flags: &mut Flags) -> Result<()> {
        flags.exclude.clone_from(&self.exclude);
        flags.selector.clone_from(&self.selector);
        Ok(())
    }
}

impl TypeArguments {
    /// Puts them into the settings.
    pub fn settle(&self, settings: &Settings<'_>, flags: &mut Flags) -> Result<()> {
        flags.resource_types = settings.list(&self.resource_types, "RESOURCE_TYPES");
        flags.exclude_resource_types = settings.list(&self.exclude_resource_types, "EXCLUDE_RESOURCE_TYPES");
        Ok(())
    }
}

impl NodeArguments {
    /// Puts them into the settings.
    pub fn settle(&self, settings: &Settings<'_>, flags: &mut Flags) -> Result<()> {
        flags.full_refresh = settings.switch(self.full_refresh, "FULL_REFRESH", false)?;
        flags.empty = settings.switch(self.empty, "EMPTY", false)?;
        Ok(())
    }
}

impl WindowArguments {
    /// Puts them into the settings.
    pub fn settle(&self, settings: &Settings<'_>, flags: &mut Flags) -> Result<()> {
        let moment = |given: &Option<String>, option: &str, name: &str| {
            settings.text(given.as_deref(), name).map(|text| moment(option, &text)).transpose()
        };
        flags.event_time_start = moment(&self.event_time_start, "--event-time-start", "EVENT_TIME_START")?;
        flags.event_time_end = moment(&self.event_time_end, "--event-time-end", "EVENT_TIME_END")?;
        flags.sample = settings.text(self.sample.as_deref(), "SAMPLE");
        match (flags.event_time_start, flags.event_time_end) {
            (Some(start), Some(end)) if start >= end => {
                Err(Diagnostic::error(Code::USAGE, "--event-time-start must be before --event-time-end."))
            }
            (Some(_), None) | (None, Some(_)) => {
                Err(Diagnostic::error(Code::USAGE, "--event-time-start and --event-time-end go together.")
                    .hint("Give both, or neither."))
            }
            _ => Ok(()),
        }
    }
}

impl ClockArguments {
    /// Puts them into the settings.
    pub fn settle(&self, settings: &Settings<'_>, flags: &mut Flags) -> Result<()> {
        let exact = |text: String| text.parse().or_else(|_| moment("--as-of", &text));
        flags.as_of = settings.text(self.as_of.as_deref(), "AS_OF").map(exact).transpose()?;
        Ok(())
    }
}

impl FailureArguments {
    /// Puts them into the settings.
    pub fn settle(&self, settings: &Settings<'_>, flags: &mut Flags) -> Result<()> {
        flags.store_failures = settings.switch(self.store_failures, "STORE_FAILURES", false)?;
        Ok(())
    }
}

impl PreviewArguments {
    /// Whether rows are shown.
    pub fn is_wanted(&self) -> bool {
        self.show == Some(true)
    }

    /// Whether rows are shown is the verb's own affair: there is nothing to put into the settings.
    pub fn settle(&self, _: &Settings<'_>, _: &mut Flags) -> Result<()> {
        Ok(())
    }

    /// As artifacts list them.
    pub fn extra_args(&self) -> Map<String, Json> {
        [("show".to_owned(), self.show.unwrap_or(false).into())].into_iter().collect()
    }
}
