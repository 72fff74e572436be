//! Models.

use super::python;
use super::template::{Template, TemplateKind};
use crate::diagnostics::Result;
use crate::load::{FileKind, Package, ProjectFile};
use std::sync::Arc;

/// The model that a file is.
pub fn parse(package: &Arc<Package>, file: &ProjectFile) -> Result<Template> {
    let read = if file.kind == FileKind::PythonModel { python::read } else { crate::jinja::extract };
    Template::read_by(read, TemplateKind::Model, package, file)
}
