//! All files of a project and its packages, read in parallel.

use super::macros::{self, Macros};
use super::properties::{self, PropertiesFile, Rules};
use super::template::Template;
use super::{DocsBlock, analysis, docs, function, model, seed, singular_test, snapshot};
use crate::adapters::Adapter;
use crate::diagnostics::{Diagnostic, Result};
use crate::load::{FileKind, Package, Project, ProjectFile};
use rayon::prelude::*;
use std::sync::Arc;

/// How many files a thread takes at once: at the end none should have many left while others have none.
const AT_ONCE: usize = 16;

/// Everything that files say but for macros.
#[derive(Debug, Default)]
pub struct Parsed {
    /// Models, seeds, snapshots, analyses, functions and singular data tests.
    pub templates: Vec<Template>,
    /// Properties files.
    pub properties: Vec<PropertiesFile>,
    /// Docs blocks.
    pub docs: Vec<DocsBlock>,
}

/// What one file gives.
#[derive(Default)]
struct Read {
    templates: Vec<Template>,
    properties: Option<PropertiesFile>,
    docs: Vec<DocsBlock>,
    findings: Vec<Box<Diagnostic>>,
}

/// Reads every file of a project; what is wrong with one is added to `findings` and does not keep the others from being
/// read. `rules` say how properties are read.
pub fn project(
    project: &Project,
    adapter: &dyn Adapter,
    rules: &Rules<'_>,
    findings: &mut Vec<Box<Diagnostic>>,
) -> (Parsed, Macros) {
    let all: Vec<(&Arc<Package>, &ProjectFile)> =
        project.packages.values().flat_map(|package| package.files.iter().map(move |file| (package, file))).collect();
    let mut found = vec![];
    let (parsed, macros) = rayon::join(|| files(&all, rules, &mut found), || macros::parse(project, adapter, findings));
    findings.extend(found);
    (parsed, macros)
}

/// Reads some files.
pub fn files(
    files: &[(&Arc<Package>, &ProjectFile)],
    rules: &Rules<'_>,
    findings: &mut Vec<Box<Diagnostic>>,
) -> Parsed {
    let files = files.par_iter().with_max_len(AT_ONCE);
    let reads: Vec<Read> = files.map(|(package, file)| read(package, file, rules)).collect();
    let mut parsed = Parsed::default();
    for read in reads {
        parsed.templates.extend(read.templates);
        parsed.properties.extend(read.properties);
        parsed.docs.extend(read.docs);
        findings.extend(read.findings);
    }
    parsed
}

fn read(package: &Arc<Package>, file: &ProjectFile, rules: &Rules<'_>) -> Read {
    let mut read = Read::default();
    if let Err(error) = read_into(package, file, rules, &mut read) {
        read.findings.push(error);
    }
    read
}

fn read_into(package: &Arc<Package>, file: &ProjectFile, rules: &Rules<'_>, into: &mut Read) -> Result<()> {
    match file.kind {
        FileKind::Model | FileKind::PythonModel => into.templates.push(model::parse(package, file)?),
        FileKind::Seed => into.templates.push(seed::parse(package, file)),
        FileKind::Snapshot => {
            into.templates = snapshot::parse(package, file)?;
            into.findings = macros::stray_tag_warnings(&file.source);
        }
        FileKind::Analysis => into.templates.push(analysis::parse(package, file)?),
        FileKind::Function => into.templates.push(function::parse(package, file)?),
        FileKind::Test if !singular_test::is_generic(file) => {
            into.templates.push(singular_test::parse(package, file)?);
        }
        FileKind::Docs => into.docs = docs::parse(package, file)?,
        FileKind::Properties => {
            let (properties, findings) = properties::read(package, file, rules)?;
            into.findings = findings;
            for node in &properties.nodes {
                if let Some(relation) = &node.relation {
                    into.templates.push(snapshot::declared(&properties, &node.name, relation)?);
                }
            }
            into.properties = Some(properties);
        }
        FileKind::Test | FileKind::Macro | FileKind::Fixture => {}
    }
    Ok(())
}
