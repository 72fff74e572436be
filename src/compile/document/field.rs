//! Mappings that borrow from what they describe: written out as they are, they are never copied.

use super::column;
use crate::resolve::{ColumnInfo, Config, Constraint, RefCall, UniqueId};
use indexmap::IndexMap;
use serde::{Serialize, Serializer};
use serde_json::{Map, Value as Json};
use std::borrow::Cow;

/// Keys and values in the order in which they are written.
#[derive(Debug, Clone, Default)]
pub struct Document<'a>(Vec<(&'a str, Field<'a>)>);

/// A value of a [`Document`].
#[derive(Debug, Clone)]
#[allow(missing_docs)]
pub enum Field<'a> {
    Null,
    Bool(bool),
    Number(f64),
    Text(Cow<'a, str>),
    Texts(&'a [String]),
    Pairs(&'a [[String; 2]]),
    Lists(&'a [Vec<String>]),
    Ids(&'a [UniqueId]),
    Refs(&'a [RefCall]),
    Columns(&'a IndexMap<String, ColumnInfo>),
    Constraints(&'a [Constraint]),
    ModelConstraints(&'a [Constraint]),
    Config(&'a Config),
    Map(&'a Map<String, Json>),
    Json(Cow<'a, Json>),
    Document(Document<'a>),
}

impl<'a> Document<'a> {
    /// Of these entries.
    pub fn of<const N: usize>(entries: [(&'a str, Field<'a>); N]) -> Self {
        Self(entries.into())
    }

    /// Gives a key a value: in its place where it is known, else at the end.
    pub fn set(&mut self, key: &'a str, value: impl Into<Field<'a>>) {
        let value = value.into();
        match self.0.iter_mut().find(|(known, _)| *known == key) {
            Some((_, old)) => *old = value,
            None => self.0.push((key, value)),
        }
    }

    /// Sets all of these.
    pub fn extend(&mut self, more: impl IntoIterator<Item = (&'a str, Field<'a>)>) {
        more.into_iter().for_each(|(key, value)| self.set(key, value));
    }

    /// Adds a key at the end, unless it is known.
    pub fn add(&mut self, key: &'a str, value: impl Into<Field<'a>>) {
        if self.0.iter().all(|(known, _)| *known != key) {
            self.0.push((key, value.into()));
        }
    }

    /// Takes keys away.
    pub fn remove(&mut self, keys: &[&str]) {
        self.0.retain(|(key, _)| !keys.contains(key));
    }

    /// Changes the value of a key, if it is known.
    pub fn change(&mut self, key: &str, change: impl FnOnce(&mut Json)) {
        if let Some((_, field)) = self.0.iter_mut().find(|(known, _)| *known == key) {
            let mut value = to_json(field);
            change(&mut value);
            *field = value.into();
        }
    }

    /// A copy of everything.
    pub fn to_json(&self) -> Json {
        to_json(self)
    }
}

/// What a document holds has the shape of JSON.
fn to_json(value: &impl Serialize) -> Json {
    serde_json::to_value(value).unwrap_or_default()
}

impl Serialize for Document<'_> {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.collect_map(self.0.iter().map(|(key, value)| (key, value)))
    }
}

impl Serialize for Field<'_> {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        match self {
            Self::Null => serializer.serialize_unit(),
            Self::Bool(value) => serializer.serialize_bool(*value),
            Self::Number(value) => serializer.serialize_f64(*value),
            Self::Text(text) => serializer.serialize_str(text),
            Self::Texts(texts) => texts.serialize(serializer),
            Self::Pairs(pairs) => pairs.serialize(serializer),
            Self::Lists(lists) => lists.serialize(serializer),
            Self::Ids(ids) => ids.serialize(serializer),
            Self::Refs(calls) => serializer.collect_seq(calls.iter().map(super::of_ref)),
            Self::Columns(columns) => {
                serializer.collect_map(columns.iter().map(|(name, column)| (name, column::of_column(column))))
            }
            Self::Constraints(constraints) => serializer.collect_seq(constraints.iter().map(column::of_constraint)),
            Self::ModelConstraints(constraints) => {
                serializer.collect_seq(constraints.iter().map(column::of_model_constraint))
            }
            Self::Config(config) => serializer.collect_map(config.entries()),
            Self::Map(map) => map.serialize(serializer),
            Self::Json(json) => json.serialize(serializer),
            Self::Document(document) => document.serialize(serializer),
        }
    }
}

impl From<bool> for Field<'_> {
    fn from(value: bool) -> Self {
        Self::Bool(value)
    }
}

impl From<f64> for Field<'_> {
    fn from(value: f64) -> Self {
        Self::Number(value)
    }
}

impl<'a> From<&'a str> for Field<'a> {
    fn from(text: &'a str) -> Self {
        Self::Text(text.into())
    }
}

impl<'a> From<&'a String> for Field<'a> {
    fn from(text: &'a String) -> Self {
        Self::Text(text.into())
    }
}

impl From<String> for Field<'_> {
    fn from(text: String) -> Self {
        Self::Text(text.into())
    }
}

impl<'a> From<&'a Vec<String>> for Field<'a> {
    fn from(texts: &'a Vec<String>) -> Self {
        Self::Texts(texts)
    }
}

impl<'a> From<&'a Map<String, Json>> for Field<'a> {
    fn from(map: &'a Map<String, Json>) -> Self {
        Self::Map(map)
    }
}

impl<'a> From<&'a Json> for Field<'a> {
    fn from(json: &'a Json) -> Self {
        Self::Json(Cow::Borrowed(json))
    }
}

impl From<Json> for Field<'_> {
    fn from(json: Json) -> Self {
        Self::Json(Cow::Owned(json))
    }
}

impl<'a> From<Document<'a>> for Field<'a> {
    fn from(document: Document<'a>) -> Self {
        Self::Document(document)
    }
}

/// What is not there is null.
impl<'a, T: Into<Field<'a>>> From<Option<T>> for Field<'a> {
    fn from(value: Option<T>) -> Self {
        value.map_or(Self::Null, Into::into)
    }
}
