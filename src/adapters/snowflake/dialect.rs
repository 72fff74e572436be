//! The facts of Snowflake.

use crate::adapters::dialect::standard_type;
use crate::adapters::{ConstraintSupport, Dialect, Enforcement, IdentifierCase};
use crate::sql::Lexis;

pub(super) static SNOWFLAKE: Dialect = Dialect {
    name: "snowflake",
    max_identifier_length: 255,
    identifier_case: IdentifierCase::Upper,
    quotes_names: false,
    lexis: Lexis { backslash_escapes: true, slash_comments: true },
    transactional_ddl: false,
    replaces_relations: true,
    strips_leading_comments: true,
    sessions_are_configured: true,
    temporaries_have_schemas: true,
    materialized_views: false,
    grants: true,
    // A view whose table is gone stays and fails when it is read.
    drops_cascade: false,
    renames_indexed_tables: true,
    alters_constraints: false,
    range_partitions: false,
    knows_last_change: true,
    subqueries_need_alias: false,
    concurrent_batches: true,
    incremental_strategies: &["merge", "append", "delete+insert", "insert_overwrite", "microbatch", "accumulating"],
    own_materializations: &["view", "table", "incremental", "dynamic_table"],
    constraints: ConstraintSupport {
        check: Enforcement::NotSupported,
        not_null: Enforcement::Enforced,
        unique: Enforcement::NotEnforced,
        primary_key: Enforcement::NotEnforced,
        foreign_key: Enforcement::NotEnforced,
    },
    reads_files: false,
    partitions_files: false,
    array_literals: false,
    duckdb_types: &[
        ("number", "decimal"),
        ("timestamp_ntz", "timestamp"),
        ("timestamp_ltz", "timestamptz"),
        ("timestamp_tz", "timestamptz"),
        ("binary", ""),
        ("varbinary", ""),
    ],
    type_of_duckdb: standard_type,
    placeholder: "%s",
    unlimited_texts: false,
    null_words_in_texts: true,
    type_text: "text",
    type_integer: "integer",
    type_bigint: "bigint",
    type_number: "float",
    type_boolean: "boolean",
    type_date: "date",
    type_timestamp: "timestamp_ntz",
};
