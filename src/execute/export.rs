//! Rows of a node's query into a file.

use super::stage::Stage;
use crate::adapters::{ExportFile, Response};
use crate::diagnostics::Result;

/// Writes the file beside its place and renames it, so that nobody sees half of it. A relative path means the root
/// project's folder.
pub(super) fn export(stage: &mut Stage<'_>, file: &ExportFile) -> Result<()> {
    let path = stage.run.compiler.graph().project.root().dir.join(&file.path);
    let sql = stage.compiled.map_or("", |compiled| compiled.sql.as_str());
    let rows = stage.run.world().replace_file(&path, |aside| {
        let file = ExportFile { path: aside.to_owned(), ..file.clone() };
        stage.session.with_connection(|connection| connection.export(sql, &file))
    })?;
    let message = match rows {
        Some(rows) => format!("EXPORT {rows}"),
        None => "EXPORT".into(),
    };
    stage.cx.set_response("main", Response { message, code: "EXPORT".into(), rows_affected: rows, changes: None });
    Ok(())
}
