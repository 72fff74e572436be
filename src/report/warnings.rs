//! Which warnings are errors, and which are silent.

use crate::diagnostics::{Code, Diagnostic};
use crate::load::{Flags, WarnErrorOptions};

/// What becomes of a warning.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Treatment {
    /// It is shown.
    Warn,
    /// It is an error.
    Error,
    /// Nobody sees it.
    Silence,
}

/// The rules of a call: `--warn-error` and `--warn-error-options`.
#[derive(Debug, Clone)]
pub struct Rules {
    all: bool,
    options: WarnErrorOptions,
}

impl Rules {
    /// The rules that the settings give.
    pub fn of(flags: &Flags) -> Self {
        let all = |names: &[String]| names.iter().any(|name| name == "all" || name == "*");
        Self {
            all: flags.warn_error || all(&flags.warn_error_options.error),
            options: flags.warn_error_options.clone(),
        }
    }

    /// What becomes of this warning.
    pub fn treat(&self, warning: &Diagnostic) -> Treatment {
        let named = |names: &[String]| names.iter().any(|name| means(name, warning.code));
        if named(&self.options.silence) {
            Treatment::Silence
        } else if (self.all || named(&self.options.error)) && !named(&self.options.warn) {
            Treatment::Error
        } else {
            Treatment::Warn
        }
    }
}

/// Whether a name in the options means this kind: its own code, or dbt's event for the same thing.
fn means(name: &str, code: Code) -> bool {
    name.eq_ignore_ascii_case(code.id) || event_names(code).contains(&name)
}

/// dbt's names for a kind of warning; the first is the one written in JSON logs.
pub fn event_names(code: Code) -> &'static [&'static str] {
    match code {
        Code::SELECTION_EMPTY => &["NoNodesForSelectionCriteria", "NoNodesSelected"],
        Code::CONFIG_UNUSED => &["UnusedResourceConfigPath", "UnusedTables"],
        Code::PATCH_UNMATCHED => {
            &["NoNodeForYamlKey", "MacroNotFoundForPatch", "WrongResourceSchemaFile", "InvalidMacroAnnotation"]
        }
        Code::REF_UNKNOWN | Code::SOURCE_UNKNOWN | Code::REF_DISABLED => &["NodeNotFoundOrDisabled"],
        Code::MACRO_WARNED => &["JinjaLogWarning"],
        Code::CONFIG_UNKNOWN => &["CustomKeyInConfigDeprecation", "CustomTopLevelKeyDeprecation", "Deprecations"],
        Code::YAML_DUPLICATE_KEY => &["DuplicateYAMLKeysDeprecation", "Deprecations"],
        Code::YAML_UNKNOWN_KEY => &["CustomKeyInObjectDeprecation", "ValidationWarning", "Deprecations"],
        Code::DEPRECATED => &["GenericJSONSchemaValidationDeprecation", "Deprecations"],
        Code::TEST_FAILED | Code::UNIT_TEST_FAILED => &["LogTestResult"],
        Code::CONTRACT_BROKEN | Code::CONTRACT_INVALID => {
            &["UnsupportedConstraintMaterialization", "ConstraintNotEnforced"]
        }
        _ => &["Note"],
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn treat(error: &[&str], warn: &[&str], silence: &[&str]) -> Treatment {
        let names = |names: &[&str]| names.iter().map(|name| (*name).to_owned()).collect();
        let warn_error_options = WarnErrorOptions { error: names(error), warn: names(warn), silence: names(silence) };
        let flags = Flags { warn_error_options, ..Flags::default() };
        Rules::of(&flags).treat(&Diagnostic::warning(Code::SELECTION_EMPTY, "nothing"))
    }

    #[test]
    fn exceptions_win_over_all_and_silence_over_everything() {
        assert_eq!(treat(&[], &[], &[]), Treatment::Warn);
        assert_eq!(treat(&["all"], &[], &[]), Treatment::Error);
        assert_eq!(treat(&["*"], &["NoNodesForSelectionCriteria"], &[]), Treatment::Warn);
        assert_eq!(treat(&["sb0403"], &[], &[]), Treatment::Error);
        assert_eq!(treat(&["all"], &[], &["SB0403"]), Treatment::Silence);
    }
}
