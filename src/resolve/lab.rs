//! What tests of this room look at: small projects in temporary folders, on the default engine.

use super::{Graph, Node};
use crate::adapters::registry;
use crate::diagnostics::Diagnostic;
use crate::event::{Event, EventSink};
use crate::load::{self, Flags, Invocation};
use crate::world::World;
use jiff::Timestamp;
use serde_json::json;
use std::collections::BTreeMap;
use std::sync::{Arc, Mutex};

/// What became of a project.
pub struct Outcome {
    /// The graph, unless there are errors.
    pub graph: Option<Graph>,
    /// Errors as single lines: place, code, message.
    pub errors: Vec<String>,
    /// Warnings in full.
    pub warnings: Vec<Box<Diagnostic>>,
}

#[derive(Default)]
struct Warnings(Mutex<Vec<Box<Diagnostic>>>);

impl EventSink for Warnings {
    fn emit(&self, event: Event) {
        if let Event::Warned(warning) = event {
            self.0.lock().unwrap().push(warning);
        }
    }
}

/// Understands a project of these files; what is missing of dbt_project.yml and profiles.yml is added.
pub fn understand(files: &[(&str, &str)]) -> Outcome {
    understand_with("", files)
}

/// The same with a behaviour flag on, by its name in upper case; none if it is empty.
pub fn understand_with(flag: &str, files: &[(&str, &str)]) -> Outcome {
    let folder = tempfile::tempdir().unwrap();
    let profile =
        format!("lab: {{outputs: {{default: {{type: {}, path: ':memory:', schema: main}}}}}}", registry::TYPES[0]);
    let defaults = [("dbt_project.yml", "{name: lab, profile: lab}"), ("profiles.yml", profile.as_str())];
    for (path, text) in defaults.iter().chain(files) {
        let path = folder.path().join(path);
        std::fs::create_dir_all(path.parent().unwrap()).unwrap();
        std::fs::write(path, text).unwrap();
    }
    let now: Timestamp = "2026-01-01T00:00:00Z".parse().unwrap();
    let world = Arc::new(World::fixed(folder.path(), BTreeMap::new(), now));
    let flags = Flags {
        project_dir: folder.path().to_owned(),
        profiles_dir: Some(folder.path().to_owned()),
        project_flags: [(flag.to_owned(), json!(true))].into_iter().collect(),
        ..Flags::default()
    };
    let invocation = Arc::new(Invocation {
        id: "id".into(),
        started_at: now,
        verb: "parse",
        command_line: String::new(),
        args: json!({}),
        flags,
    });
    let sink = Warnings::default();
    let (project, outputs) = load::project(&world, &invocation, &sink).unwrap();
    let made = super::graph(project, invocation, outputs, &world, &sink);
    let warnings = sink.0.into_inner().unwrap();
    match made {
        Ok(graph) => Outcome { graph: Some(graph), errors: vec![], warnings },
        Err(errors) => {
            let errors = errors.iter().map(|error| error.to_string()).collect();
            Outcome { graph: None, errors, warnings }
        }
    }
}

impl Outcome {
    /// The graph of a project without errors.
    pub fn graph(&self) -> &Graph {
        self.graph.as_ref().unwrap_or_else(|| panic!("{:#?}", self.errors))
    }

    /// A node of it.
    pub fn node(&self, id: &str) -> &Node {
        let known = || self.graph().nodes.keys().map(|id| id.to_string()).collect::<Vec<_>>();
        self.graph().nodes.get(id).unwrap_or_else(|| panic!("{id} is none of {:#?}", known()))
    }

    /// What a node depends on.
    pub fn parents(&self, id: &str) -> Vec<&str> {
        self.node(id).depends_on.iter().map(|id| id.as_ref()).collect()
    }

    /// The only error.
    pub fn error(&self) -> &str {
        assert_eq!(self.errors.len(), 1, "{:#?}", self.errors);
        &self.errors[0]
    }
}
