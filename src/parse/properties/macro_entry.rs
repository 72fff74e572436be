//! Properties of macros.

use super::Reader;
use crate::diagnostics::Result;
use crate::yaml::{Fields, Yaml};
use serde_json::Value as Json;

/// What properties say about a macro.
#[derive(Debug, Clone)]
pub struct MacroProperties {
    /// The macro's name.
    pub name: Yaml,
    /// The description, not yet rendered.
    pub description: Option<Yaml>,
    /// `meta`, at the top or in `config:`.
    pub meta: Option<Json>,
    /// `docs`, at the top or in `config:`.
    pub docs: Option<Json>,
    /// `arguments`: name, type, description (not yet rendered).
    pub arguments: Vec<(String, Option<String>, Option<Yaml>)>,
}

pub fn read(reader: &mut Reader<'_>, yaml: &Yaml, _: &Yaml) -> Result<MacroProperties> {
    let mut fields = Fields::of(yaml, "the macro's entry")?;
    let name: &Yaml = fields.require("name")?;
    let config = fields.yaml("config");
    let mut either = |key| config.and_then(|config| config.get(key)).or(fields.yaml(key)).map(Yaml::to_json);
    let (meta, docs) = (either("meta"), either("docs"));
    let arguments: Vec<&Yaml> = fields.take("arguments")?.unwrap_or_default();
    let properties = MacroProperties {
        name: name.clone(),
        description: fields.yaml("description").cloned(),
        meta,
        docs,
        arguments: arguments.into_iter().map(argument).collect::<Result<_>>()?,
    };
    reader.findings.extend(fields.unknown());
    Ok(properties)
}

fn argument(yaml: &Yaml) -> Result<(String, Option<String>, Option<Yaml>)> {
    let mut fields = Fields::of(yaml, "the argument")?;
    Ok((fields.require("name")?, fields.take("type")?, fields.yaml("description").cloned()))
}
