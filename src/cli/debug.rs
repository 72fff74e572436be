//! `debug`: checks the project, the profile and the connection.

use super::Call;
use super::settings::Settings;
use super::verb::{Outcome, Verb};
use crate::diagnostics::Result;
use crate::load::Flags;

/// The arguments of `debug`.
#[derive(Debug, Default, clap::Args)]
pub struct Arguments {}

impl Verb for Arguments {
    fn name(&self) -> &'static str {
        "debug"
    }

    fn settle(&self, _: &Settings<'_>, _: &mut Flags) -> Result<()> {
        Ok(())
    }

    fn run(&self, call: &Call) -> Result<Outcome> {
        call.build(&[])
    }
}
