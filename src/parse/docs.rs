//! `{% docs %}` blocks.

use crate::diagnostics::{Result, Span};
use crate::jinja::{BlockKind, Engine, MacroLibrary, Scope, blocks, has_tags};
use crate::load::{Package, ProjectFile};
use std::sync::Arc;

use super::template::{below_root, slashed};

/// A text that descriptions include with `doc()`.
#[derive(Debug, Clone)]
pub struct DocsBlock {
    /// Its name.
    pub name: String,
    /// The package that defines it.
    pub package: Arc<Package>,
    /// Relative to the configured folder.
    pub path: String,
    /// Relative to the package.
    pub original_file_path: String,
    /// The text, without the blanks around it.
    pub contents: String,
    /// The block.
    pub span: Span,
}

/// The blocks of a file.
pub fn parse(package: &Arc<Package>, file: &ProjectFile) -> Result<Vec<DocsBlock>> {
    let blocks = blocks(&file.source)?.into_iter().filter(|block| block.kind == BlockKind::Docs);
    let docs = blocks.map(|block| DocsBlock {
        name: block.name,
        package: package.clone(),
        path: slashed(&below_root(file)),
        original_file_path: slashed(&file.path),
        contents: contents(&block.body),
        span: block.span,
    });
    Ok(docs.collect())
}

/// A block's text, rendered without any names. Text that is no template stays as it is.
fn contents(body: &Span) -> String {
    let rendered = has_tags(body.text()).then(|| {
        let engine = Engine::new(Arc::new(MacroLibrary::default()));
        let scope = Scope::new("", vec![], true);
        engine.render(body, &scope).ok()
    });
    rendered.flatten().map_or_else(|| body.text().trim().to_owned(), |rendered| rendered.text.trim().to_owned())
}
