//! Nodes and situations for tests.

use super::{HookSet, NodePlan, Places, Situation, plan};
use crate::adapters::{ConstraintSupport, Dialect, Enforcement, IdentifierCase, Relation, RelationKind};
use crate::diagnostics::{Result, SourceFile};
use crate::resolve::{Checksum, ModelInfo, Node, NodeKind};
use crate::sql::Lexis;
use serde_json::{Map, Value as Json};

/// An engine with everything.
pub(crate) static DIALECT: Dialect = Dialect {
    name: "sample",
    max_identifier_length: 20,
    identifier_case: IdentifierCase::Lower,
    quotes_names: true,
    lexis: Lexis { backslash_escapes: false, slash_comments: false },
    replaces_relations: false,
    strips_leading_comments: false,
    sessions_are_configured: false,
    temporaries_have_schemas: false,
    transactional_ddl: true,
    python_models: false,
    materialized_views: true,
    lake_catalogs: &[],
    grants: true,
    drops_cascade: true,
    renames_indexed_tables: true,
    alters_constraints: true,
    range_partitions: true,
    knows_last_change: false,
    subqueries_need_alias: true,
    concurrent_batches: false,
    incremental_strategies: &["append", "delete+insert", "merge", "accumulating"],
    own_materializations: &[],
    constraints: ConstraintSupport {
        check: Enforcement::Enforced,
        not_null: Enforcement::Enforced,
        unique: Enforcement::Enforced,
        primary_key: Enforcement::Enforced,
        foreign_key: Enforcement::Enforced,
    },
    reads_files: false,
    partitions_files: false,
    array_literals: true,
    duckdb_types: &[],
    type_of_duckdb: str::to_owned,
    placeholder: "%s",
    unlimited_texts: true,
    null_words_in_texts: true,
    type_text: "text",
    type_integer: "integer",
    type_bigint: "bigint",
    type_number: "float8",
    type_boolean: "boolean",
    type_date: "date",
    type_timestamp: "timestamp",
};

/// A node `orders` with a config.
pub(crate) fn node(kind: NodeKind, config: Json) -> Node {
    let source = SourceFile::new("models/orders.sql", "select 1 as id\n");
    let Json::Object(config) = config else { panic!("a config is a mapping") };
    Node {
        unique_id: "model.shop.orders".into(),
        name: "orders".into(),
        package_name: "shop".into(),
        path: "orders.sql".into(),
        original_file_path: "models/orders.sql".into(),
        fqn: vec!["shop".into(), "orders".into()],
        span: source.span(0..14),
        source,
        own_code: Some("select 1 as id".into()),
        checksum: Checksum { name: "none".into(), checksum: String::new() },
        config: config.into_iter().collect(),
        unrendered_config: Map::new(),
        config_call: Map::new(),
        target: "dev".into(),
        relation: Some(Relation::new("", "dev", "orders")),
        database: String::new(),
        schema: "dev".into(),
        alias: "orders".into(),
        tags: vec![],
        meta: Map::new(),
        description: String::new(),
        columns: Default::default(),
        patch_path: None,
        refs: vec![],
        sources: vec![],
        functions: vec![],
        metrics: vec![],
        depends_on: vec![],
        depends_on_macros: vec![],
        is_rendered: false,
        doc_blocks: vec![],
        created_at: 0.0,
        kind,
    }
}

pub(crate) fn model(config: Json) -> Node {
    node(NodeKind::Model(ModelInfo::default()), config)
}

/// The plan for a node where a relation of `existing` kind stands.
pub(crate) fn plan_over(node: &Node, existing: Option<RelationKind>, full_refresh: bool) -> Result<NodePlan> {
    plan_with(node, existing, full_refresh, &[])
}

/// The same in a project that has its own version of these built-in macros.
pub(crate) fn plan_with(
    node: &Node,
    existing: Option<RelationKind>,
    full_refresh: bool,
    replaced: &[&str],
) -> Result<NodePlan> {
    let existing = existing.map(|kind| Relation::new("", "dev", "orders").with_kind(kind));
    plan(&Situation {
        node,
        dialect: &DIALECT,
        existing: existing.as_ref(),
        leftover: None,
        quarantine: None,
        full_refresh,
        releases_keys: false,
        hooks: HookSet { by_macro: replaced.contains(&"run_hooks"), ..HookSet::ALL },
        store_failures: false,
        materialization: None,
        has_macro: &|name| {
            ["get_incremental_mine_sql", "snapshot_timestamp_strategy", "snapshot_check_strategy"].contains(&name)
        },
        is_overridden: &|name| replaced.contains(&name),
        places: &Places::default(),
    })
}
