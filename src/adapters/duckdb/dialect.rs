//! The facts of DuckDB.

use crate::adapters::{ConstraintSupport, Dialect, Enforcement, IdentifierCase};
use crate::sql::Lexis;

pub(in crate::adapters) static DUCKDB: Dialect = Dialect {
    name: "duckdb",
    // DuckDB sets no limit; names longer than a page are mistakes.
    max_identifier_length: 1024,
    identifier_case: IdentifierCase::Insensitive,
    quotes_names: true,
    lexis: Lexis { backslash_escapes: false, slash_comments: false },
    replaces_relations: false,
    strips_leading_comments: false,
    sessions_are_configured: false,
    temporaries_have_schemas: false,
    transactional_ddl: true,
    python_models: false,
    materialized_views: false,
    lake_catalogs: &[],
    grants: false,
    // A view whose table is gone stays and fails when it is read.
    drops_cascade: false,
    renames_indexed_tables: false,
    alters_constraints: false,
    range_partitions: false,
    knows_last_change: false,
    subqueries_need_alias: false,
    concurrent_batches: true,
    incremental_strategies: &["delete+insert", "append", "merge", "microbatch", "accumulating"],
    own_materializations: &["table", "incremental", "external", "table_function"],
    constraints: ConstraintSupport {
        check: Enforcement::Enforced,
        not_null: Enforcement::Enforced,
        unique: Enforcement::Enforced,
        primary_key: Enforcement::Enforced,
        foreign_key: Enforcement::Enforced,
    },
    reads_files: true,
    partitions_files: true,
    array_literals: false,
    duckdb_types: &[],
    type_of_duckdb: str::to_owned,
    placeholder: "?",
    unlimited_texts: false,
    null_words_in_texts: false,
    type_text: "varchar",
    type_integer: "integer",
    type_bigint: "bigint",
    type_number: "double",
    type_boolean: "boolean",
    type_date: "date",
    type_timestamp: "timestamp",
};
