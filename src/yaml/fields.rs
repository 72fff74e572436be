//! Taking a mapping apart by key and type.

use super::{Yaml, YamlValue};
use crate::diagnostics::{Code, Diagnostic, Result, nearest};
use indexmap::IndexMap;
use serde_json::{Map, Value as Json};

/// The entries of a mapping while they are taken one by one; what nobody asked for is unknown.
///
/// ```text
/// let mut fields = Fields::of(&yaml, "the package")?;
/// let git: String = fields.require("git")?;
/// let revision: Option<String> = fields.take("revision")?;
/// warnings.extend(fields.unknown());
/// ```
#[derive(Debug)]
pub struct Fields<'a> {
    what: String,
    yaml: &'a Yaml,
    known: Vec<&'static str>,
}

impl<'a> Fields<'a> {
    /// The fields of a mapping (null counts as an empty one); `what` is its name in messages: `the model 'orders'`.
    pub fn of(yaml: &'a Yaml, what: impl Into<String>) -> Result<Self> {
        let what = what.into();
        match yaml.value {
            YamlValue::Map(_) | YamlValue::Null => Ok(Self { what, yaml, known: vec![] }),
            _ => Err(yaml.mismatch(&capitalised(&what), "a mapping")),
        }
    }

    /// The value of a key as it is; `None` when it is absent or null.
    pub fn yaml(&mut self, key: &'static str) -> Option<&'a Yaml> {
        self.known.push(key);
        self.yaml.get(key).filter(|value| !value.is_null())
    }

    /// The value of a key; `None` when it is absent or null.
    pub fn take<T: FromYaml<'a>>(&mut self, key: &'static str) -> Result<Option<T>> {
        self.yaml(key).map(|value| T::from_yaml(value, &format!("'{key}'"))).transpose()
    }

    /// The value of a key that must be given.
    pub fn require<T: FromYaml<'a>>(&mut self, key: &'static str) -> Result<T> {
        match self.take(key)? {
            Some(value) => Ok(value),
            None => {
                let message = format!("{} has no '{key}'.", capitalised(&self.what));
                Err(Diagnostic::error(Code::YAML_TYPE, message).at(&self.yaml.span))
            }
        }
    }

    /// Declares keys that are read elsewhere, or mean nothing here but are allowed.
    pub fn allow(&mut self, keys: &[&'static str]) {
        self.known.extend(keys);
    }

    /// The entries that nobody has taken so far.
    pub fn rest(&self) -> impl Iterator<Item = (&'a Yaml, &'a Yaml)> + '_ {
        let is_known = |key: &Yaml| key.as_str().is_some_and(|key| self.known.contains(&key));
        self.yaml.as_map().unwrap_or_default().iter().filter(move |(key, _)| !is_known(key)).map(|(k, v)| (k, v))
    }

    /// A warning for each entry that nobody has taken, with the key that may have been meant.
    pub fn unknown(&self) -> Vec<Box<Diagnostic>> {
        self.rest().map(|(key, _)| self.unknown_key(key)).collect()
    }

    /// Refuses an entry that nobody has taken.
    pub fn refuse_unknown(&self) -> Result<()> {
        match self.rest().next() {
            Some((key, _)) => {
                let message = format!("{} has an unknown key '{}'.", capitalised(&self.what), key.as_key());
                Err(self.with_nearest(key, Diagnostic::error(Code::YAML_UNKNOWN_KEY, message)))
            }
            None => Ok(()),
        }
    }

    fn unknown_key(&self, key: &Yaml) -> Box<Diagnostic> {
        let message = format!("{} has an unknown key '{}'; it is ignored.", capitalised(&self.what), key.as_key());
        self.with_nearest(key, Diagnostic::warning(Code::YAML_UNKNOWN_KEY, message))
    }

    fn with_nearest(&self, key: &Yaml, diagnostic: Box<Diagnostic>) -> Box<Diagnostic> {
        let diagnostic = diagnostic.at(&key.span);
        let name = key.as_key();
        match nearest(&name, self.known.iter().copied()).first() {
            Some(near) => diagnostic.hint(format!("Did you mean '{near}'?")),
            None => diagnostic,
        }
    }
}

fn capitalised(text: &str) -> String {
    let mut chars = text.chars();
    chars.next().map(|first| first.to_uppercase().chain(chars).collect()).unwrap_or_default()
}

/// What can be made of a value.
pub trait FromYaml<'a>: Sized {
    /// Reads the value; `what` names it in the error.
    fn from_yaml(yaml: &'a Yaml, what: &str) -> Result<Self>;
}

impl<'a> FromYaml<'a> for &'a Yaml {
    fn from_yaml(yaml: &'a Yaml, _: &str) -> Result<Self> {
        Ok(yaml)
    }
}

/// Text; a number or truth value counts as the text it was written as.
impl<'a> FromYaml<'a> for String {
    fn from_yaml(yaml: &'a Yaml, what: &str) -> Result<Self> {
        match &yaml.value {
            YamlValue::Str(text) | YamlValue::Time(text) => Ok(text.clone()),
            YamlValue::Int(_) | YamlValue::Float(_) | YamlValue::Bool(_) => {
                let written = yaml.span.text();
                let is_literal = super::scalar::resolve(written) == yaml.value;
                Ok(if is_literal { written.to_owned() } else { yaml.as_key() })
            }
            _ => Err(yaml.mismatch(what, "text")),
        }
    }
}

/// A truth value; also a text that spells one, as rendered templates give.
impl<'a> FromYaml<'a> for bool {
    fn from_yaml(yaml: &'a Yaml, what: &str) -> Result<Self> {
        let truth = yaml.as_bool().or_else(|| match super::scalar::resolve(yaml.as_str()?) {
            YamlValue::Bool(truth) => Some(truth),
            _ => None,
        });
        truth.ok_or_else(|| yaml.mismatch(what, "true or false"))
    }
}

/// A whole number; also a text that spells one.
impl<'a> FromYaml<'a> for i64 {
    fn from_yaml(yaml: &'a Yaml, what: &str) -> Result<Self> {
        let number = yaml.as_int().or_else(|| yaml.as_str()?.trim().parse().ok());
        number.ok_or_else(|| yaml.mismatch(what, "a whole number"))
    }
}

/// A whole number from 0; also a text that spells one.
impl<'a> FromYaml<'a> for usize {
    fn from_yaml(yaml: &'a Yaml, what: &str) -> Result<Self> {
        let number = i64::from_yaml(yaml, what).ok().and_then(|number| usize::try_from(number).ok());
        number.ok_or_else(|| yaml.mismatch(what, "a whole number from 0"))
    }
}

impl<'a> FromYaml<'a> for Json {
    fn from_yaml(yaml: &'a Yaml, _: &str) -> Result<Self> {
        Ok(yaml.to_json())
    }
}

impl<'a> FromYaml<'a> for Map<String, Json> {
    fn from_yaml(yaml: &'a Yaml, what: &str) -> Result<Self> {
        match yaml.to_json() {
            Json::Object(map) => Ok(map),
            _ => Err(yaml.mismatch(what, "a mapping")),
        }
    }
}

impl<'a, T: FromYaml<'a>> FromYaml<'a> for Vec<T> {
    fn from_yaml(yaml: &'a Yaml, what: &str) -> Result<Self> {
        let items = yaml.as_seq().ok_or_else(|| yaml.mismatch(what, "a list"))?;
        items.iter().map(|item| T::from_yaml(item, &format!("An item of {what}"))).collect()
    }
}

impl<'a, T: FromYaml<'a>> FromYaml<'a> for IndexMap<String, T> {
    fn from_yaml(yaml: &'a Yaml, what: &str) -> Result<Self> {
        let entries = yaml.as_map().ok_or_else(|| yaml.mismatch(what, "a mapping"))?;
        let read = |(key, value): &'a (Yaml, Yaml)| {
            let key = key.as_key();
            let value = T::from_yaml(value, &format!("'{key}' in {what}"))?;
            Ok((key, value))
        };
        entries.iter().map(read).collect()
    }
}

/// A list, or a single item that stands for a list of one.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct OneOrMany<T>(pub Vec<T>);

impl<'a, T: FromYaml<'a>> FromYaml<'a> for OneOrMany<T> {
    fn from_yaml(yaml: &'a Yaml, what: &str) -> Result<Self> {
        match yaml.value {
            YamlValue::Seq(_) => Vec::from_yaml(yaml, what).map(Self),
            YamlValue::Null => Ok(Self(vec![])),
            _ => T::from_yaml(yaml, what).map(|item| Self(vec![item])),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::yaml::parse_text;

    #[test]
    fn fields_are_taken_by_type_and_the_rest_is_told() {
        let yaml = parse_text("a.yml", "name: 010\ntags: nightly\nenabled: 'no'\ndescribtion: x\n").unwrap();
        let mut fields = Fields::of(&yaml, "the model").unwrap();
        assert_eq!(fields.require::<String>("name").unwrap(), "010");
        assert_eq!(fields.take::<OneOrMany<String>>("tags").unwrap().unwrap().0, ["nightly"]);
        assert_eq!(fields.take::<bool>("enabled").unwrap(), Some(false));
        assert_eq!(fields.take::<String>("description").unwrap(), None);
        let unknown = fields.unknown();
        assert_eq!(unknown.len(), 1);
        assert_eq!(
            unknown[0].to_string(),
            "a.yml:4:1: SB0104: The model has an unknown key 'describtion'; it is ignored."
        );
        assert_eq!(unknown[0].hint.as_deref(), Some("Did you mean 'description'?"));
    }

    #[test]
    fn a_wrong_type_points_at_the_value() {
        let yaml = parse_text("a.yml", "columns:\n  - [1]\n").unwrap();
        let mut fields = Fields::of(&yaml, "the model").unwrap();
        let error = fields.take::<Vec<String>>("columns").unwrap_err();
        assert_eq!(error.to_string(), "a.yml:2:5: SB0103: An item of 'columns' must be text, but is a list.");
        assert!(fields.require::<String>("name").unwrap_err().message.contains("The model has no 'name'."));
    }
}
