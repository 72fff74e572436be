//! Nodes: what can be selected, compiled and run.

use super::{Config, Quarantine};
use crate::adapters::Relation;
use crate::diagnostics::{SourceFile, Span, stored};
use indexmap::IndexMap;
use serde::{Deserialize, Serialize};
use serde_json::{Map, Value as Json};
use std::borrow::Cow;
use std::path::PathBuf;
use std::sync::Arc;

/// Such as `model.shop.orders`; a test's ends in a hash, a versioned model's in `.v2`.
pub type UniqueId = Arc<str>;

/// The kinds of resources, as dbt names them.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord, Serialize, Deserialize)]
#[allow(missing_docs)]
pub enum ResourceType {
    Model,
    Seed,
    Snapshot,
    Test,
    Analysis,
    Operation,
    SqlOperation,
    Source,
    Exposure,
    Metric,
    SemanticModel,
    SavedQuery,
    UnitTest,
    Function,
}

impl ResourceType {
    /// As in unique ids and artifacts.
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Model => "model",
            Self::Seed => "seed",
            Self::Snapshot => "snapshot",
            Self::Test => "test",
            Self::Analysis => "analysis",
            Self::Operation => "operation",
            Self::SqlOperation => "sql_operation",
            Self::Source => "source",
            Self::Exposure => "exposure",
            Self::Metric => "metric",
            Self::SemanticModel => "semantic_model",
            Self::SavedQuery => "saved_query",
            Self::UnitTest => "unit_test",
            Self::Function => "function",
        }
    }
}

/// Something with SQL (or rows) of its own: a model, seed, snapshot, data test, analysis, hook or inline query.
#[derive(Debug, Clone, Serialize, Deserialize)]
pub struct Node {
    /// Its unique id.
    pub unique_id: UniqueId,
    /// `name`, without a version.
    pub name: String,
    /// The project or package that defines it.
    pub package_name: String,
    /// Relative to the folder of its kind: `staging/a.sql` (dbt's `path`).
    pub path: String,
    /// Relative to the package: `models/staging/a.sql`.
    pub original_file_path: String,
    /// `[package, folders…, name]`, and the version of a versioned model.
    pub fqn: Vec<String>,
    /// The file with its text; for a generic test the properties file.
    #[serde(with = "stored::file")]
    pub source: Arc<SourceFile>,
    /// The template within `source` (a snapshot block's body; for a generic test where it is declared).
    pub span: Span,
    /// The template, where it is not what stands at `span`: for a generic test the macro call.
    pub own_code: Option<String>,
    /// dbt's checksum of the file.
    pub checksum: Checksum,
    /// The config, merged.
    pub config: Config,
    /// The config as written in templates, before rendering: dbt's `unrendered_config`.
    pub unrendered_config: Map<String, Json>,
    /// What only in-file `config()` calls gave: dbt's `config_call_dict`.
    pub config_call: Map<String, Json>,
    /// The output of the profile that it belongs to.
    pub target: Arc<str>,
    /// The relation it builds; none for ephemeral models' database object, tests without stored failures, hooks.
    pub relation: Option<Relation>,
    /// The database.
    pub database: String,
    /// The schema.
    pub schema: String,
    /// The identifier.
    pub alias: String,
    /// All tags, of every level, in order, once each.
    pub tags: Vec<String>,
    /// `meta`.
    pub meta: Map<String, Json>,
    /// The description, with `doc()` resolved.
    pub description: String,
    /// Documented columns, by name.
    pub columns: IndexMap<String, ColumnInfo>,
    /// The properties file that describes it, as dbt writes it: `package://models/schema.yml`.
    pub patch_path: Option<String>,
    /// The refs in it, as written.
    pub refs: Vec<RefCall>,
    /// The sources in it: `[source, table]`.
    pub sources: Vec<[String; 2]>,
    /// The functions in it, as written.
    pub functions: Vec<Vec<String>>,
    /// The metrics in it, as written, with their places.
    pub metrics: Vec<(Vec<String>, SpanEq)>,
    /// The unique ids it depends on, in the order met.
    pub depends_on: Vec<UniqueId>,
    /// The unique ids of the macros it calls.
    pub depends_on_macros: Vec<String>,
    /// Whether what it declares was known only once it was rendered.
    pub is_rendered: bool,
    /// Docs blocks used in descriptions.
    pub doc_blocks: Vec<String>,
    /// When it was parsed, in seconds since 1970: dbt's `created_at`.
    pub created_at: f64,
    /// What is true of its kind alone.
    pub kind: NodeKind,
}

/// The language that a node's code is written in.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[allow(missing_docs)]
pub enum Language {
    Sql,
    Python,
}

impl Language {
    /// That of a file, by its ending.
    pub fn of_file(path: &str) -> Self {
        if path.ends_with(".py") { Self::Python } else { Self::Sql }
    }

    /// As dbt writes it.
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Sql => "sql",
            Self::Python => "python",
        }
    }
}

impl Node {
    /// The language of its code.
    pub fn language(&self) -> Language {
        Language::of_file(&self.original_file_path)
    }

    /// The template: dbt's `raw_code`.
    pub fn raw_code(&self) -> &str {
        self.own_code.as_deref().unwrap_or_else(|| self.span.text())
    }

    /// Whether its code is a script, no template.
    pub fn is_python_model(&self) -> bool {
        matches!(self.kind, NodeKind::Model(_)) && self.language() == Language::Python
    }

    /// Where the node's bad rows go.
    pub fn quarantine_relation(&self, quarantine: &Quarantine) -> Option<Relation> {
        let relation = self.relation.as_ref()?;
        let name = quarantine.relation.clone().unwrap_or_else(|| format!("{}_quarantine", relation.name()));
        Some(Relation { kind: None, ..relation.with_identifier(name) })
    }

    /// Where a part of the node's config, such as a key or a hook, stands: in its own block, or else in its own file.
    pub fn place_of(&self, text: &str) -> Option<Span> {
        let file = self.source.text();
        let own = self.span.start as usize;
        let block = Some(self.span.text()).filter(|_| self.span.file.path() == self.source.path());
        let start = block.and_then(|block| Some(own + block.find(text)?)).or_else(|| file.find(text))?;
        Some(self.source.span(start..start + text.len()))
    }

    /// The kind's name.
    pub fn resource_type(&self) -> ResourceType {
        match &self.kind {
            NodeKind::Model(_) => ResourceType::Model,
            NodeKind::Seed { .. } => ResourceType::Seed,
            NodeKind::Snapshot => ResourceType::Snapshot,
            NodeKind::GenericTest(_) | NodeKind::SingularTest => ResourceType::Test,
            NodeKind::Analysis => ResourceType::Analysis,
            NodeKind::Operation { .. } => ResourceType::Operation,
            NodeKind::SqlOperation => ResourceType::SqlOperation,
            NodeKind::Function(_) => ResourceType::Function,
        }
    }

    /// Whether it is a model that exists only inside the queries of its children.
    pub fn is_ephemeral(&self) -> bool {
        matches!(self.kind, NodeKind::Model(_)) && self.config.materialized() == "ephemeral"
    }

    /// The group it belongs to; a data test belongs to that of what it tests.
    pub fn group(&self) -> Option<&str> {
        match &self.kind {
            NodeKind::Model(info) => info.group.as_deref(),
            NodeKind::GenericTest(test) => test.group.as_deref(),
            _ => self.config.str("group"),
        }
    }

    /// Whether it is a data test.
    pub fn is_test(&self) -> bool {
        self.resource_type() == ResourceType::Test
    }
}

/// What is true of one kind of node alone.
#[derive(Debug, Clone, Serialize, Deserialize)]
pub enum NodeKind {
    /// A model.
    Model(ModelInfo),
    /// A seed.
    Seed {
        /// The CSV file on disk.
        disk_path: PathBuf,
    },
    /// A snapshot.
    Snapshot,
    /// A data test declared in properties.
    GenericTest(GenericTest),
    /// A data test that is a query of its own.
    SingularTest,
    /// An analysis.
    Analysis,
    /// An `on-run-start` or `on-run-end` hook.
    Operation {
        /// Its place among its kind, from 0.
        index: usize,
        /// Whether it runs at the end.
        at_end: bool,
    },
    /// An `--inline` query.
    SqlOperation,
    /// A user-defined function: its properties as written.
    Function(Json),
}

/// What is true of models alone.
#[derive(Debug, Clone, Default, Serialize, Deserialize)]
pub struct ModelInfo {
    /// Who may reference it.
    pub access: Access,
    /// Its group.
    pub group: Option<String>,
    /// Its version, as written.
    pub version: Option<Json>,
    /// The latest version of its family.
    pub latest_version: Option<Json>,
    /// When it will be gone.
    pub deprecation_date: Option<String>,
    /// Constraints over several columns.
    pub constraints: Vec<Constraint>,
    /// `time_spine`, as written.
    pub time_spine: Option<Json>,
    /// A hash of the contract, where it is enforced.
    pub contract_checksum: Option<String>,
    /// The columns that identify its rows, as far as constraints and data tests tell.
    pub primary_key: Vec<String>,
}

/// Who may reference a model.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Serialize, Deserialize)]
pub enum Access {
    /// Its group.
    Private,
    /// Its package.
    #[default]
    Protected,
    /// Everyone.
    Public,
}

impl Access {
    /// As written.
    pub fn as_str(self) -> &'static str {
        match self {
            Access::Private => "private",
            Access::Protected => "protected",
            Access::Public => "public",
        }
    }
}

/// dbt's checksum of a file.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Checksum {
    /// `sha256`, `path` (big seeds) or `none`.
    pub name: Cow<'static, str>,
    /// In hexadecimal, or the path.
    pub checksum: String,
}

/// What a generic data test was made from.
#[derive(Debug, Clone, Serialize, Deserialize)]
pub struct GenericTest {
    /// The test's name, without its package: `not_null`.
    pub name: String,
    /// The package that was named before it: `dbt_utils`.
    pub namespace: Option<String>,
    /// The arguments, rendered, `model` (as a template) and `column_name` included.
    pub kwargs: Map<String, Json>,
    /// The column it is declared on.
    pub column_name: Option<String>,
    /// The node or source it is declared on.
    pub attached_node: Option<UniqueId>,
    /// The group of that node.
    pub group: Option<String>,
    /// The YAML key it was declared under (dbt's `file_key_name`): `models.orders`.
    pub file_key_name: String,
}

/// A documented column.
#[derive(Debug, Clone, Default, Serialize, Deserialize)]
pub struct ColumnInfo {
    /// Its name.
    pub name: String,
    /// The description, with `doc()` resolved.
    pub description: String,
    /// `data_type`.
    pub data_type: Option<String>,
    /// `meta`.
    pub meta: Map<String, Json>,
    /// `tags`.
    pub tags: Vec<String>,
    /// `constraints`.
    pub constraints: Vec<Constraint>,
    /// `quote`.
    pub quote: Option<bool>,
    /// `granularity`.
    pub granularity: Option<String>,
    /// Docs blocks used in the description.
    pub doc_blocks: Vec<String>,
    /// Any other key.
    pub extra: Map<String, Json>,
    /// Where it is declared.
    pub span: Option<Span>,
}

/// A constraint on a column or a model.
#[derive(Debug, Clone, Serialize, Deserialize)]
pub struct Constraint {
    /// What it demands.
    pub kind: ConstraintKind,
    /// Its name.
    pub name: Option<String>,
    /// The check, the referenced table, or custom text, rendered.
    pub expression: Option<String>,
    /// `warn_unenforced`.
    pub warn_unenforced: bool,
    /// `warn_unsupported`.
    pub warn_unsupported: bool,
    /// The columns of a model constraint.
    pub columns: Vec<String>,
    /// A foreign key's `to`: as written, and the relation it resolves to.
    pub to: Option<String>,
    /// A foreign key's `to_columns`.
    pub to_columns: Vec<String>,
    /// Where it is declared.
    pub span: Option<SpanEq>,
}

/// The kinds of constraints, as dbt names them.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[allow(missing_docs)]
pub enum ConstraintKind {
    Check,
    NotNull,
    Unique,
    PrimaryKey,
    ForeignKey,
    Custom,
}

impl ConstraintKind {
    /// As written.
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Check => "check",
            Self::NotNull => "not_null",
            Self::Unique => "unique",
            Self::PrimaryKey => "primary_key",
            Self::ForeignKey => "foreign_key",
            Self::Custom => "custom",
        }
    }
}

/// A `ref()` as written.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct RefCall {
    /// The package, if named.
    pub package: Option<String>,
    /// The name.
    pub name: String,
    /// The version, if named.
    pub version: Option<Json>,
    /// Where it stands.
    pub span: Option<SpanEq>,
}

/// A span that does not take part in comparisons.
#[derive(Debug, Clone, Serialize, Deserialize)]
pub struct SpanEq(pub Span);

impl PartialEq for SpanEq {
    fn eq(&self, _: &Self) -> bool {
        true
    }
}
