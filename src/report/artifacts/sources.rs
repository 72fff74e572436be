//! sources.json: how old the sources' newest rows are.

use super::metadata::{metadata, moment};
use crate::event::NodeResult;
use crate::load::{Invocation, scrub, secrets};
use crate::resolve::Graph;
use crate::world::World;
use jiff::Timestamp;
use jiff::tz::TimeZone;
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
    let secrets = secrets(world, &invocation.flags.vars);
    json!({
        "metadata": metadata("sources/v3", invocation, world),
        "results": results.iter().filter(|result| graph.sources.contains_key(&result.unique_id)).map(|result| entry(graph, result, &secrets)).collect::<Vec<_>>(),
        "elapsed_time": elapsed.as_secs_f64(),
    })
}

fn entry(graph: &Graph, result: &NodeResult, secrets: &[String]) -> Json {
    let Some(freshness) = &result.freshness else {
        return json!({
            "unique_id": &*result.unique_id,
            "error": result.message.as_ref().map(|message| scrub(message, secrets)),
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
        "max_loaded_at": iso(freshness.max_loaded_at),
        "snapshotted_at": iso(freshness.snapshotted_at),
        "max_loaded_at_time_ago_in_s": freshness.age,
        "status": result.status.as_str(),
        "criteria": graph.sources.get(&result.unique_id).and_then(|source| source.freshness.clone()),
        "adapter_response": result.adapter_response,
        "timing": timing.collect::<Vec<_>>(),
        "thread_id": result.thread_id,
        "execution_time": result.execution_time.as_secs_f64(),
    })
}

/// A moment as Python writes it: the offset in figures, and microseconds only where there are some.
fn iso(at: Timestamp) -> String {
    let utc = at.to_zoned(TimeZone::UTC);
    let format = if utc.subsec_nanosecond() < 1000 { "%Y-%m-%dT%H:%M:%S+00:00" } else { "%Y-%m-%dT%H:%M:%S.%6f+00:00" };
    utc.strftime(format).to_string()
}
