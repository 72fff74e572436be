//! Config keys and values as one place gives them, with their spans.

use crate::diagnostics::Span;
use crate::yaml::Yaml;
use serde_json::Value as Json;

/// A config key with its value.
#[derive(Debug, Clone)]
pub struct Setting {
    /// The key, without `+`.
    pub key: String,
    /// The value.
    pub value: Json,
    /// The value before its templates were rendered, where it is another.
    pub written: Option<Json>,
    /// The value as written.
    pub span: Span,
}

impl Setting {
    /// The value as its author wrote it.
    pub fn unrendered(&self) -> &Json {
        self.written.as_ref().unwrap_or(&self.value)
    }
}

/// What one place (a level of dbt_project.yml, a `config:` in properties, the `config()` calls of a template) says, in
/// the order written.
#[derive(Debug, Clone, Default)]
pub struct Settings(pub Vec<Setting>);

impl Settings {
    /// The entries of a mapping; nothing for other values.
    pub fn of(yaml: &Yaml) -> Self {
        let setting = |(key, value): (String, &Yaml)| Setting {
            key,
            value: value.to_json(),
            written: None,
            span: value.span.clone(),
        };
        Self(yaml.entries().map(setting).collect())
    }

    /// The same, knowing how each value is written in `written`, the mapping before its templates were rendered.
    pub fn written_as(mut self, written: Option<&Yaml>) -> Self {
        for setting in &mut self.0 {
            setting.written = written.and_then(|written| written.get(&setting.key)).map(Yaml::to_json);
        }
        self
    }

    /// Each value as its author wrote it.
    pub fn unrendered(&self) -> Self {
        let written = |setting: &Setting| Setting { value: setting.unrendered().clone(), ..setting.clone() };
        Self(self.0.iter().map(written).collect())
    }

    /// The value of a key.
    pub fn get(&self, key: &str) -> Option<&Setting> {
        self.0.iter().rev().find(|setting| setting.key == key)
    }

    /// A key that is given with a dash and with an underscore, the latter's place.
    pub fn given_both_ways(&self) -> Option<&Setting> {
        let twin = |setting: &&Setting| self.0.iter().any(|other| other.key == setting.key.replace('_', "-"));
        self.0.iter().filter(|setting| matches!(setting.key.as_str(), "pre_hook" | "post_hook")).find(twin)
    }

    /// Adds a key, or gives it another value.
    pub fn set(&mut self, key: &str, value: Json, span: &Span) {
        self.0.retain(|setting| setting.key != key);
        self.0.push(Setting { key: key.to_owned(), value, written: None, span: span.clone() });
    }

    /// Takes a key away.
    pub fn remove(&mut self, key: &str) -> Option<Setting> {
        let at = self.0.iter().position(|setting| setting.key == key)?;
        Some(self.0.remove(at))
    }

    /// Whether nothing is said.
    pub fn is_empty(&self) -> bool {
        self.0.is_empty()
    }

    /// As one object; of a key given twice the last counts.
    pub fn to_json(&self) -> serde_json::Map<String, Json> {
        self.0.iter().map(|setting| (setting.key.clone(), setting.value.clone())).collect()
    }
}
