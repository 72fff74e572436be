//! The command line: one thin file a verb.

use std::process::ExitCode;

/// Runs the program with the process's own arguments; exit codes are dbt's: 0 all well, 1 something failed, 2 could not run.
pub fn main() -> ExitCode {
    ExitCode::from(2)
}
