//! From words to [`Arguments`].

use super::Arguments;
use clap::builder::ValueParser;
use clap::error::{ContextKind, ContextValue};
use clap::{ArgAction, Command, CommandFactory, FromArgMatches};
use std::collections::HashSet;
use std::io::IsTerminal;

/// What the words amount to.
#[derive(Debug)]
pub enum Parsed {
    /// Something to do.
    Arguments(Box<Arguments>),
    /// A text that was asked for: help or the version.
    Text(String),
    /// The words make no sense: why.
    Wrong(String),
}

/// Reads a command line, the program's name first.
pub fn parse(words: &[String]) -> Parsed {
    let command = command(accept_value);
    let expanded = expand_negations(words, &switch_names(&command));
    let parsed = command.try_get_matches_from(&expanded).and_then(|matches| Arguments::from_arg_matches(&matches));
    match parsed {
        Ok(arguments) => Parsed::Arguments(Box::new(arguments)),
        Err(error) if error.use_stderr() && !is_help(&error) => Parsed::Wrong(explain(&error)),
        Err(error) => {
            let text = help(words).unwrap_or(error).render();
            Parsed::Text(if std::io::stdout().is_terminal() { text.ansi().to_string() } else { text.to_string() })
        }
    }
}

fn is_help(error: &clap::Error) -> bool {
    error.kind() == clap::error::ErrorKind::DisplayHelpOnMissingArgumentOrSubcommand
}

/// The help that was asked for, with switches shown as such: for it, what they are turned to does not matter.
fn help(words: &[String]) -> Option<clap::Error> {
    let words = words.iter().filter(|word| !word.starts_with("--no-"));
    let error = command(|arg| arg.action(ArgAction::SetTrue)).try_get_matches_from(words).err()?;
    (!error.use_stderr() || is_help(&error)).then_some(error)
}

/// The error's text; for unknown words it names them and what was probably meant.
fn explain(error: &clap::Error) -> String {
    let mut text = error.render().to_string();
    if error.get(ContextKind::InvalidSubcommand).is_some() && error.get(ContextKind::SuggestedSubcommand).is_none() {
        let verbs = command(accept_value);
        let known = verbs.get_subcommands().map(Command::get_name);
        let word = match error.get(ContextKind::InvalidSubcommand) {
            Some(ContextValue::String(word)) => word.as_str(),
            _ => "",
        };
        if let Some(verb) = crate::diagnostics::nearest(word, known).first() {
            text.push_str(&format!("\nDid you mean '{verb}'?\n"));
        }
    }
    text
}

/// The command with every switch (an option that is on or off) changed by `switch`.
fn command(switch: fn(clap::Arg) -> clap::Arg) -> Command {
    fn change(command: Command, switch: fn(clap::Arg) -> clap::Arg) -> Command {
        command
            .mut_args(|arg| if is_switch(&arg) { switch(arg) } else { arg })
            .mut_subcommands(|verb| change(verb.args_override_self(true), switch))
    }
    change(Arguments::command(), switch)
}

/// `--switch` is on, `--switch=false` is off.
fn accept_value(arg: clap::Arg) -> clap::Arg {
    arg.num_args(0..=1).require_equals(true).default_missing_value("true")
}

fn is_switch(arg: &clap::Arg) -> bool {
    matches!(arg.get_action(), ArgAction::Set) && arg.get_value_parser().type_id() == ValueParser::bool().type_id()
}

fn switch_names(command: &Command) -> HashSet<String> {
    let own = command.get_arguments().filter(|arg| is_switch(arg)).filter_map(|arg| arg.get_long().map(str::to_owned));
    own.chain(command.get_subcommands().flat_map(switch_names)).collect()
}

/// The names of all options, as the environment has them: `FULL_REFRESH`.
pub fn option_names() -> HashSet<String> {
    fn names(command: &Command) -> Vec<String> {
        let own = command.get_arguments().flat_map(|arg| arg.get_long_and_visible_aliases().unwrap_or_default());
        let own: Vec<String> = own.into_iter().map(|name| name.to_uppercase().replace('-', "_")).collect();
        own.into_iter().chain(command.get_subcommands().flat_map(names)).collect()
    }
    names(&command(accept_value)).into_iter().collect()
}

/// `--no-quiet` → `--quiet=false`, for every switch.
fn expand_negations(words: &[String], switches: &HashSet<String>) -> Vec<String> {
    let mut literal = false;
    let expand = |word: &String| {
        literal |= word == "--";
        match word.strip_prefix("--no-").filter(|name| !literal && switches.contains(*name)) {
            Some(name) => format!("--{name}=false"),
            None => word.clone(),
        }
    };
    words.iter().map(expand).collect()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::cli::arguments::VerbArguments;

    fn arguments(line: &str) -> Arguments {
        let words: Vec<String> = std::iter::once("sqlbuild").chain(line.split(' ')).map(str::to_owned).collect();
        match parse(&words) {
            Parsed::Arguments(arguments) => *arguments,
            other => panic!("{line}: {other:?}"),
        }
    }

    fn wrong(line: &str) -> String {
        let words: Vec<String> = std::iter::once("sqlbuild").chain(line.split(' ')).map(str::to_owned).collect();
        match parse(&words) {
            Parsed::Wrong(text) => text,
            other => panic!("{line}: {other:?}"),
        }
    }

    #[test]
    fn the_definitions_are_sound() {
        command(accept_value).debug_assert();
        command(|arg| arg.action(ArgAction::SetTrue)).debug_assert();
    }

    #[test]
    fn global_options_stand_before_or_after_the_verb() {
        for line in ["--quiet --log-format json run", "run -q --log-format JSON", "--quiet run --log-format json"] {
            let parsed = arguments(line);
            assert_eq!(parsed.log.quiet, Some(true), "{line}");
            assert_eq!(parsed.log.log_format.as_deref().map(str::to_lowercase).as_deref(), Some("json"), "{line}");
        }
    }

    #[test]
    fn switches_are_turned_off_and_the_last_word_counts() {
        assert_eq!(arguments("run --no-fail-fast").project.fail_fast, Some(false));
        assert_eq!(arguments("run --no-fail-fast -x").project.fail_fast, Some(true));
        assert_eq!(arguments("-x run --no-fail-fast").project.fail_fast, Some(false));
        assert_eq!(arguments("run -qx").project.fail_fast, Some(true));
        assert_eq!(arguments("run").project.fail_fast, None);
    }

    #[test]
    fn help_shows_switches_without_values() {
        let words = ["sqlbuild", "run", "--no-quiet", "-h"].map(str::to_owned);
        let Parsed::Text(help) = parse(&words) else { panic!("no help") };
        assert!(help.contains("--fail-fast  ") && !help.contains("--fail-fast["), "{help}");
    }

    #[test]
    fn selections_add_up() {
        let VerbArguments::Run(run) = arguments("run -s a +b --models c+ --exclude d --threads 3 --threads 4").verb
        else {
            panic!("not run")
        };
        assert_eq!(run.selection.select, ["a", "+b", "c+"]);
        assert_eq!(run.selection.narrowing.exclude, ["d"]);
    }

    #[test]
    fn unknown_words_are_named_with_what_was_meant() {
        assert!(wrong("biuld").contains("build"), "{}", wrong("biuld"));
        assert!(wrong("run --selct a").contains("--select"), "{}", wrong("run --selct a"));
    }
}
