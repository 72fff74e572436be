//! The names of all kinds of errors and warnings.
//!
//! A code never changes its meaning. Each has a section in `docs/diagnostics.md`; a test holds the two together.

/// A kind of error or warning, such as `SB0301`.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub struct Code {
    /// As printed and searched for.
    pub id: &'static str,
    /// A few words on the kind.
    pub title: &'static str,
}

macro_rules! codes {
    ($($name:ident = $id:literal $title:literal)*) => {
        impl Code {
            $(#[doc = $title] pub const $name: Code = Code { id: $id, title: $title };)*
        }
        /// All codes, in order.
        pub const CODES: &[Code] = &[$(Code::$name),*];
    };
}

codes! {
    // 00: the command line and the program itself
    INTERNAL = "SB0001" "a fault in sqlbuild itself"
    USAGE = "SB0002" "the command line is wrong"
    IO = "SB0003" "a file cannot be read or written"
    INTERRUPTED = "SB0004" "the run was cancelled"

    // 01: YAML and project files (yaml, load)
    YAML_SYNTAX = "SB0101" "the YAML cannot be read"
    YAML_DUPLICATE_KEY = "SB0102" "a YAML key is given twice"
    YAML_TYPE = "SB0103" "a YAML value has the wrong type"
    YAML_UNKNOWN_KEY = "SB0104" "a YAML key is unknown"
    PROJECT_MISSING = "SB0110" "there is no dbt_project.yml"
    PROJECT_INVALID = "SB0111" "dbt_project.yml is wrong"
    PROFILE_MISSING = "SB0120" "the profile or target does not exist"
    PROFILE_INVALID = "SB0121" "the profile is wrong"
    ENV_VAR_MISSING = "SB0122" "an environment variable is not set"
    VAR_MISSING = "SB0123" "a variable has no value"
    PACKAGE_MISSING = "SB0130" "a package is not installed"
    PACKAGE_INVALID = "SB0131" "a package cannot be installed"
    PACKAGE_UNPINNED = "SB0132" "a package's revision may move"

    // 02: Jinja
    JINJA_SYNTAX = "SB0201" "the template cannot be parsed"
    JINJA_UNDEFINED = "SB0202" "something undefined is used"
    JINJA_RENDER = "SB0203" "the template cannot be rendered"
    MACRO_UNKNOWN = "SB0204" "a macro does not exist"
    MACRO_ARGUMENTS = "SB0205" "a macro is called with wrong arguments"
    MACRO_RAISED = "SB0206" "the template raised an error"
    MACRO_WARNED = "SB0207" "the template raised a warning"

    // 03: nodes, names, graph (parse, resolve)
    REF_UNKNOWN = "SB0301" "a ref names nothing"
    SOURCE_UNKNOWN = "SB0302" "a source names nothing"
    REF_DISABLED = "SB0303" "a ref names a disabled node"
    REF_AMBIGUOUS = "SB0304" "a ref names several nodes"
    CYCLE = "SB0305" "the models depend on each other in a circle"
    NAME_DUPLICATE = "SB0306" "two resources have the same name"
    RELATION_DUPLICATE = "SB0307" "two resources build the same relation"
    CONFIG_INVALID = "SB0308" "a config is wrong"
    CONFIG_UNKNOWN = "SB0309" "a config key is unknown"
    CONFIG_UNUSED = "SB0310" "a config applies to nothing"
    PATCH_UNMATCHED = "SB0311" "properties describe nothing"
    TEST_UNKNOWN = "SB0312" "a data test's macro does not exist"
    TEST_INVALID = "SB0313" "a data test is written wrongly"
    ACCESS_DENIED = "SB0314" "a private or protected node is referenced from outside"
    DOC_UNKNOWN = "SB0315" "a docs block does not exist"
    CONTRACT_INVALID = "SB0316" "a contract is incomplete"
    DEPRECATED = "SB0317" "something deprecated is used"
    REF_UNDECLARED = "SB0318" "a ref appears only while the query is built"
    UNSUPPORTED = "SB0319" "a feature is not supported"
    SEMANTIC_INVALID = "SB0320" "the semantic layer contradicts itself"
    PACKAGE_NEEDS_PROJECT = "SB0321" "a package refers to the project that uses it"
    MACRO_DESCRIBED_WRONGLY = "SB0322" "a macro's properties are not like the macro"
    REFERENCE_DEPRECATED = "SB0323" "a model refers to a deprecated one"
    MICROBATCH_INPUTS = "SB0324" "a microbatch model reads its inputs whole"
    BATCHES_SEQUENTIAL = "SB0325" "batches cannot be built at the same time"
    PYTHON_INVALID = "SB0326" "a model in Python cannot be read"
    REFERENCE_DEPRECATED_SOON = "SB0327" "a model refers to one that will be deprecated"

    // 04: selection
    SELECTOR_SYNTAX = "SB0401" "the selection cannot be understood"
    SELECTOR_UNKNOWN = "SB0402" "the selector does not exist"
    SELECTION_EMPTY = "SB0403" "the selection matches nothing"
    STATE_MISSING = "SB0404" "the state's artifacts cannot be read"
    NOTHING_TO_DO = "SB0405" "nothing is selected"
    CONTRACT_CHANGED = "SB0406" "a contract has changed in a way that breaks others"
    SEED_NOT_COMPARED = "SB0407" "a large seed is compared by its path"

    // 05: databases (adapters)
    ADAPTER_UNKNOWN = "SB0501" "the database type is unknown"
    CONNECTION_FAILED = "SB0502" "the database cannot be reached"
    CONNECTION_REFUSED = "SB0503" "the database refuses the login"
    DATABASE_LOCKED = "SB0504" "the database file is locked"
    CONNECTION_INSECURE = "SB0505" "the connection is not verified"
    SQL_FAILED = "SB0510" "the database rejects a statement"
    SQL_CANCELLED = "SB0511" "a statement was cancelled"
    SQL_TRANSIENT = "SB0512" "the database asks to try a statement again"
    CONSTRAINT_VIOLATED = "SB0513" "rows break a constraint"
    TRANSFER_FAILED = "SB0514" "rows cannot be moved to another output"
    OUTPUT_UNREACHABLE = "SB0515" "an output of the profile cannot be reached"

    // 06: plan and run
    MATERIALIZATION_UNKNOWN = "SB0601" "the materialization does not exist"
    STRATEGY_INVALID = "SB0602" "the incremental strategy is wrong"
    RELATION_IN_THE_WAY = "SB0603" "another relation is in the way"
    SCHEMA_CHANGED = "SB0604" "the columns have changed"
    CONTRACT_BROKEN = "SB0605" "a contract is broken"
    SEED_INVALID = "SB0606" "a seed cannot be read"
    TEST_FAILED = "SB0607" "a data test failed"
    UNIQUE_KEY_INVALID = "SB0608" "the unique key is wrong"
    SNAPSHOT_INVALID = "SB0609" "a snapshot cannot be taken"
    HOOK_FAILED = "SB0610" "a hook failed"
    UNIT_TEST_FAILED = "SB0611" "a unit test failed"
    DOCS_NOT_PERSISTED = "SB0612" "a description has no column to be written to"
    ACCUMULATION_INVALID = "SB0613" "observations cannot be accumulated"
    KEY_NULL = "SB0614" "a key is null"
    QUARANTINE_INVALID = "SB0615" "a quarantine is wrong"
    SNAPSHOT_LATE = "SB0616" "rows came too late for a snapshot"
    SNAPSHOT_GUARD = "SB0617" "too many rows are missing for a snapshot"
    FOREIGN_KEY_LOOSE = "SB0618" "a foreign key no longer holds for all rows"
    PARTITIONS_INVALID = "SB0619" "a table cannot be partitioned so"
    RELATION_BUILT = "SB0620" "another run has built the relation meanwhile"
    FILES_MISSING = "SB0630" "there are no files to load"
    FILE_SHAPE = "SB0631" "files have different columns"
    FILES_OUT_OF_REACH = "SB0632" "the engine cannot read the files"
    TARGETS_DIFFER = "SB0640" "what belongs to another output cannot be used here"

    // 07: artifacts
    ARTIFACT_INVALID = "SB0701" "an artifact cannot be read"

    // 08: deprecations, one for each of dbt's events
    SOURCE_PATHS_DEPRECATED = "SB0801" "'source-paths' is an old name"
    DATA_PATHS_DEPRECATED = "SB0802" "'data-paths' is an old name"
    LOG_PATH_DEPRECATED = "SB0803" "'log-path' in dbt_project.yml is deprecated"
    TARGET_PATH_DEPRECATED = "SB0804" "'target-path' in dbt_project.yml is deprecated"
    INSTALL_PATH_DEPRECATED = "SB0805" "packages are no longer in 'dbt_modules'"
    PACKAGE_RENAMED = "SB0806" "a package has moved"
    PROFILE_FLAGS_DEPRECATED = "SB0807" "'config' in profiles.yml is deprecated"
    EXPOSURE_NAME_DEPRECATED = "SB0808" "an exposure's name is not a plain name"
    BLANK_IN_NAME_DEPRECATED = "SB0809" "a name contains a blank"
    PACKAGE_MATERIALIZATION_DEPRECATED = "SB0810" "a package replaces a built-in materialization"
    JINJA_BLOCK_DEPRECATED = "SB0811" "a Jinja tag that means nothing here"
    SOURCE_OVERRIDE_DEPRECATED = "SB0812" "'overrides' of a source is deprecated"
    TEST_CONFIG_DEPRECATED = "SB0813" "a data test's config stands beside its arguments"
    TEST_ARGUMENTS_DEPRECATED = "SB0814" "a data test's arguments are not under 'arguments'"
    TEST_ARGUMENTS_KEY_DEPRECATED = "SB0815" "'arguments' is a data test's argument by its flag"
    SHARED_NAME_DEPRECATED = "SB0816" "a model and a seed have the same name"
    ITERTOOLS_DEPRECATED = "SB0817" "modules.itertools is deprecated"
    FRESHNESS_OUTPUT_DEPRECATED = "SB0818" "'source freshness --output' is deprecated"
    MODELS_OPTION_DEPRECATED = "SB0819" "'--models' is an old name of '--select'"
    WARN_ERROR_KEYS_DEPRECATED = "SB0820" "'include' and 'exclude' of warn_error_options are old names"
    VARIABLE_RENAMED = "SB0821" "an environment variable has another name now"
    VARIABLE_RESERVED = "SB0822" "an environment variable has a name that is kept for settings"
    FRESHNESS_TABLE_DEPRECATED = "SB0823" "the macro collect_freshness gives a table alone"

    // 09: operations
    NOTIFICATIONS_INVALID = "SB0901" "notifications.yml is wrong"
    NOTIFICATION_FAILED = "SB0902" "a notification could not be delivered"
}

impl Code {
    /// Whether it tells of something that goes on working for now: told once a call, unless all are asked for.
    pub fn is_deprecation(self) -> bool {
        self.id.starts_with("SB08")
    }
}

#[cfg(test)]
mod tests {
    use super::CODES;

    #[test]
    fn ids_are_unique_and_ascending() {
        assert!(CODES.windows(2).all(|pair| pair[0].id < pair[1].id));
    }

    #[test]
    fn every_code_is_documented() {
        let docs = include_str!("../../docs/diagnostics.md");
        let missing: Vec<_> = CODES.iter().filter(|code| !docs.contains(&format!("## {}", code.id))).collect();
        assert!(missing.is_empty(), "docs/diagnostics.md lacks {missing:?}");
    }
}
