//! Exposures and groups.

use super::calls::Calls;
use super::columns::expression_calls;
use super::config::{check, class_of};
use super::link::Linker;
use super::semantic_layer::SemanticLayer;
use super::template_node::Drafter;
use super::{Exposure, Group, ResourceType, UniqueId};
use crate::diagnostics::{Code, Diagnostic, Result};
use crate::load::Package;
use crate::parse::{Described, PropertiesFile, Settings};
use crate::yaml::{Fields, OneOrMany, Yaml};
use indexmap::IndexMap;
use serde_json::{Map, Value as Json, json};
use std::collections::BTreeSet;
use std::sync::Arc;

/// The exposures of all properties files, those that are enabled and those that are not; metrics are known by their
/// names in the `layer`.
pub fn list(
    drafter: &Drafter<'_>,
    linker: &Linker<'_>,
    layer: &SemanticLayer,
    files: &[PropertiesFile],
    findings: &mut Vec<Box<Diagnostic>>,
) -> (IndexMap<UniqueId, Arc<Exposure>>, Vec<Exposure>) {
    let (mut exposures, mut disabled) = (IndexMap::new(), vec![]);
    for (file, entry) in files.iter().flat_map(|file| file.exposures.iter().map(move |entry| (file, entry))) {
        let drafted = draft(drafter, file, entry, findings).map_err(|error| vec![error]);
        match drafted.and_then(|draft| link(draft, linker, layer, entry)) {
            Ok(exposure) if !exposure.config.enabled() => disabled.push(exposure),
            Ok(exposure) => {
                let id = exposure.unique_id.clone();
                if exposures.insert(id, Arc::new(exposure)).is_some() {
                    let message = format!("There are two exposures '{}' in '{}'.", entry.name, file.package.name);
                    findings.push(Diagnostic::error(Code::NAME_DUPLICATE, message).at(&entry.yaml.span));
                }
            }
            Err(errors) => findings.extend(errors),
        }
    }
    (exposures, disabled)
}

fn link(
    draft: ExposureDraft,
    linker: &Linker<'_>,
    layer: &SemanticLayer,
    entry: &Described,
) -> Result<Exposure, Vec<Box<Diagnostic>>> {
    let ExposureDraft { mut exposure, calls } = draft;
    if !exposure.config.enabled() {
        return Ok(exposure);
    }
    let parents = linker.resolve(&exposure.package_name, &calls, &entry.yaml.span)?;
    linker.check_access(&exposure.unique_id, &exposure.package_name, None, &parents)?;
    exposure.depends_on = parents.into_iter().map(|(id, _)| id).collect();
    for (names, place) in &calls.metrics {
        let id = layer.metric(&exposure.package_name, names, &entry.name).map_err(|error| vec![error.at(place)])?;
        exposure.depends_on.push(id.clone());
    }
    Ok(exposure)
}

/// An exposure with what it refers to.
struct ExposureDraft {
    exposure: Exposure,
    calls: Calls,
}

/// The exposure that an entry declares.
fn draft(
    drafter: &Drafter<'_>,
    file: &PropertiesFile,
    entry: &Described,
    findings: &mut Vec<Box<Diagnostic>>,
) -> Result<ExposureDraft> {
    let package = &file.package.name;
    let mut fields = Fields::of(&entry.yaml, format!("the exposure '{}'", entry.name))?;
    fields.allow(&["name", "description", "config"]);
    let kind: String = fields.require("type")?;
    if !["dashboard", "notebook", "analysis", "ml", "application"].contains(&kind.as_str()) {
        let message = format!("The exposure '{}' has the unknown type '{kind}'.", entry.name);
        let hint = "The types are dashboard, notebook, analysis, ml and application.";
        let span = entry.yaml.get("type").map_or(&entry.yaml.span, |yaml| &yaml.span);
        return Err(Diagnostic::error(Code::CONFIG_INVALID, message).at(span).hint(hint));
    }
    if !entry.name.chars().all(|c| c.is_alphanumeric() || matches!(c, '_' | '-')) {
        let message = format!("The exposure's name '{}' is not made of letters, digits and underscores.", entry.name);
        let warning = Diagnostic::warning(Code::EXPOSURE_NAME_DEPRECATED, message).at(&entry.yaml.span);
        findings.push(warning.hint("Rename it; 'label' takes any text."));
    }
    let mut calls = Calls::default();
    for item in fields.take::<Vec<&Yaml>>("depends_on")?.unwrap_or_default() {
        let text =
            item.as_str().ok_or_else(|| item.mismatch("An item of 'depends_on'", "a ref() or source() as text"))?;
        calls.extend(expression_calls(text, &item.span)?);
    }
    let fqn = fqn(file, &[&entry.name]);
    let config = drafter.site.config(ResourceType::Exposure, package, &fqn, &entry.config, &Settings::default());
    let owner = format!("the exposure '{}'", entry.name);
    findings.extend(check(class_of(ResourceType::Exposure), &config.merged, &owner, &entry.yaml.span));
    let mut config_ = Arc::unwrap_or_clone(config.merged.config);
    let (general_tags, mut meta) = of_all_exposures(drafter, &file.package);
    meta.extend(fields.take::<Map<String, Json>>("meta")?.unwrap_or_default());
    meta.extend(config_.get("meta").and_then(Json::as_object).cloned().unwrap_or_default());
    let outer = fields.take::<OneOrMany<String>>("tags")?.map(|tags| tags.0).unwrap_or_default();
    let tags: BTreeSet<String> = general_tags.into_iter().chain(outer).chain(config_.strings("tags")).collect();
    let tags: Vec<String> = tags.into_iter().collect();
    config_.set("tags", tags.clone().into());
    config_.set("meta", Json::Object(meta.clone()));
    let described = json!({
        "type": kind,
        "owner": owner_of(&fields.require("owner")?)?,
        "label": fields.take::<String>("label")?,
        "maturity": fields.take::<String>("maturity")?,
        "url": fields.take::<String>("url")?,
    });
    findings.extend(fields.unknown());
    let exposure = Exposure {
        unique_id: Arc::from(format!("exposure.{package}.{}", entry.name)),
        name: entry.name.clone(),
        package_name: package.clone(),
        fqn,
        original_file_path: file.path.clone(),
        properties: described.as_object().cloned().unwrap_or_default(),
        description: drafter.docs.render(drafter.site, package, entry.description.as_ref())?.text,
        meta,
        tags,
        config: config_,
        unrendered_config: config.unrendered,
        refs: calls.refs.clone(),
        sources: calls.sources.iter().map(|(source, _)| source.clone()).collect(),
        metrics: calls.metrics.iter().map(|(names, _)| names.clone()).collect(),
        depends_on: vec![],
        created_at: drafter.site.created_at,
    };
    Ok(ExposureDraft { exposure, calls })
}

/// `tags` and `meta` right below `exposures:` in dbt_project.yml: those of an exposure are added to them.
fn of_all_exposures(drafter: &Drafter<'_>, package: &Package) -> (Vec<String>, Map<String, Json>) {
    // That 'meta' is no folder.
    drafter.site.trees.levels(&package.name, "exposures", &["meta".to_owned()]);
    let tree = package.settings.config_trees.get("exposures");
    let given = |key: &str| tree.and_then(|tree| tree.get(key)).map(Yaml::to_json);
    let tags = match given("tags") {
        Some(Json::String(tag)) => vec![tag],
        Some(Json::Array(tags)) => tags.iter().filter_map(|tag| tag.as_str().map(str::to_owned)).collect(),
        _ => vec![],
    };
    let meta = given("meta").and_then(|meta| meta.as_object().cloned());
    (tags, meta.unwrap_or_default())
}

/// An owner: `email`, `name`, and what else is said.
fn owner_of(yaml: &&Yaml) -> Result<Json> {
    let given: Map<String, Json> = crate::yaml::FromYaml::from_yaml(yaml, "'owner'")?;
    if !given.contains_key("name") && !given.contains_key("email") {
        let message = "An owner needs a 'name' or an 'email'.";
        return Err(Diagnostic::error(Code::CONFIG_INVALID, message).at(&yaml.span));
    }
    let mut owner = Map::new();
    for key in ["email", "name"] {
        owner.insert(key.into(), given.get(key).cloned().unwrap_or(Json::Null));
    }
    owner.extend(given.into_iter().filter(|(key, _)| key != "email" && key != "name"));
    Ok(Json::Object(owner))
}

/// `[package, folders…, names…]` of something that a properties file declares.
pub fn fqn(file: &PropertiesFile, names: &[&str]) -> Vec<String> {
    let parts: Vec<&str> = file.relative_path.split('/').collect();
    let folders = parts.split_last().map_or(&[][..], |(_, folders)| folders);
    let package = [file.package.name.as_str()];
    package.iter().chain(folders).chain(names).map(|part| (*part).to_owned()).collect()
}

/// The groups of all properties files, by unique id.
pub fn groups(
    drafter: &Drafter<'_>,
    files: &[PropertiesFile],
    findings: &mut Vec<Box<Diagnostic>>,
) -> IndexMap<Arc<str>, Group> {
    let mut groups = IndexMap::new();
    for (file, entry) in files.iter().flat_map(|file| file.groups.iter().map(move |entry| (file, entry))) {
        match group(drafter, file, entry, findings) {
            Ok(group) => {
                let id = Arc::from(format!("group.{}.{}", group.package_name, group.name));
                if groups.insert(id, group).is_some() {
                    let message = format!("There are two groups '{}' in '{}'.", entry.name, file.package.name);
                    findings.push(Diagnostic::error(Code::NAME_DUPLICATE, message).at(&entry.yaml.span));
                }
            }
            Err(error) => findings.push(error),
        }
    }
    groups
}

fn group(
    drafter: &Drafter<'_>,
    file: &PropertiesFile,
    entry: &Described,
    findings: &mut Vec<Box<Diagnostic>>,
) -> Result<Group> {
    let mut fields = Fields::of(&entry.yaml, format!("the group '{}'", entry.name))?;
    fields.allow(&["name", "description", "config"]);
    let group = Group {
        name: entry.name.clone(),
        package_name: file.package.name.clone(),
        original_file_path: file.path.clone(),
        owner: owner_of(&fields.require("owner")?)?,
        description: match &entry.description {
            Some(_) => Some(drafter.docs.render(drafter.site, &file.package.name, entry.description.as_ref())?.text),
            None => None,
        },
        config: Json::Object(entry.config.to_json()),
    };
    findings.extend(fields.unknown());
    Ok(group)
}
