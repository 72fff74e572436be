//! `parse`: reads the whole project.

use super::Call;
use super::settings::Settings;
use super::verb::{Outcome, Verb};
use crate::diagnostics::Result;
use crate::load::Flags;

/// The arguments of `parse`.
#[derive(Debug, Default, clap::Args)]
pub struct Arguments {}

impl Verb for Arguments {
    fn name(&self) -> &'static str {
        "parse"
    }

    fn settle(&self, _: &Settings<'_>, _: &mut Flags) -> Result<()> {
        Ok(())
    }

    fn run(&self, call: &Call) -> Result<Outcome> {
        let (nodes, sources) = call.parse()?;
        call.reporter.note(&format!("Understood {nodes} nodes and {sources} sources; wrote manifest.json."));
        Ok(Outcome::Success)
    }
}
