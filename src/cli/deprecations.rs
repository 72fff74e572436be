//! Old ways to call the program.

use crate::diagnostics::{Code, Diagnostic};
use crate::load::Flags;
use crate::world::World;
use std::collections::HashSet;

/// Variables that have another name now.
const RENAMED: [(&str, &str); 4] = [
    ("DBT_DEFER_TO_STATE", "DBT_ENGINE_DEFER"),
    ("DBT_FAVOR_STATE_MODE", "DBT_ENGINE_FAVOR_STATE"),
    ("DBT_ARTIFACT_STATE_PATH", "DBT_ENGINE_STATE"),
    ("DBT_NO_PRINT", "DBT_ENGINE_PRINT"),
];

/// What may stand behind `DBT_ENGINE_` beside the names of options.
const OTHER_NAMES: [&str; 4] = ["INVOCATION_ENV", "RECORDED_FILE_PATH", "PACKAGE_HUB_URL", "DOWNLOAD_DIR"];

/// A warning for each variable of the environment that has an old name, or one that is kept for settings and is none.
/// `options` are the names of all options, in upper case.
pub fn of_environment(world: &World, options: &HashSet<String>) -> Vec<Box<Diagnostic>> {
    let renamed = RENAMED.into_iter().filter(|(old, _)| world.env(old).is_some()).map(|(old, new)| {
        let message = format!("The environment variable `{old}` has been renamed as `{new}`.");
        Diagnostic::warning(Code::VARIABLE_RENAMED, message).hint(format!("Set {new} instead."))
    });
    let is_unknown = |name: &&str| {
        let rest = name.strip_prefix("DBT_ENGINE_");
        rest.is_some_and(|rest| !OTHER_NAMES.contains(&rest) && !options.contains(rest))
    };
    let unknown = world.envs().map(|(name, _)| name).filter(is_unknown).map(|name| {
        let message = format!("The environment variable `{name}` is no setting, but its name is kept for one.");
        Diagnostic::warning(Code::VARIABLE_RESERVED, message).hint("Names of your own must not begin with DBT_ENGINE_.")
    });
    renamed.chain(unknown).collect()
}

/// A warning for each old way that these words and settings show.
pub fn of_call(words: &[String], flags: &Flags) -> Vec<Box<Diagnostic>> {
    let is_models = |word: &&String| {
        let name = word.split('=').next().unwrap_or_default();
        matches!(name, "--models" | "--model" | "-m")
    };
    let models = words.iter().find(is_models).map(|word| {
        Diagnostic::warning(Code::MODELS_OPTION_DEPRECATED, format!("The option {word} is an old name."))
            .hint("Write --select.")
    });
    let old_keys = flags.warn_error_options.old_keys.join("' and '");
    let keys = (!old_keys.is_empty()).then(|| {
        let message = format!("'{old_keys}' of warn_error_options: the keys are 'error' and 'warn' now.");
        Diagnostic::warning(Code::WARN_ERROR_KEYS_DEPRECATED, message)
            .hint("Write 'error' instead of 'include', and 'warn' instead of 'exclude'.")
    });
    models.into_iter().chain(keys).collect()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::load::WarnErrorOptions;

    #[test]
    fn variables_with_old_and_with_reserved_names_are_told_of() {
        let env = [("DBT_NO_PRINT", "1"), ("DBT_ENGINE_STATE", "x"), ("DBT_ENGINE_MINE", "x"), ("DBT_OTHER", "x")];
        let env = env.map(|(name, value)| (name.to_owned(), value.to_owned())).into_iter().collect();
        let world = World::fixed(std::path::Path::new("."), env, jiff::Timestamp::UNIX_EPOCH);
        let told = of_environment(&world, &crate::cli::arguments::option_names());
        let codes: Vec<_> = told.iter().map(|warning| warning.code).collect();
        assert_eq!(codes, [Code::VARIABLE_RENAMED, Code::VARIABLE_RESERVED]);
    }

    #[test]
    fn old_options_and_keys_are_told_of() {
        let codes = |line: &str, old_keys: &[&'static str]| -> Vec<&'static str> {
            let words: Vec<String> = line.split(' ').map(str::to_owned).collect();
            let warn_error_options = WarnErrorOptions { old_keys: old_keys.to_vec(), ..WarnErrorOptions::default() };
            let flags = Flags { warn_error_options, ..Flags::default() };
            of_call(&words, &flags).iter().map(|warning| warning.code.id).collect()
        };
        assert_eq!(codes("run --models=a", &[]), ["SB0819"]);
        assert_eq!(codes("run -m a", &["include"]), ["SB0819", "SB0820"]);
        assert!(codes("run --select a", &[]).is_empty());
    }
}
