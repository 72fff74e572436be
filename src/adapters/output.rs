//! A profile's output, read key by key with errors that name the key.

use super::{DatabaseError, ErrorKind};
use crate::diagnostics::{Code, Diagnostic, nearest};
use serde_json::{Map, Value as Json};

/// Keys that every output may have.
const SHARED_KEYS: &[&str] = &["type", "threads", "schema"];

/// The output of a profile: everything an engine takes from it goes through here. Null and the empty text count as
/// left out, because that is what `env_var('X', '')` makes of them.
pub(super) struct Output<'a> {
    engine: &'static str,
    keys: &'a Map<String, Json>,
}

impl<'a> Output<'a> {
    pub(super) fn new(engine: &'static str, keys: &'a Map<String, Json>) -> Self {
        Self { engine, keys }
    }

    /// The first of `names` (a key and its aliases) that is given.
    fn find(&self, names: &[&'static str]) -> Option<(&'static str, &'a Json)> {
        names.iter().find_map(|name| Some((*name, self.keys.get(*name)?))).filter(|(_, value)| match value {
            Json::Null => false,
            Json::String(text) => !text.is_empty(),
            _ => true,
        })
    }

    pub(super) fn json(&self, name: &'static str) -> Option<&'a Json> {
        self.find(&[name]).map(|(_, value)| value)
    }

    /// A text; numbers and truth values are taken as they are written, for passwords such as `1234`.
    pub(super) fn text(&self, names: &[&'static str]) -> Result<Option<String>, DatabaseError> {
        let Some((name, value)) = self.find(names) else { return Ok(None) };
        match scalar(value) {
            Some(text) => Ok(Some(text)),
            None => Err(self.ill_typed(name, "a text", value)),
        }
    }

    pub(super) fn required_text(&self, names: &[&'static str]) -> Result<String, DatabaseError> {
        self.text(names)?.ok_or_else(|| self.missing(names.first().copied().unwrap_or_default()))
    }

    /// A whole number from 0; digits in quotes are one too.
    pub(super) fn integer(&self, name: &'static str) -> Result<Option<u64>, DatabaseError> {
        let Some(value) = self.json(name) else { return Ok(None) };
        let number = value.as_u64().or_else(|| value.as_str()?.trim().parse().ok());
        number.map(Some).ok_or_else(|| self.ill_typed(name, "a whole number from 0", value))
    }

    pub(super) fn boolean(&self, name: &'static str) -> Result<Option<bool>, DatabaseError> {
        let Some(value) = self.json(name) else { return Ok(None) };
        let truth = value.as_bool().or_else(|| match value.as_str()?.to_lowercase().as_str() {
            "true" => Some(true),
            "false" => Some(false),
            _ => None,
        });
        truth.map(Some).ok_or_else(|| self.ill_typed(name, "true or false", value))
    }

    pub(super) fn list(&self, name: &'static str) -> Result<&'a [Json], DatabaseError> {
        match self.json(name) {
            None => Ok(&[]),
            Some(Json::Array(items)) => Ok(items),
            Some(other) => Err(self.ill_typed(name, "a list", other)),
        }
    }

    /// A mapping from names to plain values, as text.
    pub(super) fn options(&self, name: &'static str) -> Result<Vec<(String, String)>, DatabaseError> {
        let Some(value) = self.json(name) else { return Ok(vec![]) };
        let Json::Object(map) = value else { return Err(self.ill_typed(name, "a mapping", value)) };
        map.iter()
            .map(|(key, value)| match scalar(value) {
                Some(text) => Ok((key.clone(), text)),
                None => Err(self.ill_typed(&format!("{name}.{key}"), "a plain value", value)),
            })
            .collect()
    }

    /// A warning for each key that is none of `known`.
    pub(super) fn unknown_keys(&self, known: &[&'static str]) -> Vec<Diagnostic> {
        let known: Vec<&str> = known.iter().chain(SHARED_KEYS).copied().collect();
        self.keys
            .keys()
            .filter(|key| !known.contains(&key.as_str()))
            .map(|key| {
                let warning = Diagnostic::warning(
                    Code::YAML_UNKNOWN_KEY,
                    format!("The profile's {} output has an unknown key '{key}'; it is ignored.", self.engine),
                );
                *warning.hint(match nearest(key, known.iter().copied()).first() {
                    Some(near) => format!("Did you mean '{near}'?"),
                    None => format!("Known keys are: {}.", known.join(", ")),
                })
            })
            .collect()
    }

    pub(super) fn missing(&self, name: &str) -> DatabaseError {
        self.invalid(format!("The profile's {} output lacks '{name}'.", self.engine))
    }

    /// The value is not shown: it may be a secret in the wrong place.
    pub(super) fn ill_typed(&self, name: &str, wanted: &str, found: &Json) -> DatabaseError {
        let found = match found {
            Json::Null => "nothing",
            Json::Bool(_) => "a truth value",
            Json::Number(_) => "another number",
            Json::String(_) => "a text",
            Json::Array(_) => "a list",
            Json::Object(_) => "a mapping",
        };
        self.invalid(format!("'{name}' in the profile's {} output must be {wanted}, not {found}.", self.engine))
    }

    pub(super) fn invalid(&self, message: impl Into<String>) -> DatabaseError {
        DatabaseError::new(ErrorKind::Configuration, message)
    }
}

/// A plain value as text.
pub(super) fn scalar(value: &Json) -> Option<String> {
    match value {
        Json::String(text) => Some(text.clone()),
        Json::Number(number) => Some(number.to_string()),
        Json::Bool(truth) => Some(truth.to_string()),
        Json::Null | Json::Array(_) | Json::Object(_) => None,
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;

    #[test]
    fn types_are_held_and_named() {
        let json = json!({"port": "5432", "retries": -1, "pass": 1234, "host": "", "attach": {}});
        let output = Output::new("postgres", json.as_object().unwrap());
        assert_eq!(output.integer("port").unwrap(), Some(5432));
        assert_eq!(output.text(&["password", "pass"]).unwrap().as_deref(), Some("1234"));
        let message = |error: DatabaseError| error.message;
        assert_eq!(
            message(output.integer("retries").unwrap_err()),
            "'retries' in the profile's postgres output must be a whole number from 0, not another number."
        );
        assert_eq!(
            message(output.list("attach").unwrap_err()),
            "'attach' in the profile's postgres output must be a list, not a mapping."
        );
        assert_eq!(
            message(output.required_text(&["host"]).unwrap_err()),
            "The profile's postgres output lacks 'host'."
        );
    }

    #[test]
    fn unknown_keys_name_the_nearest() {
        let json = json!({"type": "postgres", "hots": "x"});
        let warnings = Output::new("postgres", json.as_object().unwrap()).unknown_keys(&["host", "port"]);
        assert_eq!(warnings.len(), 1);
        assert_eq!(warnings[0].hint.as_deref(), Some("Did you mean 'host'?"));
    }
}
