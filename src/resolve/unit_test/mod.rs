//! Unit tests, in the shape of dbt's manifest.

mod checksum;
mod entry;
mod rows;

use self::entry::Entry;
use super::calls::{Calls, ref_call};
use super::config::{check, class_of};
use super::exposures::fqn;
use super::link::Linker;
use super::template_node::Drafter;
use super::{Node, NodeKind, ResourceType, UniqueId, python};
use crate::diagnostics::{Code, Diagnostic};
use crate::parse::{Described, PropertiesFile, Settings};
use crate::world::World;
use indexmap::IndexMap;
use serde_json::{Value as Json, json};
use std::sync::Arc;

/// The macro that tells an incremental model how it runs; a unit test must say what it returns.
const IS_INCREMENTAL: &str = "is_incremental";

/// Makes the unit tests of a project.
pub struct UnitTests<'a> {
    /// The project.
    pub drafter: &'a Drafter<'a>,
    /// Resolves the models' names.
    pub linker: &'a Linker<'a>,
    /// All enabled nodes.
    pub nodes: &'a [Box<Node>],
    /// Where rows of seeds are read.
    pub world: &'a World,
}

impl<'a> UnitTests<'a> {
    fn all(&self) -> impl Iterator<Item = &'a Node> {
        self.nodes.iter().map(AsRef::as_ref)
    }

    /// The unit tests of all properties files, by unique id; beside them those that are disabled.
    pub fn list(
        &self,
        files: &[PropertiesFile],
        findings: &mut Vec<Box<Diagnostic>>,
    ) -> (IndexMap<UniqueId, Json>, Vec<(UniqueId, Json)>) {
        let (mut tests, mut disabled) = (IndexMap::new(), vec![]);
        for (file, entry) in files.iter().flat_map(|file| file.unit_tests.iter().map(move |entry| (file, entry))) {
            match self.of_entry(file, entry, findings) {
                Ok(made) => {
                    let (off, on): (Vec<_>, Vec<_>) =
                        made.into_iter().partition(|(_, test)| test["config"]["enabled"] == false);
                    if on.iter().any(|(id, _)| tests.contains_key(id)) {
                        findings.push(twice(entry, file));
                    }
                    tests.extend(on);
                    disabled.extend(off);
                }
                Err(errors) => findings.extend(errors),
            }
        }
        (tests, disabled)
    }

    /// The tests of an entry: one, or one for each tested version; a disabled one when it or its model is disabled.
    fn of_entry(
        &self,
        file: &PropertiesFile,
        described: &Described,
        findings: &mut Vec<Box<Diagnostic>>,
    ) -> Result<Vec<(UniqueId, Json)>, Vec<Box<Diagnostic>>> {
        let one = |error| vec![error];
        let entry = entry::read(described, findings).map_err(one)?;
        let site = self.drafter.site;
        let package = &file.package.name;
        let fqn = fqn(file, &[&entry.model, &described.name]);
        let config = site.config(ResourceType::UnitTest, package, &fqn, &described.config, &Settings::default());
        let owner = format!("the unit test '{}'", described.name);
        findings.extend(check(class_of(ResourceType::UnitTest), &config.merged, &owner, &described.yaml.span));
        let model = self.model(file, &entry)?;
        let enabled = config.merged.config.enabled() && model.is_some();
        let description = self.drafter.docs.render(site, package, described.description.as_ref()).map_err(one)?;
        let fill = |fixture| rows::normalise(fixture, file, self.nodes, &described.yaml.span, self.world);
        let given = entry.given.iter().map(fill).collect::<Result<Vec<_>, _>>().map_err(one)?;
        let expect = fill(&entry.expect).map_err(one)?;
        let checksum = checksum::of(&entry, &given, &expect);
        let mut config = config.merged.config.to_json();
        config.insert("enabled".into(), enabled.into());
        let test = |id: &str, model: Option<&Node>, version: Json| {
            json!({
                "model": entry.model,
                "given": given,
                "expect": expect,
                "name": described.name,
                "resource_type": "unit_test",
                "package_name": package,
                "path": file.relative_path,
                "original_file_path": file.path,
                "unique_id": id,
                "fqn": fqn,
                "description": description.text,
                "overrides": entry.overrides,
                "depends_on": {"macros": [], "nodes": model.iter().map(|model| &*model.unique_id).collect::<Vec<_>>()},
                "config": config,
                "checksum": checksum,
                "schema": model.map(|model| &model.schema),
                "created_at": site.created_at,
                "versions": entry.versions,
                "version": version,
            })
        };
        let id = format!("unit_test.{package}.{}.{}", entry.model, described.name);
        let Some(model) = model.filter(|_| enabled) else {
            return Ok(vec![(Arc::from(id.as_str()), test(&id, None, Json::Null))]);
        };
        check_incremental(model, &entry, described)?;
        let versions = self.versions(model, &entry, described)?;
        if versions.is_empty() {
            return Ok(vec![(Arc::from(id.as_str()), test(&id, Some(model), Json::Null))]);
        }
        let of_version = |(version, model): (Json, &Node)| {
            let id = format!("{id}_v{}", python::str(&version));
            (Arc::from(id.as_str()), test(&id, Some(model), version))
        };
        Ok(versions.into_iter().map(of_version).collect())
    }

    /// The tested model; `None` when it is disabled.
    fn model(&self, file: &PropertiesFile, entry: &Entry) -> Result<Option<&Node>, Vec<Box<Diagnostic>>> {
        let call = ref_call(&[entry.model.clone().into()], &[], &entry.model_span).map_err(|error| vec![error])?;
        let calls = Calls { refs: vec![call], ..Calls::default() };
        match self.linker.resolve(&file.package.name, &calls, &entry.model_span) {
            Ok(ids) => Ok(ids.first().and_then(|(id, _)| self.all().find(|node| node.unique_id == *id))),
            Err(errors) if errors.iter().all(|error| error.code == Code::REF_DISABLED) => Ok(None),
            Err(errors) => Err(errors),
        }
    }

    /// The versions to test with their models; empty when the model has none.
    fn versions(
        &self,
        model: &Node,
        entry: &Entry,
        described: &Described,
    ) -> Result<Vec<(Json, &Node)>, Vec<Box<Diagnostic>>> {
        let wrong = |message: String| vec![Diagnostic::error(Code::CONFIG_INVALID, message).at(&described.yaml.span)];
        if version(model).is_none() {
            return match entry.names_versions() {
                false => Ok(vec![]),
                true => Err(wrong(format!(
                    "The unit test '{}' names versions, but '{}' has none.",
                    described.name, model.name
                ))),
            };
        }
        let family = self.all().filter(|node| node.name == model.name && node.package_name == model.package_name);
        let versions: Vec<(Json, &Node)> = family
            .filter_map(|node| Some((version(node)?.clone(), node)))
            .filter(|(version, _)| entry.tests_version(version))
            .collect();
        if versions.is_empty() {
            return Err(wrong(format!(
                "The unit test '{}' tests none of the versions of '{}'.",
                described.name, model.name
            )));
        }
        Ok(versions)
    }
}

fn twice(described: &Described, file: &PropertiesFile) -> Box<Diagnostic> {
    let message =
        format!("There are two unit tests named '{}' of one model in '{}'.", described.name, file.package.name);
    Diagnostic::error(Code::NAME_DUPLICATE, message).at(&described.yaml.span).hint("Rename or remove one of them.")
}

fn version(node: &Node) -> Option<&Json> {
    match &node.kind {
        NodeKind::Model(info) => info.version.as_ref(),
        _ => None,
    }
}

/// A test of a model that asks `is_incremental()` must say what the answer is, and give `this` if it is yes.
fn check_incremental(model: &Node, entry: &Entry, described: &Described) -> Result<(), Vec<Box<Diagnostic>>> {
    if !model.depends_on_macros.iter().any(|id| id.ends_with(&format!(".{IS_INCREMENTAL}"))) {
        return Ok(());
    }
    let error = |message: String, hint: &str| {
        Err(vec![Diagnostic::error(Code::CONFIG_INVALID, message).at(&described.yaml.span).hint(hint)])
    };
    match entry.overrides.pointer(&format!("/macros/{IS_INCREMENTAL}")).and_then(Json::as_bool) {
        None => error(
            format!(
                "Boolean override for 'is_incremental' must be provided for unit test '{}' in model '{}'",
                described.name, model.name
            ),
            "Add overrides: {macros: {is_incremental: true}}, or false.",
        ),
        Some(true) if !entry.given.iter().any(|given| given["input"] == "this") => error(
            format!("Unit test '{}' for incremental model '{}' must have a 'this' input", described.name, model.name),
            "Add an input 'this' with the rows that the table holds before the run.",
        ),
        Some(_) => Ok(()),
    }
}
