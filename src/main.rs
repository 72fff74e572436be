//! The `sqlbuild` program.

fn main() -> std::process::ExitCode {
    sqlbuild::cli::main()
}
