//! The signatures of functions.

use super::patches::Patch;
use crate::diagnostics::{Code, Diagnostic, Result};
use crate::yaml::{Fields, Yaml};
use serde_json::{Map, Value as Json, json};

/// `arguments` and `returns` of a function as artifacts have them.
pub fn signature(patch: Option<&Patch<'_>>) -> Result<Json> {
    let entry = patch.map(|patch| patch.entry);
    let arguments = entry.map_or(&[][..], |entry| &entry.arguments);
    let arguments = arguments.iter().map(argument).collect::<Result<Vec<_>>>()?;
    let defaulted = arguments.iter().position(|argument| !argument["default_value"].is_null());
    let late = arguments.iter().enumerate().skip(defaulted.unwrap_or(arguments.len()));
    if let (Some((at, argument)), Some(entry)) = (late.into_iter().find(|(_, a)| a["default_value"].is_null()), entry) {
        let message = format!(
            "The argument {} of the function '{}' has no default value, but stands after one that has.",
            argument["name"], entry.name
        );
        return Err(Diagnostic::error(Code::CONFIG_INVALID, message)
            .at(&entry.arguments[at].span)
            .hint("Put the arguments with a 'default_value' last."));
    }
    let returns = entry.and_then(|entry| entry.returns.as_ref()).map(returned).transpose()?;
    Ok(json!({"arguments": arguments, "returns": returns}))
}

fn argument(yaml: &Yaml) -> Result<Json> {
    let mut fields = Fields::of(yaml, "the function's argument")?;
    let (name, data_type): (String, String) = (fields.require("name")?, fields.require("data_type")?);
    Ok(json!({
        "name": name,
        "data_type": data_type,
        "description": fields.take::<String>("description")?,
        "default_value": fields.take::<Json>("default_value")?,
    }))
}

fn returned(yaml: &Yaml) -> Result<Json> {
    let mut fields = Fields::of(yaml, "'returns'")?;
    let data_type: String = fields.require("data_type")?;
    // A function that returns a table lists its columns, too.
    let mut returned = Map::from_iter([("data_type".to_owned(), data_type.into())]);
    returned.insert("description".into(), fields.take::<String>("description")?.into());
    returned.extend(fields.rest().map(|(key, value)| (key.as_key(), value.to_json())));
    Ok(Json::Object(returned))
}
