//! Semantic models, metrics and saved queries, in the shape of dbt's manifest.

mod metric;
mod saved_query;
mod semantic_model;
mod shape;
mod validation;

use self::validation::Places;
use super::config::{check, class_of};
use super::exposures::fqn;
use super::link::Linker;
use super::site::NodeConfig;
use super::template_node::Drafter;
use super::{Group, Node, ResourceType, UniqueId, time_spine, whole};
use crate::diagnostics::{Code, Diagnostic, Result, nearest};
use crate::parse::{Described, PropertiesFile, Settings};
use crate::yaml::Yaml;
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
    /// Those of all three kinds that are disabled.
    pub disabled: Vec<(UniqueId, Json)>,
    places: Places,
}

/// Makes the semantic layer.
pub struct Layering<'a> {
    /// The project.
    pub drafter: &'a Drafter<'a>,
    /// Resolves refs.
    pub linker: &'a Linker<'a>,
    /// All enabled nodes.
    pub nodes: &'a [Box<Node>],
    /// All groups.
    pub groups: &'a IndexMap<UniqueId, Group>,
}

impl Layering<'_> {
    /// Reads all properties files.
    pub fn list(&self, files: &[PropertiesFile], findings: &mut Vec<Box<Diagnostic>>) -> SemanticLayer {
        let mut layer = SemanticLayer::default();
        let mut declared_metrics = vec![];
        for file in files {
            for entry in &file.semantic_models {
                match self.semantic_model(file, entry, findings) {
                    Ok(model) => {
                        declared_metrics.extend(self.metrics_of_measures(file, entry, &model));
                        layer.add(model, entry, findings);
                    }
                    Err(errors) => findings.extend(errors),
                }
            }
            declared_metrics.extend(file.metrics.iter().map(|entry| (file, entry.clone())));
        }
        for (file, entry) in &declared_metrics {
            match self.metric(file, entry, findings) {
                Ok(metric) => layer.add(metric, entry, findings),
                Err(error) => findings.push(error),
            }
        }
        for (_, entry) in &declared_metrics {
            findings.extend(metric::link(&mut layer, entry).err());
        }
        for (file, entry) in files.iter().flat_map(|file| file.saved_queries.iter().map(move |entry| (file, entry))) {
            match self.saved_query(file, entry, &layer, findings) {
                Ok(query) => layer.add(query, entry, findings),
                Err(error) => findings.push(error),
            }
        }
        findings.extend(validation::check(&layer, &time_spine::granularities(self.nodes)));
        if !self.nodes.iter().any(|node| time_spine::counts_days(node)) {
            findings.extend(validation::without_time_spine(&layer));
        }
        layer
    }

    fn config(
        &self,
        kind: ResourceType,
        file: &PropertiesFile,
        entry: &Described,
        findings: &mut Vec<Box<Diagnostic>>,
    ) -> NodeConfig {
        let fqn = fqn(file, &[&entry.name]);
        let site = self.drafter.site;
        let config = site.config(kind, &file.package.name, &fqn, &entry.config, &Settings::default());
        let owner = format!("the {} '{}'", kind.as_str().replace('_', " "), entry.name);
        findings.extend(check(class_of(kind), &config.merged, &owner, &entry.yaml.span));
        let group = config.merged.config.str("group");
        findings.extend(group.and_then(|group| whole::unknown_group(group, &owner, &entry.yaml.span, self.groups)));
        config
    }

    /// What all kinds have in common; `undescribed` stands for a description that is not there.
    fn common(
        &self,
        kind: ResourceType,
        file: &PropertiesFile,
        entry: &Described,
        config: &NodeConfig,
        undescribed: Json,
    ) -> Result<Map<String, Json>> {
        let package = &file.package.name;
        let site = self.drafter.site;
        let description = self.description(package, entry.description.as_ref())?;
        let common = json!({
            "name": entry.name,
            "resource_type": kind.as_str(),
            "package_name": package,
            "path": file.relative_path,
            "original_file_path": file.path,
            "unique_id": format!("{}.{package}.{}", kind.as_str(), entry.name),
            "fqn": fqn(file, &[&entry.name]),
            "description": description.map_or(undescribed, Json::from),
            "label": entry.yaml.get("label").map(Yaml::to_json),
            "config": config.merged.config.to_json(),
            "unrendered_config": config.unrendered,
            "group": config.merged.config.get("group"),
            "depends_on": {"macros": [], "nodes": []},
            "refs": [],
            "metadata": null,
            "created_at": site.created_at,
        });
        Ok(common.as_object().cloned().unwrap_or_default())
    }

    /// A description, rendered; `None` where none is given.
    fn description(&self, package: &str, given: Option<&Yaml>) -> Result<Option<String>> {
        let Some(given) = given else { return Ok(None) };
        Ok(Some(self.drafter.docs.render(self.drafter.site, package, Some(given))?.text))
    }
}

impl SemanticLayer {
    /// Lets nodes depend on the metrics that their templates name.
    pub fn link_nodes(&self, nodes: &mut [Box<Node>], findings: &mut Vec<Box<Diagnostic>>) {
        for node in nodes {
            for (names, place) in &node.metrics {
                match self.metric(&node.package_name, names, &node.name) {
                    Ok(id) if node.depends_on.contains(id) => {}
                    Ok(id) => node.depends_on.push(id.clone()),
                    Err(error) => findings.push(error.at(&place.0)),
                }
            }
        }
    }

    /// Adds what an entry has become.
    fn add(&mut self, made: Map<String, Json>, entry: &Described, findings: &mut Vec<Box<Diagnostic>>) {
        let id = id_of(&made);
        if made["config"]["enabled"] == false {
            self.disabled.push((id, Json::Object(made)));
            return;
        }
        let all = match made["resource_type"].as_str() {
            Some("semantic_model") => &mut self.semantic_models,
            Some("metric") => &mut self.metrics,
            _ => &mut self.saved_queries,
        };
        if all.contains_key(&id) {
            let message = format!("There are two of {id}.");
            let error = Diagnostic::error(Code::NAME_DUPLICATE, message).at(&entry.yaml.span);
            findings.push(error.hint("Rename one of them."));
            return;
        }
        self.places.insert(id.clone(), entry.yaml.span.clone());
        all.insert(id, Json::Object(made));
    }

    /// The unique id of a metric that an entry refers to by its name alone.
    pub fn metric_named(&self, package: &str, name: &str, entry: &Described) -> Result<UniqueId> {
        let found = self.metric(package, &[name.to_owned()], &entry.name);
        found.cloned().map_err(|error| error.at(&entry.yaml.span))
    }

    /// The unique id of the metric that `user` calls by its name, perhaps after that of its package: without one it is
    /// looked for in the user's own `package`, then in all. Errors have no place yet.
    pub fn metric(&self, package: &str, names: &[String], user: &str) -> Result<&UniqueId> {
        let (given, name) = match names {
            [package, name] => (Some(package.as_str()), name.as_str()),
            names => (None, names.first().map_or("", String::as_str)),
        };
        let named = || self.metrics.iter().filter(|(_, metric)| metric["name"] == name);
        let of = |package: &str| named().find(|(_, metric)| metric["package_name"] == package);
        let found = match given {
            Some(given) => of(given),
            None => of(package).or_else(|| named().next()),
        };
        if let Some((id, _)) = found {
            return Ok(id);
        }
        let is_this = |json: &Json| json["resource_type"] == "metric" && json["name"] == name;
        if self.disabled.iter().any(|(_, json)| is_this(json)) {
            let message = format!("'{user}' refers to the metric '{name}', which is disabled.");
            return Err(Diagnostic::error(Code::REF_DISABLED, message));
        }
        let message = format!("'{user}' refers to the metric '{name}', which does not exist.");
        let error = Diagnostic::error(Code::REF_UNKNOWN, message);
        Err(match nearest(name, self.metrics.values().filter_map(|metric| metric["name"].as_str())).first() {
            Some(near) => error.hint(format!("Did you mean '{near}'?")),
            None => error,
        })
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
