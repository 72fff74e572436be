//! Macros, generic tests and materializations of the program, the packages and the project.

use crate::adapters::{Adapter, BUILTIN_MACROS, MacroFile};
use crate::diagnostics::{Code, Diagnostic, SourceFile, Span};
use crate::jinja::{MacroDef, MacroLibrary, stray_tags};
use crate::load::{FileKind, Package, Project};
use indexmap::IndexMap;
use std::sync::Arc;

use super::singular_test;
use super::template::slashed;

/// The package of the built-in macros.
pub const BUILTIN_PACKAGE: &str = "dbt";

/// All macros.
#[derive(Debug)]
pub struct Macros {
    /// For rendering.
    pub library: MacroLibrary,
    /// Each macro with its file, relative to its package.
    pub definitions: Vec<(Arc<MacroDef>, String)>,
}

/// Reads every macro; what is wrong with them is added to `findings`.
pub fn parse(project: &Project, adapter: &dyn Adapter, findings: &mut Vec<Box<Diagnostic>>) -> Macros {
    let engine = adapter.dialect().name;
    let engine_package = format!("{BUILTIN_PACKAGE}_{engine}");
    let root = project.root();
    let library = MacroLibrary::new(
        &root.name,
        vec![engine_package.clone(), BUILTIN_PACKAGE.into()],
        vec![engine.into(), "default".into()],
        root.settings.dispatch.clone(),
    );
    let mut reader = Reader { library, definitions: vec![], places: IndexMap::new(), findings };
    reader.builtin(BUILTIN_PACKAGE, BUILTIN_MACROS);
    reader.builtin(&engine_package, adapter.macros());
    for package in project.packages.values().skip(1).chain([root]) {
        reader.package(package);
    }
    Macros { library: reader.library, definitions: reader.definitions }
}

/// The same macros as nodes for another engine see them, and that engine's own, each with its file.
pub fn engine_macros(library: &MacroLibrary, adapter: &dyn Adapter) -> (MacroLibrary, Vec<(Arc<MacroDef>, String)>) {
    let engine = adapter.dialect().name;
    let package = format!("{BUILTIN_PACKAGE}_{engine}");
    let builtin = vec![package.clone(), BUILTIN_PACKAGE.into()];
    let library = library.speaking(builtin, vec![engine.into(), "default".into()]);
    let mut reader = Reader { library, definitions: vec![], places: IndexMap::new(), findings: &mut vec![] };
    reader.builtin(&package, adapter.macros());
    (reader.library, reader.definitions)
}

/// A warning for each tag that stands outside of all blocks of a file.
pub fn stray_tag_warnings(file: &Arc<SourceFile>) -> Vec<Box<Diagnostic>> {
    // A file that cannot be read is told of where its blocks are taken.
    let tags = stray_tags(file).unwrap_or_default();
    let warning = |tag: Span| {
        let message = format!("The tag '{}' stands outside of all blocks and has no effect.", tag.text());
        Diagnostic::warning(Code::JINJA_BLOCK_DEPRECATED, message).at(&tag).hint("Remove it, or move it into a block.")
    };
    tags.into_iter().map(warning).collect()
}

struct Reader<'a> {
    library: MacroLibrary,
    definitions: Vec<(Arc<MacroDef>, String)>,
    places: IndexMap<String, Span>,
    findings: &'a mut Vec<Box<Diagnostic>>,
}

impl Reader<'_> {
    fn builtin(&mut self, package: &str, files: &[MacroFile]) {
        for file in files {
            let path = format!("macros/{}", file.path);
            self.file(package, &SourceFile::new(format!("{package}/{path}"), file.text), path);
        }
    }

    fn package(&mut self, package: &Package) {
        for file in &package.files {
            let holds_macros =
                file.kind == FileKind::Macro || (file.kind == FileKind::Test && singular_test::is_generic(file));
            if holds_macros {
                self.file(&package.name, &file.source, slashed(&file.path));
            }
            if file.kind == FileKind::Macro {
                self.findings.extend(stray_tag_warnings(&file.source));
            }
        }
    }

    fn file(&mut self, package: &str, source: &Arc<SourceFile>, path: String) {
        let added = match self.library.add(package, source) {
            Ok(added) => added,
            Err(error) => return self.findings.push(error),
        };
        for definition in added {
            let id = definition.unique_id();
            if let Some(first) = self.places.get(&id) {
                let message = format!("The macro '{}' is defined twice in '{package}'.", definition.name);
                let error = Diagnostic::error(Code::NAME_DUPLICATE, message)
                    .at(&definition.block.span)
                    .label(first, "defined here first")
                    .hint("Rename or remove one of them.");
                self.findings.push(error);
                continue;
            }
            self.places.insert(id, definition.block.span.clone());
            self.definitions.push((definition, path.clone()));
        }
    }
}
