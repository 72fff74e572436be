//! The config trees of dbt_project.yml files: folders by folder, `+key: value`.

use crate::diagnostics::{Code, Diagnostic, Span};
use crate::load::Project;
use crate::parse::{Setting, Settings};
use crate::yaml::{Yaml, YamlValue};
use indexmap::IndexMap;
use serde_json::Value as Json;
use std::collections::HashMap;
use std::sync::atomic::{AtomicBool, Ordering};

/// The trees of every package.
#[derive(Debug, Default)]
pub struct ConfigTrees {
    /// Package → section → tree.
    trees: HashMap<String, IndexMap<String, Branch>>,
    root: String,
}

/// A level of a tree.
#[derive(Debug, Default)]
pub struct Branch {
    /// What it says.
    pub settings: Settings,
    children: HashMap<String, Branch>,
    /// Its key.
    span: Option<Span>,
    used: AtomicBool,
}

impl ConfigTrees {
    /// The trees of a project and its packages.
    pub fn new(project: &Project) -> Self {
        let trees = project.packages.values().map(|package| {
            let sections = package.settings.config_trees.iter();
            let tree = |(section, yaml): (&String, &Yaml)| {
                let raw = package.settings.raw.get(section).or_else(|| package.settings.raw.get(alternative(section)));
                let span = yaml.as_map().and_then(<[_]>::first).map(|(key, _)| key.span.clone());
                (section.clone(), Branch::grow(yaml, raw, span))
            };
            (package.name.clone(), sections.map(tree).collect())
        });
        Self { trees: trees.collect(), root: project.root().name.clone() }
    }

    /// The levels of a package's tree that apply to what has this fully qualified name, the outermost first.
    pub fn levels(&self, package: &str, section: &str, fqn: &[String]) -> Vec<&Branch> {
        let Some(mut branch) = self.trees.get(package).and_then(|sections| sections.get(section)) else {
            return vec![];
        };
        let mut levels = vec![branch];
        branch.used.store(true, Ordering::Relaxed);
        for part in fqn {
            let Some(child) = branch.children.get(part) else { break };
            child.used.store(true, Ordering::Relaxed);
            levels.push(child);
            branch = child;
        }
        levels
    }

    /// A warning for each part of the root project's trees that has never applied to anything.
    pub fn unused(&self) -> Vec<Box<Diagnostic>> {
        let mut warnings = vec![];
        for (section, tree) in self.trees.get(&self.root).into_iter().flatten() {
            tree.unused(&mut vec![section.clone()], &mut warnings);
        }
        warnings
    }
}

/// Another name that a section may have in the file.
fn alternative(section: &str) -> &'static str {
    match section {
        "tests" => "data_tests",
        "semantic-models" => "semantic_models",
        "saved-queries" => "saved_queries",
        _ => "",
    }
}

impl Branch {
    fn grow(yaml: &Yaml, raw: Option<&Json>, span: Option<Span>) -> Self {
        let mut branch = Self { span, ..Self::default() };
        for (key, value) in yaml.as_map().unwrap_or_default() {
            let name = key.as_key();
            let raw = raw.and_then(|raw| raw.get(&name));
            let plain = name.strip_prefix('+').map(str::trim);
            match (plain, &value.value) {
                (None, YamlValue::Map(_)) => {
                    branch.children.insert(name, Self::grow(value, raw, Some(key.span.clone())));
                }
                (plain, _) => {
                    let key = plain.unwrap_or(&name).to_owned();
                    let raw = raw.cloned().unwrap_or_else(|| value.to_json());
                    let span = value.span.clone();
                    branch.settings.0.push(Setting { key, value: value.to_json(), written: Some(raw), span });
                }
            }
        }
        branch
    }

    fn unused(&self, path: &mut Vec<String>, warnings: &mut Vec<Box<Diagnostic>>) {
        // A section that says nothing itself is told of by what is below it.
        let says_something = path.len() > 1 || !self.settings.is_empty();
        if let Some(span) = self.span.as_ref().filter(|_| says_something && !self.used.load(Ordering::Relaxed)) {
            let message = format!("The config path '{}' in dbt_project.yml applies to nothing.", path.join("."));
            let last = path.last().map_or("", String::as_str);
            warnings.push(
                Diagnostic::warning(Code::CONFIG_UNUSED, message).at(span).hint(format!(
                    "Is the folder's name right? A config whose value is a mapping is written '+{last}'."
                )),
            );
            return;
        }
        let mut children: Vec<_> = self.children.iter().collect();
        children.sort_by_key(|(_, child)| child.span.as_ref().map(|span| span.start));
        for (name, child) in children {
            path.push(name.clone());
            child.unused(path, warnings);
            path.pop();
        }
    }
}
