//! Properties of models, seeds, snapshots, analyses, functions and singular data tests.

use super::Reader;
use super::column::{self, ColumnProperties};
use super::data_test::{self, TestDeclaration};
use crate::diagnostics::{Code, Diagnostic, Result, Span};
use crate::parse::{Settings, TemplateKind};
use crate::yaml::{Fields, FromYaml, Yaml};
use serde_json::Value as Json;

/// Keys that may stand at the top of an entry or in its `config:`.
const CONFIG_KEYS: [&str; 5] = ["meta", "docs", "group", "contract", "access"];

/// The sections of a properties file that describe templates.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
#[allow(missing_docs)]
pub enum Section {
    Models,
    Seeds,
    Snapshots,
    Analyses,
    Functions,
    DataTests,
}

impl Section {
    /// All of them, in the order dbt reads them.
    pub const ALL: [Section; 6] =
        [Self::Models, Self::Seeds, Self::Snapshots, Self::Analyses, Self::Functions, Self::DataTests];

    /// The key of the section.
    pub fn key(self) -> &'static str {
        match self {
            Self::Models => "models",
            Self::Seeds => "seeds",
            Self::Snapshots => "snapshots",
            Self::Analyses => "analyses",
            Self::Functions => "functions",
            Self::DataTests => "data_tests",
        }
    }

    /// What it describes, for messages.
    pub fn noun(self) -> &'static str {
        match self {
            Self::Models => "model",
            Self::Seeds => "seed",
            Self::Snapshots => "snapshot",
            Self::Analyses => "analysis",
            Self::Functions => "function",
            Self::DataTests => "data test",
        }
    }

    /// The kind of template that it describes.
    pub fn kind(self) -> TemplateKind {
        match self {
            Self::Models => TemplateKind::Model,
            Self::Seeds => TemplateKind::Seed,
            Self::Snapshots => TemplateKind::Snapshot,
            Self::Analyses => TemplateKind::Analysis,
            Self::Functions => TemplateKind::Function,
            Self::DataTests => TemplateKind::SingularTest,
        }
    }
}

/// What properties say about a template.
#[derive(Debug, Clone)]
pub struct NodeProperties {
    /// The section it stands in.
    pub section: Section,
    /// The node's name.
    pub name: String,
    /// Where the name stands.
    pub span: Span,
    /// The description, not yet rendered.
    pub description: Option<Yaml>,
    /// `config:`, with `meta`, `docs`, `group`, `contract` and `access` from the top.
    pub config: Settings,
    /// `columns`.
    pub columns: Vec<ColumnProperties>,
    /// Data tests of the whole.
    pub tests: Vec<TestDeclaration>,
    /// Whether tests quote column names that do not say.
    pub quote_columns: Option<bool>,
    /// `constraints`.
    pub constraints: Vec<Yaml>,
    /// `latest_version`.
    pub latest_version: Option<Yaml>,
    /// `versions`.
    pub versions: Vec<VersionProperties>,
    /// `deprecation_date`.
    pub deprecation_date: Option<String>,
    /// `time_spine`.
    pub time_spine: Option<Json>,
    /// A snapshot's `relation`.
    pub relation: Option<Yaml>,
    /// A function's `arguments`.
    pub arguments: Vec<Yaml>,
    /// A function's `returns`.
    pub returns: Option<Yaml>,
}

/// A version of a model.
#[derive(Debug, Clone)]
pub struct VersionProperties {
    /// `v`.
    pub version: Json,
    /// Where it stands.
    pub span: Span,
    /// `defined_in`.
    pub defined_in: Option<String>,
    /// The description, not yet rendered.
    pub description: Option<Yaml>,
    /// `config:`, with `meta`, `docs`, `group`, `contract` and `access` from the top.
    pub config: Settings,
    /// The family's columns that it has.
    pub include: Inclusion,
    /// Columns of its own.
    pub columns: Vec<ColumnProperties>,
    /// Data tests of its own, instead of the family's.
    pub tests: Option<Vec<TestDeclaration>>,
    /// `constraints`.
    pub constraints: Vec<Yaml>,
    /// `deprecation_date`.
    pub deprecation_date: Option<String>,
}

impl VersionProperties {
    /// The version as names have it: `v2`.
    pub fn suffix(&self) -> String {
        format!("v{}", version_text(&self.version))
    }
}

/// A version as text.
pub fn version_text(version: &Json) -> String {
    match version {
        Json::String(text) => text.clone(),
        other => other.to_string(),
    }
}

/// Which of the family's columns a version has.
#[derive(Debug, Clone, Default)]
pub struct Inclusion {
    /// Their names; `None`: all.
    pub include: Option<Vec<String>>,
    /// Those it has not.
    pub exclude: Vec<String>,
}

impl Inclusion {
    /// Whether the version has the column.
    pub fn includes(&self, column: &str) -> bool {
        let included = self.include.as_ref().is_none_or(|names| names.iter().any(|name| name == column));
        included && !self.exclude.iter().any(|name| name == column)
    }
}

pub fn read(reader: &mut Reader<'_>, section: Section, yaml: &Yaml, written: &Yaml) -> Result<NodeProperties> {
    let name: String = Fields::of(yaml, format!("the {}'s entry", section.noun()))?.require("name")?;
    let mut fields = Fields::of(yaml, format!("the {} '{name}'", section.noun()))?;
    let name_at = fields.yaml("name").map_or(&yaml.span, |name| &name.span);
    let mut properties = NodeProperties {
        section,
        span: name_at.clone(),
        name,
        description: fields.yaml("description").cloned(),
        config: config(&mut fields, written)?,
        columns: column::read_all(reader, &mut fields)?,
        tests: data_test::read_all(reader, &mut fields)?,
        quote_columns: fields.take("quote_columns")?,
        constraints: owned(fields.take("constraints")?),
        latest_version: None,
        versions: vec![],
        deprecation_date: fields.take("deprecation_date")?,
        time_spine: None,
        relation: None,
        arguments: vec![],
        returns: None,
    };
    match section {
        Section::Models => {
            properties.latest_version = fields.yaml("latest_version").cloned();
            properties.time_spine = fields.take("time_spine")?;
            let versions: Vec<&Yaml> = fields.take("versions")?.unwrap_or_default();
            let written = written.get("versions").and_then(Yaml::as_seq).unwrap_or_default();
            let versions = versions.into_iter().zip(written);
            properties.versions =
                versions.map(|(yaml, written)| version(reader, yaml, written)).collect::<Result<_>>()?;
            check_versions(&properties)?;
        }
        Section::Snapshots => properties.relation = fields.yaml("relation").cloned(),
        Section::Functions => {
            properties.arguments = owned(fields.take("arguments")?);
            properties.returns = fields.yaml("returns").cloned();
        }
        Section::Seeds | Section::Analyses | Section::DataTests => {}
    }
    fields.allow(&["version", "data_type", "tags"]);
    if let Some(tags) = fields.yaml("tags") {
        // dbt ignores these without a word.
        reader.findings.push(misplaced_tags(tags, &properties));
    }
    reader.findings.extend(fields.unknown());
    Ok(properties)
}

fn misplaced_tags(tags: &Yaml, properties: &NodeProperties) -> Box<Diagnostic> {
    let message = format!("'tags' of the {} '{}' has no effect here.", properties.section.noun(), properties.name);
    Diagnostic::warning(Code::YAML_UNKNOWN_KEY, message).at(&tags.span).hint("Move it into 'config:'.")
}

fn owned(list: Option<Vec<&Yaml>>) -> Vec<Yaml> {
    list.unwrap_or_default().into_iter().cloned().collect()
}

/// `config:` and the config keys that stand beside it.
fn config(fields: &mut Fields<'_>, written: &Yaml) -> Result<Settings> {
    let mut config = match fields.yaml("config") {
        Some(yaml) if yaml.as_map().is_none() => return Err(yaml.mismatch("'config'", "a mapping")),
        Some(yaml) => Settings::of(yaml).written_as(written.get("config")),
        None => Settings::default(),
    };
    for key in CONFIG_KEYS {
        let Some(outer) = fields.yaml(key) else { continue };
        if let Some(inner) = config.get(key) {
            return Err(Diagnostic::error(Code::CONFIG_INVALID, format!("'{key}' is given twice."))
                .at(&outer.span)
                .label(&inner.span, "and here, in 'config'")
                .hint("Keep the one in 'config'."));
        }
        config.set(key, outer.to_json(), &outer.span);
    }
    Ok(config)
}

fn version(reader: &mut Reader<'_>, yaml: &Yaml, written: &Yaml) -> Result<VersionProperties> {
    let mut fields = Fields::of(yaml, "the version")?;
    let v: &Yaml = fields.require("v")?;
    let mut properties = VersionProperties {
        version: v.to_json(),
        span: v.span.clone(),
        defined_in: fields.take("defined_in")?,
        description: fields.yaml("description").cloned(),
        config: config(&mut fields, written)?,
        include: Inclusion::default(),
        columns: vec![],
        tests: data_test::read_given(reader, &mut fields)?,
        constraints: owned(fields.take("constraints")?),
        deprecation_date: fields.take("deprecation_date")?,
    };
    for column in fields.take::<Vec<&Yaml>>("columns")?.unwrap_or_default() {
        match column.get("include").or(column.get("exclude")) {
            Some(_) => properties.include = inclusion(column)?,
            None => properties.columns.push(column::read(reader, column)?),
        }
    }
    reader.findings.extend(fields.unknown());
    Ok(properties)
}

fn inclusion(yaml: &Yaml) -> Result<Inclusion> {
    let names = |key: &str| yaml.get(key).map(|names| Vec::<String>::from_yaml(names, &format!("'{key}'"))).transpose();
    let all = yaml.get("include").and_then(Yaml::as_str).is_some_and(|text| matches!(text, "all" | "*"));
    Ok(Inclusion {
        include: if all { None } else { names("include")? },
        exclude: names("exclude")?.unwrap_or_default(),
    })
}

fn check_versions(properties: &NodeProperties) -> Result<()> {
    let mut seen = vec![];
    for version in &properties.versions {
        let text = version_text(&version.version);
        if seen.contains(&text) {
            let message = format!("The model '{}' has the version {text} twice.", properties.name);
            return Err(Diagnostic::error(Code::NAME_DUPLICATE, message).at(&version.span));
        }
        seen.push(text);
    }
    match &properties.latest_version {
        Some(latest) if !seen.contains(&version_text(&latest.to_json())) => {
            let message = format!(
                "The latest version {} of the model '{}' is none of its versions ({}).",
                version_text(&latest.to_json()),
                properties.name,
                seen.join(", ")
            );
            Err(Diagnostic::error(Code::CONFIG_INVALID, message).at(&latest.span))
        }
        _ => Ok(()),
    }
}
