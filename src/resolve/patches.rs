//! Which properties describe which template.

use crate::diagnostics::{Code, Diagnostic, nearest};
use crate::parse::{
    ColumnProperties, NodeProperties, PropertiesFile, Section, Setting, Settings, Template, TemplateKind,
    TestDeclaration, VersionProperties,
};
use crate::yaml::Yaml;
use serde_json::Value as Json;
use std::collections::HashMap;

/// What properties say about one template.
#[derive(Debug, Clone)]
pub struct Patch<'a> {
    /// The file.
    pub file: &'a PropertiesFile,
    /// The entry.
    pub entry: &'a NodeProperties,
    /// The version of the entry.
    pub version: Option<&'a VersionProperties>,
}

impl<'a> Patch<'a> {
    /// The config: a version's over the family's, mapping by mapping; lists are joined.
    pub fn config(&self) -> Settings {
        let mut config = self.entry.config.clone();
        for setting in self.version.iter().flat_map(|version| &version.config.0) {
            let merged = match config.remove(&setting.key) {
                Some(family) => Setting {
                    written: Some(deep_merge(family.unrendered().clone(), setting.unrendered().clone())),
                    value: deep_merge(family.value, setting.value.clone()),
                    ..setting.clone()
                },
                None => setting.clone(),
            };
            config.0.push(merged);
        }
        config
    }

    /// Whether it says that what it describes is enabled.
    pub fn enables(&self) -> bool {
        self.config().get("enabled").is_some_and(|setting| setting.value == Json::Bool(true))
    }

    /// The columns: those of the family that the version has, and its own.
    pub fn columns(&self) -> impl Iterator<Item = &'a ColumnProperties> + use<'a> {
        let version = self.version;
        let included = move |column: &&ColumnProperties| version.is_none_or(|v| v.include.includes(&column.name));
        self.entry.columns.iter().filter(included).chain(version.into_iter().flat_map(|version| &version.columns))
    }

    /// The data tests of the whole.
    pub fn tests(&self) -> &'a [TestDeclaration] {
        self.version.and_then(|version| version.tests.as_deref()).unwrap_or(&self.entry.tests)
    }

    /// The description, not yet rendered.
    pub fn description(&self) -> Option<&'a Yaml> {
        self.version.and_then(|version| version.description.as_ref()).or(self.entry.description.as_ref())
    }

    /// The constraints over several columns.
    pub fn constraints(&self) -> &'a [Yaml] {
        let own = self.version.map(|version| version.constraints.as_slice()).filter(|list| !list.is_empty());
        own.unwrap_or(&self.entry.constraints)
    }

    /// When the model will be gone.
    pub fn deprecation_date(&self) -> Option<&'a str> {
        match self.version {
            Some(version) => version.deprecation_date.as_deref(),
            None => self.entry.deprecation_date.as_deref(),
        }
    }

    /// The version's number or text.
    pub fn version_value(&self) -> Option<&'a Json> {
        self.version.map(|version| &version.version)
    }

    /// The latest version of the family.
    pub fn latest_version(&self) -> Option<Json> {
        latest_version(self.entry)
    }
}

/// As dbt joins what a version says with what its family says.
fn deep_merge(old: Json, new: Json) -> Json {
    match (old, new) {
        (Json::Object(mut old), Json::Object(new)) => {
            for (key, value) in new {
                let merged = deep_merge(old.remove(&key).unwrap_or(Json::Null), value);
                old.insert(key, merged);
            }
            Json::Object(old)
        }
        (Json::Array(old), Json::Array(new)) => Json::Array([new, old].concat()),
        (_, new) => new,
    }
}

/// The latest version of a family: the one named, else the greatest.
fn latest_version(entry: &NodeProperties) -> Option<Json> {
    let named = entry.latest_version.as_ref().map(Yaml::to_json);
    let versions = entry.versions.iter().map(|version| &version.version);
    named.or_else(|| versions.max_by(|a, b| compare_versions(a, b)).cloned())
}

/// Versions compare as numbers where both are, else as texts.
fn compare_versions(a: &Json, b: &Json) -> std::cmp::Ordering {
    let number = |version: &Json| version.as_f64().or_else(|| version.as_str()?.parse().ok());
    match (number(a), number(b)) {
        (Some(a), Some(b)) => a.total_cmp(&b),
        _ => super::python::str(a).cmp(&super::python::str(b)),
    }
}

/// The properties of each template, by its index.
#[derive(Debug)]
pub struct Patches<'a> {
    /// By the template's index.
    pub by_template: Vec<Option<Patch<'a>>>,
    /// Each entry (and version) that data tests can be declared in, with the templates it describes.
    pub testable: Vec<(Patch<'a>, Option<usize>)>,
}

/// Finds the template of every entry; entries without one are warned of in `findings`. `enabled` tells of a template
/// whether it is enabled as far as is known without properties.
pub fn match_up<'a>(
    templates: &[Template],
    files: &'a [PropertiesFile],
    enabled: &dyn Fn(&Template) -> bool,
    findings: &mut Vec<Box<Diagnostic>>,
) -> Patches<'a> {
    let mut matcher = Matcher {
        index: Index::new(templates),
        enabled,
        templates,
        patches: Patches { by_template: vec![None; templates.len()], testable: vec![] },
        findings,
    };
    for file in files {
        for entry in &file.nodes {
            matcher.entry(file, entry);
        }
    }
    matcher.patches
}

/// Templates by the namespace that they share and their name.
struct Index<'t>(HashMap<(Namespace, &'t str), Vec<usize>>);

#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
enum Namespace {
    Refable,
    Analyses,
    Functions,
    SingularTests,
}

impl Namespace {
    fn of(kind: TemplateKind) -> Self {
        match kind {
            TemplateKind::Model | TemplateKind::Seed | TemplateKind::Snapshot => Self::Refable,
            TemplateKind::Analysis => Self::Analyses,
            TemplateKind::Function => Self::Functions,
            TemplateKind::SingularTest => Self::SingularTests,
        }
    }
}

impl<'t> Index<'t> {
    fn new(templates: &'t [Template]) -> Self {
        let mut index: HashMap<_, Vec<usize>> = HashMap::new();
        for (at, template) in templates.iter().enumerate() {
            index.entry((Namespace::of(template.kind), template.name.as_str())).or_default().push(at);
        }
        Self(index)
    }

    /// The templates of this name, whatever their package.
    fn find<'s>(&'s self, kind: TemplateKind, name: &'s str) -> &'s [usize] {
        self.0.get(&(Namespace::of(kind), name)).map_or(&[], Vec::as_slice)
    }
}

struct Matcher<'t, 'a, 'f> {
    index: Index<'t>,
    enabled: &'t dyn Fn(&Template) -> bool,
    templates: &'t [Template],
    patches: Patches<'a>,
    findings: &'f mut Vec<Box<Diagnostic>>,
}

impl<'a> Matcher<'_, 'a, '_> {
    fn entry(&mut self, file: &'a PropertiesFile, entry: &'a NodeProperties) {
        if entry.versions.is_empty() {
            let found = self.find(file, entry, &entry.name);
            return self.apply(Patch { file, entry, version: None }, found, &entry.name);
        }
        let latest = latest_version(entry);
        for version in &entry.versions {
            let name = version.defined_in.clone().unwrap_or_else(|| format!("{}_{}", entry.name, version.suffix()));
            let mut found = self.find(file, entry, &name);
            if found.is_empty() && latest.as_ref() == Some(&version.version) {
                // The latest version's file needs no suffix.
                found = self.find(file, entry, &entry.name);
            }
            self.apply(Patch { file, entry, version: Some(version) }, found, &name);
        }
    }

    /// The templates of this name in the file's package, else in any other; disabled ones only if there are no others.
    fn find(&self, file: &PropertiesFile, entry: &NodeProperties, name: &str) -> Vec<usize> {
        let found = self.index.find(entry.section.kind(), name);
        let of_package = |at: &usize| self.templates[*at].package.name == file.package.name;
        let own: Vec<usize> = found.iter().copied().filter(of_package).collect();
        if own.is_empty() || own.len() == found.len() {
            return found.to_vec();
        }
        let is_enabled = |at: &usize| (self.enabled)(&self.templates[*at]);
        let others: Vec<usize> = found.iter().copied().filter(|at| !of_package(at) && is_enabled(at)).collect();
        if others.is_empty() || own.iter().any(is_enabled) { own } else { others }
    }

    fn apply(&mut self, patch: Patch<'a>, found: Vec<usize>, name: &str) {
        let kind = patch.entry.section.kind();
        let matching: Vec<usize> = found.iter().copied().filter(|at| self.templates[*at].kind == kind).collect();
        match (matching.first(), found.first()) {
            (None, Some(other)) => self.findings.push(misplaced(&patch, &self.templates[*other])),
            (None, None) => self.findings.push(self.unmatched(&patch, name)),
            _ => {}
        }
        if matches!(patch.entry.section, Section::Models | Section::Seeds | Section::Snapshots) {
            // In the wrong section an entry describes nothing, but its data tests name the node all the same.
            self.patches.testable.push((patch.clone(), matching.first().or(found.first()).copied()));
        }
        if matching.len() > 1 && patch.enables() && !matching.iter().any(|at| (self.enabled)(&self.templates[*at])) {
            self.findings.push(enables_several(&patch, name, matching.len()));
            return;
        }
        for at in matching {
            match &self.patches.by_template[at] {
                None => self.patches.by_template[at] = Some(patch.clone()),
                Some(first) => self.findings.push(described_twice(&patch, first)),
            }
        }
    }

    fn unmatched(&self, patch: &Patch<'_>, name: &str) -> Box<Diagnostic> {
        let noun = patch.entry.section.noun();
        let message = format!("There is no {noun} '{name}' for these properties.");
        let warning = Diagnostic::warning(Code::PATCH_UNMATCHED, message).at(&patch.entry.span);
        let known = self.templates.iter().filter(|template| template.kind == patch.entry.section.kind());
        match nearest(name, known.map(|template| template.name.as_str())).first() {
            Some(near) => warning.hint(format!("Did you mean '{near}'?")),
            None => warning.hint("Remove the entry, or create the file."),
        }
    }
}

fn misplaced(patch: &Patch<'_>, template: &Template) -> Box<Diagnostic> {
    let section = Section::ALL.into_iter().find(|section| section.kind() == template.kind);
    let (noun, key) = section.map_or(("resource", ""), |section| (section.noun(), section.key()));
    let message = format!(
        "'{}' is a {noun}, but is described under '{}:'; only the entry's data tests are used.",
        template.name,
        patch.entry.section.key()
    );
    Diagnostic::warning(Code::PATCH_UNMATCHED, message)
        .at(&patch.entry.span)
        .hint(format!("Move it to a section '{key}:'."))
}

fn enables_several(patch: &Patch<'_>, name: &str, count: usize) -> Box<Diagnostic> {
    let noun = patch.entry.section.noun();
    let message =
        format!("Found {count} matching disabled nodes for {noun} '{name}', so 'enabled' cannot mean one of them.");
    Diagnostic::error(Code::NAME_DUPLICATE, message)
        .at(&patch.entry.span)
        .hint("Enable one of them in its own file or in dbt_project.yml.")
}

fn described_twice(patch: &Patch<'_>, first: &Patch<'_>) -> Box<Diagnostic> {
    let message = format!("The {} '{}' is described twice.", patch.entry.section.noun(), patch.entry.name);
    Diagnostic::error(Code::NAME_DUPLICATE, message)
        .at(&patch.entry.span)
        .label(&first.entry.span, "described here first")
        .hint("Merge the two entries.")
}
