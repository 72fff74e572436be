//! Macros as the manifest lists them.

use super::reach::Reach;
use super::template_node::Drafter;
use super::{Macro, MacroArgument};
use crate::diagnostics::{Code, Diagnostic, Result, nearest};
use crate::jinja::{BlockKind, MacroDef};
use crate::load::FileKind;
use crate::parse::{MacroProperties, PropertiesFile};
use indexmap::IndexMap;
use serde_json::{Map, Value as Json, json};
use std::path::Path;
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
    if drafter.site.invocation.flags.behavior("validate_macro_args", false) {
        for (def, path) in definitions {
            if let Some(entry) = macros.get_mut(&def.unique_id()) {
                let is_of_tests = is_of_tests(drafter, def, path);
                check_arguments(def, entry, is_of_tests, files, findings);
            }
        }
    }
    macros
}

/// With `validate_macro_args`: a warning where the described arguments are not those of the macro; a macro whose
/// arguments nobody describes gets them from its definition, unless it is in a folder of tests.
fn check_arguments(
    def: &MacroDef,
    entry: &mut Macro,
    is_of_tests: bool,
    files: &[PropertiesFile],
    findings: &mut Vec<Box<Diagnostic>>,
) {
    let names = &def.block.parameters;
    if entry.arguments.is_empty() && is_of_tests {
        return;
    }
    if entry.arguments.is_empty() {
        let argument = |name: &String| MacroArgument { name: name.clone(), kind: None, description: String::new() };
        entry.arguments = names.iter().map(argument).collect();
        return;
    }
    let described = files.iter().filter(|file| file.package.name == def.package).flat_map(|file| &file.macros);
    let place = described.map(|properties| &properties.name).find(|name| name.as_key() == def.name);
    let mut warn = |message: String| {
        let warning = Diagnostic::warning(Code::MACRO_DESCRIBED_WRONGLY, message);
        findings.push(warning.at(place.map_or(&def.block.span, |name| &name.span)));
    };
    for (argument, name) in entry.arguments.iter().zip(names).filter(|(argument, name)| argument.name != **name) {
        warn(format!("The argument '{}' of the macro '{}' is called '{name}'.", argument.name, def.name));
    }
    if entry.arguments.len() != names.len() {
        let (described, defined) = (entry.arguments.len(), names.len());
        warn(format!("The macro '{}' has {defined} arguments, but {described} are described.", def.name));
    }
    for argument in &entry.arguments {
        if let Some(kind) = argument.kind.as_deref().filter(|kind| !kind.trim().is_empty() && !is_type(kind)) {
            warn(format!(
                "The argument '{}' of the macro '{}' has the unknown type '{kind}'.",
                argument.name, def.name
            ));
        }
    }
}

/// Whether a macro's file, at `path` in its package, is one of tests.
fn is_of_tests(drafter: &Drafter<'_>, def: &MacroDef, path: &str) -> bool {
    let files = drafter.site.project.packages.get(&def.package).map_or(&[][..], |package| &package.files);
    files.iter().any(|file| file.kind == FileKind::Test && file.path == Path::new(path))
}

/// Whether a text is a type of an argument, such as `string` or `dict[string, list[int]]`.
fn is_type(text: &str) -> bool {
    let text: String = text.chars().filter(|c| !matches!(c, ' ' | '\t')).collect();
    after_type(&text) == Some("")
}

/// What stands behind the type at the beginning of a text.
fn after_type(text: &str) -> Option<&str> {
    let end = text.find(|c: char| !c.is_ascii_lowercase()).unwrap_or(text.len());
    let (name, rest) = text.split_at(end);
    match name {
        "str" | "string" | "bool" | "int" | "integer" | "float" | "any" | "relation" | "column" => Some(rest),
        "list" | "optional" => after_type(rest.strip_prefix('[')?)?.strip_prefix(']'),
        "dict" => {
            let value = after_type(rest.strip_prefix('[')?)?.strip_prefix(',')?;
            after_type(value)?.strip_prefix(']')
        }
        _ => None,
    }
}

fn entry(def: &MacroDef, path: &str, reach: &Reach, created_at: f64) -> Macro {
    let docs = json!({"show": true, "node_color": null});
    Macro {
        unique_id: def.unique_id(),
        name: def.name.clone(),
        package_name: def.package.clone(),
        original_file_path: path.to_owned(),
        macro_sql: def.block.trimmed_span().text().to_owned(),
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

#[cfg(test)]
mod tests {
    use super::is_type;

    #[test]
    fn types_may_be_nested() {
        assert!(is_type("string") && is_type("dict[ str, list[optional[int]] ]") && is_type("relation"));
        assert!(!is_type("text") && !is_type("list") && !is_type("dict[str]") && !is_type("int[]") && !is_type(""));
    }
}
