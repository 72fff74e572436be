//! What has changed between an earlier manifest and the graph.

use super::Resource;
use super::contract_change::{breaking_change, removal, same_contract};
use crate::diagnostics::{Code, Diagnostic, Result, Severity};
use crate::resolve::{Exposure, Graph, Node, NodeKind, ResourceType, Source, UniqueId, test_macro};
use serde_json::{Map, Value as Json, json};
use std::collections::HashSet;
use std::sync::Arc;

/// What `state:` can ask.
pub const STATES: [&str; 10] = [
    "new",
    "old",
    "modified",
    "unmodified",
    "modified.body",
    "modified.configs",
    "modified.persisted_descriptions",
    "modified.relation",
    "modified.macros",
    "modified.contract",
];

/// Configs that say where a relation is or what it is about, not what it is: changing them is no modification here.
const NOT_COMPARED: [&str; 5] = ["alias", "schema", "database", "tags", "group"];

/// A data test's configs that change its outcome.
const TEST_CONFIGS: [&str; 8] =
    ["severity", "where", "limit", "fail_calc", "warn_if", "error_if", "store_failures", "store_failures_as"];

/// A graph beside an earlier manifest.
pub struct Comparison<'a> {
    graph: &'a Graph,
    manifest: &'a Json,
    changed_macros: HashSet<String>,
    /// `state_modified_compare_more_unrendered_values`: sources are compared by the names written for them, too.
    compares_written_sources: bool,
}

impl<'a> Comparison<'a> {
    /// Compares a graph with an earlier manifest.
    pub fn new(graph: &'a Graph, manifest: &'a Json) -> Self {
        let flags = &graph.invocation.flags;
        Self {
            graph,
            manifest,
            changed_macros: changed_macros(graph, manifest),
            compares_written_sources: flags.behavior("state_modified_compare_more_unrendered_values", false),
        }
    }

    /// The resources of which `state:<question>` is true.
    pub fn select(&self, question: &str) -> HashSet<UniqueId> {
        let holds = |id: &UniqueId, resource: &Resource<'_>| self.holds(question, id, resource);
        Resource::all(self.graph).filter(|(id, of)| holds(id, of)).map(|(id, _)| id.clone()).collect()
    }

    /// What is to be told of when `state:<question>` is asked.
    ///
    /// # Errors
    /// A breaking change to the contract of a version, and a data test whose macro is gone.
    pub fn findings(&self, question: &str) -> Result<Vec<Box<Diagnostic>>> {
        let compares_all = matches!(question, "modified" | "unmodified");
        let mut findings = vec![];
        if compares_all || question == "modified.contract" {
            findings.extend(self.broken_contracts());
        }
        if compares_all || question == "modified.body" {
            findings.extend(self.large_seeds());
        }
        if (compares_all || question == "modified.macros") && !self.changed_macros.is_empty() {
            findings.extend(self.tests_without_macro());
        }
        let (errors, warnings): (Vec<_>, Vec<_>) =
            findings.into_iter().partition(|found| found.severity == Severity::Error);
        errors.into_iter().next().map_or(Ok(warnings), Err)
    }

    fn broken_contracts(&self) -> Vec<Box<Diagnostic>> {
        let old_nodes = self.manifest.get("nodes").and_then(Json::as_object).into_iter().flatten();
        let change = |(id, old): (&String, &Json)| match self.graph.nodes.get(id.as_str()) {
            Some(node) => breaking_change(self.graph, node, old),
            None => removal(self.graph, id, old),
        };
        old_nodes.filter_map(change).collect()
    }

    /// A warning for each seed that is too large for its contents to be compared.
    fn large_seeds(&self) -> Vec<Box<Diagnostic>> {
        let told = |(id, node): (&UniqueId, &Arc<Node>)| {
            let NodeKind::Seed { .. } = node.kind else { return None };
            let old = earlier(self.manifest, id)?;
            let was_large = old.get("checksum")?.get("name")?.as_str() == Some("path");
            (node.checksum.name == "path").then(|| {
                let what = match (was_large, same_body(node, old)) {
                    (false, _) => "was smaller before, and counts as changed",
                    (true, true) => "counts as unchanged, as its path is the same",
                    (true, false) => "counts as changed, as its path is another",
                };
                let message = format!("The seed '{}' is >1MB, so its contents are not compared: it {what}.", node.name);
                Diagnostic::warning(Code::SEED_NOT_COMPARED, message).at(&node.span)
            })
        };
        self.graph.nodes.iter().filter_map(told).collect()
    }

    fn tests_without_macro(&self) -> Vec<Box<Diagnostic>> {
        let told = |node: &Arc<Node>| {
            let NodeKind::GenericTest(test) = &node.kind else { return None };
            let found = test_macro(&self.graph.library, &node.package_name, test.namespace.as_deref(), &test.name);
            found.is_none().then(|| {
                let message = format!(
                    "'{}' depends on a macro or test that does not exist, so it cannot be compared: {}.",
                    node.name, test.name
                );
                Diagnostic::error(Code::TEST_UNKNOWN, message)
                    .at(&node.span)
                    .hint("Was the generic test removed while it is still used? Or is a package missing: run 'deps'.")
            })
        };
        self.graph.nodes.values().filter_map(told).collect()
    }

    fn holds(&self, question: &str, id: &str, resource: &Resource<'_>) -> bool {
        let old = earlier(self.manifest, id);
        let differs = |same: fn(&Node, &Json) -> bool| match resource {
            Resource::Node(node) => old.is_none_or(|old| !same(node, old)),
            _ => false,
        };
        match question {
            "new" => old.is_none(),
            "old" => old.is_some(),
            "modified" => self.is_modified(resource, old),
            "unmodified" => !self.is_modified(resource, old),
            "modified.body" => differs(same_body),
            "modified.configs" => match resource {
                Resource::Document(ResourceType::UnitTest, _) => false,
                _ => old.is_none_or(|old| !same_resource_config(resource, old)),
            },
            "modified.persisted_descriptions" => differs(same_persisted_descriptions),
            "modified.relation" => match resource {
                Resource::Source(source) => old.is_none_or(|old| !self.same_source_relation(source, old)),
                _ => differs(same_relation),
            },
            "modified.macros" => self.uses_changed_macro(resource),
            "modified.contract" => differs(same_contract),
            _ => false,
        }
    }

    /// Sources, exposures, metrics, semantic models and saved queries that are new count as unmodified, as with dbt.
    fn is_modified(&self, resource: &Resource<'_>, old: Option<&Json>) -> bool {
        let changed = match (resource, old) {
            (Resource::Node(_) | Resource::Document(ResourceType::UnitTest, _), None) => true,
            (_, None) => false,
            (Resource::Node(node), Some(old)) => !same_node(node, old),
            (Resource::Source(source), Some(old)) => !self.same_source(source, old),
            (Resource::Exposure(exposure), Some(old)) => !same_exposure(exposure, old) || !same_fqn(resource, old),
            (Resource::Document(kind, new), Some(old)) => !same_document(*kind, new, old),
        };
        changed || self.uses_changed_macro(resource)
    }

    fn same_source(&self, source: &Source, old: &Json) -> bool {
        let quoting = json!({
            "database": source.quoting.database,
            "schema": source.quoting.schema,
            "identifier": source.quoting.identifier,
            "column": source.quoting.column,
        });
        self.same_source_relation(source, old)
            && old.get("quoting").is_none_or(|old| *old == quoting)
            && old.get("fqn").is_some_and(|fqn| *fqn == json!(source.fqn))
            && same_keys(&source.unrendered_config, unrendered(old), &[])
            && same_freshness(source.freshness.as_ref(), old.get("freshness"))
            && same_text(source.loaded_at_field.as_deref(), old.get("loaded_at_field"))
            && source.external.as_ref().unwrap_or(&Json::Null) == old.get("external").unwrap_or(&Json::Null)
    }

    fn same_source_relation(&self, source: &Source, old: &Json) -> bool {
        let (relation, written) = (&source.relation, &source.written_place);
        let same_place = if self.compares_written_sources {
            same_text(written.database.as_deref(), old.get("unrendered_database"))
                && same_text(written.schema.as_deref(), old.get("unrendered_schema"))
        } else {
            same_text(relation.database.as_deref(), old.get("database"))
                && same_text(relation.schema.as_deref(), old.get("schema"))
        };
        same_place && same_text(relation.identifier.as_deref(), old.get("identifier"))
    }

    /// Whether a macro it calls, or one that these call, has changed.
    fn uses_changed_macro(&self, resource: &Resource<'_>) -> bool {
        let Resource::Node(node) = resource else { return false };
        let mut seen = HashSet::new();
        let mut queue: Vec<&String> = node.depends_on_macros.iter().collect();
        while let Some(id) = queue.pop() {
            if self.changed_macros.contains(id) {
                return true;
            }
            if seen.insert(id) {
                queue.extend(self.graph.macros.get(id).into_iter().flat_map(|called| &called.depends_on));
            }
        }
        false
    }
}

fn same_node(node: &Node, old: &Json) -> bool {
    let same_fqn = old.get("fqn").is_some_and(|fqn| *fqn == json!(node.fqn));
    match &node.kind {
        NodeKind::GenericTest(_) => same_config(node, old) && same_fqn,
        NodeKind::Model(model) => {
            same_code(node, old)
                && same_fqn
                && old.get("latest_version").unwrap_or(&Json::Null)
                    == model.latest_version.as_ref().unwrap_or(&Json::Null)
                && old.get("access").and_then(Json::as_str).unwrap_or("protected") == model.access.as_str()
                && same_text(model.deprecation_date.as_deref(), old.get("deprecation_date"))
        }
        NodeKind::Function(signature) => {
            let same = |key: &str| same_meaning(signature.get(key), old.get(key));
            same_code(node, old) && same_fqn && same("arguments") && same("returns")
        }
        _ => same_code(node, old) && same_fqn,
    }
}

fn same_code(node: &Node, old: &Json) -> bool {
    same_body(node, old)
        && same_config(node, old)
        && same_persisted_descriptions(node, old)
        && same_relation(node, old)
        && same_contract(node, old)
}

fn same_body(node: &Node, old: &Json) -> bool {
    match node.kind {
        NodeKind::Seed { .. } => {
            old.get("checksum") == Some(&json!({"name": node.checksum.name, "checksum": node.checksum.checksum}))
        }
        _ => old.get("raw_code").and_then(Json::as_str) == Some(node.raw_code()),
    }
}

fn unrendered(old: &Json) -> Option<&Map<String, Json>> {
    old.get("unrendered_config").and_then(Json::as_object)
}

fn same_config(node: &Node, old: &Json) -> bool {
    match node.kind {
        NodeKind::GenericTest(_) | NodeKind::SingularTest => {
            let none = Map::new();
            let old = unrendered(old).unwrap_or(&none);
            TEST_CONFIGS.iter().all(|key| same_value(node.unrendered_config.get(*key), old.get(*key)))
        }
        _ => same_keys(&node.unrendered_config, unrendered(old), &NOT_COMPARED),
    }
}

fn same_resource_config(resource: &Resource<'_>, old: &Json) -> bool {
    match resource {
        Resource::Node(node) => same_config(node, old),
        Resource::Source(source) => same_keys(&source.unrendered_config, unrendered(old), &[]),
        Resource::Exposure(exposure) => same_keys(&exposure.unrendered_config, unrendered(old), &[]),
        Resource::Document(ResourceType::Metric, new) => same_meaning(unrendered_json(new), unrendered_json(old)),
        Resource::Document(_, new) => same_meaning(new.get("config"), old.get("config")),
    }
}

/// Whether two configs as written agree in every key but `except`.
fn same_keys(new: &Map<String, Json>, old: Option<&Map<String, Json>>, except: &[&str]) -> bool {
    let none = Map::new();
    let old = old.unwrap_or(&none);
    let mut keys = new.keys().chain(old.keys()).filter(|key| !except.contains(&key.as_str()));
    keys.all(|key| same_value(new.get(key), old.get(key)))
}

/// A key that is absent and one that is null or empty are the same: manifests of older releases lack some keys.
fn same_value(new: Option<&Json>, old: Option<&Json>) -> bool {
    let said = |value: Option<&Json>| match value {
        Some(Json::Array(items)) if items.is_empty() => Json::Null,
        Some(Json::Object(map)) if map.is_empty() => Json::Null,
        value => value.cloned().unwrap_or_default(),
    };
    said(new) == said(old)
}

fn same_text(new: Option<&str>, old: Option<&Json>) -> bool {
    new == old.and_then(Json::as_str)
}

/// Whether the database, schema and alias as configured (not as generated) agree.
fn same_relation(node: &Node, old: &Json) -> bool {
    let old = unrendered(old);
    ["database", "schema", "alias"]
        .iter()
        .all(|key| same_value(node.unrendered_config.get(*key), old.and_then(|old| old.get(*key))))
}

fn same_fqn(resource: &Resource<'_>, old: &Json) -> bool {
    old.get("fqn").is_some_and(|fqn| *fqn == json!(resource.fqn()))
}

/// A threshold that is absent and one without a count are the same.
fn same_freshness(new: Option<&Json>, old: Option<&Json>) -> bool {
    let part = |freshness: Option<&Json>, key: &str| -> Json {
        let value = freshness.and_then(|freshness| freshness.get(key)).unwrap_or(&Json::Null);
        if value.get("count").is_some_and(Json::is_null) { Json::Null } else { value.clone() }
    };
    ["warn_after", "error_after", "filter"].iter().all(|key| part(new, key) == part(old, key))
}

fn same_exposure(exposure: &Exposure, old: &Json) -> bool {
    let old_nodes = old.get("depends_on").and_then(|depends_on| depends_on.get("nodes")).and_then(Json::as_array);
    let old_nodes: HashSet<&str> = old_nodes.into_iter().flatten().filter_map(Json::as_str).collect();
    let new_nodes: HashSet<&str> = exposure.depends_on.iter().map(|id| &**id).collect();
    let same_owner = ["name", "email"].iter().all(|key| {
        let part = |owner: Option<&Json>| owner.and_then(|owner| owner.get(*key)).cloned().unwrap_or(Json::Null);
        part(exposure.properties.get("owner")) == part(old.get("owner"))
    });
    new_nodes == old_nodes
        && same_owner
        && old.get("description").and_then(Json::as_str).unwrap_or("") == exposure.description
        && same_keys(&exposure.unrendered_config, unrendered(old), &[])
        && ["type", "maturity", "url", "label"]
            .iter()
            .all(|key| same_value(exposure.properties.get(*key), old.get(*key)))
}

/// Whether what dbt compares of a unit test, metric, semantic model or saved query is the same.
fn same_document(kind: ResourceType, new: &Json, old: &Json) -> bool {
    let same = |keys: &[&str]| keys.iter().all(|key| same_meaning(new.get(*key), old.get(*key)));
    match kind {
        ResourceType::UnitTest => new.get("checksum") == old.get("checksum"),
        ResourceType::Metric => {
            same(&["type", "description", "label"]) && same_meaning(unrendered_json(new), unrendered_json(old))
        }
        ResourceType::SemanticModel => same(&[
            "model",
            "description",
            "defaults",
            "entities",
            "dimensions",
            "measures",
            "config",
            "primary_entity",
            "group",
        ]),
        _ => {
            let query = |of: &'_ Json| of.get("query_params").cloned();
            same(&["description", "label", "config", "group", "tags"])
                && same_meaning(query(new).as_ref(), query(old).as_ref())
                && exports(new) == exports(old)
        }
    }
}

/// What is compared of a saved query's exports: their names, and where they are written to.
fn exports(query: &Json) -> Vec<Json> {
    let keys = ["export_as", "schema", "alias"];
    let items = query.get("exports").and_then(Json::as_array).into_iter().flatten();
    let compared = |export: &Json| {
        let config = export.get("unrendered_config");
        let place = keys.map(|key| config.and_then(|config| config.get(key)).cloned().unwrap_or_default());
        json!([export.get("name"), place])
    };
    items.map(compared).collect()
}

fn unrendered_json(of: &Json) -> Option<&Json> {
    of.get("unrendered_config")
}

/// Whether two values are the same but for entries that say nothing: null, false and what is empty.
fn same_meaning(new: Option<&Json>, old: Option<&Json>) -> bool {
    fn meaning(json: &Json) -> Json {
        match json {
            Json::Object(map) => {
                let entries = map.iter().map(|(key, value)| (key.clone(), meaning(value)));
                Json::Object(entries.filter(|(_, value)| !says_nothing(value)).collect())
            }
            Json::Array(items) => items.iter().map(meaning).collect(),
            other => other.clone(),
        }
    }
    let (new, old) = (new.map(meaning).unwrap_or_default(), old.map(meaning).unwrap_or_default());
    new == old || says_nothing(&new) && says_nothing(&old)
}

fn says_nothing(value: &Json) -> bool {
    match value {
        Json::Null | Json::Bool(false) => true,
        Json::Object(map) => map.is_empty(),
        Json::Array(items) => items.is_empty(),
        Json::String(text) => text.is_empty(),
        _ => false,
    }
}

fn same_persisted_descriptions(node: &Node, old: &Json) -> bool {
    let persists = |what: &str| {
        let docs = node.config.get("persist_docs");
        docs.and_then(|docs| docs.get(what)).and_then(Json::as_bool).unwrap_or(false)
    };
    let old_columns = old.get("columns").and_then(Json::as_object);
    let described =
        |column: Option<&Json>| column.and_then(|column| column.get("description")?.as_str().map(str::to_owned));
    let same_columns = || {
        old_columns.map_or(0, Map::len) == node.columns.len()
            && node.columns.iter().all(|(name, column)| {
                described(old_columns.and_then(|columns| columns.get(name))).as_ref() == Some(&column.description)
            })
    };
    (!persists("relation") || old.get("description").and_then(Json::as_str) == Some(&node.description))
        && (!persists("columns") || same_columns())
}

/// A resource of an earlier manifest.
pub fn earlier<'a>(manifest: &'a Json, id: &str) -> Option<&'a Json> {
    let places =
        ["nodes", "sources", "exposures", "metrics", "semantic_models", "unit_tests", "saved_queries", "functions"];
    places.iter().find_map(|place| manifest.get(place)?.get(id))
}

/// The macros that are new, gone or have another text.
fn changed_macros(graph: &Graph, manifest: &Json) -> HashSet<String> {
    let none = Map::new();
    let old = manifest.get("macros").and_then(Json::as_object).unwrap_or(&none);
    // Macros of dbt itself and of its adapters are not the project's: another program's built-in ones differ anyway.
    let own = |id: &str| graph.project.packages.keys().any(|package| id.starts_with(&format!("macro.{package}.")));
    let new = graph.macros.iter().filter(|(id, new)| {
        let text = old.get(*id).and_then(|old| old.get("macro_sql")).and_then(Json::as_str);
        own(id) && text.map(str::trim) != Some(new.macro_sql.trim())
    });
    let gone = old.keys().filter(|id| own(id) && !graph.macros.contains_key(*id));
    new.map(|(id, _)| id).chain(gone).cloned().collect()
}
