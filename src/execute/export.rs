//! Rows into a file.

use super::stage::Stage;
use crate::adapters::{ExportFile, Response};
use crate::diagnostics::Result;
use crate::plan::Export;

/// Writes the file beside its place; it takes that when the node's work is committed. A relative path means the root
/// project's folder.
pub(super) fn export(stage: &mut Stage<'_>, export: &Export) -> Result<()> {
    let path = stage.run.compiler.graph().project.root().dir.join(&export.file.path);
    let world = stage.run.world();
    let aside = match export.file.partition_by.first() {
        None => world.write_aside(&path)?,
        Some(column) => world.write_folder_aside(&path, &format!("{column}="))?,
    };
    let file = ExportFile { path: aside.path().to_owned(), ..export.file.clone() };
    let sql = query(stage, export);
    let rows = stage.session.with_connection(|connection| connection.export(&sql, &file))?;
    stage.written.push(aside);
    if export.relation.is_none() {
        let message = rows.map_or_else(|| "EXPORT".into(), |rows| format!("EXPORT {rows}"));
        stage.cx.set_response(
            "main",
            Response { message, code: "EXPORT".into(), rows_affected: rows, ..Response::default() },
        );
    }
    Ok(())
}

fn query(stage: &Stage<'_>, export: &Export) -> String {
    let order =
        if export.order_by.is_empty() { String::new() } else { format!("\norder by {}", export.order_by.join(", ")) };
    match &export.relation {
        Some(relation) => format!("select *\nfrom {relation}{order}"),
        None => {
            let sql = stage.compiled.map_or("", |compiled| compiled.sql.as_str());
            if order.is_empty() { sql.to_owned() } else { format!("select * from (\n{sql}\n) as exported{order}") }
        }
    }
}
