//! Seeds.

use super::template::{Template, TemplateKind, seed_checksum};
use crate::jinja::Extraction;
use crate::load::{Package, ProjectFile};
use std::sync::Arc;

/// The seed that a file is; its rows are read when it is loaded.
pub fn parse(package: &Arc<Package>, file: &ProjectFile) -> Template {
    let nothing = file.source.span(0..0);
    let mut seed = Template::new(TemplateKind::Seed, package, file, nothing, Extraction::default());
    seed.checksum = seed_checksum(&file.disk_path, &seed.original_file_path);
    seed
}
