//! `seed`: loads CSV files.

use super::Call;
use super::arguments::{NodeArguments, PreviewArguments, SelectionArguments};
use super::settings::Settings;
use super::verb::{Outcome, Verb};
use crate::diagnostics::Result;
use crate::load::Flags;
use crate::resolve::ResourceType;
use serde_json::{Map, Value as Json};

/// The arguments of `seed`.
#[derive(Debug, Default, clap::Args)]
pub struct Arguments {
    /// Which nodes.
    #[command(flatten)]
    pub selection: SelectionArguments,
    /// How they are built.
    #[command(flatten)]
    pub building: NodeArguments,
    /// What is shown of the data.
    #[command(flatten)]
    pub preview: PreviewArguments,
}

impl Verb for Arguments {
    fn name(&self) -> &'static str {
        "seed"
    }

    fn settle(&self, settings: &Settings<'_>, flags: &mut Flags) -> Result<()> {
        self.selection.settle(settings, flags)?;
        self.building.settle(settings, flags)?;
        self.preview.settle(settings, flags)
    }

    fn extra_args(&self) -> Map<String, Json> {
        self.preview.extra_args()
    }

    fn notifies(&self) -> bool {
        true
    }

    fn run(&self, call: &Call) -> Result<Outcome> {
        call.build_and_show(&[ResourceType::Seed], self.preview.is_wanted())
    }
}
