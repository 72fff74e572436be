//! Semantic models, metrics and saved queries, in the shape of dbt's manifest.

mod metric;
mod saved_query;
mod semantic_model;
mod shape;

use super::exposures::fqn;
use super::link::Linker;
use super::site::NodeConfig;
use super::template_node::Drafter;
use super::{Node, ResourceType, UniqueId};
use crate::diagnostics::{Code, Diagnostic, Result, nearest};
use crate::parse::{Described, PropertiesFile, Settings};
use indexmap::IndexMap;
use serde_json::{Map, Value as Json, json};
use std::sync::Arc;

/// What a project says about its semantic layer.
#[derive(Debug, Default)]
pub struct SemanticLayer {
    /// By unique id.
    pub semantic_models: IndexMap<UniqueId, Json>,
    /// By unique id.
    pub metrics: IndexMap<UniqueId, Json>,
    /// By unique id.
    pub saved_queries: IndexMap<UniqueId, Json>,
}

/// Makes the semantic layer.
pub struct Layering<'a> {
    /// The project.
    pub drafter: &'a Drafter<'a>,
    /// Resolves refs.
    pub linker: &'a Linker<'a>,
    /// All enabled nodes.
    pub nodes: &'a [Node],
}

impl Layering<'_> {
    /// Reads all properties files.
    pub fn list(&self, files: &[PropertiesFile], findings: &mut Vec<Box<Diagnostic>>) -> SemanticLayer {
        let mut layer = SemanticLayer::default();
        let mut declared_metrics = vec![];
        for file in files {
            for entry in &file.semantic_models {
                match self.semantic_model(file, entry) {
                    Ok(Some((id, model))) => {
                        declared_metrics.extend(self.metrics_of_measures(file, entry, &model));
                        add(&mut layer.semantic_models, id, model, entry, findings);
                    }
                    Ok(None) => {}
                    Err(errors) => findings.extend(errors),
                }
            }
            declared_metrics.extend(file.metrics.iter().map(|entry| (file, entry.clone())));
        }
        for (file, entry) in &declared_metrics {
            match self.metric(file, entry) {
                Ok(Some((id, metric))) => add(&mut layer.metrics, id, metric, entry, findings),
                Ok(None) => {}
                Err(error) => findings.push(error),
            }
        }
        for (_, entry) in &declared_metrics {
            findings.extend(metric::link(&mut layer, entry).err());
        }
        for (file, entry) in files.iter().flat_map(|file| file.saved_queries.iter().map(move |entry| (file, entry))) {
            match self.saved_query(file, entry, &layer.metrics) {
                Ok(Some((id, query))) => add(&mut layer.saved_queries, id, query, entry, findings),
                Ok(None) => {}
                Err(error) => findings.push(error),
            }
        }
        layer
    }

    /// The config of an entry; `None` when it is disabled.
    fn config(&self, kind: ResourceType, file: &PropertiesFile, entry: &Described) -> Option<NodeConfig> {
        let fqn = fqn(file, &[&entry.name]);
        let site = self.drafter.site;
        let config = site.config(kind, &file.package.name, &fqn, &entry.config, &Settings::default());
        Some(config).filter(|config| config.merged.config.enabled())
    }

    /// What all kinds have in common.
    fn common(
        &self,
        kind: ResourceType,
        file: &PropertiesFile,
        entry: &Described,
        config: &NodeConfig,
    ) -> Result<Map<String, Json>> {
        let package = &file.package.name;
        let site = self.drafter.site;
        let description = self.drafter.docs.render(site, package, entry.description.as_ref())?;
        let common = json!({
            "name": entry.name,
            "resource_type": kind.as_str(),
            "package_name": package,
            "path": file.relative_path,
            "original_file_path": file.path,
            "unique_id": format!("{}.{package}.{}", kind.as_str(), entry.name),
            "fqn": fqn(file, &[&entry.name]),
            "description": description.text,
            "label": entry.yaml.get("label").map(crate::yaml::Yaml::to_json),
            "config": config.merged.config.0,
            "unrendered_config": config.unrendered,
            "group": config.merged.config.get("group"),
            "depends_on": {"macros": [], "nodes": []},
            "refs": [],
            "metadata": null,
            "created_at": site.created_at,
        });
        Ok(common.as_object().cloned().unwrap_or_default())
    }
}

fn add(
    all: &mut IndexMap<UniqueId, Json>,
    id: UniqueId,
    made: Json,
    entry: &Described,
    findings: &mut Vec<Box<Diagnostic>>,
) {
    if all.contains_key(&id) {
        let message = format!("There are two of {id}.");
        findings
            .push(Diagnostic::error(Code::NAME_DUPLICATE, message).at(&entry.yaml.span).hint("Rename one of them."));
        return;
    }
    all.insert(id, made);
}

/// The unique id of the thing of this name among `all`: in the package, else anywhere.
pub fn find(all: &IndexMap<UniqueId, Json>, package: &str, name: &str) -> Option<UniqueId> {
    let named = || all.iter().filter(|(_, entry)| entry["name"] == name);
    let own = named().find(|(_, entry)| entry["package_name"] == package);
    own.or_else(|| named().next()).map(|(id, _)| id.clone())
}

/// The error for a metric that does not exist.
pub fn unknown_metric(metrics: &IndexMap<UniqueId, Json>, name: &str, entry: &Described) -> Box<Diagnostic> {
    let message = format!("'{}' refers to the metric '{name}', which does not exist.", entry.name);
    let error = Diagnostic::error(Code::REF_UNKNOWN, message).at(&entry.yaml.span);
    match nearest(name, metrics.values().filter_map(|metric| metric["name"].as_str())).first() {
        Some(near) => error.hint(format!("Did you mean '{near}'?")),
        None => error,
    }
}

fn id_of(made: &Map<String, Json>) -> UniqueId {
    Arc::from(made["unique_id"].as_str().unwrap_or_default())
}

/// `tags` of an entry: a text or a list.
fn tags(written: &Json) -> Vec<String> {
    match &written["tags"] {
        Json::String(tag) => vec![tag.clone()],
        Json::Array(tags) => tags.iter().filter_map(|tag| tag.as_str().map(str::to_owned)).collect(),
        _ => vec![],
    }
}
