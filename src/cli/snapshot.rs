//! `snapshot`: takes snapshots.

use super::Call;
use super::arguments::{ClockArguments, NodeArguments, SelectionArguments};
use super::settings::Settings;
use super::verb::{Outcome, Verb};
use crate::diagnostics::Result;
use crate::load::Flags;
use crate::resolve::ResourceType;

/// The arguments of `snapshot`.
#[derive(Debug, Default, clap::Args)]
pub struct Arguments {
    /// Which nodes.
    #[command(flatten)]
    pub selection: SelectionArguments,
    /// How they are built.
    #[command(flatten)]
    pub building: NodeArguments,
    /// The run's clock.
    #[command(flatten)]
    pub clock: ClockArguments,
}

impl Verb for Arguments {
    fn name(&self) -> &'static str {
        "snapshot"
    }

    fn settle(&self, settings: &Settings<'_>, flags: &mut Flags) -> Result<()> {
        self.selection.settle(settings, flags)?;
        self.building.settle(settings, flags)?;
        self.clock.settle(settings, flags)
    }

    fn notifies(&self) -> bool {
        true
    }

    fn run(&self, call: &Call) -> Result<Outcome> {
        call.build(&[ResourceType::Snapshot])
    }
}
