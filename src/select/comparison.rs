//! What has changed between an earlier manifest and the graph.

use super::Resource;
use crate::resolve::{Constraint, ConstraintKind, Exposure, Graph, Node, NodeKind};
use serde_json::{Map, Value as Json, json};
use std::collections::HashSet;

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
}

impl<'a> Comparison<'a> {
    /// Compares a graph with an earlier manifest.
    pub fn new(graph: &'a Graph, manifest: &'a Json) -> Self {
        Self { graph, manifest, changed_macros: changed_macros(graph, manifest) }
    }

    /// Whether `state:<question>` is true of a resource.
    pub fn holds(&self, question: &str, id: &str, resource: &Resource<'_>) -> bool {
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
            "modified.configs" => match (resource, old) {
                (Resource::Source(source), Some(old)) => !same_keys(&source.unrendered_config, unrendered(old), &[]),
                (Resource::Exposure(exposure), Some(old)) => {
                    !same_keys(&exposure.unrendered_config, unrendered(old), &[])
                }
                _ => differs(same_config),
            },
            "modified.persisted_descriptions" => differs(same_persisted_descriptions),
            "modified.relation" => match (resource, old) {
                (Resource::Source(_), Some(old)) => !same_source_relation(resource, old),
                _ => differs(same_relation),
            },
            "modified.macros" => self.uses_changed_macro(resource),
            "modified.contract" => differs(same_contract),
            _ => false,
        }
    }

    fn is_modified(&self, resource: &Resource<'_>, old: Option<&Json>) -> bool {
        let changed = match (resource, old) {
            (Resource::Source(_) | Resource::Exposure(_), None) => false,
            (_, None) => true,
            (Resource::Node(node), Some(old)) => !same_node(node, old),
            (Resource::Source(source), Some(old)) => {
                !(same_source_relation(resource, old)
                    && same_fqn(resource, old)
                    && same_keys(&source.unrendered_config, unrendered(old), &[])
                    && same_freshness(source.freshness.as_ref(), old.get("freshness"))
                    && same_text(source.loaded_at_field.as_deref(), old.get("loaded_at_field"))
                    && source.external.as_ref().unwrap_or(&Json::Null) == old.get("external").unwrap_or(&Json::Null))
            }
            (Resource::Exposure(exposure), Some(old)) => !same_exposure(exposure, old) || !same_fqn(resource, old),
            (Resource::Document(_, new), Some(old)) => !same_document(new, old),
        };
        changed || self.uses_changed_macro(resource)
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
                && old.get("access").and_then(Json::as_str) == Some(model.access.as_str())
                && same_text(model.deprecation_date.as_deref(), old.get("deprecation_date"))
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
        _ => old.get("raw_code").and_then(Json::as_str) == Some(&node.raw_code),
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

/// Whether two configs as written agree in every key but `except`.
fn same_keys(new: &Map<String, Json>, old: Option<&Map<String, Json>>, except: &[&str]) -> bool {
    let none = Map::new();
    let old = old.unwrap_or(&none);
    let mut keys = new.keys().chain(old.keys()).filter(|key| !except.contains(&key.as_str()));
    keys.all(|key| same_value(new.get(key), old.get(key)))
}

/// A key that is absent and one that is null are the same.
fn same_value(new: Option<&Json>, old: Option<&Json>) -> bool {
    new.unwrap_or(&Json::Null) == old.unwrap_or(&Json::Null)
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

fn same_source_relation(resource: &Resource<'_>, old: &Json) -> bool {
    let Resource::Source(source) = resource else { return true };
    let quoting = json!({
        "database": source.quoting.database,
        "schema": source.quoting.schema,
        "identifier": source.quoting.identifier,
        "column": source.quoting.column,
    });
    same_text(source.relation.database.as_deref(), old.get("database"))
        && same_text(source.relation.schema.as_deref(), old.get("schema"))
        && same_text(source.relation.identifier.as_deref(), old.get("identifier"))
        && old.get("quoting").is_none_or(|old| *old == quoting)
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

/// Unit tests have a checksum of their own; other documents are compared as they are, but for when they were parsed.
fn same_document(new: &Json, old: &Json) -> bool {
    match (new.get("checksum"), old.get("checksum")) {
        (Some(new), Some(old)) if !new.is_null() => new == old,
        _ => match (new.as_object(), old.as_object()) {
            (Some(new), old) => same_keys(new, old, &["created_at"]),
            _ => new == old,
        },
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

/// Whether the contract is enforced as before and, if it is, promises the same columns and constraints.
fn same_contract(node: &Node, old: &Json) -> bool {
    let NodeKind::Model(model) = &node.kind else { return true };
    let was_enforced =
        old.get("contract").and_then(|contract| contract.get("enforced")).and_then(Json::as_bool).unwrap_or(false);
    if !was_enforced || !node.config.contract_enforced() {
        return was_enforced == node.config.contract_enforced();
    }
    let none = Map::new();
    let old_columns = old.get("columns").and_then(Json::as_object).unwrap_or(&none);
    let same_columns = old_columns.len() == node.columns.len()
        && node.columns.iter().all(|(name, column)| {
            old_columns.get(name).is_some_and(|old| {
                same_text(column.data_type.as_deref(), old.get("data_type"))
                    && same_constraints(&column.constraints, old.get("constraints"))
            })
        });
    same_columns
        && same_constraints(&model.constraints, old.get("constraints"))
        && same_value(node.config.get("materialized"), old.get("config").and_then(|config| config.get("materialized")))
}

fn same_constraints(new: &[Constraint], old: Option<&Json>) -> bool {
    let old = old.and_then(Json::as_array).map(Vec::as_slice).unwrap_or_default();
    let texts = |json: &Json, key: &str| -> Vec<String> {
        let items = json.get(key).and_then(Json::as_array);
        items.into_iter().flatten().filter_map(|item| item.as_str().map(str::to_owned)).collect()
    };
    new.len() == old.len()
        && new.iter().zip(old).all(|(new, old)| {
            old.get("type").and_then(Json::as_str) == Some(kind_name(new.kind))
                && same_text(new.name.as_deref(), old.get("name"))
                && same_text(new.expression.as_deref(), old.get("expression"))
                && texts(old, "columns") == new.columns
                && same_text(new.to.as_deref(), old.get("to"))
                && texts(old, "to_columns") == new.to_columns
        })
}

fn kind_name(kind: ConstraintKind) -> &'static str {
    match kind {
        ConstraintKind::Check => "check",
        ConstraintKind::NotNull => "not_null",
        ConstraintKind::Unique => "unique",
        ConstraintKind::PrimaryKey => "primary_key",
        ConstraintKind::ForeignKey => "foreign_key",
        ConstraintKind::Custom => "custom",
    }
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
