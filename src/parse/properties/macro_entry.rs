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
    /// `meta`, at the top and in `config:`, which is stronger.
    pub meta: Option<Json>,
    /// `docs`, at the top and in `config:`, which is stronger.
    pub docs: Option<Json>,
    /// `arguments`: name, type, description (not yet rendered).
    pub arguments: Vec<(String, Option<String>, Option<Yaml>)>,
}

pub fn read(reader: &mut Reader<'_>, yaml: &Yaml, _: &Yaml) -> Result<MacroProperties> {
    let mut fields = Fields::of(yaml, "the macro's entry")?;
    let name: &Yaml = fields.require("name")?;
    let config = fields.yaml("config");
    let mut joined = |key| {
        let outer = fields.yaml(key).map(Yaml::to_json);
        match (outer, config.and_then(|config| config.get(key)).map(Yaml::to_json)) {
            (Some(Json::Object(outer)), Some(Json::Object(inner))) => {
                Some(Json::Object(outer.into_iter().chain(inner).collect()))
            }
            (outer, inner) => inner.or(outer),
        }
    };
    let (meta, docs) = (joined("meta"), joined("docs"));
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
