//! User-defined functions.

use super::template::{Template, TemplateKind};
use crate::diagnostics::Result;
use crate::load::{Package, ProjectFile};
use std::sync::Arc;

/// The function whose body a file is; its properties give the signature.
pub fn parse(package: &Arc<Package>, file: &ProjectFile) -> Result<Template> {
    Template::of_file(TemplateKind::Function, package, file)
}
