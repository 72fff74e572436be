//! Properties files: what YAML says about resources that other files define, and the resources it defines itself.

mod column;
mod data_test;
mod entry;
mod macro_entry;
mod node;
mod rendering;
mod source;

pub use column::ColumnProperties;
pub use data_test::TestDeclaration;
pub use entry::Described;
pub use macro_entry::MacroProperties;
pub use node::{NodeProperties, Section, VersionProperties};
pub use rendering::{TextRenderer, render_entry};
pub use source::{Facts, SourceProperties, TableProperties, WrittenPlace};

use super::template::{below_root, slashed};
use crate::diagnostics::{Diagnostic, Result, Severity, SourceFile};
use crate::load::{Invocation, Package, ProjectFile};
use crate::yaml::{Fields, Yaml, parse};
use std::sync::Arc;

/// A properties file.
#[derive(Debug, Clone)]
pub struct PropertiesFile {
    /// The package it belongs to.
    pub package: Arc<Package>,
    /// Relative to the package: `models/staging/schema.yml`.
    pub path: String,
    /// Relative to the configured folder: `staging/schema.yml`.
    pub relative_path: String,
    /// The text.
    pub source: Arc<SourceFile>,
    /// What it says about models, seeds, snapshots, analyses, functions and singular data tests.
    pub nodes: Vec<NodeProperties>,
    /// `sources:`.
    pub sources: Vec<SourceProperties>,
    /// `macros:`.
    pub macros: Vec<MacroProperties>,
    /// `exposures:`.
    pub exposures: Vec<Described>,
    /// `groups:`.
    pub groups: Vec<Described>,
    /// `unit_tests:`.
    pub unit_tests: Vec<Described>,
    /// `metrics:`.
    pub metrics: Vec<Described>,
    /// `semantic_models:`.
    pub semantic_models: Vec<Described>,
    /// `saved_queries:`.
    pub saved_queries: Vec<Described>,
}

impl PropertiesFile {
    /// As `patch_path` names it: `shop://models/schema.yml`.
    pub fn id(&self) -> String {
        format!("{}://{}", self.package.name, self.path)
    }
}

/// How properties are read.
pub struct Rules<'a> {
    /// Renders the templates in them.
    pub render: &'a TextRenderer<'a>,
    /// Whether the arguments of data tests stand under `arguments`, as
    /// `require_generic_test_arguments_property` says.
    pub nested_arguments: bool,
}

impl<'a> Rules<'a> {
    /// As a call's settings say.
    pub fn new(render: &'a TextRenderer<'a>, invocation: &Invocation) -> Self {
        let nested_arguments = invocation.flags.behavior("require_generic_test_arguments_property", true);
        Self { render, nested_arguments }
    }
}

/// What reading a properties file needs and collects.
pub struct Reader<'a> {
    package: &'a Arc<Package>,
    rules: &'a Rules<'a>,
    findings: Vec<Box<Diagnostic>>,
}

/// Reads a properties file. An entry that is wrong is left out and told of beside the file.
pub fn read(
    package: &Arc<Package>,
    file: &ProjectFile,
    rules: &Rules<'_>,
) -> Result<(PropertiesFile, Vec<Box<Diagnostic>>)> {
    let (yaml, warnings) = parse(&file.source)?;
    let mut reader = Reader { package, rules, findings: warnings };
    let mut fields = Fields::of(&yaml, format!("The file {}", file.path.display()))?;
    fields.allow(&["version", "anchors"]);
    let mut properties = PropertiesFile {
        package: package.clone(),
        path: slashed(&file.path),
        relative_path: slashed(&below_root(file)),
        source: file.source.clone(),
        nodes: vec![],
        sources: reader.entries(&mut fields, "sources", source::read),
        macros: reader.entries(&mut fields, "macros", macro_entry::read),
        exposures: reader.entries(&mut fields, "exposures", entry::read),
        groups: reader.entries(&mut fields, "groups", entry::read),
        unit_tests: reader.entries(&mut fields, "unit_tests", entry::read),
        metrics: reader.entries(&mut fields, "metrics", entry::read),
        semantic_models: reader.entries(&mut fields, "semantic_models", entry::read),
        saved_queries: reader.entries(&mut fields, "saved_queries", entry::read),
    };
    for section in Section::ALL {
        let read = |reader: &mut Reader<'_>, yaml: &Yaml, written: &Yaml| node::read(reader, section, yaml, written);
        let known = reader.findings.len();
        properties.nodes.extend(reader.entries(&mut fields, section.key(), read));
        if section == Section::DataTests {
            // A singular test runs whatever is said about it.
            reader.findings[known..].iter_mut().for_each(|finding| finding.severity = Severity::Warning);
        }
    }
    reader.findings.extend(fields.unknown());
    Ok((properties, reader.findings))
}

impl Reader<'_> {
    /// Reads each entry of a section's list: `read` is given it with its templates rendered, and as it is written.
    fn entries<T>(
        &mut self,
        fields: &mut Fields<'_>,
        section: &'static str,
        read: impl Fn(&mut Self, &Yaml, &Yaml) -> Result<T>,
    ) -> Vec<T> {
        let list: Vec<&Yaml> = match fields.take(section) {
            Ok(list) => list.unwrap_or_default(),
            Err(error) => {
                self.findings.push(error);
                return vec![];
            }
        };
        let mut entries = vec![];
        for yaml in list {
            let rendered = render_entry(self.package, section, yaml, self.rules.render);
            match rendered.and_then(|rendered| read(self, &rendered, yaml)) {
                Ok(entry) => entries.push(entry),
                Err(error) => self.findings.push(error),
            }
        }
        entries
    }
}
