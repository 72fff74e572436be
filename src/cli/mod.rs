//! The command line: one thin file a verb.
//!
//! [`main`] reads the words ([`arguments`]), makes the settings of them ([`flags`]), and hands a [`Call`] to the verb.

mod arguments;
mod build;
mod call;
mod clean;
mod clone;
mod compile;
mod debug;
mod deps;
mod docs_generate;
mod flags;
mod init;
mod inline;
mod list;
mod parse;
mod retry;
mod run;
mod run_operation;
mod seed;
mod settings;
mod show;
mod snapshot;
mod source_freshness;
mod test;
mod verb;

use crate::diagnostics::{Diagnostic, Result};
use crate::load::Flags;
use crate::report::{Reporter, Voice};
use crate::world::World;
use arguments::{Arguments, Parsed};
use call::Call;
use std::io::Write;
use std::process::ExitCode;
use std::sync::Arc;
use verb::Outcome;

/// Runs the program with the process's own arguments; exit codes are dbt's: 0 all well, 1 something failed, 2 could not run.
pub fn main() -> ExitCode {
    let words: Vec<String> = std::env::args_os().map(|word| word.to_string_lossy().into_owned()).collect();
    match arguments::parse(&words) {
        Parsed::Text(text) => {
            // A reader that went away is no reason to fail.
            let _ = std::io::stdout().write_all(text.as_bytes());
            ExitCode::SUCCESS
        }
        Parsed::Wrong(text) => {
            let _ = std::io::stderr().write_all(text.as_bytes());
            ExitCode::from(2)
        }
        Parsed::Arguments(arguments) => match call(&arguments, words.get(1..).unwrap_or_default().join(" ")) {
            Ok(Outcome::Success) => ExitCode::SUCCESS,
            Ok(Outcome::Failure) => ExitCode::from(1),
            Err(()) => ExitCode::from(2),
        },
    }
}

/// Carries the call out; an error has been told.
fn call(arguments: &Arguments, command_line: String) -> Result<Outcome, ()> {
    let world = Arc::new(World::real());
    let flags = flags::flags(arguments, &world).map_err(|error| tell_early(&error, &world))?;
    let verb = arguments.verb.verb();
    let call = Call::new(verb, flags, world, command_line);
    let outcome = verb.run(&call).and_then(|outcome| match call.reporter.escalated() {
        Some(error) => Err(error),
        None => Ok(outcome),
    });
    outcome.map_err(|error| call.reporter.fatal(&error))
}

/// Tells of an error in the settings themselves.
fn tell_early(error: &Diagnostic, world: &Arc<World>) {
    Reporter::new(&Flags::default(), "", world.clone(), Voice::Data).fatal(error);
}
