//! Sources and their tables.

use super::Reader;
use super::column::{self, ColumnProperties};
use super::data_test::{self, TestDeclaration};
use crate::diagnostics::{Code, Diagnostic, Result, Span};
use crate::parse::Settings;
use crate::yaml::{Fields, OneOrMany, Yaml};
use serde::{Deserialize, Serialize};
use serde_json::{Map, Value as Json};

/// A source.
#[derive(Debug, Clone)]
pub struct SourceProperties {
    /// Its name.
    pub name: String,
    /// Where the name stands.
    pub span: Span,
    /// The package whose source it changes.
    pub overrides: Option<String>,
    /// `database`.
    pub database: Option<String>,
    /// `schema`.
    pub schema: Option<String>,
    /// `database` and `schema` with their templates.
    pub written_place: WrittenPlace,
    /// `loader`.
    pub loader: Option<String>,
    /// What it says about all its tables.
    pub facts: Facts,
    /// Its tables.
    pub tables: Vec<TableProperties>,
}

/// Where a source is, with its templates.
#[derive(Debug, Clone, Default, Serialize, Deserialize)]
pub struct WrittenPlace {
    /// `database`.
    pub database: Option<String>,
    /// `schema`.
    pub schema: Option<String>,
}

/// A table of a source.
#[derive(Debug, Clone)]
pub struct TableProperties {
    /// Its name.
    pub name: String,
    /// Where the name stands.
    pub span: Span,
    /// `identifier`.
    pub identifier: Option<String>,
    /// `external`.
    pub external: Option<Json>,
    /// What it says about itself.
    pub facts: Facts,
    /// `columns`.
    pub columns: Vec<ColumnProperties>,
    /// Data tests of the whole table.
    pub tests: Vec<TestDeclaration>,
}

/// What a source and a table of it can both say.
#[derive(Debug, Clone, Default)]
pub struct Facts {
    /// The description, not yet rendered.
    pub description: Option<Yaml>,
    /// `quoting`.
    pub quoting: Option<Yaml>,
    /// `freshness`: `None` when absent, null when switched off.
    pub freshness: Option<Yaml>,
    /// `loaded_at_field`: `None` when absent, null when switched off.
    pub loaded_at_field: Option<Yaml>,
    /// `loaded_at_query`.
    pub loaded_at_query: Option<Yaml>,
    /// `meta`.
    pub meta: Map<String, Json>,
    /// `tags`.
    pub tags: Vec<String>,
    /// `config`.
    pub config: Settings,
}

pub fn read(reader: &mut Reader<'_>, yaml: &Yaml, written: &Yaml) -> Result<SourceProperties> {
    let name: String = Fields::of(yaml, "the source's entry")?.require("name")?;
    let mut fields = Fields::of(yaml, format!("the source '{name}'"))?;
    let span = fields.yaml("name").map_or(&yaml.span, |name| &name.span).clone();
    let tables: Vec<&Yaml> = fields.take("tables")?.unwrap_or_default();
    let text = |key: &str| written.get(key).and_then(Yaml::as_str).map(str::to_owned);
    let mut source = SourceProperties {
        span,
        overrides: fields.take("overrides")?,
        database: fields.take("database")?,
        schema: fields.take("schema")?,
        written_place: WrittenPlace { database: text("database"), schema: text("schema") },
        loader: fields.take("loader")?,
        facts: facts(yaml, &mut fields)?,
        tables: vec![],
        name,
    };
    for table in tables {
        source.tables.push(read_table(reader, &source.name, table)?);
    }
    fields.allow(&["path"]);
    reader.findings.extend(fields.unknown());
    Ok(source)
}

fn read_table(reader: &mut Reader<'_>, source: &str, yaml: &Yaml) -> Result<TableProperties> {
    let name: String = Fields::of(yaml, format!("a table of the source '{source}'"))?.require("name")?;
    let mut fields = Fields::of(yaml, format!("the table '{source}.{name}'"))?;
    let table = TableProperties {
        span: fields.yaml("name").map_or(&yaml.span, |name| &name.span).clone(),
        identifier: fields.take("identifier")?,
        external: fields.take("external")?,
        facts: facts(yaml, &mut fields)?,
        columns: column::read_all(reader, &mut fields)?,
        tests: data_test::read_all(reader, &mut fields)?,
        name,
    };
    fields.allow(&["docs", "data_type", "constraints"]);
    reader.findings.extend(fields.unknown());
    Ok(table)
}

fn facts(yaml: &Yaml, fields: &mut Fields<'_>) -> Result<Facts> {
    fields.allow(&["freshness", "loaded_at_field"]);
    let facts = Facts {
        description: fields.yaml("description").cloned(),
        quoting: fields.yaml("quoting").cloned(),
        freshness: yaml.get("freshness").cloned(),
        loaded_at_field: yaml.get("loaded_at_field").cloned(),
        loaded_at_query: fields.yaml("loaded_at_query").cloned(),
        meta: fields.take("meta")?.unwrap_or_default(),
        tags: fields.take::<OneOrMany<String>>("tags")?.map(|tags| tags.0).unwrap_or_default(),
        config: fields.yaml("config").map(Settings::of).unwrap_or_default(),
    };
    match (&facts.loaded_at_field, &facts.loaded_at_query) {
        (Some(field), Some(query)) if !field.is_null() => {
            let message = "'loaded_at_field' and 'loaded_at_query' exclude each other.";
            Err(Diagnostic::error(Code::CONFIG_INVALID, message).at(&field.span).label(&query.span, "and this"))
        }
        (Some(field), _) if field.as_str() == Some("") => {
            Err(Diagnostic::error(Code::CONFIG_INVALID, "'loaded_at_field' is empty.").at(&field.span))
        }
        _ => Ok(facts),
    }
}
