//! What has become of a contract since an earlier manifest, and whether what relied on it may break.

use crate::adapters::{ConstraintSupport, Enforcement};
use crate::diagnostics::{Code, Diagnostic};
use crate::resolve::{Constraint, ConstraintKind, Graph, ModelInfo, Node, NodeKind};
use jiff::Timestamp;
use serde_json::Value as Json;

/// Whether the contract promises what it did. Promising more, or for the first time, is a change too.
pub fn same_contract(node: &Node, old: &Json) -> bool {
    let NodeKind::Model(model) = &node.kind else { return true };
    if !was_enforced(old) {
        return !node.config.contract_enforced();
    }
    let checksum = old.get("contract").and_then(|contract| contract.get("checksum")).and_then(Json::as_str);
    node.config.contract_enforced() && model.contract_checksum.as_deref() == checksum
}

/// What breaks for those who rely on the contract of a model as it was.
pub fn breaking_change(graph: &Graph, node: &Node, old: &Json) -> Option<Box<Diagnostic>> {
    let NodeKind::Model(model) = &node.kind else { return None };
    if !was_enforced(old) || same_contract(node, old) {
        return None;
    }
    let changes = Changes { support: &graph.dialect_of(&node.unique_id).constraints, node, model, old }.all();
    (!changes.is_empty()).then(|| broken(&node.name, model.version.is_some(), &changes).at(&node.span))
}

/// What breaks because a model that had a contract is gone or disabled.
pub fn removal(graph: &Graph, id: &str, old: &Json) -> Option<Box<Diagnostic>> {
    if graph.nodes.contains_key(id) {
        return None;
    }
    let text = |key: &str| old.get(key).and_then(Json::as_str);
    let disabled = graph.disabled.get(id).and_then(|nodes| nodes.first());
    let (had_contract, ends, how) = match disabled {
        Some(node) => {
            let NodeKind::Model(model) = &node.kind else { return None };
            (node.config.contract_enforced(), model.deprecation_date.as_deref(), "was disabled")
        }
        None => (
            text("resource_type") == Some("model") && was_enforced(old),
            text("deprecation_date"),
            "was deleted or renamed",
        ),
    };
    let is_past = |date: &str| date.parse::<Timestamp>().is_ok_and(|date| date < graph.invocation.clock());
    if !had_contract || ends.is_some_and(is_past) {
        return None;
    }
    let is_versioned = old.get("version").is_some_and(|version| !version.is_null());
    Some(broken(text("name").unwrap_or(id), is_versioned, &[format!("Contracted model '{id}' {how}.")]))
}

/// An error for a version of a model, which others may have pinned; else a warning.
fn broken(name: &str, is_versioned: bool, changes: &[String]) -> Box<Diagnostic> {
    let changes = changes.join("\n  - ");
    if is_versioned {
        let message = format!("Breaking change to the contract of a version of '{name}':\n  - {changes}");
        return Diagnostic::error(Code::CONTRACT_CHANGED, message)
            .hint("Keep what this version promises, and make a new version of the model for the change.");
    }
    let message = format!(
        "The contract of '{name}', a model without versions, has a breaking change since the earlier run:\n  - {changes}"
    );
    Diagnostic::warning(Code::CONTRACT_CHANGED, message)
        .hint("Versions of the model would let those who use it follow when they are ready.")
}

fn was_enforced(old: &Json) -> bool {
    old.get("contract").and_then(|contract| contract.get("enforced")).and_then(Json::as_bool).unwrap_or(false)
}

/// The differences between a contract that was enforced and what it is now.
struct Changes<'a> {
    support: &'a ConstraintSupport,
    node: &'a Node,
    model: &'a ModelInfo,
    old: &'a Json,
}

impl Changes<'_> {
    fn all(&self) -> Vec<String> {
        let mut changes = vec![];
        if !self.node.config.contract_enforced() {
            changes
                .push("Contract enforcement was removed: the model had an enforced contract, and has none now.".into());
        }
        let lists = [
            ("Columns were removed", self.removed_columns()),
            ("Columns with data_type changes", self.changed_types()),
            ("Enforced column level constraints were removed", self.removed_column_constraints()),
            ("Enforced model level constraints were removed", self.removed_model_constraints()),
            ("Materialization changed with enforced constraints", self.materialization().into_iter().collect()),
        ];
        let lists = lists.into_iter().filter(|(_, items)| !items.is_empty());
        changes.extend(lists.map(|(what, items)| format!("{what}:\n    - {}", items.join("\n    - "))));
        changes
    }

    /// The columns as they were, by name.
    fn old_columns(&self) -> Vec<(&String, &Json)> {
        let mut columns: Vec<_> = self.old.get("columns").and_then(Json::as_object).into_iter().flatten().collect();
        columns.sort_by_key(|(name, _)| *name);
        columns
    }

    fn removed_columns(&self) -> Vec<String> {
        let gone = |(name, _): &(&String, &Json)| !self.node.columns.contains_key(*name);
        self.old_columns().into_iter().filter(gone).map(|(name, _)| name.clone()).collect()
    }

    fn changed_types(&self) -> Vec<String> {
        let change = |(name, old): (&String, &Json)| {
            let new = self.node.columns.get(name)?.data_type.as_deref();
            let old = old.get("data_type").and_then(Json::as_str);
            let shown = |data_type: Option<&str>| data_type.unwrap_or("None").to_owned();
            (base_type(old) != base_type(new)).then(|| format!("{name} ({} -> {})", shown(old), shown(new)))
        };
        self.old_columns().into_iter().filter_map(change).collect()
    }

    fn removed_column_constraints(&self) -> Vec<String> {
        if !self.constraints_were_held() {
            return vec![];
        }
        let of_column = |(name, old): (&String, &Json)| -> Vec<String> {
            let Some(column) = self.node.columns.get(name) else { return vec![] };
            let gone = self.removed(old, &column.constraints);
            gone.into_iter().map(|what| format!("'{what}' constraint on column {name}")).collect()
        };
        self.old_columns().into_iter().flat_map(of_column).collect()
    }

    fn removed_model_constraints(&self) -> Vec<String> {
        if !self.constraints_were_held() {
            return vec![];
        }
        let gone = self.removed(self.old, &self.model.constraints);
        gone.into_iter().map(|what| format!("'{what}' constraint")).collect()
    }

    /// The names (or types) of the constraints below `old` that the engine holds and that are not among the new ones.
    fn removed(&self, old: &Json, new: &[Constraint]) -> Vec<String> {
        let is_gone = |old: &&Json| {
            let kind = old.get("type").and_then(Json::as_str).unwrap_or_default();
            self.support.of(kind) == Some(Enforcement::Enforced) && !new.iter().any(|new| is_same(new, old))
        };
        let text = |old: &Json, key: &str| old.get(key).and_then(Json::as_str).map(str::to_owned);
        let name = |old: &Json| text(old, "name").or_else(|| text(old, "type")).unwrap_or_default();
        constraints(old).iter().filter(is_gone).map(name).collect()
    }

    fn materialization(&self) -> Option<String> {
        let had_constraints = !constraints(self.old).is_empty()
            || self.old_columns().iter().any(|(_, column)| !constraints(column).is_empty());
        let new = self.node.config.materialized();
        (self.constraints_were_held() && !holds_constraints(new) && had_constraints)
            .then(|| format!("{} -> {new}", self.old_materialization()))
    }

    fn constraints_were_held(&self) -> bool {
        holds_constraints(self.old_materialization())
    }

    fn old_materialization(&self) -> &str {
        let config = self.old.get("config").and_then(|config| config.get("materialized"));
        config.and_then(Json::as_str).unwrap_or("view")
    }
}

fn holds_constraints(materialized: &str) -> bool {
    matches!(materialized, "table" | "incremental")
}

/// A data type without its size and in lower case: another size breaks nothing.
fn base_type(data_type: Option<&str>) -> Option<String> {
    data_type.map(|data_type| data_type.split('(').next().unwrap_or_default().trim().to_lowercase())
}

fn constraints(of: &Json) -> &[Json] {
    of.get("constraints").and_then(Json::as_array).map(Vec::as_slice).unwrap_or_default()
}

/// Whether a constraint demands what it did. A foreign key is known by its columns, as `to` may be a ref or a relation.
fn is_same(new: &Constraint, old: &Json) -> bool {
    let text = |key: &str| old.get(key).and_then(Json::as_str);
    let texts = |key: &str| -> Vec<&str> {
        old.get(key).and_then(Json::as_array).into_iter().flatten().filter_map(Json::as_str).collect()
    };
    text("type") == Some(new.kind.as_str())
        && text("name") == new.name.as_deref()
        && text("expression") == new.expression.as_deref()
        && texts("columns") == new.columns
        && texts("to_columns") == new.to_columns
        && (new.kind == ConstraintKind::ForeignKey || text("to") == new.to.as_deref())
}

#[cfg(test)]
mod tests {
    use super::base_type;

    #[test]
    fn sizes_of_types_are_no_difference() {
        assert_eq!(base_type(Some("VARCHAR (10)")), base_type(Some("varchar(20)")));
        assert_ne!(base_type(Some("int")), base_type(Some("text")));
        assert_ne!(base_type(Some("int")), base_type(None));
    }
}
