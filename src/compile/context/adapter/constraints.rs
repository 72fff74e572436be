//! Contracts' columns and constraints as SQL.

use super::Method;
use crate::adapters::Enforcement;
use crate::compile::rendering::Rendering;
use crate::compile::values::Record;
use crate::diagnostics::{Code, Diagnostic};
use crate::jinja::{Error, List, Value, raise, to_json};
use serde_json::Value as Json;

/// The methods.
pub const METHODS: &[(&str, Method)] = &[
    ("parse_index", |_, _, arguments| {
        let index = arguments.require(0, "raw_index")?;
        if index.is_none() {
            return Ok(index);
        }
        let part =
            |name: &str| index.get_attr(name).map(|value| if value.is_undefined() { Value::from(()) } else { value });
        Ok(Record::value([
            ("columns", part("columns")?),
            ("unique", Value::from(part("unique")?.is_true())),
            ("type", part("type")?),
        ]))
    }),
    ("render_raw_columns_constraints", |rendering, _, arguments| {
        let columns = to_json(&arguments.require(0, "raw_columns")?);
        let columns = columns.as_object().into_iter().flat_map(|map| map.values());
        let rendered = columns.map(|column| column_definition(rendering, column).map(Value::from));
        Ok(List::value(rendered.collect::<Result<_, _>>()?))
    }),
    ("render_raw_model_constraints", |rendering, _, arguments| {
        let constraints = to_json(&arguments.require(0, "raw_constraints")?);
        let mut rendered = vec![];
        for constraint in constraints.as_array().into_iter().flatten() {
            if supported(rendering, constraint)? {
                rendered.extend(model_constraint(rendering, constraint).map(Value::from));
            }
        }
        Ok(List::value(rendered))
    }),
];

fn text<'a>(json: &'a Json, key: &str) -> Option<&'a str> {
    json.get(key).and_then(Json::as_str).filter(|text| !text.is_empty())
}

fn list(json: &Json, key: &str) -> Option<String> {
    let items: Vec<&str> = json.get(key)?.as_array()?.iter().filter_map(Json::as_str).collect();
    (!items.is_empty()).then(|| items.join(", "))
}

fn column_definition(rendering: &Rendering, column: &Json) -> Result<String, Error> {
    let name = text(column, "name").unwrap_or_default();
    let quoted = column.get("quote").and_then(Json::as_bool).unwrap_or(false);
    let name = if quoted { rendering.dialect().quote(name) } else { name.to_owned() };
    let mut parts = vec![name, text(column, "data_type").unwrap_or_default().to_owned()];
    for constraint in column.get("constraints").and_then(Json::as_array).into_iter().flatten() {
        if supported(rendering, constraint)? {
            parts.extend(column_constraint(rendering, constraint));
        }
    }
    Ok(parts.join(" "))
}

/// Whether the engine can write the constraint; warns where the analyst may think it holds and it does not.
fn supported(rendering: &Rendering, constraint: &Json) -> Result<bool, Error> {
    let support = &rendering.dialect().constraints;
    let kind = text(constraint, "type").unwrap_or_default();
    let Some(enforcement) = support.of(kind) else {
        if kind == "custom" {
            return Ok(true);
        }
        let message = format!("There is no constraint of the type '{kind}'.");
        return Err(raise(
            Diagnostic::error(Code::CONTRACT_INVALID, message)
                .hint("The types are check, not_null, unique, primary_key, foreign_key and custom."),
        ));
    };
    let wants = |key| constraint.get(key).and_then(Json::as_bool).unwrap_or(true);
    let engine = rendering.dialect().name;
    let problem = match enforcement {
        Enforcement::NotSupported if wants("warn_unsupported") => Some(("not supported", "warn_unsupported")),
        Enforcement::NotEnforced if wants("warn_unenforced") => Some(("recorded but not enforced", "warn_unenforced")),
        _ => None,
    };
    if let Some((what, key)) = problem {
        let message = format!("Constraints of the type '{kind}' are {what} by {engine}.");
        rendering.warn(
            Diagnostic::warning(Code::CONTRACT_INVALID, message)
                .hint(format!("To be silent about it, write `{key}: false` in the constraint.")),
        )?;
    }
    Ok(enforcement != Enforcement::NotSupported)
}

fn column_constraint(rendering: &Rendering, constraint: &Json) -> Option<String> {
    let expression = text(constraint, "expression");
    let with = |word: &str| expression.map_or_else(|| word.to_owned(), |expression| format!("{word} {expression}"));
    match text(constraint, "type")? {
        "check" => expression.map(|expression| format!("check ({expression})")),
        "not_null" => Some(with("not null")),
        "unique" => Some(with("unique")),
        "primary_key" => Some(with("primary key")),
        "foreign_key" => references(rendering, constraint),
        _ => expression.map(str::to_owned),
    }
}

fn model_constraint(rendering: &Rendering, constraint: &Json) -> Option<String> {
    let expression = text(constraint, "expression");
    let columns = list(constraint, "columns").unwrap_or_default();
    let name = text(constraint, "name").map(|name| format!("constraint {name} ")).unwrap_or_default();
    let after = expression.map(|expression| format!(" {expression}")).unwrap_or_default();
    let body = match text(constraint, "type")? {
        "check" => format!("check ({})", expression?),
        "unique" => format!("unique{after} ({columns})"),
        "primary_key" => format!("primary key{after} ({columns})"),
        "foreign_key" => format!("foreign key ({columns}) {}", references(rendering, constraint)?),
        "custom" => expression?.to_owned(),
        _ => return None,
    };
    Some(name + &body)
}

/// A table's name without the target's own database, which engines refuse in a foreign key.
fn without_database<'a>(rendering: &Rendering, table: &'a str) -> &'a str {
    let own = rendering.session.output().adapter.database();
    let quoted = rendering.dialect().quote(own);
    let rest = [quoted.as_str(), own].into_iter().find_map(|database| table.strip_prefix(database));
    rest.and_then(|rest| rest.strip_prefix('.')).unwrap_or(table)
}

/// `references table (columns)`.
fn references(rendering: &Rendering, constraint: &Json) -> Option<String> {
    match (text(constraint, "to"), list(constraint, "to_columns")) {
        (Some(to), Some(columns)) => Some(format!("references {} ({columns})", without_database(rendering, to))),
        _ => text(constraint, "expression").map(|expression| format!("references {expression}")),
    }
}
