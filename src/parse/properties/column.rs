//! Columns.

use super::Reader;
use super::data_test::{self, TestDeclaration};
use crate::diagnostics::{Result, Span};
use crate::yaml::{Fields, OneOrMany, Yaml};
use serde_json::{Map, Value as Json};

/// A documented column.
#[derive(Debug, Clone)]
pub struct ColumnProperties {
    /// Its name.
    pub name: String,
    /// The description, not yet rendered.
    pub description: Option<Yaml>,
    /// `data_type`.
    pub data_type: Option<String>,
    /// `meta`, that of `config:` over that at the top.
    pub meta: Map<String, Json>,
    /// `tags`, those at the top and those of `config:`.
    pub tags: Vec<String>,
    /// `constraints`.
    pub constraints: Vec<Yaml>,
    /// `quote`.
    pub quote: Option<bool>,
    /// `granularity`.
    pub granularity: Option<String>,
    /// Its data tests.
    pub tests: Vec<TestDeclaration>,
    /// Keys without a meaning of their own.
    pub extra: Map<String, Json>,
    /// Where it is declared.
    pub span: Span,
}

/// Reads `columns:`.
pub fn read_all(reader: &mut Reader<'_>, fields: &mut Fields<'_>) -> Result<Vec<ColumnProperties>> {
    let columns: Vec<&Yaml> = fields.take("columns")?.unwrap_or_default();
    columns.into_iter().map(|yaml| read(reader, yaml)).collect()
}

/// Reads a column.
pub fn read(reader: &mut Reader<'_>, yaml: &Yaml) -> Result<ColumnProperties> {
    let mut fields = Fields::of(yaml, "the column")?;
    let name: &Yaml = fields.require("name")?;
    let mut meta: Map<String, Json> = fields.take("meta")?.unwrap_or_default();
    let mut tags = fields.take::<OneOrMany<String>>("tags")?.map(|tags| tags.0).unwrap_or_default();
    if let Some(config) = fields.yaml("config") {
        let mut config = Fields::of(config, "the column's config")?;
        meta.extend(config.take::<Map<String, Json>>("meta")?.unwrap_or_default());
        tags.extend(config.take::<OneOrMany<String>>("tags")?.map(|tags| tags.0).unwrap_or_default());
    }
    let mut seen = std::collections::HashSet::new();
    tags.retain(|tag| seen.insert(tag.clone()));
    let mut column = ColumnProperties {
        name: crate::yaml::FromYaml::from_yaml(name, "'name'")?,
        span: name.span.clone(),
        description: fields.yaml("description").cloned(),
        data_type: fields.take("data_type")?,
        meta,
        tags,
        constraints: fields.take::<Vec<&Yaml>>("constraints")?.unwrap_or_default().into_iter().cloned().collect(),
        quote: fields.take("quote")?,
        granularity: fields.take("granularity")?,
        tests: data_test::read_all(reader, &mut fields)?,
        extra: Map::new(),
    };
    fields.allow(&["docs"]);
    // Other keys are the user's own, unless they look like a slip.
    reader.findings.extend(fields.unknown().into_iter().filter(|warning| warning.hint.is_some()));
    column.extra = fields.rest().map(|(key, value)| (key.as_key(), value.to_json())).collect();
    Ok(column)
}
