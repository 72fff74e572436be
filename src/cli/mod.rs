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
mod deprecations;
mod deps;
mod docs_generate;
mod docs_serve;
#[cfg(debug_assertions)]
mod fault;
mod file_server;
mod flags;
mod init;
mod inline;
mod list;
mod notify;
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

use crate::diagnostics::Diagnostic;
use crate::event::{Event, EventSink};
use crate::load::Flags;
use crate::report::{Reporter, Voice};
use crate::world::World;
use arguments::{Arguments, Parsed};
use call::Call;
use std::io::Write;
use std::process::ExitCode;
use std::sync::Arc;
use std::time::Instant;
use verb::Outcome;

/// Runs the program with the process's own arguments; exit codes are dbt's: 0 all well, 1 something failed, 2 could not run.
pub fn main() -> ExitCode {
    let words: Vec<String> = std::env::args_os().map(|word| word.to_string_lossy().into_owned()).collect();
    ExitCode::from(match arguments::parse(&words) {
        Parsed::Text(text) => {
            // A reader that went away is no reason to fail.
            let _ = std::io::stdout().write_all(text.as_bytes());
            0
        }
        Parsed::Wrong(text) => {
            let _ = std::io::stderr().write_all(text.as_bytes());
            2
        }
        Parsed::Arguments(arguments) => call(&arguments, words.get(1..).unwrap_or_default()),
    })
}

/// Carries the call out; tells of its error, if any.
fn call(arguments: &Arguments, words: &[String]) -> u8 {
    let world = Arc::new(World::real());
    let verb = arguments.verb.verb();
    let began = Instant::now();
    let flags = match flags::flags(arguments, &world) {
        Ok(flags) => flags,
        Err(error) => {
            tell_early(&error, &world);
            return 2;
        }
    };
    let mut deprecations = deprecations::of_call(words, &flags);
    deprecations.extend(deprecations::of_environment(&world, &arguments::option_names()));
    let call = Call::new(verb, flags, world, words.join(" "));
    call.reporter.begins(&call.invocation.command_line);
    deprecations.into_iter().for_each(|warning| call.reporter.emit(Event::Warned(warning)));
    let outcome = verb.run(&call).and_then(|outcome| call.check_warnings().map(|()| outcome));
    let mut fatal = None;
    let exit_code = match outcome {
        Ok(Outcome::Success) => 0,
        Ok(Outcome::Failure) => 1,
        Ok(Outcome::Impossible) => 2,
        Err(error) => {
            call.reporter.fatal(&error);
            fatal = Some(error);
            2
        }
    };
    if verb.notifies() {
        notify::notify(&call, exit_code, fatal.as_deref());
    }
    call.reporter.ends(&call.invocation.command_line, exit_code, began.elapsed());
    exit_code
}

/// Tells of an error in the settings themselves.
fn tell_early(error: &Diagnostic, world: &Arc<World>) {
    Reporter::new(&Flags::default(), "", world.clone(), Voice::Data).fatal(error);
}
