//! selectors.yml → [`Expression`]s.

use super::criterion::{Criterion, Reach};
use super::expression::{Combination, Expression};
use super::method::Method;
use crate::diagnostics::{Code, Diagnostic, Result, nearest};
use crate::load::IndirectSelection;
use crate::yaml::{Yaml, YamlValue};
use indexmap::IndexMap;

/// The selectors of a project, by name.
#[derive(Debug, Default)]
pub struct Definitions {
    selectors: IndexMap<String, Expression>,
    default_name: Option<String>,
}

impl Definitions {
    /// Reads selectors.yml. A selector may use those before it. `indirect_selection` holds where a definition says
    /// nothing.
    pub fn parse(file: Option<&Yaml>, indirect_selection: IndirectSelection) -> Result<Self> {
        let mut definitions = Self::default();
        for selector in file.and_then(|file| file.get("selectors")).into_iter().flat_map(Yaml::items) {
            let name = selector.get("name").and_then(Yaml::as_str);
            let name = name.ok_or_else(|| wrong(selector, "A selector needs a name"))?.to_owned();
            let body = selector.get("definition");
            let body = body.ok_or_else(|| wrong(selector, &format!("The selector '{name}' needs a definition")))?;
            let reader = Reader { known: &definitions.selectors, indirect_selection };
            let expression = reader.expression(body)?;
            if selector.get("default").is_some_and(is_true) {
                definitions.default_name.get_or_insert(name.clone());
            }
            definitions.selectors.insert(name, expression);
        }
        Ok(definitions)
    }

    /// The selector of this name.
    pub fn get(&self, name: &str) -> Result<&Expression> {
        self.selectors.get(name).ok_or_else(|| unknown(name, &self.selectors))
    }

    /// The selector that counts when nothing is asked for.
    pub fn preset(&self) -> Option<&Expression> {
        self.selectors.get(self.default_name.as_ref()?)
    }
}

fn unknown(name: &str, known: &IndexMap<String, Expression>) -> Box<Diagnostic> {
    let error = Diagnostic::error(Code::SELECTOR_UNKNOWN, format!("Could not find selector named '{name}'."));
    match nearest(name, known.keys().map(String::as_str)).first() {
        Some(near) => error.hint(format!("Did you mean '{near}'?")),
        None if known.is_empty() => error.hint("The project has no selectors.yml, or it is empty."),
        None => {
            error.hint(format!("The project has: {}.", known.keys().map(String::as_str).collect::<Vec<_>>().join(", ")))
        }
    }
}

fn wrong(at: &Yaml, message: &str) -> Box<Diagnostic> {
    Diagnostic::error(Code::SELECTOR_SYNTAX, format!("{message}.")).at(&at.span)
}

/// YAML texts such as `"true"` come from rendered templates.
fn is_true(yaml: &Yaml) -> bool {
    yaml.as_bool().unwrap_or_else(|| yaml.as_str().is_some_and(|text| text.eq_ignore_ascii_case("true")))
}

struct Reader<'a> {
    known: &'a IndexMap<String, Expression>,
    indirect_selection: IndirectSelection,
}

impl Reader<'_> {
    fn expression(&self, yaml: &Yaml) -> Result<Expression> {
        if let Some(text) = yaml.as_str() {
            let criterion =
                Criterion::parse(text, self.indirect_selection).map_err(|error| error.at_if_nowhere(&yaml.span))?;
            return self.resolve(Expression::Criterion(criterion), yaml);
        }
        let entries = yaml.as_map().unwrap_or_default();
        let method = yaml.get("method").and_then(Yaml::as_str);
        match entries {
            _ if yaml.get("union").is_some() => self.combination(yaml, "union", Combination::Union),
            _ if yaml.get("intersection").is_some() => {
                self.combination(yaml, "intersection", Combination::Intersection)
            }
            [(key, value)] if key.as_str() != Some("method") => self.criterion(yaml, &key.as_key(), value),
            _ => match (method, yaml.get("value")) {
                (Some(method), Some(value)) => self.criterion(yaml, method, value),
                _ => Err(wrong(yaml, "A definition is a text, a union, an intersection, or has a method and a value")),
            },
        }
    }

    /// `union: […]` or `intersection: […]`, whose items may hold one `exclude: […]`.
    fn combination(&self, yaml: &Yaml, key: &str, combination: Combination) -> Result<Expression> {
        let list = yaml.get(key).unwrap_or(yaml);
        let items = list.as_seq().ok_or_else(|| wrong(list, &format!("'{key}' must be a list")))?;
        let is_exclusion = |item: &&Yaml| item.get("exclude").is_some() && item.get("method").is_none();
        let excluded: Vec<&Yaml> = items.iter().filter(is_exclusion).collect();
        if let [_, second, ..] = excluded.as_slice() {
            return Err(wrong(second, &format!("This '{key}' has more than one 'exclude'")));
        }
        let parts = items.iter().filter(|item| !is_exclusion(item)).map(|item| self.expression(item));
        let group = Expression::group(combination, parts.collect::<Result<_>>()?, self.indirect_selection);
        match excluded.first() {
            Some(item) => self.excluding(group, item),
            None => Ok(group),
        }
    }

    fn excluding(&self, expression: Expression, holder: &Yaml) -> Result<Expression> {
        let Some(list) = holder.get("exclude") else { return Ok(expression) };
        let items = list.as_seq().ok_or_else(|| wrong(list, "'exclude' must be a list"))?;
        let parts = items.iter().map(|item| self.expression(item)).collect::<Result<_>>()?;
        let excluded = Expression::group(Combination::Union, parts, self.indirect_selection);
        Ok(expression.without(excluded, self.indirect_selection))
    }

    /// `method: …, value: …` with its operators, or the short form `method: value`.
    fn criterion(&self, yaml: &Yaml, method: &str, value: &Yaml) -> Result<Expression> {
        let value = match &value.value {
            YamlValue::Str(text) => text.clone(),
            other => match other {
                YamlValue::Seq(_) | YamlValue::Map(_) => {
                    return Err(wrong(value, &format!("The value of '{method}' must be a text")));
                }
                _ => value.to_json().to_string(),
            },
        };
        let is_on = |key: &str| yaml.get(key).is_some_and(is_true);
        let reach = |switch: &str, depth: &str| match yaml.get(depth).and_then(Yaml::as_int).map(usize::try_from) {
            _ if !is_on(switch) => Reach::None,
            Some(Ok(steps)) => Reach::Steps(steps),
            _ => Reach::All,
        };
        let criterion = Criterion {
            raw: format!("{method}:{value}"),
            method: Method::parse(Some(method), &value).map_err(|error| error.at_if_nowhere(&yaml.span))?,
            value,
            childrens_parents: is_on("childrens_parents"),
            parents: reach("parents", "parents_depth"),
            children: reach("children", "children_depth"),
            indirect_selection: self.indirect(yaml)?,
        };
        let criterion = criterion.check().map_err(|error| error.at_if_nowhere(&yaml.span))?;
        let expression = self.resolve(Expression::Criterion(criterion), yaml)?;
        self.excluding(expression, yaml)
    }

    fn indirect(&self, yaml: &Yaml) -> Result<IndirectSelection> {
        let Some(mode) = yaml.get("indirect_selection") else { return Ok(self.indirect_selection) };
        mode.as_str()
            .and_then(IndirectSelection::parse)
            .ok_or_else(|| wrong(mode, "'indirect_selection' is one of eager, cautious, buildable, empty"))
    }

    /// A criterion `selector:name` becomes that selector when it has no operators of its own.
    fn resolve(&self, expression: Expression, yaml: &Yaml) -> Result<Expression> {
        match &expression {
            Expression::Criterion(criterion) if criterion.method == Method::Selector => {
                match self.known.get(&criterion.value) {
                    Some(selector) => Ok(selector.clone()),
                    None => Err(unknown(&criterion.value, self.known).at(&yaml.span)),
                }
            }
            _ => Ok(expression),
        }
    }
}
