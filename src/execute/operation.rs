//! `run-operation`: a macro on its own.

use super::Cancellation;
use super::rollback::rolled_back;
use super::run::failed;
use super::stopwatch::Stopwatch;
use crate::compile::Compiler;
use crate::diagnostics::{Code, Diagnostic, Result, nearest};
use crate::event::{NodeResult, Status};
use crate::jinja::{MacroDef, from_json};
use crate::world::World;
use serde_json::{Map, Value as Json};
use std::sync::Arc;
use std::time::Instant;

/// Calls a macro with named arguments: `package.name`, or the name of one in any package, the project's own first. What
/// it did in a transaction is committed, unless it fails.
///
/// # Errors
/// There is no such macro.
pub fn run_operation(
    compiler: &Arc<Compiler>,
    world: &World,
    cancellation: &Cancellation,
    name: &str,
    args: &Map<String, Json>,
) -> Result<NodeResult> {
    let def = find(compiler, name)?;
    let session = compiler.session("macro");
    cancellation.watch(&session);
    let id = def.unique_id().into();
    let began = Instant::now();
    let mut watch = Stopwatch::new(world);
    // There is nothing to compile, but tools look for both phases.
    watch.time("compile", || ());
    let called = watch.time("execute", || -> Result<(), Box<Diagnostic>> {
        let cx = compiler.project_context(&session);
        let args: Vec<_> = args.iter().map(|(key, value)| (key.as_str(), from_json(value))).collect();
        match compiler.call(&cx, &format!("{}.{}", def.package, def.name), &[], &args) {
            Ok(_) => session.commit(),
            Err(diagnostic) => Err(rolled_back(&session, diagnostic)),
        }
    });
    let result = match called {
        Ok(()) => NodeResult { failures: Some(0), ..NodeResult::new(id, Status::Success) },
        Err(diagnostic) => NodeResult { failures: Some(1), ..failed(&id, diagnostic) },
    };
    Ok(NodeResult { timing: watch.into_timing(), execution_time: began.elapsed(), ..result })
}

fn find<'a>(compiler: &'a Compiler, name: &str) -> Result<&'a Arc<MacroDef>> {
    let graph = compiler.graph();
    let library = &graph.library;
    let found = match name.split_once('.') {
        Some((package, name)) => library.qualified(package, name),
        None => {
            let anywhere = || graph.project.packages.keys().find_map(|package| library.get(package, name));
            library.find(&graph.project.root().name, name).or_else(anywhere)
        }
    };
    found.ok_or_else(|| {
        let message = format!("There is no macro named '{name}' in any package.");
        let error = Diagnostic::error(Code::MACRO_UNKNOWN, message);
        match nearest(name, library.iter().map(|def| def.name.as_str())).first() {
            Some(near) => error.hint(format!("Did you mean '{near}'?")),
            None => error,
        }
    })
}
