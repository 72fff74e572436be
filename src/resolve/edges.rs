//! Who depends on whom.

use super::{Exposure, Node, Source, UniqueId};
use crate::dag::Dag;
use indexmap::IndexMap;
use serde_json::Value as Json;
use std::sync::Arc;

/// The graph of everything that can be selected; `documents` are in the shape of dbt's manifest.
pub fn dag(
    nodes: &IndexMap<UniqueId, Arc<Node>>,
    sources: &IndexMap<UniqueId, Arc<Source>>,
    exposures: &IndexMap<UniqueId, Arc<Exposure>>,
    documents: [&IndexMap<UniqueId, Json>; 4],
) -> Dag {
    let documents = || documents.into_iter().flatten();
    let ids = sources.keys().chain(nodes.keys()).chain(exposures.keys()).chain(documents().map(|(id, _)| id)).cloned();
    let of_nodes = nodes.values().flat_map(|node| edges(&node.depends_on, &node.unique_id));
    let of_exposures = exposures.values().flat_map(|exposure| edges(&exposure.depends_on, &exposure.unique_id));
    let of_documents = documents().flat_map(|(id, document)| {
        let parents = document["depends_on"]["nodes"].as_array().into_iter().flatten();
        parents.filter_map(|parent| Some((Arc::from(parent.as_str()?), id.clone())))
    });
    Dag::new(ids, of_nodes.chain(of_exposures).chain(of_documents))
}

fn edges(parents: &[UniqueId], child: &UniqueId) -> Vec<(UniqueId, UniqueId)> {
    parents.iter().map(|parent| (parent.clone(), child.clone())).collect()
}
