//! Which warnings are errors, and which are silent.

use crate::diagnostics::{CODES, Code, Diagnostic, Result, nearest};
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
    /// Whether `all` means also what dbt only mentions: `require_all_warnings_handled_by_warn_error`.
    remarks: bool,
    options: WarnErrorOptions,
}

impl Rules {
    /// The rules that the settings give.
    pub fn of(flags: &Flags) -> Self {
        let all = |names: &[String]| names.iter().any(|name| name == "all" || name == "*");
        Self {
            all: flags.warn_error || all(&flags.warn_error_options.error),
            remarks: flags.behavior("require_all_warnings_handled_by_warn_error", false),
            options: flags.warn_error_options.clone(),
        }
    }

    /// What becomes of this warning. What dbt checks only for other engines becomes an error only by its name.
    pub fn treat(&self, warning: &Diagnostic) -> Treatment {
        let WarnErrorOptions { error, warn, silence, .. } = &self.options;
        // A kind that is named itself counts before the group that it is in, and a group before all.
        for means in [is_kind, is_group] {
            let named = |names: &[String]| names.iter().any(|name| means(name, warning.code));
            match () {
                () if named(silence) => return Treatment::Silence,
                () if named(warn) => return Treatment::Warn,
                () if named(error) => return Treatment::Error,
                () => {}
            }
        }
        let is_spared = is_advice(warning.code) || is_remark(warning.code) && !self.remarks;
        if self.all && !is_spared { Treatment::Error } else { Treatment::Warn }
    }
}

/// Whether dbt says nothing of it on the engines here.
fn is_advice(code: Code) -> bool {
    matches!(code, Code::CONFIG_UNKNOWN | Code::YAML_UNKNOWN_KEY | Code::SOURCE_OVERRIDE_DEPRECATED)
}

/// Whether dbt makes an error of it only by a flag of the project.
fn is_remark(code: Code) -> bool {
    matches!(code, Code::MICROBATCH_INPUTS | Code::STATE_MISSING)
}

/// What the options may name: dbt's events, groups of them, and the codes of diagnostics.
///
/// # Errors
/// A name that means nothing.
pub fn check_names(options: &WarnErrorOptions) -> Result<()> {
    let events = || include_str!("event_names.txt").lines();
    let is_known = |name: &str| {
        matches!(name, "all" | "*" | DEPRECATIONS)
            || CODES.iter().any(|code| is_kind(name, *code))
            || events().any(|event| event == name)
    };
    let names = options.error.iter().chain(&options.warn).chain(&options.silence);
    let Some(unknown) = names.into_iter().find(|name| !is_known(name)) else { return Ok(()) };
    let error = Diagnostic::error(Code::USAGE, format!("{unknown} is not a valid dbt error name."));
    Err(match nearest(unknown, events()).first() {
        Some(near) => error.hint(format!("Did you mean '{near}'?")),
        None => error.hint("warn_error_options takes names of events, such as NoNodesForSelectionCriteria, and codes."),
    })
}

/// The group of everything that is deprecated.
const DEPRECATIONS: &str = "Deprecations";

/// Whether a name in the options means this kind: its own code, or dbt's event for the same thing.
fn is_kind(name: &str, code: Code) -> bool {
    name.eq_ignore_ascii_case(code.id) || name != DEPRECATIONS && event_names(code).contains(&name)
}

/// Whether a name in the options means a group of kinds that this one belongs to.
fn is_group(name: &str, code: Code) -> bool {
    name == DEPRECATIONS && event_names(code).contains(&DEPRECATIONS)
}

/// dbt's names for a kind of warning; the first is the one written in JSON logs.
pub fn event_names(code: Code) -> &'static [&'static str] {
    match code {
        Code::SELECTION_EMPTY => &["NoNodesForSelectionCriteria"],
        Code::CONTRACT_CHANGED => &["UnversionedBreakingChange"],
        Code::SEED_NOT_COMPARED => &[
            "SeedExceedsLimitSamePath",
            "SeedIncreased",
            "SeedExceedsLimitAndPathChanged",
            "SeedExceedsLimitChecksumChanged",
        ],
        Code::NOTHING_TO_DO => &["NothingToDo", "NoNodesSelected"],
        Code::CONFIG_UNUSED => &["UnusedResourceConfigPath", "UnusedTables"],
        Code::PATCH_UNMATCHED => &["NoNodeForYamlKey", "MacroNotFoundForPatch", "WrongResourceSchemaFile"],
        Code::REF_UNKNOWN | Code::SOURCE_UNKNOWN | Code::REF_DISABLED => &["NodeNotFoundOrDisabled"],
        Code::PACKAGE_NEEDS_PROJECT => &["PackageNodeDependsOnRootProjectNode"],
        Code::MACRO_DESCRIBED_WRONGLY => &["InvalidMacroAnnotation"],
        Code::MACRO_WARNED => &["JinjaLogWarning"],
        Code::CONFIG_UNKNOWN => &["CustomKeyInConfigDeprecation", "CustomTopLevelKeyDeprecation", "Deprecations"],
        Code::YAML_DUPLICATE_KEY => &["DuplicateYAMLKeysDeprecation", "Deprecations"],
        Code::YAML_UNKNOWN_KEY => &["CustomKeyInObjectDeprecation", "ValidationWarning", "Deprecations"],
        Code::DEPRECATED => &["DeprecatedModel"],
        Code::REFERENCE_DEPRECATED => &["DeprecatedReference"],
        Code::REFERENCE_DEPRECATED_SOON => &["UpcomingReferenceDeprecation"],
        Code::MICROBATCH_INPUTS => &["MicrobatchModelNoEventTimeInputs"],
        Code::BATCHES_SEQUENTIAL => &["InvalidConcurrentBatchesConfig"],
        Code::STATE_MISSING => &["WarnStateTargetEqual"],
        Code::PACKAGE_UNPINNED => &["DepsUnpinned"],
        Code::TEST_FAILED | Code::UNIT_TEST_FAILED => &["LogTestResult"],
        Code::SOURCE_PATHS_DEPRECATED => &["ConfigSourcePathDeprecation", "Deprecations"],
        Code::DATA_PATHS_DEPRECATED => &["ConfigDataPathDeprecation", "Deprecations"],
        Code::LOG_PATH_DEPRECATED => &["ConfigLogPathDeprecation", "Deprecations"],
        Code::TARGET_PATH_DEPRECATED => &["ConfigTargetPathDeprecation", "Deprecations"],
        Code::INSTALL_PATH_DEPRECATED => &["PackageInstallPathDeprecation", "Deprecations"],
        Code::PACKAGE_RENAMED => &["PackageRedirectDeprecation", "Deprecations"],
        Code::PROFILE_FLAGS_DEPRECATED => &["ProjectFlagsMovedDeprecation", "Deprecations"],
        Code::EXPOSURE_NAME_DEPRECATED => &["ExposureNameDeprecation", "Deprecations"],
        Code::BLANK_IN_NAME_DEPRECATED => {
            &["ResourceNamesWithSpacesDeprecation", "SpacesInResourceNameDeprecation", "Deprecations"]
        }
        Code::PACKAGE_MATERIALIZATION_DEPRECATED => &["PackageMaterializationOverrideDeprecation", "Deprecations"],
        Code::JINJA_BLOCK_DEPRECATED => &["UnexpectedJinjaBlockDeprecation", "Deprecations"],
        Code::SOURCE_OVERRIDE_DEPRECATED => &["SourceOverrideDeprecation", "Deprecations"],
        Code::TEST_CONFIG_DEPRECATED => &["PropertyMovedToConfigDeprecation", "Deprecations"],
        Code::TEST_ARGUMENTS_DEPRECATED => &["MissingArgumentsPropertyInGenericTestDeprecation", "Deprecations"],
        Code::TEST_ARGUMENTS_KEY_DEPRECATED => &["ArgumentsPropertyInGenericTestDeprecation", "Deprecations"],
        Code::SHARED_NAME_DEPRECATED => &["DuplicateNameDistinctNodeTypesDeprecation", "Deprecations"],
        Code::ITERTOOLS_DEPRECATED => &["ModulesItertoolsUsageDeprecation", "Deprecations"],
        Code::FRESHNESS_OUTPUT_DEPRECATED => &["CustomOutputPathInSourceFreshnessDeprecation", "Deprecations"],
        Code::FRESHNESS_TABLE_DEPRECATED => &["CollectFreshnessReturnSignature", "Deprecations"],
        Code::MODELS_OPTION_DEPRECATED => &["ModelParamUsageDeprecation", "Deprecations"],
        Code::WARN_ERROR_KEYS_DEPRECATED => &["WEOIncludeExcludeDeprecation", "Deprecations"],
        Code::VARIABLE_RENAMED => &["EnvironmentVariableRenamed", "Deprecations"],
        Code::VARIABLE_RESERVED => &["EnvironmentVariableNamespaceDeprecation", "Deprecations"],
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
        let warn_error_options =
            WarnErrorOptions { error: names(error), warn: names(warn), silence: names(silence), old_keys: vec![] };
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

    #[test]
    fn a_kind_counts_before_its_group_and_that_before_all() {
        let of = |code: Code, error: &[&str], warn: &[&str], silence: &[&str]| {
            let names = |names: &[&str]| names.iter().map(|name| (*name).to_owned()).collect();
            let warn_error_options =
                WarnErrorOptions { error: names(error), warn: names(warn), silence: names(silence), old_keys: vec![] };
            let flags = Flags { warn_error_options, ..Flags::default() };
            Rules::of(&flags).treat(&Diagnostic::warning(code, "old"))
        };
        let old = Code::LOG_PATH_DEPRECATED;
        assert_eq!(of(old, &["all"], &["Deprecations"], &[]), Treatment::Warn);
        assert_eq!(of(old, &["ConfigLogPathDeprecation"], &["Deprecations"], &[]), Treatment::Error);
        assert_eq!(of(old, &["SB0803"], &[], &["Deprecations"]), Treatment::Error);
        assert_eq!(of(Code::DEPRECATED, &["Deprecations"], &[], &[]), Treatment::Warn);
    }

    #[test]
    fn remarks_become_errors_by_name_or_by_a_flag_of_the_project() {
        let inputs = Diagnostic::warning(Code::MICROBATCH_INPUTS, "whole");
        let mut flags = Flags { warn_error: true, ..Flags::default() };
        assert_eq!(Rules::of(&flags).treat(&inputs), Treatment::Warn);
        flags.project_flags.insert("REQUIRE_ALL_WARNINGS_HANDLED_BY_WARN_ERROR".into(), true.into());
        assert_eq!(Rules::of(&flags).treat(&inputs), Treatment::Error);
        flags = Flags::default();
        flags.warn_error_options.error.push("MicrobatchModelNoEventTimeInputs".into());
        assert_eq!(Rules::of(&flags).treat(&inputs), Treatment::Error);
    }

    #[test]
    fn names_that_mean_nothing_are_refused() {
        let check =
            |name: &str| check_names(&WarnErrorOptions { error: vec![name.to_owned()], ..WarnErrorOptions::default() });
        for name in
            ["all", "sb0403", "Deprecations", "NoNodesForSelectionCriteria", "LogTestResult", "MainReportVersion"]
        {
            assert!(check(name).is_ok(), "{name}");
        }
        let error = check("NoNodesForSelectionCriterion").unwrap_err();
        assert_eq!(error.hint.as_deref(), Some("Did you mean 'NoNodesForSelectionCriteria'?"));
    }
}
