//! `init`: starts a new project that runs as it is.

use super::Call;
use super::settings::Settings;
use super::verb::{Outcome, Verb};
use crate::diagnostics::{Code, Diagnostic, Result};
use crate::load::{self, Flags, Init};
use std::io::{IsTerminal, Write};

/// The arguments of `init`.
#[derive(Debug, Default, clap::Args)]
pub struct Arguments {
    /// The project's name, and that of its new folder
    #[arg(value_name = "NAME")]
    pub name: Option<String>,
    /// Write no profiles.yml
    #[arg(long, short)]
    pub skip_profile_setup: bool,
}

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
        let how = Init { name: self.name.clone(), skip_profile: self.skip_profile_setup };
        let mut ask = ask;
        let somebody: Option<&mut load::Ask<'_>> = if std::io::stdin().is_terminal() { Some(&mut ask) } else { None };
        load::init(&call.world, call.flags(), &how, somebody, call.reporter.as_ref())?;
        Ok(Outcome::Success)
    }
}

fn ask(question: &str) -> Result<String> {
    let mut answer = String::new();
    let mut stdout = std::io::stdout().lock();
    let asked = write!(stdout, "{question}").and_then(|()| stdout.flush());
    asked
        .and_then(|()| std::io::stdin().read_line(&mut answer))
        .map(|_| answer)
        .map_err(|error| Diagnostic::error(Code::IO, format!("Cannot ask: {error}")))
}
