//! catalogs.yml: where tables of lakes are written.

use super::context::TextRenderer;
use crate::adapters::Dialect;
use crate::diagnostics::{Code, Diagnostic, Result, Span};
use crate::world::World;
use crate::yaml::{self, Fields, Yaml};
use serde_json::{Map, Value as Json};
use std::path::Path;

const FILE_NAME: &str = "catalogs.yml";

/// A catalog, as its active write integration says.
#[derive(Debug, Clone, PartialEq)]
pub struct Catalog {
    /// What models call it in `catalog_name`, in any case.
    pub name: String,
    /// `catalog_type`, in capitals.
    pub kind: String,
    /// Where the files of tables are kept that do not say it themselves.
    pub external_volume: Option<String>,
    /// `adapter_properties`: what a table has that does not say otherwise.
    pub properties: Map<String, Json>,
}

/// The catalogs of the catalogs.yml in `dir`, if there is one, that the target's engine has; what is wrong goes to `errors`.
pub fn read(
    world: &World,
    dir: &Path,
    renderer: &TextRenderer,
    engine: &Dialect,
    errors: &mut Vec<Box<Diagnostic>>,
) -> Vec<Catalog> {
    let path = dir.join(FILE_NAME);
    if !path.is_file() {
        return vec![];
    }
    let written = match written(world, &path, renderer) {
        Ok(written) => written,
        Err(error) => {
            errors.push(error);
            return vec![];
        }
    };
    let catalogs = written.iter().map(|yaml| catalog(yaml, engine));
    catalogs.filter_map(|catalog| catalog.map_err(|error| errors.push(error)).ok()).collect()
}

fn written(world: &World, path: &Path, renderer: &TextRenderer) -> Result<Vec<Yaml>> {
    let file = world.read(path, FILE_NAME)?;
    let (yaml, _) = yaml::parse(&file)?;
    if yaml.is_null() {
        return Err(invalid(format!("{FILE_NAME} is empty."), &file.line_span(1)));
    }
    let rendered = yaml.map_texts(&mut |_, text| renderer.render(text).map(Some))?;
    let catalogs: Vec<&Yaml> = Fields::of(&rendered, FILE_NAME)?.take("catalogs")?.unwrap_or_default();
    Ok(catalogs.into_iter().cloned().collect())
}

fn catalog(yaml: &Yaml, engine: &Dialect) -> Result<Catalog> {
    let mut fields = Fields::of(yaml, "the catalog")?;
    let name: String = fields.require("name")?;
    let written: Vec<&Yaml> = fields.take("write_integrations")?.unwrap_or_default();
    let active: Option<&Yaml> = fields.take("active_write_integration")?;
    let mut integrations: Vec<(&Yaml, Fields<'_>)> = vec![];
    for integration in written {
        let mut fields = Fields::of(integration, format!("a write integration of the catalog '{name}'"))?;
        let given: &Yaml = fields.require("name")?;
        if integrations.iter().any(|(other, _)| other.as_key() == given.as_key()) {
            let message = format!("The catalog '{name}' has two write integrations '{}'.", given.as_key());
            return Err(invalid(message, &given.span));
        }
        integrations.push((given, fields));
    }
    let at = match active {
        None if integrations.len() != 1 => {
            let message = format!("The catalog '{name}' does not say which of its write integrations is used.");
            return Err(invalid(message, &yaml.span).hint("Name it in 'active_write_integration'."));
        }
        None => 0,
        Some(active) => {
            integrations.iter().position(|(given, _)| given.as_key() == active.as_key()).ok_or_else(|| {
                let message = format!("The catalog '{name}' has no write integration '{}'.", active.as_key());
                let names: Vec<String> = integrations.iter().map(|(given, _)| given.as_key()).collect();
                invalid(message, &active.span).hint(format!("It has: {}.", names.join(", ")))
            })?
        }
    };
    let fields = &mut integrations[at].1;
    let kind: &Yaml = fields.require("catalog_type")?;
    if !engine.lake_catalogs.contains(&kind.as_key().to_uppercase().as_str()) {
        return Err(unsupported(&name, kind, engine.name));
    }
    let properties: Option<&Yaml> = fields.take("adapter_properties")?;
    Ok(Catalog {
        name,
        kind: kind.as_key().to_uppercase(),
        external_volume: fields.take("external_volume")?,
        properties: match properties.map(Yaml::to_json) {
            Some(Json::Object(properties)) => properties,
            _ => Map::new(),
        },
    })
}

fn invalid(message: String, span: &Span) -> Box<Diagnostic> {
    Diagnostic::error(Code::PROJECT_INVALID, message).at(span)
}

fn unsupported(name: &str, kind: &Yaml, engine: &str) -> Box<Diagnostic> {
    let message = format!("The catalog '{name}' is of the type '{}', which {engine} does not support.", kind.as_key());
    Diagnostic::error(Code::UNSUPPORTED, message).at(&kind.span).hint(format!("Remove it from {FILE_NAME}."))
}

#[cfg(test)]
mod tests {
    use crate::event::Silent;
    use crate::load::project;
    use crate::load::trial::Trial;

    #[test]
    fn catalogs_are_checked_and_refused() {
        let complain = |catalog: &str| {
            let trial = Trial::new(&[
                ("dbt_project.yml", "{name: shop, profile: shop}"),
                ("profiles.yml", "shop: {outputs: {default: {type: duckdb, path: ':memory:'}}}"),
                ("catalogs.yml", &format!("catalogs:\n  - {catalog}\n")),
            ]);
            let errors = project(&trial.world, &trial.invocation, &Silent).map(drop).unwrap_err();
            errors.iter().map(|error| error.message.clone()).collect::<Vec<_>>().join("; ")
        };
        let one = "{name: a, catalog_type: built_in}";
        for (catalog, expected) in [
            (format!("{{name: c, write_integrations: [{one}]}}"), "of the type 'built_in', which duckdb does not"),
            (format!("{{name: c, write_integrations: [{one}, {one}]}}"), "two write integrations 'a'"),
            ("{name: c, write_integrations: []}".to_owned(), "does not say which"),
            (
                format!("{{name: c, write_integrations: [{one}], active_write_integration: b}}"),
                "no write integration 'b'",
            ),
        ] {
            let message = complain(&catalog);
            assert!(message.contains(expected), "{message}");
        }
    }
}
