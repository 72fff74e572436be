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

    fn run(&self, call: &Call) -> Result<Outcome> {
        call.build(&BUILT)
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
