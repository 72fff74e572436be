//! catalog.json: the relations of the project as the database has them.

use super::metadata::metadata;
use crate::adapters::Relation;
use crate::load::Invocation;
use crate::resolve::{Graph, Node, NodeKind, UniqueId};
use crate::world::World;
use indexmap::IndexMap;
use serde_json::{Map, Value as Json, json};

/// A relation that the database's catalog lists.
#[derive(Debug, Clone, Default)]
pub struct CatalogEntry {
    /// The output whose database it is in.
    pub target: String,
    /// The database.
    pub database: String,
    /// The schema.
    pub schema: String,
    /// Its own name.
    pub name: String,
    /// The engine's word for what it is, such as `BASE TABLE`.
    pub kind: String,
    /// Its comment.
    pub comment: Option<String>,
    /// Who owns it.
    pub owner: Option<String>,
    /// Its columns, in order.
    pub columns: Vec<CatalogColumn>,
}

/// A column that the database's catalog lists.
#[derive(Debug, Clone, Default)]
pub struct CatalogColumn {
    /// Its name.
    pub name: String,
    /// Its place, from 1.
    pub index: i64,
    /// Its type.
    pub data_type: String,
    /// Its comment.
    pub comment: Option<String>,
}

/// The artifact: those of the entries that the project builds or reads, as far as they are to be described.
pub fn catalog(
    graph: &Graph,
    entries: &[CatalogEntry],
    is_described: &dyn Fn(&UniqueId) -> bool,
    invocation: &Invocation,
    world: &World,
) -> Json {
    let key = |target: &str, relation: &Relation| (target.to_owned(), relation.key(graph.outputs.dialect(target)));
    let by_place: IndexMap<_, &CatalogEntry> = entries
        .iter()
        .map(|entry| (key(&entry.target, &Relation::new(&entry.database, &entry.schema, &entry.name)), entry))
        .collect();
    let listed = |id: &UniqueId, target: &str, relation: &Relation| {
        let entry = by_place.get(&key(target, relation)).filter(|_| is_described(id))?;
        Some((id.to_string(), describe(id, entry)))
    };
    let nodes = graph.nodes.iter().filter_map(|(id, node)| listed(id, &node.target, &place(node)?));
    let sources = graph.sources.iter().filter_map(|(id, source)| listed(id, &source.target, &source.relation));
    json!({
        "metadata": metadata("catalog/v1", invocation, world),
        "nodes": nodes.collect::<Map<_, _>>(),
        "sources": sources.collect::<Map<_, _>>(),
        "errors": null,
    })
}

/// Where a node's rows are; a data test's, where an earlier run may have kept its failures.
pub fn place(node: &Node) -> Option<Relation> {
    match &node.kind {
        NodeKind::Model(_) | NodeKind::Seed { .. } | NodeKind::Snapshot => node.relation.clone(),
        NodeKind::GenericTest(_) | NodeKind::SingularTest => {
            Some(Relation::new(&node.database, &node.schema, &node.alias))
        }
        _ => None,
    }
}

fn describe(id: &str, entry: &CatalogEntry) -> Json {
    let columns = entry.columns.iter().map(|column| {
        let described = json!({
            "type": column.data_type,
            "index": column.index,
            "name": column.name,
            "comment": column.comment,
        });
        (column.name.clone(), described)
    });
    json!({
        "metadata": {
            "type": entry.kind,
            "schema": entry.schema,
            "name": entry.name,
            "database": entry.database,
            "comment": entry.comment,
            "owner": entry.owner,
        },
        "columns": columns.collect::<Map<_, _>>(),
        "stats": {
            "has_stats": {
                "id": "has_stats",
                "label": "Has Stats?",
                "value": false,
                "include": false,
                "description": "Indicates whether there are statistics for this table",
            },
        },
        "unique_id": id,
    })
}
