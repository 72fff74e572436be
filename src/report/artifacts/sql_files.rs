//! The SQL that was compiled and run, as files: `target/compiled/…` and `target/run/…`.

use super::Folder;
use crate::event::{BatchInfo, Event, EventSink, NodeResult};
use crate::resolve::{Graph, Node, NodeKind, UniqueId};
use std::collections::HashMap;
use std::path::{Path, PathBuf};
use std::sync::{Arc, Mutex, PoisonError};

/// Writes each node's SQL when it is done.
pub struct SqlFiles {
    folder: Folder,
    graph: Arc<Graph>,
    statements: Mutex<HashMap<UniqueId, Vec<Arc<str>>>>,
}

impl SqlFiles {
    /// Writes to this folder.
    pub fn new(folder: Folder, graph: Arc<Graph>) -> Self {
        Self { folder, graph, statements: Mutex::default() }
    }

    fn statement(&self, id: &UniqueId, sql: Arc<str>) {
        let mut statements = self.statements.lock().unwrap_or_else(PoisonError::into_inner);
        statements.entry(id.clone()).or_default().push(sql);
    }

    fn finished(&self, id: &UniqueId, result: &NodeResult) {
        let sent = self.statements.lock().unwrap_or_else(PoisonError::into_inner).remove(id);
        let Some(path) = self.path(id) else { return };
        // A materialization of the project's own has no main statement; nor has what failed. Then all that was sent.
        let sent = sent.filter(|_| result.run_code.is_none()).map(|sent| script(&sent));
        let run = result.run_code.as_ref().or(sent.as_ref());
        // The batches of a microbatch model have files of their own.
        if result.batch_results.is_none() {
            self.write(&path, result.compiled_code.as_ref(), run);
        }
    }

    fn batch_finished(&self, id: &UniqueId, batch: &BatchInfo, result: &NodeResult) {
        let Some(path) = self.path(id) else { return };
        let name = path.file_stem().unwrap_or_default().to_string_lossy();
        let file = format!("{name}_{}.sql", batch.label);
        self.write(&path.with_extension("").join(file), result.compiled_code.as_ref(), result.run_code.as_ref());
    }

    fn write(&self, path: &Path, compiled: Option<&String>, run: Option<&String>) {
        for (kind, text) in [("compiled", compiled), ("run", run)] {
            if let Some(text) = text {
                // A file for people to look at: a full disk must not make the node fail.
                let _ = self.folder.write_text(&PathBuf::from(kind).join(path), text);
            }
        }
    }

    fn path(&self, id: &UniqueId) -> Option<PathBuf> {
        if let Some(node) = self.graph.nodes.get(id) {
            return Some(path_of(node));
        }
        let test = self.graph.unit_tests.get(id)?;
        let text = |key: &str| test.get(key).and_then(serde_json::Value::as_str).unwrap_or("");
        let file = Path::new(text("original_file_path"));
        let folder = file.parent().unwrap_or(file);
        Some(PathBuf::from(text("package_name")).join(file).join(folder).join(format!("{}.sql", text("name"))))
    }
}

/// Statements as one text.
fn script(statements: &[Arc<str>]) -> String {
    let ended = |sql: &Arc<str>| match sql.trim() {
        sql if sql.ends_with(';') => format!("{sql}\n"),
        sql => format!("{sql};\n"),
    };
    statements.iter().map(ended).collect()
}

/// Where a node's SQL is written, below `compiled` and `run`: by its file, and below it for what shares a file.
pub fn path_of(node: &Node) -> PathBuf {
    let file = PathBuf::from(&node.package_name).join(&node.original_file_path);
    match node.kind {
        NodeKind::GenericTest(_) | NodeKind::Operation { .. } => file.join(&node.path),
        _ => file,
    }
}

impl EventSink for SqlFiles {
    fn emit(&self, event: Event) {
        match event {
            Event::Statement { node: Some(node), sql, .. } => self.statement(&node.unique_id, sql),
            Event::BatchFinished(node, batch, result) => self.batch_finished(&node.unique_id, &batch, &result),
            Event::NodeFinished(node, result) => self.finished(&node.unique_id, &result),
            _ => {}
        }
    }
}
