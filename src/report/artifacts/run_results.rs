//! run_results.json: how each node ended.

use super::args::listed;
use super::metadata::{metadata, moment};
use crate::event::{BatchResults, NodeResult, Status};
use crate::load::{Invocation, scrub, secrets};
use crate::report::description::error_class;
use crate::resolve::Graph;
use crate::world::World;
use jiff::Timestamp;
use serde_json::{Value as Json, json};
use std::sync::Arc;
use std::time::Duration;

/// The artifact.
pub fn run_results(
    graph: &Graph,
    results: &[Arc<NodeResult>],
    elapsed: Duration,
    invocation: &Invocation,
    world: &World,
) -> Json {
    let secrets = secrets(world, &invocation.flags.vars);
    json!({
        "metadata": metadata("run-results/v6", invocation, world),
        "results": results.iter().filter(|result| !is_ephemeral(graph, result)).map(|result| entry(graph, result, &secrets)).collect::<Vec<_>>(),
        "elapsed_time": elapsed.as_secs_f64(),
        "args": listed(&invocation.args),
    })
}

/// Ephemeral models are parts of others; compiling them is no result.
fn is_ephemeral(graph: &Graph, result: &NodeResult) -> bool {
    graph.nodes.get(&result.unique_id).is_some_and(|node| node.is_ephemeral())
}

fn entry(graph: &Graph, result: &NodeResult, secrets: &[String]) -> Json {
    let kind = result.unique_id.split('.').next().unwrap_or_default();
    let is_compiled = !matches!(kind, "seed" | "exposure" | "source" | "saved_query");
    let timing = result.timing.iter().map(|timing| {
        json!({
            "name": timing.name,
            "started_at": moment(timing.started_at),
            "completed_at": moment(timing.completed_at),
        })
    });
    json!({
        "status": result.status.as_str(),
        "timing": timing.collect::<Vec<_>>(),
        "thread_id": result.thread_id,
        "execution_time": result.execution_time.as_secs_f64(),
        "adapter_response": result.adapter_response,
        "message": message(graph, result).map(|message| scrub(&message, secrets)),
        "failures": result.failures,
        "unique_id": &*result.unique_id,
        "compiled": is_compiled.then_some(result.compiled_code.is_some()),
        "compiled_code": result.compiled_code.as_ref().filter(|_| is_compiled),
        "relation_name": result.relation_name.as_ref().filter(|_| is_compiled && kind != "function"),
        "batch_results": result.batch_results.as_ref().map(batches),
    })
}

/// The answer or the reason; of an error its class and its node come first, as tools that show it expect.
fn message(graph: &Graph, result: &NodeResult) -> Option<String> {
    let id = &result.unique_id;
    let node = || {
        let node = graph.nodes.get(id)?;
        Some((node.resource_type().as_str(), node.name.as_str(), node.original_file_path.as_str()))
    };
    let unit_test = || {
        let test = graph.unit_tests.get(id)?;
        Some(("unit_test", test["name"].as_str()?, test["original_file_path"].as_str()?))
    };
    match (&result.diagnostic, node().or_else(unit_test)) {
        (Some(error), Some((kind, name, path))) if result.status == Status::Error && result.batch_results.is_none() => {
            let (class, message) = (error_class(error), error.message.replace('\n', "\n  "));
            Some(format!("{class} in {kind} {name} ({path})\n  {message}"))
        }
        _ => result.message.clone(),
    }
}

/// Where a batch begins or ends.
fn bound(at: Timestamp) -> String {
    at.strftime("%Y-%m-%dT%H:%M:%S+00:00").to_string()
}

fn batches(batches: &BatchResults) -> Json {
    let pairs = |batches: &[(Timestamp, Timestamp)]| -> Vec<[String; 2]> {
        batches.iter().map(|(start, end)| [bound(*start), bound(*end)]).collect()
    };
    json!({"successful": pairs(&batches.successful), "failed": pairs(&batches.failed)})
}
