//! `test`: runs data tests and unit tests.

use super::Call;
use super::arguments::{FailureArguments, SelectionArguments, TypeArguments};
use super::settings::Settings;
use super::verb::{Outcome, Verb};
use crate::diagnostics::Result;
use crate::load::Flags;
use crate::resolve::ResourceType;

/// The arguments of `test`.
#[derive(Debug, Default, clap::Args)]
pub struct Arguments {
    /// Which nodes.
    #[command(flatten)]
    pub selection: SelectionArguments,
    /// Which kinds of nodes.
    #[command(flatten)]
    pub types: TypeArguments,
    /// What becomes of failing rows.
    #[command(flatten)]
    pub failures: FailureArguments,
}

impl Verb for Arguments {
    fn name(&self) -> &'static str {
        "test"
    }

    fn settle(&self, settings: &Settings<'_>, flags: &mut Flags) -> Result<()> {
        self.selection.settle(settings, flags)?;
        self.types.settle(settings, flags)?;
        self.failures.settle(settings, flags)
    }

    fn notifies(&self) -> bool {
        true
    }

    fn run(&self, call: &Call) -> Result<Outcome> {
        call.build(&[ResourceType::Test, ResourceType::UnitTest])
    }
}
