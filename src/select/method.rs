//! The ways to look for resources.

use crate::diagnostics::{Code, Diagnostic, Result, nearest};

/// A way to look for resources: the part before the colon.
#[derive(Debug, Clone, PartialEq, Eq)]
#[allow(missing_docs)]
pub enum Method {
    Fqn,
    Tag,
    Group,
    Access,
    Source,
    Path,
    File,
    Package,
    /// With the keys that lead to the value.
    Config(Vec<String>),
    TestName,
    TestType,
    ResourceType,
    State,
    Exposure,
    Metric,
    Result,
    SourceStatus,
    Version,
    SemanticModel,
    SavedQuery,
    UnitTest,
    /// Another selector of selectors.yml.
    Selector,
}

const NAMES: &[&str] = &[
    "fqn",
    "tag",
    "group",
    "access",
    "source",
    "path",
    "file",
    "package",
    "config",
    "test_name",
    "test_type",
    "resource_type",
    "state",
    "exposure",
    "metric",
    "result",
    "source_status",
    "version",
    "semantic_model",
    "saved_query",
    "unit_test",
    "selector",
];

impl Method {
    /// The method of this name (with its arguments: `config.materialized`); without a name, the one that `value` looks
    /// like.
    pub fn parse(name: Option<&str>, value: &str) -> Result<Self> {
        let Some(name) = name else { return Ok(Self::of_value(value)) };
        let mut parts = name.split('.').map(str::to_owned);
        let first = parts.next().unwrap_or_default();
        Ok(match first.as_str() {
            "fqn" => Self::Fqn,
            "tag" => Self::Tag,
            "group" => Self::Group,
            "access" => Self::Access,
            "source" => Self::Source,
            "path" => Self::Path,
            "file" => Self::File,
            "package" => Self::Package,
            "config" => Self::Config(parts.collect()),
            "test_name" => Self::TestName,
            "test_type" => Self::TestType,
            "resource_type" => Self::ResourceType,
            "state" => Self::State,
            "exposure" => Self::Exposure,
            "metric" => Self::Metric,
            "result" => Self::Result,
            "source_status" => Self::SourceStatus,
            "version" => Self::Version,
            "semantic_model" => Self::SemanticModel,
            "saved_query" => Self::SavedQuery,
            "unit_test" => Self::UnitTest,
            "selector" => Self::Selector,
            unknown => return Err(Self::unknown(unknown)),
        })
    }

    fn of_value(value: &str) -> Self {
        let lower = value.to_lowercase();
        if value.contains('/') || value.contains(std::path::MAIN_SEPARATOR) {
            Self::Path
        } else if [".sql", ".py", ".csv"].iter().any(|ending| lower.ends_with(ending)) {
            Self::File
        } else {
            Self::Fqn
        }
    }

    fn unknown(name: &str) -> Box<Diagnostic> {
        let error =
            Diagnostic::error(Code::SELECTOR_SYNTAX, format!("'{name}' is not a valid method name of selections."));
        match nearest(name, NAMES.iter().copied()).first() {
            Some(near) => error.hint(format!("Did you mean '{near}'?")),
            None => error.hint(format!("The methods are {}.", NAMES.join(", "))),
        }
    }
}
