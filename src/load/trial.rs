//! A project on disk for a test.

use super::{CallVariables, Flags, Invocation};
use crate::world::World;
use jiff::Timestamp;
use serde_json::json;
use std::collections::BTreeMap;
use std::path::{Path, PathBuf};
use std::sync::Arc;

/// A temporary folder with files, and a call that works on it.
pub struct Trial {
    dir: tempfile::TempDir,
    env: BTreeMap<String, String>,
    pub world: Arc<World>,
    pub invocation: Invocation,
}

impl Trial {
    /// A folder with these files; the call works on it as the project.
    pub fn new(files: &[(&str, &str)]) -> Self {
        let dir = tempfile::tempdir().unwrap();
        let flags = Flags { project_dir: dir.path().to_owned(), ..Flags::default() };
        let invocation = Invocation {
            id: "00000000-0000-0000-0000-000000000000".into(),
            started_at: Timestamp::UNIX_EPOCH,
            verb: "run",
            command_line: "run".into(),
            args: json!({"which": "run", "full_refresh": false}),
            flags,
        };
        let world = Arc::new(World::fixed(dir.path(), BTreeMap::new(), Timestamp::UNIX_EPOCH));
        let trial = Self { dir, env: BTreeMap::new(), world, invocation };
        for (path, text) in files {
            trial.write(path, text.as_bytes());
        }
        trial
    }

    /// The project is this folder of it.
    pub fn project(mut self, folder: &str) -> Self {
        self.invocation.flags.project_dir = self.path(folder);
        self
    }

    /// With an environment variable.
    pub fn env(mut self, name: &str, value: &str) -> Self {
        self.env.insert(name.into(), value.into());
        self.world = Arc::new(World::fixed(self.dir.path(), self.env.clone(), Timestamp::UNIX_EPOCH));
        self
    }

    /// With a variable on the command line.
    pub fn var(mut self, name: &str, value: serde_json::Value) -> Self {
        let mut vars = self.invocation.flags.vars.to_json();
        vars.insert(name.into(), value);
        self.invocation.flags.vars = CallVariables::of_json(&vars.into()).unwrap_or_default();
        self
    }

    /// A path in the folder.
    pub fn path(&self, path: &str) -> PathBuf {
        self.dir.path().join(path)
    }

    /// Writes a file.
    pub fn write(&self, path: &str, bytes: &[u8]) {
        let path = self.path(path);
        std::fs::create_dir_all(path.parent().unwrap_or(Path::new("/"))).unwrap();
        std::fs::write(path, bytes).unwrap();
    }
}
