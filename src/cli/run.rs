//! `run`: builds the models.

use super::Call;
use super::arguments::{NodeArguments, SelectionArguments, WindowArguments};
use super::settings::Settings;
use super::verb::{Outcome, Verb};
use crate::diagnostics::Result;
use crate::load::Flags;
use crate::resolve::ResourceType;

/// The arguments of `run`.
#[derive(Debug, Default, clap::Args)]
pub struct Arguments {
    /// Which nodes.
    #[command(flatten)]
    pub selection: SelectionArguments,
    /// How they are built.
    #[command(flatten)]
    pub building: NodeArguments,
    /// From which part of the time.
    #[command(flatten)]
    pub window: WindowArguments,
}

impl Verb for Arguments {
    fn name(&self) -> &'static str {
        "run"
    }

    fn settle(&self, settings: &Settings<'_>, flags: &mut Flags) -> Result<()> {
        self.selection.settle(settings, flags)?;
        self.building.settle(settings, flags)?;
        self.window.settle(settings, flags)
    }

    fn notifies(&self) -> bool {
        true
    }

    fn run(&self, call: &Call) -> Result<Outcome> {
        call.build(&[ResourceType::Model])
    }
}
