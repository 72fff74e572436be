//! Macros as the manifest lists them.

use super::reach::Reach;
use super::template_node::Drafter;
use super::{Macro, MacroArgument};
use crate::diagnostics::{Code, Diagnostic, Result, nearest};
use crate::jinja::{BlockKind, MacroDef};
use crate::parse::{MacroProperties, PropertiesFile};
use indexmap::IndexMap;
use serde_json::{Map, Value as Json, json};
use std::sync::Arc;

/// All macros by unique id, described by the properties files.
pub fn list(
    drafter: &Drafter<'_>,
    definitions: &[(Arc<MacroDef>, String)],
    files: &[PropertiesFile],
    findings: &mut Vec<Box<Diagnostic>>,
) -> IndexMap<String, Macro> {
    let created_at = drafter.site.created_at;
    let macros = definitions.iter().map(|(def, path)| entry(def, path, &drafter.site.reach, created_at));
    let mut macros: IndexMap<String, Macro> = macros.map(|entry| (entry.unique_id.clone(), entry)).collect();
    for (file, properties) in files.iter().flat_map(|file| file.macros.iter().map(move |properties| (file, properties)))
    {
        if let Err(error) = describe(drafter, &mut macros, file, properties) {
            findings.push(error);
        }
    }
    macros
}

fn entry(def: &MacroDef, path: &str, reach: &Reach, created_at: f64) -> Macro {
    let docs = json!({"show": true, "node_color": null});
    Macro {
        unique_id: def.unique_id(),
        name: def.name.clone(),
        package_name: def.package.clone(),
        original_file_path: path.to_owned(),
        macro_sql: def.block.span.text().to_owned(),
        depends_on: reach.calls(&def.unique_id()).to_vec(),
        description: String::new(),
        meta: Map::new(),
        config: json!({"meta": {}, "docs": docs}),
        docs,
        patch_path: None,
        arguments: vec![],
        supported_languages: match def.block.kind {
            BlockKind::Materialization => Some(def.block.supported_languages.clone().unwrap_or(vec!["sql".into()])),
            _ => None,
        },
        created_at,
    }
}

fn describe(
    drafter: &Drafter<'_>,
    macros: &mut IndexMap<String, Macro>,
    file: &PropertiesFile,
    properties: &MacroProperties,
) -> Result<()> {
    let package = &file.package.name;
    let name = properties.name.as_key();
    let Some(found) = macros.get(&format!("macro.{package}.{name}")) else {
        let message = format!("There is no macro '{name}' in '{package}' for these properties.");
        let warning = Diagnostic::warning(Code::PATCH_UNMATCHED, message).at(&properties.name.span);
        let known = macros.values().filter(|known| known.package_name == *package).map(|known| known.name.as_str());
        return Err(match nearest(&name, known).first() {
            Some(near) => warning.hint(format!("Did you mean '{near}'?")),
            None => warning,
        });
    };
    if found.patch_path.is_some() {
        let message = format!("The macro '{name}' is described twice.");
        return Err(Diagnostic::error(Code::NAME_DUPLICATE, message)
            .at(&properties.name.span)
            .hint("Merge the entries."));
    }
    let render = |description| drafter.docs.render(drafter.site, package, description);
    let arguments = properties.arguments.iter().map(|(name, kind, description)| {
        let description = render(description.as_ref())?.text;
        Ok(MacroArgument { name: name.clone(), kind: kind.clone(), description })
    });
    let arguments = arguments.collect::<Result<_>>()?;
    let docs = docs(properties.docs.as_ref());
    let meta = properties.meta.as_ref().and_then(Json::as_object).cloned().unwrap_or_default();
    let described = Macro {
        description: render(properties.description.as_ref())?.text,
        config: json!({"meta": meta, "docs": docs}),
        meta,
        docs,
        patch_path: Some(file.id()),
        arguments,
        ..found.clone()
    };
    macros.insert(described.unique_id.clone(), described);
    Ok(())
}

/// `docs` with its defaults.
fn docs(given: Option<&Json>) -> Json {
    let given = |key: &str| given.and_then(|docs| docs.get(key)).cloned();
    json!({"show": given("show").unwrap_or(Json::Bool(true)), "node_color": given("node_color").unwrap_or_default()})
}
