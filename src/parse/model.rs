//! Models.

use super::template::{Template, TemplateKind};
use crate::diagnostics::{Code, Diagnostic, Result};
use crate::load::{FileKind, Package, ProjectFile};
use std::sync::Arc;

/// The model that a file is.
pub fn parse(package: &Arc<Package>, file: &ProjectFile) -> Result<Template> {
    if file.kind == FileKind::PythonModel {
        let message = format!("{} is a Python model; only models in SQL can be built.", file.path.display());
        return Err(Diagnostic::error(Code::UNSUPPORTED, message)
            .at(&file.source.line_span(1))
            .hint("Write the model in SQL, or move the file out of the model paths."));
    }
    Template::of_file(TemplateKind::Model, package, file)
}
