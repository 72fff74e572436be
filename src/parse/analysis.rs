//! Analyses.

use super::template::{Template, TemplateKind};
use crate::diagnostics::Result;
use crate::load::{Package, ProjectFile};
use std::sync::Arc;

/// The analysis that a file is.
pub fn parse(package: &Arc<Package>, file: &ProjectFile) -> Result<Template> {
    let mut analysis = Template::of_file(TemplateKind::Analysis, package, file)?;
    analysis.path = format!("analysis/{}", analysis.path);
    analysis.folders.insert(0, "analysis".into());
    Ok(analysis)
}
