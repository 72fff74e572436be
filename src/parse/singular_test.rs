//! Singular data tests.

use super::template::{Template, TemplateKind};
use crate::diagnostics::Result;
use crate::load::{Package, ProjectFile};
use std::sync::Arc;

/// The data test that a file is.
pub fn parse(package: &Arc<Package>, file: &ProjectFile) -> Result<Template> {
    Template::of_file(TemplateKind::SingularTest, package, file)
}

/// Whether a file below a test folder holds `{% test %}` blocks rather than a test.
pub fn is_generic(file: &ProjectFile) -> bool {
    super::template::below_root(file).starts_with("generic")
}
