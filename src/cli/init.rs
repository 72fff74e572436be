//! `init`: starts a new project.

use super::Call;
use super::settings::Settings;
use super::verb::{Outcome, Verb};
use crate::diagnostics::Result;
use crate::load::Flags;

/// The arguments of `init`.
#[derive(Debug, Default, clap::Args)]
pub struct Arguments {}

impl Verb for Arguments {
    fn name(&self) -> &'static str {
        "init"
    }

    fn settle(&self, _: &Settings<'_>, _: &mut Flags) -> Result<()> {
        Ok(())
    }

    fn needs_profile(&self) -> bool {
        false
    }

    fn run(&self, call: &Call) -> Result<Outcome> {
        call.build(&[])
    }
}
