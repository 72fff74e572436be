//! What tests of this room compile with: a project in a temporary folder, on the default engine, in memory.

use super::{Compiler, NodeContext, Options, Session};
use crate::adapters::registry::{self, Surroundings};
use crate::adapters::{Adapter, Dialect};
use crate::diagnostics::{Result, SourceFile};
use crate::event::{Event, EventSink};
use crate::load::{self, Flags, Invocation};
use crate::resolve::{self, Node};
use crate::world::World;
use jiff::Timestamp;
use serde_json::{Map, json};
use std::collections::BTreeMap;
use std::path::Path;
use std::sync::{Arc, Mutex};

/// The default engine, in memory.
fn adapter(world: &World) -> Arc<dyn Adapter> {
    let output = [("type", json!(registry::TYPES[0])), ("path", json!(":memory:"))];
    let output: Map<_, _> = output.map(|(key, value)| (key.to_owned(), value)).into_iter().collect();
    registry::adapter(&output, Surroundings { world, project_dir: Path::new("."), threads: 1 }).unwrap()
}

/// The facts of the default engine.
pub fn dialect() -> &'static Dialect {
    adapter(&World::fixed(".", BTreeMap::new(), Timestamp::UNIX_EPOCH)).dialect()
}

/// Keeps all events.
#[derive(Default)]
pub struct Recorder(pub Mutex<Vec<Event>>);

impl EventSink for Recorder {
    fn emit(&self, event: Event) {
        self.0.lock().unwrap().push(event);
    }
}

impl Recorder {
    /// The statements sent so far.
    pub fn statements(&self) -> Vec<String> {
        let events = self.0.lock().unwrap();
        let sql = |event: &Event| match event {
            Event::Statement { sql, .. } => Some(sql.to_string()),
            _ => None,
        };
        events.iter().filter_map(sql).collect()
    }
}

/// A project, ready to compile.
pub struct Lab {
    pub compiler: Arc<Compiler>,
    pub session: Arc<Session>,
    pub events: Arc<Recorder>,
    _dir: tempfile::TempDir,
}

impl Lab {
    /// A project named `shop` with these files.
    pub fn new(files: &[(&str, &str)]) -> Self {
        Self::with_flags(files, |_| {})
    }

    /// The same with other settings.
    pub fn with_flags(files: &[(&str, &str)], set: impl FnOnce(&mut Flags)) -> Self {
        let dir = tempfile::tempdir().unwrap();
        let profile =
            format!("shop:\n  target: dev\n  outputs:\n    dev: {{type: {}, path: ':memory:'}}\n", registry::TYPES[0]);
        let defaults =
            [("dbt_project.yml", "name: shop\nprofile: shop\nversion: '1.0'\n"), ("profiles.yml", profile.as_str())];
        for (path, text) in defaults.iter().chain(files) {
            let path = dir.path().join(path);
            std::fs::create_dir_all(path.parent().unwrap()).unwrap();
            std::fs::write(path, text).unwrap();
        }
        let mut flags =
            Flags { project_dir: dir.path().to_owned(), profiles_dir: Some(dir.path().to_owned()), ..Flags::default() };
        set(&mut flags);
        let invocation = Arc::new(Invocation {
            id: "00000000-0000-0000-0000-000000000000".into(),
            started_at: Timestamp::UNIX_EPOCH,
            verb: "run",
            command_line: "run".into(),
            args: json!({"which": "run", "full_refresh": false}),
            flags,
        });
        let world = Arc::new(World::fixed(dir.path(), BTreeMap::new(), "2024-03-31T16:06:00Z".parse().unwrap()));
        let events = Arc::new(Recorder::default());
        let (project, outputs) = load::project(&world, &invocation, events.as_ref()).unwrap();
        let graph = resolve::graph(project, invocation, outputs, &world, events.as_ref()).unwrap_or_else(|errors| {
            panic!("{}", errors.iter().map(ToString::to_string).collect::<Vec<_>>().join("\n"))
        });
        let compiler = Compiler::new(Arc::new(graph), world, events.clone(), Options::default()).unwrap();
        let session = compiler.session("test");
        Self { compiler, session, events, _dir: dir }
    }

    /// A node by the end of its unique id.
    pub fn node(&self, name: &str) -> Arc<Node> {
        let nodes = &self.compiler.graph().nodes;
        nodes.values().find(|node| node.unique_id.ends_with(name) || node.name == name).unwrap().clone()
    }

    /// A node's SQL.
    pub fn compile(&self, name: &str) -> Result<String> {
        Ok(self.compiler.compile(&self.session, &self.node(name))?.sql)
    }

    /// The names of a node's macros.
    pub fn context(&self, name: &str) -> NodeContext {
        let node = self.node(name);
        let compiled = self.compiler.compile(&self.session, &node).unwrap();
        self.compiler.context(&self.session, &node, Some(&compiled))
    }

    /// What a template gives in a node's names; an error as its message.
    pub fn render(&self, cx: &NodeContext, template: &str) -> String {
        let file = SourceFile::new("snippet", template);
        match self.compiler.render(cx, &file.span(0..template.len())) {
            Ok(rendered) => rendered.text,
            Err(error) => format!("error: {}", error.message),
        }
    }
}
