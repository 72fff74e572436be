//! `run-operation`: a macro on its own.

use super::Cancellation;
use super::rollback::rolled_back;
use super::run::failed;
use super::stopwatch::Stopwatch;
use crate::compile::Compiler;
use crate::diagnostics::{Diagnostic, Result};
use crate::event::{NodeResult, Status};
use crate::jinja::from_json;
use crate::world::World;
use serde_json::{Map, Value as Json};
use std::sync::Arc;
use std::time::Instant;

/// Calls a macro with named arguments. What it did in a transaction is committed, unless it fails.
pub fn run_operation(
    compiler: &Arc<Compiler>,
    world: &World,
    cancellation: &Cancellation,
    name: &str,
    args: &Map<String, Json>,
) -> NodeResult {
    let session = compiler.session("macro");
    cancellation.watch(&session);
    let id = format!("operation.{}.{name}", compiler.graph().project.root().name).into();
    let began = Instant::now();
    let mut watch = Stopwatch::new(world);
    let called = watch.time("execute", || -> Result<(), Box<Diagnostic>> {
        let cx = compiler.project_context(&session);
        let args: Vec<_> = args.iter().map(|(key, value)| (key.as_str(), from_json(value))).collect();
        match compiler.call(&cx, name, &[], &args) {
            Ok(_) => session.commit(),
            Err(diagnostic) => Err(rolled_back(&session, diagnostic)),
        }
    });
    let result = match called {
        Ok(()) => NodeResult::new(id, Status::Success),
        Err(diagnostic) => failed(&id, diagnostic),
    };
    NodeResult { timing: watch.into_timing(), execution_time: began.elapsed(), ..result }
}
