//! Entries that are kept as written: exposures, groups, unit tests, metrics and the like.

use super::Reader;
use crate::diagnostics::Result;
use crate::parse::Settings;
use crate::yaml::{Fields, Yaml};

/// A named entry of a section.
#[derive(Debug, Clone)]
pub struct Described {
    /// Its name.
    pub name: String,
    /// The description, not yet rendered.
    pub description: Option<Yaml>,
    /// `config:`.
    pub config: Settings,
    /// All of it.
    pub yaml: Yaml,
}

pub fn read(_: &mut Reader<'_>, yaml: &Yaml, _: &Yaml) -> Result<Described> {
    let mut fields = Fields::of(yaml, "the entry")?;
    Ok(Described {
        name: fields.require("name")?,
        description: fields.yaml("description").cloned(),
        config: fields.yaml("config").map(Settings::of).unwrap_or_default(),
        yaml: yaml.clone(),
    })
}
