//! sources.json: how old the sources' newest rows are.

use super::metadata::{metadata, moment};
use crate::event::NodeResult;
use crate::load::Invocation;
use crate::resolve::Graph;
use crate::world::World;
use serde_json::{Value as Json, json};
use std::sync::Arc;
use std::time::Duration;

/// The artifact.
pub fn sources(
    graph: &Graph,
    results: &[Arc<NodeResult>],
    elapsed: Duration,
    invocation: &Invocation,
    world: &World,
) -> Json {
    json!({
        "metadata": metadata("sources/v3", invocation, world),
        "results": results.iter().map(|result| entry(graph, result)).collect::<Vec<_>>(),
        "elapsed_time": elapsed.as_secs_f64(),
    })
}

fn entry(graph: &Graph, result: &NodeResult) -> Json {
    let Some(freshness) = &result.freshness else {
        return json!({
            "unique_id": &*result.unique_id,
            "error": result.message,
            "status": "runtime error",
        });
    };
    let timing = result.timing.iter().map(|timing| {
        json!({
            "name": timing.name,
            "started_at": moment(timing.started_at),
            "completed_at": moment(timing.completed_at),
        })
    });
    json!({
        "unique_id": &*result.unique_id,
        "max_loaded_at": moment(freshness.max_loaded_at),
        "snapshotted_at": moment(freshness.snapshotted_at),
        "max_loaded_at_time_ago_in_s": freshness.age,
        "status": result.status.as_str(),
        "criteria": graph.sources.get(&result.unique_id).and_then(|source| source.freshness.clone()),
        "adapter_response": result.adapter_response,
        "timing": timing.collect::<Vec<_>>(),
        "thread_id": result.thread_id,
        "execution_time": result.execution_time.as_secs_f64(),
    })
}
