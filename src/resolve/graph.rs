//! The project, understood.

use super::{ColumnInfo, Config, Node, RefCall, Revision, SourceFiles, UniqueId, dag};
use crate::adapters::{Dialect, Relation};
use crate::dag::Dag;
use crate::diagnostics::Span;
use crate::jinja::MacroLibrary;
use crate::load::{Invocation, Output, Outputs, Project};
use crate::parse::WrittenPlace;
use indexmap::IndexMap;
use serde::{Deserialize, Serialize};
use serde_json::{Map, Value as Json};
use std::sync::{Arc, OnceLock};

/// Every resource of the project and its packages, with all names resolved. Immutable once made.
pub struct Graph {
    /// What was loaded.
    pub project: Arc<Project>,
    /// This call.
    pub invocation: Arc<Invocation>,
    /// The outputs of the profile, with their engines.
    pub outputs: Arc<Outputs>,
    /// All macros as nodes for the run's target see them, compiled when first called.
    pub library: Arc<MacroLibrary>,
    /// The same for the engines of other outputs, by the engine's name.
    pub other_libraries: IndexMap<&'static str, Arc<MacroLibrary>>,
    /// Models, seeds, snapshots, data tests, analyses, hooks, functions.
    pub nodes: IndexMap<UniqueId, Arc<Node>>,
    /// Sources, a table each.
    pub sources: IndexMap<UniqueId, Arc<Source>>,
    /// Exposures.
    pub exposures: IndexMap<UniqueId, Arc<Exposure>>,
    /// Unit tests, as dbt's manifest has them (the node tested is in `depends_on.nodes`).
    pub unit_tests: IndexMap<UniqueId, Json>,
    /// Metrics, as dbt's manifest has them.
    pub metrics: IndexMap<UniqueId, Json>,
    /// Semantic models, as dbt's manifest has them.
    pub semantic_models: IndexMap<UniqueId, Json>,
    /// Saved queries, as dbt's manifest has them.
    pub saved_queries: IndexMap<UniqueId, Json>,
    /// Groups.
    pub groups: IndexMap<UniqueId, Group>,
    /// Macros, for the manifest and for `depends_on`.
    pub macros: IndexMap<String, Macro>,
    /// Docs blocks: unique id (`doc.shop.orders`) → (name, package, file, contents).
    pub docs: IndexMap<String, Json>,
    /// Disabled resources by unique id.
    pub disabled: IndexMap<UniqueId, Vec<Arc<Node>>>,
    /// Data tests on something disabled or missing: they never run, but artifacts have them among the nodes.
    pub loose: IndexMap<UniqueId, Arc<Node>>,
    /// Disabled sources by unique id.
    pub disabled_sources: IndexMap<UniqueId, Vec<Arc<Source>>>,
    /// Disabled exposures by unique id.
    pub disabled_exposures: IndexMap<UniqueId, Vec<Arc<Exposure>>>,
    /// Disabled unit tests, metrics, semantic models and saved queries by unique id, as dbt's manifest has them.
    pub disabled_documents: IndexMap<UniqueId, Vec<Arc<(UniqueId, Json)>>>,
    /// Where it is kept for the next call.
    pub kept: Option<Kept>,
    /// Who depends on whom: nodes, sources, exposures, unit tests, metrics, semantic models, saved queries.
    /// Found out when somebody asks.
    pub dag: OnceLock<Dag>,
    /// The hooks of the projects, `on-run-start` before `on-run-end`, in the order they run.
    pub operations: Vec<Operation>,
}

impl Graph {
    /// Who depends on whom.
    pub fn dag(&self) -> &Dag {
        let documents = [&self.unit_tests, &self.semantic_models, &self.metrics, &self.saved_queries];
        self.dag.get_or_init(|| dag(&self.nodes, &self.sources, &self.exposures, documents))
    }

    /// All macros as nodes for an output see them.
    pub fn library_of(&self, output: &Output) -> Arc<MacroLibrary> {
        self.other_libraries.get(output.dialect().name).unwrap_or(&self.library).clone()
    }

    /// The facts of the engine that a node or source belongs to; of what is none of these those of the run's target.
    pub fn dialect_of(&self, id: &str) -> &'static Dialect {
        let target = self.nodes.get(id).map(|node| &node.target);
        match target.or_else(|| self.sources.get(id).map(|source| &source.target)) {
            Some(target) => self.outputs.dialect(target),
            None => self.outputs.default().dialect(),
        }
    }
}

/// What a graph is to the one that is kept on disk.
#[derive(Debug, Clone)]
pub struct Kept {
    /// The name under which it is kept.
    pub name: String,
    /// What is another there.
    pub revision: Revision,
}

/// A hook of a project.
#[derive(Debug, Clone, Serialize, Deserialize)]
pub struct Operation {
    /// Its node.
    pub unique_id: UniqueId,
    /// Whether it runs at the end.
    pub at_end: bool,
}

/// A table that something else fills.
#[derive(Debug, Clone, Serialize, Deserialize)]
pub struct Source {
    /// Such as `source.shop.raw.orders`.
    pub unique_id: UniqueId,
    /// The package that declares it.
    pub package_name: String,
    /// The source's name.
    pub source_name: String,
    /// The table's name.
    pub name: String,
    /// `[package, folders…, source, table]`.
    pub fqn: Vec<String>,
    /// Relative to the package.
    pub original_file_path: String,
    /// The source's description.
    pub source_description: String,
    /// The table's description.
    pub description: String,
    /// The output of the profile that it belongs to.
    pub target: Arc<str>,
    /// The table.
    pub relation: Relation,
    /// What is read in its place, as SQL: a file or a table function.
    pub location: Option<String>,
    /// Where it is, as written: templates are not rendered.
    pub written_place: WrittenPlace,
    /// The table's quoting as written.
    pub quoting: SourceQuoting,
    /// The config, merged.
    pub config: Config,
    /// The config as written.
    pub unrendered_config: Map<String, Json>,
    /// `meta` of the table over the source's.
    pub meta: Map<String, Json>,
    /// The source's own `meta`.
    pub source_meta: Map<String, Json>,
    /// All tags.
    pub tags: Vec<String>,
    /// Documented columns.
    pub columns: IndexMap<String, ColumnInfo>,
    /// `loader`.
    pub loader: String,
    /// `loaded_at_field`.
    pub loaded_at_field: Option<String>,
    /// `loaded_at_query`.
    pub loaded_at_query: Option<String>,
    /// `freshness`, merged; `None`: not checked.
    pub freshness: Option<Json>,
    /// `external`, as written.
    pub external: Option<Json>,
    /// The files that it is read from, where `external` names some.
    pub files: Option<Arc<SourceFiles>>,
    /// Docs blocks used in descriptions.
    pub doc_blocks: Vec<String>,
    /// When it was parsed, in seconds since 1970.
    pub created_at: f64,
    /// Where it is declared.
    pub span: Span,
}

/// A source's `quoting`, as written.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Serialize, Deserialize)]
#[allow(missing_docs)]
pub struct SourceQuoting {
    pub database: Option<bool>,
    pub schema: Option<bool>,
    pub identifier: Option<bool>,
    pub column: Option<bool>,
}

/// Something outside that uses the project.
#[derive(Debug, Clone, Serialize, Deserialize)]
pub struct Exposure {
    /// Such as `exposure.shop.dashboard`.
    pub unique_id: UniqueId,
    /// Its name.
    pub name: String,
    /// The package that declares it.
    pub package_name: String,
    /// `[package, folders…, name]`.
    pub fqn: Vec<String>,
    /// Relative to the package.
    pub original_file_path: String,
    /// `type`, `owner`, `label`, `maturity`, `url`: as written.
    pub properties: Map<String, Json>,
    /// The description.
    pub description: String,
    /// The config, merged.
    pub config: Config,
    /// The config as written.
    pub unrendered_config: Map<String, Json>,
    /// `meta`.
    pub meta: Map<String, Json>,
    /// All tags.
    pub tags: Vec<String>,
    /// The refs, as written.
    pub refs: Vec<RefCall>,
    /// The sources, as written.
    pub sources: Vec<[String; 2]>,
    /// The metrics, as written.
    pub metrics: Vec<Vec<String>>,
    /// What it depends on.
    pub depends_on: Vec<UniqueId>,
    /// When it was parsed, in seconds since 1970.
    pub created_at: f64,
}

/// A group of models with an owner.
#[derive(Debug, Clone, Serialize, Deserialize)]
pub struct Group {
    /// Its name.
    pub name: String,
    /// The package that declares it.
    pub package_name: String,
    /// Relative to the package.
    pub original_file_path: String,
    /// `owner`, as written.
    pub owner: Json,
    /// The description.
    pub description: Option<String>,
    /// `config`, as written.
    pub config: Json,
}

/// A macro as the manifest lists it.
#[derive(Debug, Clone, Serialize, Deserialize)]
pub struct Macro {
    /// Such as `macro.shop.cents`.
    pub unique_id: String,
    /// Its name; a generic test's begins with `test_`, a materialization's is `materialization_<name>_<adapter>`.
    pub name: String,
    /// The package.
    pub package_name: String,
    /// Relative to the package.
    pub original_file_path: String,
    /// The block's text.
    pub macro_sql: String,
    /// The macros it calls.
    pub depends_on: Vec<String>,
    /// The description.
    pub description: String,
    /// `meta`.
    pub meta: Map<String, Json>,
    /// `docs`, as written.
    pub docs: Json,
    /// `config`, as written.
    pub config: Json,
    /// The properties file that describes it.
    pub patch_path: Option<String>,
    /// Documented arguments.
    pub arguments: Vec<MacroArgument>,
    /// For materializations: the languages it knows.
    pub supported_languages: Option<Vec<String>>,
    /// When it was parsed, in seconds since 1970.
    pub created_at: f64,
}

/// A documented argument of a macro.
#[derive(Debug, Clone, Serialize, Deserialize)]
pub struct MacroArgument {
    /// Its name.
    pub name: String,
    /// Its type.
    pub kind: Option<String>,
    /// The description.
    pub description: String,
}
