//! `build`: seeds, models, snapshots and tests, in the order of the graph.

use super::Call;
use super::arguments::{
    ClockArguments, FailureArguments, NodeArguments, PreviewArguments, SelectionArguments, TypeArguments,
    WindowArguments,
};
use super::settings::Settings;
use super::verb::{Outcome, Verb};
use crate::diagnostics::Result;
use crate::load::Flags;
use crate::resolve::ResourceType;
use serde_json::{Map, Value as Json};

/// The arguments of `build`.
#[derive(Debug, Default, clap::Args)]
pub struct Arguments {
    /// Which nodes.
    #[command(flatten)]
    pub selection: SelectionArguments,
    /// Which kinds of nodes.
    #[command(flatten)]
    pub types: TypeArguments,
    /// How they are built.
    #[command(flatten)]
    pub building: NodeArguments,
    /// From which part of the time.
    #[command(flatten)]
    pub window: WindowArguments,
    /// The run's clock.
    #[command(flatten)]
    pub clock: ClockArguments,
    /// What becomes of failing rows.
    #[command(flatten)]
    pub failures: FailureArguments,
    /// What is shown of the data.
    #[command(flatten)]
    pub preview: PreviewArguments,
    /// Accepted; exports are written by what runs the semantic layer
    #[arg(long, hide = true)]
    pub export_saved_queries: Option<bool>,
    /// Accepted; saved queries are selected like anything else
    #[arg(long, hide = true)]
    pub include_saved_query: Option<bool>,
}

impl Verb for Arguments {
    fn name(&self) -> &'static str {
        "build"
    }

    fn settle(&self, settings: &Settings<'_>, flags: &mut Flags) -> Result<()> {
        self.selection.settle(settings, flags)?;
        self.types.settle(settings, flags)?;
        self.building.settle(settings, flags)?;
        self.window.settle(settings, flags)?;
        self.clock.settle(settings, flags)?;
        self.failures.settle(settings, flags)?;
        self.preview.settle(settings, flags)
    }

    fn extra_args(&self) -> Map<String, Json> {
        let mut args = self.preview.extra_args();
        let idle =
            [("export_saved_queries", self.export_saved_queries), ("include_saved_query", self.include_saved_query)];
        args.extend(idle.map(|(name, given)| (name.to_owned(), given.unwrap_or(false).into())));
        args
    }

    fn notifies(&self) -> bool {
        true
    }

    fn run(&self, call: &Call) -> Result<Outcome> {
        call.build_and_show(&BUILT, self.preview.is_wanted())
    }
}

/// What `build` works on.
const BUILT: [ResourceType; 8] = [
    ResourceType::Model,
    ResourceType::Seed,
    ResourceType::Snapshot,
    ResourceType::Test,
    ResourceType::UnitTest,
    ResourceType::Function,
    ResourceType::Exposure,
    ResourceType::SavedQuery,
];
