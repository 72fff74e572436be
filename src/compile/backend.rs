//! One output of the profile at work.

use super::query_comment::QueryComment;
use crate::adapters::Catalog;
use crate::jinja::{Engine, NameTable, Scope};
use crate::load::{BaseContext, DBT_VERSION, Output};
use crate::resolve::Graph;
use crate::world::World;
use serde_json::Map;
use std::fmt;
use std::sync::Arc;

/// An output of the profile: its engine, the macros and names as nodes that belong to it see them, and what is known of
/// its database. Shared by all sessions with it.
pub struct Backend {
    pub(super) output: Arc<Output>,
    pub(super) catalog: Catalog,
    pub(super) engine: Engine,
    pub(super) comment: QueryComment,
    base: BaseContext,
}

impl Backend {
    /// Of a graph; does not connect.
    pub(super) fn new(graph: &Graph, output: Arc<Output>, world: &Arc<World>) -> Self {
        let engine = Engine::new(graph.library_of(&output));
        let base = BaseContext::new(&graph.project, &graph.invocation, &output, world);
        let comment = query_comment(graph, &output, &engine, &base);
        Self { catalog: Catalog::new(output.dialect()), output, engine, comment, base }
    }

    /// The names that all templates of a package see.
    pub(super) fn names(&self, package: &str) -> Arc<NameTable> {
        self.base.layer(package)
    }
}

impl fmt::Debug for Backend {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "Backend({})", self.output.name())
    }
}

/// The query comment of the root project's dbt_project.yml.
fn query_comment(graph: &Graph, output: &Output, engine: &Engine, base: &BaseContext) -> QueryComment {
    let root = graph.project.root();
    let mut facts = Map::new();
    for (key, value) in [
        ("app", "sqlbuild"),
        ("dbt_version", DBT_VERSION),
        ("profile_name", &graph.project.profile.name),
        ("target_name", output.name()),
    ] {
        facts.insert(key.into(), value.into());
    }
    let scope = Scope::new(root.name.as_str(), vec![base.layer(&root.name)], false);
    let last = output.dialect().strips_leading_comments;
    QueryComment::new(root.settings.query_comment.clone(), engine.clone(), scope, facts, last)
}
