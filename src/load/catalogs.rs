//! catalogs.yml: where tables of lakes are written. No engine here has such catalogs; what the file says is checked and
//! then refused.

use super::context::TextRenderer;
use crate::diagnostics::{Code, Diagnostic, Result, Span};
use crate::world::World;
use crate::yaml::{self, Fields, Yaml};
use std::path::Path;

const FILE_NAME: &str = "catalogs.yml";

/// What is wrong with the catalogs.yml in `dir`, if there is one; `engine` is the target's.
pub fn check(world: &World, dir: &Path, renderer: &TextRenderer, engine: &str) -> Vec<Box<Diagnostic>> {
    let path = dir.join(FILE_NAME);
    if !path.is_file() {
        return vec![];
    }
    match read(world, &path, renderer) {
        Ok(catalogs) => catalogs.iter().filter_map(|yaml| catalog(yaml, engine).err()).collect(),
        Err(error) => vec![error],
    }
}

fn read(world: &World, path: &Path, renderer: &TextRenderer) -> Result<Vec<Yaml>> {
    let file = world.read(path, FILE_NAME)?;
    let (yaml, _) = yaml::parse(&file)?;
    if yaml.is_null() {
        return Err(invalid(format!("{FILE_NAME} is empty."), &file.line_span(1)));
    }
    let rendered = yaml.map_texts(&mut |_, text| renderer.render(text).map(Some))?;
    let catalogs: Vec<&Yaml> = Fields::of(&rendered, FILE_NAME)?.take("catalogs")?.unwrap_or_default();
    Ok(catalogs.into_iter().cloned().collect())
}

fn catalog(yaml: &Yaml, engine: &str) -> Result<()> {
    let mut fields = Fields::of(yaml, "the catalog")?;
    let name: String = fields.require("name")?;
    let integrations: Vec<&Yaml> = fields.take("write_integrations")?.unwrap_or_default();
    let active: Option<&Yaml> = fields.take("active_write_integration")?;
    let mut names: Vec<String> = vec![];
    let mut kinds: Vec<&Yaml> = vec![];
    for integration in integrations {
        let mut fields = Fields::of(integration, format!("a write integration of the catalog '{name}'"))?;
        let given: &Yaml = fields.require("name")?;
        if names.contains(&given.as_key()) {
            let message = format!("The catalog '{name}' has two write integrations '{}'.", given.as_key());
            return Err(invalid(message, &given.span));
        }
        names.push(given.as_key());
        kinds.push(fields.require("catalog_type")?);
    }
    match active {
        None if names.len() != 1 => {
            let message = format!("The catalog '{name}' does not say which of its write integrations is used.");
            Err(invalid(message, &yaml.span).hint("Name it in 'active_write_integration'."))
        }
        Some(active) if !names.contains(&active.as_key()) => {
            let message = format!("The catalog '{name}' has no write integration '{}'.", active.as_key());
            Err(invalid(message, &active.span).hint(format!("It has: {}.", names.join(", "))))
        }
        _ => Err(unsupported(&name, kinds[0], engine)),
    }
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
