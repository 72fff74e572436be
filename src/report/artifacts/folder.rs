//! The target folder: where artifacts are written.

use super::base::Base;
use super::manifest::{manifest, manifest_metadata};
use crate::diagnostics::Result;
use crate::event::NodeResult;
use crate::load::{Flags, Project};
use crate::resolve::Graph;
use crate::world::World;
use serde::Serialize;
use std::path::{Path, PathBuf};
use std::sync::Arc;

/// The target folder of a call. Artifacts appear in it whole or not at all.
#[derive(Debug, Clone)]
pub struct Folder {
    path: PathBuf,
    world: Arc<World>,
    enabled: bool,
}

impl Folder {
    /// The folder that the settings name: relative to the project's folder.
    pub fn new(project: &Project, flags: &Flags, world: &Arc<World>) -> Self {
        let root = project.root();
        let configured = flags.target_path.clone().unwrap_or_else(|| PathBuf::from(&root.settings.target_path));
        Self { path: root.dir.join(configured), world: world.clone(), enabled: flags.write_json }
    }

    /// The folder itself.
    pub fn path(&self) -> &Path {
        &self.path
    }

    /// Writes an artifact, unless `--no-write-json` forbids it.
    pub fn write(&self, name: &str, artifact: &impl Serialize) -> Result<()> {
        if !self.enabled {
            return Ok(());
        }
        self.world.write_with(&self.path.join(name), |file| serde_json::to_writer(file, artifact).map_err(Into::into))
    }

    /// Writes manifest.json; `results` give the SQL of the nodes that were compiled. What is kept of an earlier call is
    /// copied where it holds.
    pub fn write_manifest(&self, graph: &Graph, results: &[Arc<NodeResult>]) -> Result<()> {
        if !self.enabled {
            return Ok(());
        }
        let base = Base::of(graph, &self.path, &self.world);
        let copied = base.map(|base| {
            let path = self.path.join("manifest.json");
            self.world.write_with(&path, |file| base.copy(graph, results, &self.world, file))
        });
        match copied {
            Some(Ok(())) => Ok(()),
            _ => self.write("manifest.json", &manifest(graph, results, manifest_metadata(graph, &self.world))),
        }
    }

    /// Writes a text for people to look at.
    pub fn write_text(&self, name: &Path, text: &str) -> Result<()> {
        self.world.write_in_place(&self.path.join(name), text)
    }
}
