//! Snapshots: `{% snapshot %}` blocks, and those that properties declare with `relation:`.

use super::properties::PropertiesFile;
use super::template::{Template, TemplateKind, folders, sha256, stem};
use crate::diagnostics::{Result, SourceFile};
use crate::jinja::{BlockKind, blocks, extract};
use crate::load::{Package, ProjectFile};
use crate::yaml::Yaml;
use std::path::{Path, PathBuf};
use std::sync::Arc;

/// The snapshots of a file's blocks.
pub fn parse(package: &Arc<Package>, file: &ProjectFile) -> Result<Vec<Template>> {
    let blocks = blocks(&file.source)?.into_iter().filter(|block| block.kind == BlockKind::Snapshot);
    blocks
        .map(|block| {
            let extraction = extract(&block.body)?;
            let mut snapshot = Template::new(TemplateKind::Snapshot, package, file, block.body, extraction);
            // The file's name is part of a snapshot's fully qualified name.
            snapshot.folders.push(std::mem::replace(&mut snapshot.name, block.name));
            Ok(snapshot)
        })
        .collect()
}

/// The snapshot of `relation`, which a properties file declares under `name`.
pub fn declared(file: &PropertiesFile, name: &str, relation: &Yaml) -> Result<Template> {
    let expression = relation.as_str().ok_or_else(|| relation.mismatch("'relation'", "a ref() or source() as text"))?;
    let before = "select * from {{ ";
    // The text stands on the line of the declaration, so that errors point there.
    let lines = "\n".repeat(relation.span.position().line as usize - 1);
    let text = format!("{lines}{before}{expression} }}}}");
    let source = SourceFile::new(file.source.path(), text);
    let span = source.span(lines.len()..source.text().len());
    let relative = Path::new(&file.relative_path);
    Ok(Template {
        kind: TemplateKind::Snapshot,
        package: file.package.clone(),
        name: name.to_owned(),
        path: format!("{}/{name}.sql", file.relative_path),
        original_file_path: file.path.clone(),
        folders: folders(relative),
        extraction: extract(&span)?,
        span,
        checksum: ("sha256", sha256(file.source.text().trim())),
        disk_path: PathBuf::from(stem(relative)),
    })
}
