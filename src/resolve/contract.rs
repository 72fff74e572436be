//! Contracts: whether they are complete, and their checksum.

use super::{Constraint, ConstraintKind, ModelInfo, Node, NodeKind, python};
use crate::diagnostics::{Code, Diagnostic};
use crate::parse::sha256;
use serde_json::Value as Json;

/// What is wrong with a model's contract and constraints.
pub fn check(node: &Node) -> Vec<Box<Diagnostic>> {
    let NodeKind::Model(info) = &node.kind else { return vec![] };
    let mut errors = vec![];
    let error = |message: String| Diagnostic::error(Code::CONTRACT_INVALID, message).at(&node.span);
    let keys: Vec<&str> = node
        .columns
        .values()
        .filter(|column| column.constraints.iter().any(|c| c.kind == ConstraintKind::PrimaryKey))
        .map(|column| column.name.as_str())
        .collect();
    let has_model_key = info.constraints.iter().any(|c| c.kind == ConstraintKind::PrimaryKey);
    if keys.len() > 1 || (has_model_key && !keys.is_empty()) {
        let message = format!("The model '{}' has several primary keys ({}).", node.name, keys.join(", "));
        let hint = "A key over several columns is one constraint of the model, with 'columns'.";
        errors.push(error(message).hint(hint));
    }
    if !node.config.contract_enforced() {
        return errors;
    }
    if node.is_python_model() {
        let message = format!("The model '{}' is in Python: only models in SQL can have a contract.", node.name);
        errors.push(error(message));
    }
    errors.extend(unsupported(node, info));
    if node.columns.is_empty() && node.patch_path.is_some() {
        let message = format!("The contract of the model '{}' names no columns.", node.name);
        errors.push(error(message).hint("List the model's columns with their 'data_type' in its properties."));
    }
    let on_change = node.config.str("on_schema_change").unwrap_or("ignore");
    let holds = match on_change {
        "append_new_columns" | "fail" => true,
        // An accumulating model always takes new columns.
        "ignore" => node.config.str("incremental_strategy") == Some("accumulating"),
        _ => false,
    };
    if node.config.materialized() == "incremental" && !holds {
        let message = format!("The model '{}' has a contract and on_schema_change '{on_change}'.", node.name);
        errors.push(error(message).hint("Incremental models with a contract need 'append_new_columns' or 'fail'."));
    }
    errors
}

/// A warning for constraints that the materialization leaves out.
fn unsupported(node: &Node, info: &ModelInfo) -> Option<Box<Diagnostic>> {
    let materialized = node.config.materialized();
    let mut constraints = node.columns.values().flat_map(|column| &column.constraints).chain(&info.constraints);
    let is_left_out = !matches!(materialized, "table" | "incremental") && node.patch_path.is_some();
    (is_left_out && constraints.any(|constraint| constraint.warn_unsupported)).then(|| {
        let message = format!("The constraints of '{}' are left out: a {materialized} cannot have any.", node.name);
        Diagnostic::warning(Code::CONTRACT_INVALID, message)
            .at(&node.span)
            .hint("To be silent about it, write `warn_unsupported: false` in the constraints.")
    })
}

/// A hash of what a contract promises; the order of columns does not matter.
pub fn checksum(node: &Node) -> Option<String> {
    let NodeKind::Model(info) = &node.kind else { return None };
    if !node.config.contract_enforced() {
        return None;
    }
    let mut columns: Vec<_> = node.columns.values().collect();
    columns.sort_by(|a, b| a.name.cmp(&b.name));
    let mut state = String::new();
    for column in columns {
        let data_type = column.data_type.as_deref().unwrap_or("None");
        let constraints: Vec<String> = column.constraints.iter().map(|c| described(c, false)).collect();
        state.push_str(&format!("|{}{data_type}[{}]", column.name, constraints.join(", ")));
    }
    if matches!(node.config.materialized(), "table" | "incremental") {
        let constraints: Vec<String> = info.constraints.iter().map(|c| described(c, true)).collect();
        state.push_str(&format!("{}[{}]", node.config.materialized(), constraints.join(", ")));
    }
    Some(sha256(&state))
}

/// A constraint as Python shows dbt's object, which is what dbt hashes.
fn described(constraint: &Constraint, of_model: bool) -> String {
    let (member, value) = match constraint.kind {
        ConstraintKind::Check => ("check", "check"),
        ConstraintKind::NotNull => ("not_null", "not_null"),
        ConstraintKind::Unique => ("unique", "unique"),
        ConstraintKind::PrimaryKey => ("primary_key", "primary_key"),
        ConstraintKind::ForeignKey => ("foreign_key", "foreign_key"),
        ConstraintKind::Custom => ("custom", "custom"),
    };
    let option = |text: &Option<String>| python::repr(&text.clone().map_or(Json::Null, Json::from));
    let truth = |value: bool| python::repr(&Json::Bool(value));
    let list = |items: &[String]| python::repr(&items.to_vec().into());
    let common = format!(
        "type=<ConstraintType.{member}: '{value}'>, name={}, expression={}, warn_unenforced={}, warn_unsupported={}, \
         to={}, to_columns={}",
        option(&constraint.name),
        option(&constraint.expression),
        truth(constraint.warn_unenforced),
        truth(constraint.warn_unsupported),
        option(&constraint.to),
        list(&constraint.to_columns),
    );
    match of_model {
        true => format!("ModelLevelConstraint({common}, columns={})", list(&constraint.columns)),
        false => format!("ColumnLevelConstraint({common})"),
    }
}
