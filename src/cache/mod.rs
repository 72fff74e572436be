//! The graph of an earlier call, kept on disk, so that what has not changed since is not understood again.
//!
//! What is kept holds for the same program, files, settings, variables, target and environment variables; where a
//! template asked for what is another in each call (the time, the call's flags or id), nothing is kept. It is checked
//! against all of these each time: nothing has to be told that something changed. Models that were edited but declare what
//! they declared before are put into the graph that is kept. What cannot be read is made anew.

mod inputs;
mod kept;

use crate::diagnostics::{Diagnostic, Severity};
use crate::event::EventSink;
use crate::load::{Invocation, Outputs, Project};
use crate::resolve::{self, Graph, Kept};
use crate::world::World;
use inputs::Inputs;
use std::path::Path;
use std::sync::Arc;

/// Understands a project as [`resolve::understand`] does; what is wrong with it is an error, or told to `sink`. `folder` is
/// where artifacts are written, and this is kept.
pub fn graph(
    project: Arc<Project>,
    invocation: Arc<Invocation>,
    outputs: Arc<Outputs>,
    world: &Arc<World>,
    sink: &dyn EventSink,
    folder: &Path,
) -> Result<Graph, Vec<Box<Diagnostic>>> {
    let place = folder.join("partial_parse").join("graph");
    let inputs = Inputs::of(&project, &invocation, outputs.default(), world);
    let kept = match invocation.flags.partial_parse {
        true => kept::read(&place, &inputs, &project, &invocation, &outputs, world),
        false => None,
    };
    let (graph, findings) = kept.unwrap_or_else(|| understood(project, invocation, outputs, world, &place, &inputs));
    resolve::announce(&graph, findings, world, sink)?;
    Ok(graph)
}

/// The graph made anew, and kept in `place` if it will hold in another call.
fn understood(
    project: Arc<Project>,
    invocation: Arc<Invocation>,
    outputs: Arc<Outputs>,
    world: &Arc<World>,
    place: &Path,
    inputs: &Inputs,
) -> (Graph, Vec<Box<Diagnostic>>) {
    let witnessed = Arc::new(world.witnessed());
    let (mut graph, findings) = resolve::understand(project, invocation.clone(), outputs.clone(), &witnessed);
    let is_whole = findings.iter().all(|finding| finding.severity == Severity::Warning);
    // What other outputs of the profile say is no part of the inputs.
    let has_one_output = outputs.used().len() == 1;
    if is_whole && has_one_output && !witnessed.witness().saw_passing() && invocation.flags.write_json {
        // A graph that cannot be kept is made anew next time.
        let name = kept::write(place, inputs, &graph, &findings, &witnessed).ok();
        graph.kept = name.map(|name| Kept { name, revised: vec![] });
    }
    (graph, findings)
}
