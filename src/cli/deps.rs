//! `deps`: installs packages.

use super::Call;
use super::settings::Settings;
use super::verb::{Outcome, Verb};
use crate::diagnostics::Result;
use crate::load::Flags;
use crate::load::packages::{self, Addition, Install};

/// The arguments of `deps`.
#[derive(Debug, Default, clap::Args)]
pub struct Arguments {
    /// Take the newest versions that packages.yml allows
    #[arg(long)]
    pub upgrade: bool,
    /// Write package-lock.yml only; install nothing
    #[arg(long)]
    pub lock: bool,
    /// Add a package to packages.yml first: name@version
    #[arg(long, value_name = "PACKAGE")]
    pub add_package: Option<String>,
    /// Where --add-package gets it from
    #[arg(long, value_parser = ["hub", "git", "local"], default_value = "hub")]
    pub source: String,
}

impl Verb for Arguments {
    fn name(&self) -> &'static str {
        "deps"
    }

    fn settle(&self, _: &Settings<'_>, _: &mut Flags) -> Result<()> {
        Ok(())
    }

    fn needs_profile(&self) -> bool {
        false
    }

    fn run(&self, call: &Call) -> Result<Outcome> {
        let add = self.add_package.as_deref().map(|text| Addition::parse(text, &self.source)).transpose()?;
        let how = Install { upgrade: self.upgrade, lock_only: self.lock, add };
        packages::install(&call.world, &call.invocation, &how, call.reporter.as_ref())?;
        Ok(Outcome::Success)
    }
}
