//! What can be written on the command line: dbt's verbs and options, with their short forms.

mod log;
mod parser;
mod project;
mod selection;
mod unused;

pub use log::LogArguments;
pub use parser::{Parsed, option_names, parse};
pub use project::{ProjectArguments, StateArguments};
pub use selection::{
    ClockArguments, FailureArguments, IndirectArguments, NarrowingArguments, NodeArguments, PreviewArguments,
    SelectionArguments, TypeArguments, WindowArguments,
};
pub use unused::UnusedArguments;

use super::verb::Verb;
use super::{
    build, clean, clone, compile, debug, deps, docs_generate, docs_serve, init, list, parse as parse_verb, retry, run,
    run_operation, seed, show, snapshot, source_freshness, test,
};
use clap::{Args, Parser, Subcommand};

/// The whole command line.
#[derive(Debug, Parser)]
#[command(
    name = "sqlbuild",
    bin_name = "sqlbuild",
    version,
    disable_version_flag = true,
    about = "Turn a folder of SQL models into tables and views",
    after_help = "Every on/off option also has a --no-… form, such as --no-quiet.",
    arg_required_else_help = true,
    args_override_self = true,
    max_term_width = 110
)]
pub struct Arguments {
    /// Where things are.
    #[command(flatten)]
    pub project: ProjectArguments,
    /// An earlier run to compare with.
    #[command(flatten)]
    pub state: StateArguments,
    /// Which tests come along.
    #[command(flatten)]
    pub indirect: IndirectArguments,
    /// What is shown and written.
    #[command(flatten)]
    pub log: LogArguments,
    /// Options of dbt that change nothing here.
    #[command(flatten)]
    pub unused: UnusedArguments,
    /// Print the version
    #[arg(long, short = 'v', short_alias = 'V', action = clap::ArgAction::Version)]
    pub version: Option<bool>,
    /// What to do.
    #[command(subcommand)]
    pub verb: VerbArguments,
}

/// What to do.
#[derive(Debug, Subcommand)]
pub enum VerbArguments {
    /// Start a new project
    Init(init::Arguments),
    /// Check the project, the profile and the connection
    Debug(debug::Arguments),
    /// Install the packages that the project uses
    Deps(deps::Arguments),
    /// Delete what earlier runs left: the clean-targets folders
    Clean(clean::Arguments),
    /// Read the whole project and write manifest.json
    Parse(parse_verb::Arguments),
    /// List models, tests, sources and so on
    #[command(alias = "ls")]
    List(list::Arguments),
    /// Write the final SQL to the target folder, without running it
    Compile(compile::Arguments),
    /// Print the first rows of a model or query
    Show(show::Arguments),
    /// Load CSV files into the database
    Seed(seed::Arguments),
    /// Build the models
    Run(run::Arguments),
    /// Run the data tests and unit tests
    Test(test::Arguments),
    /// Record how rows changed since the last snapshot
    Snapshot(snapshot::Arguments),
    /// Do everything in order: seeds, models, snapshots and tests
    Build(build::Arguments),
    /// Run a macro
    RunOperation(run_operation::Arguments),
    /// Run again what failed the last time
    Retry(retry::Arguments),
    /// Copy models from another environment, given with --state
    Clone(clone::Arguments),
    /// Describe the project and its tables
    Docs(DocsArguments),
    /// Look after sources
    Source(SourceArguments),
}

/// `docs` and its verbs.
#[derive(Debug, Args)]
pub struct DocsArguments {
    /// What to do.
    #[command(subcommand)]
    pub verb: DocsVerb,
}

/// What `docs` can do.
#[derive(Debug, Subcommand)]
pub enum DocsVerb {
    /// Write manifest.json and catalog.json, from which documentation is made
    Generate(docs_generate::Arguments),
    /// Show the documentation in a browser
    Serve(docs_serve::Arguments),
}

/// `source` and its verbs.
#[derive(Debug, Args)]
pub struct SourceArguments {
    /// What to do.
    #[command(subcommand)]
    pub verb: SourceVerb,
}

/// What `source` can do.
#[derive(Debug, Subcommand)]
pub enum SourceVerb {
    /// Check how old the sources' newest rows are
    #[command(alias = "snapshot-freshness")]
    Freshness(source_freshness::Arguments),
}

impl VerbArguments {
    /// The verb that was chosen.
    pub fn verb(&self) -> &dyn Verb {
        match self {
            Self::Init(verb) => verb,
            Self::Debug(verb) => verb,
            Self::Deps(verb) => verb,
            Self::Clean(verb) => verb,
            Self::Parse(verb) => verb,
            Self::List(verb) => verb,
            Self::Compile(verb) => verb,
            Self::Show(verb) => verb,
            Self::Seed(verb) => verb,
            Self::Run(verb) => verb,
            Self::Test(verb) => verb,
            Self::Snapshot(verb) => verb,
            Self::Build(verb) => verb,
            Self::RunOperation(verb) => verb,
            Self::Retry(verb) => verb,
            Self::Clone(verb) => verb,
            Self::Docs(DocsArguments { verb: DocsVerb::Generate(verb) }) => verb,
            Self::Docs(DocsArguments { verb: DocsVerb::Serve(verb) }) => verb,
            Self::Source(SourceArguments { verb: SourceVerb::Freshness(verb) }) => verb,
        }
    }
}
