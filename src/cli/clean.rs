//! `clean`: deletes what earlier runs left.

use super::Call;
use super::settings::Settings;
use super::verb::{Outcome, Verb};
use crate::diagnostics::Result;
use crate::load::{self, Flags};

/// The arguments of `clean`.
#[derive(Debug, Default, clap::Args)]
pub struct Arguments {
    /// Refuse to delete anything outside the project's folder
    #[arg(long)]
    pub clean_project_files_only: Option<bool>,
}

impl Verb for Arguments {
    fn name(&self) -> &'static str {
        "clean"
    }

    fn settle(&self, _: &Settings<'_>, _: &mut Flags) -> Result<()> {
        Ok(())
    }

    fn run(&self, call: &Call) -> Result<Outcome> {
        let only_inside = self.clean_project_files_only.unwrap_or(true);
        load::clean(&call.world, &call.invocation, only_inside, call.reporter.as_ref())?;
        Ok(Outcome::Success)
    }
}
