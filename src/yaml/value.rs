//! Values with their places.

use crate::diagnostics::{Code, Diagnostic, Result, SourceFile, Span};
use serde_json::{Map, Value as Json};

/// A value and where it stands.
#[derive(Debug, Clone)]
pub struct Yaml {
    /// The value.
    pub value: YamlValue,
    /// From its first to its last character.
    pub span: Span,
}

/// A YAML value. Whole numbers that do not fit 64 bits stay the text that was written.
#[derive(Debug, Clone, PartialEq)]
pub enum YamlValue {
    /// Nothing, `~` or `null`.
    Null,
    /// `true`, `yes`, `on`…
    Bool(bool),
    /// A whole number.
    Int(i64),
    /// A number with a point.
    Float(f64),
    /// Text.
    Str(String),
    /// A date, or a date with a time, as Python's `isoformat` writes it. Whoever asks for a text gets this one.
    Time(String),
    /// A list.
    Seq(Vec<Yaml>),
    /// A mapping: keys (with their places) and values in the order written; a key occurs once.
    Map(Vec<(Yaml, Yaml)>),
}

/// Equal values at different places are equal.
impl PartialEq for Yaml {
    fn eq(&self, other: &Self) -> bool {
        self.value == other.value
    }
}

impl Yaml {
    /// A value at a place.
    pub fn new(value: YamlValue, span: Span) -> Self {
        Self { value, span }
    }

    /// Plain data as if all of it were written at `span`.
    pub fn from_json(json: &Json, span: &Span) -> Self {
        let value = match json {
            Json::Null => YamlValue::Null,
            Json::Bool(truth) => YamlValue::Bool(*truth),
            Json::Number(number) => match number.as_i64() {
                Some(whole) => YamlValue::Int(whole),
                None => YamlValue::Float(number.as_f64().unwrap_or(f64::NAN)),
            },
            Json::String(text) => YamlValue::Str(text.clone()),
            Json::Array(items) => YamlValue::Seq(items.iter().map(|item| Self::from_json(item, span)).collect()),
            Json::Object(map) => YamlValue::Map(
                map.iter()
                    .map(|(key, item)| {
                        let key = Self::new(YamlValue::Str(key.clone()), span.clone());
                        (key, Self::from_json(item, span))
                    })
                    .collect(),
            ),
        };
        Self::new(value, span.clone())
    }

    /// As plain data. Keys become text as Python's `json` writes them; infinities and NaN become null.
    pub fn to_json(&self) -> Json {
        match &self.value {
            YamlValue::Null => Json::Null,
            YamlValue::Bool(truth) => Json::Bool(*truth),
            YamlValue::Int(whole) => Json::from(*whole),
            YamlValue::Float(number) => Json::from(*number),
            YamlValue::Str(text) | YamlValue::Time(text) => Json::String(text.clone()),
            YamlValue::Seq(items) => Json::Array(items.iter().map(Self::to_json).collect()),
            YamlValue::Map(entries) => {
                Json::Object(entries.iter().map(|(key, item)| (key.as_key(), item.to_json())).collect::<Map<_, _>>())
            }
        }
    }

    /// The text, if it is one.
    pub fn as_str(&self) -> Option<&str> {
        match &self.value {
            YamlValue::Str(text) | YamlValue::Time(text) => Some(text),
            _ => None,
        }
    }

    /// The truth value, if it is one.
    pub fn as_bool(&self) -> Option<bool> {
        match self.value {
            YamlValue::Bool(truth) => Some(truth),
            _ => None,
        }
    }

    /// The whole number, if it is one.
    pub fn as_int(&self) -> Option<i64> {
        match self.value {
            YamlValue::Int(whole) => Some(whole),
            _ => None,
        }
    }

    /// The list's items, if it is one.
    pub fn as_seq(&self) -> Option<&[Yaml]> {
        match &self.value {
            YamlValue::Seq(items) => Some(items),
            _ => None,
        }
    }

    /// The mapping's entries, if it is one.
    pub fn as_map(&self) -> Option<&[(Yaml, Yaml)]> {
        match &self.value {
            YamlValue::Map(entries) => Some(entries),
            _ => None,
        }
    }

    /// Whether it is null.
    pub fn is_null(&self) -> bool {
        matches!(self.value, YamlValue::Null)
    }

    /// A key's text: text as it is, other scalars as Python's `json` writes them.
    pub fn as_key(&self) -> String {
        match &self.value {
            YamlValue::Str(text) | YamlValue::Time(text) => text.clone(),
            _ => self.to_json().to_string(),
        }
    }

    /// The value of a mapping's key; `None` for other values, too.
    pub fn get(&self, key: &str) -> Option<&Yaml> {
        self.as_map()?.iter().find(|(k, _)| k.as_str() == Some(key)).map(|(_, value)| value)
    }

    /// The value below several keys, one inside the other.
    pub fn at(&self, path: &[&str]) -> Option<&Yaml> {
        path.iter().try_fold(self, |yaml, key| yaml.get(key))
    }

    /// The keys' texts and values of a mapping, in order; nothing for other values.
    pub fn entries(&self) -> impl Iterator<Item = (String, &Yaml)> {
        self.as_map().unwrap_or_default().iter().map(|(key, value)| (key.as_key(), value))
    }

    /// The items of a list, in order; nothing for other values.
    pub fn items(&self) -> impl Iterator<Item = &Yaml> {
        self.as_seq().unwrap_or_default().iter()
    }

    /// What kind of value it is, with an article, for messages: `a list`.
    pub fn kind(&self) -> &'static str {
        match self.value {
            YamlValue::Null => "nothing",
            YamlValue::Bool(_) => "a truth value",
            YamlValue::Int(_) | YamlValue::Float(_) => "a number",
            YamlValue::Str(_) => "text",
            YamlValue::Time(_) => "a date",
            YamlValue::Seq(_) => "a list",
            YamlValue::Map(_) => "a mapping",
        }
    }

    /// The error for a value of a wrong type; `wanted` with an article: `a list of texts`.
    pub fn mismatch(&self, what: &str, wanted: &str) -> Box<Diagnostic> {
        Diagnostic::error(Code::YAML_TYPE, format!("{what} must be {wanted}, but is {}.", self.kind())).at(&self.span)
    }

    /// Whether `is` holds of any text (not keys).
    pub fn has_text(&self, is: &impl Fn(&str) -> bool) -> bool {
        match &self.value {
            YamlValue::Str(text) => is(text),
            YamlValue::Seq(items) => items.iter().any(|item| item.has_text(is)),
            YamlValue::Map(entries) => entries.iter().any(|(_, value)| value.has_text(is)),
            _ => false,
        }
    }

    /// The same tree with every text (not keys) replaced by what `render` makes of it; `render` sees the keys and
    /// list indices that lead there, and answers `None` to keep the value.
    pub fn map_texts<F>(&self, render: &mut F) -> Result<Yaml>
    where
        F: FnMut(&[String], &Yaml) -> Result<Option<Yaml>>,
    {
        self.map_texts_at(&mut vec![], render)
    }

    fn map_texts_at<F>(&self, path: &mut Vec<String>, render: &mut F) -> Result<Yaml>
    where
        F: FnMut(&[String], &Yaml) -> Result<Option<Yaml>>,
    {
        let mut below = |step: String, child: &Yaml| {
            path.push(step);
            let mapped = child.map_texts_at(path, render);
            path.pop();
            mapped
        };
        let value = match &self.value {
            YamlValue::Str(_) => return Ok(render(path, self)?.unwrap_or_else(|| self.clone())),
            YamlValue::Seq(items) => YamlValue::Seq(
                items.iter().enumerate().map(|(i, item)| below(i.to_string(), item)).collect::<Result<_>>()?,
            ),
            YamlValue::Map(entries) => YamlValue::Map(
                entries
                    .iter()
                    .map(|(key, item)| Ok((key.clone(), below(key.as_key(), item)?)))
                    .collect::<Result<_>>()?,
            ),
            scalar => scalar.clone(),
        };
        Ok(Yaml::new(value, self.span.clone()))
    }

    /// A text as a template whose places are those of the file: the text itself where it is written there byte for
    /// byte (plain, or in quotes without escapes). Otherwise a copy that keeps file name and line.
    pub fn template(&self) -> Span {
        let text = match &self.value {
            YamlValue::Str(text) => text.as_str(),
            _ => return self.span.clone(),
        };
        let Span { file, start, end } = &self.span;
        let (start, end) = (*start as usize, *end as usize);
        if self.span.text() == text {
            return self.span.clone();
        }
        if file.text().get(start + 1..end.saturating_sub(1)) == Some(text) {
            return file.span(start + 1..end - 1);
        }
        let is_block = self.span.text().starts_with(['|', '>']);
        let lines_before = self.span.position().line as usize - usize::from(!is_block);
        let copy = SourceFile::new(file.path(), "\n".repeat(lines_before) + text);
        copy.span(lines_before..lines_before + text.len())
    }
}
