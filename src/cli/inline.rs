//! `--inline`: a query of the command line as a node of the graph.

use crate::diagnostics::SourceFile;
use crate::resolve::{Checksum, Config, Graph, Node, NodeKind, UniqueId};
use serde_json::{Map, Value as Json};
use std::sync::{Arc, OnceLock};

/// The unique id of the inline query of a project.
pub fn id(graph: &Graph) -> UniqueId {
    Arc::from(format!("sql_operation.{}.inline_query", graph.project.root().name))
}

/// The graph with the query in it.
pub fn with_query(mut graph: Graph, sql: &str) -> Graph {
    let id = id(&graph);
    let node = Arc::new(node(&graph, id.clone(), sql));
    graph.nodes.insert(id, node);
    graph.dag = OnceLock::new();
    // What is kept is the graph without the query.
    graph.kept = None;
    graph
}

fn node(graph: &Graph, unique_id: UniqueId, sql: &str) -> Node {
    let package = graph.project.root().name.clone();
    let source = SourceFile::new("--inline", sql);
    // Only where several outputs are in use does it matter before the query is compiled what it reads.
    let (depends_on, target) = match graph.outputs.used().len() {
        1 => (vec![], Arc::from(graph.outputs.default().name())),
        _ => graph.reads(&source.span(0..sql.len())),
    };
    let output = graph.outputs.get(&target).unwrap_or_else(|_| graph.outputs.default().clone());
    let config = [("enabled", Json::Bool(true)), ("materialized", "view".into())];
    Node {
        unique_id,
        name: "inline_query".into(),
        path: "sql/inline_query".into(),
        original_file_path: "sql/inline_query.sql".into(),
        fqn: vec![package.clone(), "sql".into(), "inline_query".into()],
        package_name: package,
        span: source.span(0..sql.len()),
        source,
        own_code: None,
        checksum: Checksum { name: "none".into(), checksum: String::new() },
        config: Config::from_iter(config),
        unrendered_config: Map::new(),
        config_call: Map::new(),
        target,
        relation: None,
        database: output.adapter.database().to_owned(),
        schema: output.adapter.schema().to_owned(),
        alias: "inline_query".into(),
        tags: vec![],
        meta: Map::new(),
        description: String::new(),
        columns: Default::default(),
        patch_path: None,
        refs: vec![],
        sources: vec![],
        functions: vec![],
        metrics: vec![],
        depends_on,
        depends_on_macros: vec![],
        is_rendered: false,
        doc_blocks: vec![],
        created_at: graph.invocation.started_at.as_millisecond() as f64 / 1e3,
        kind: NodeKind::SqlOperation,
    }
}
