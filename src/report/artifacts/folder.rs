//! The target folder: where artifacts are written.

use super::base::Base;
use super::manifest::{Call, manifest, manifest_metadata};
use super::semantic_manifest;
use crate::diagnostics::Result;
use crate::event::NodeResult;
use crate::load::{Flags, Package};
use crate::resolve::Graph;
use crate::world::World;
use serde::Serialize;
use std::path::{Path, PathBuf};
use std::sync::Arc;

const MANIFEST: &str = "manifest.json";
const SEMANTIC_MANIFEST: &str = "semantic_manifest.json";

/// The target folder of a call. Artifacts appear in it whole or not at all.
#[derive(Debug, Clone)]
pub struct Folder {
    path: PathBuf,
    world: Arc<World>,
    enabled: bool,
}

impl Folder {
    /// The folder that the settings name: relative to the folder of the root project.
    pub fn new(root: &Package, flags: &Flags, world: &Arc<World>) -> Self {
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

    /// Writes manifest.json and semantic_manifest.json; `results` give the SQL of the nodes that were compiled. What is kept
    /// of an earlier call is copied where it holds.
    pub fn write_manifests(&self, graph: &Graph, results: &[Arc<NodeResult>]) -> Result<()> {
        if !self.enabled {
            return Ok(());
        }
        let Graph { project, invocation, outputs, .. } = graph;
        let call = Call { project, invocation, outputs, world: &self.world };
        let base = Base::of_graph(graph, &self.path, &self.world);
        let is_as_kept = results.is_empty() && graph.kept.as_ref().is_some_and(|kept| kept.revision.is_empty());
        let copied = base.is_some_and(|mut base| {
            let copied = self.world.write_with(&self.path.join(MANIFEST), |file| match is_as_kept {
                true => base.copy(&call, file),
                false => base.copy_with(graph, results, &call, file),
            });
            copied.is_ok()
        });
        if !copied {
            self.write(MANIFEST, &manifest(graph, results, manifest_metadata(&call), None))?;
        }
        self.write(SEMANTIC_MANIFEST, &semantic_manifest(graph))
    }

    /// Writes them for the graph that is kept under this name, if they are kept as well; answers whether they are.
    pub fn copy_manifests(&self, kept: &str, call: &Call<'_>) -> bool {
        let copy = |mut base: Base| {
            self.world.write_with(&self.path.join(MANIFEST), |file| base.copy(call, file))?;
            self.world.write_with(&self.path.join(SEMANTIC_MANIFEST), |file| base.copy_semantic_manifest(file))
        };
        !self.enabled || Base::of(kept, &self.path, &self.world).is_some_and(|base| copy(base).is_ok())
    }

    /// Writes a text for people to look at.
    pub fn write_text(&self, name: &Path, text: &str) -> Result<()> {
        self.world.write_in_place(&self.path.join(name), text)
    }
}
