//! Old ways to call the program.

use crate::diagnostics::{Code, Diagnostic};
use crate::load::Flags;

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
