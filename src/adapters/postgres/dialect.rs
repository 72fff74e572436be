//! The facts of PostgreSQL.

use crate::adapters::{ConstraintSupport, Dialect, Enforcement, IdentifierCase};

pub(super) static POSTGRES: Dialect = Dialect {
    name: "postgres",
    max_identifier_length: 63,
    identifier_case: IdentifierCase::Lower,
    transactional_ddl: true,
    materialized_views: true,
    grants: true,
    drops_cascade: true,
    renames_indexed_tables: true,
    alters_constraints: true,
    range_partitions: true,
    subqueries_need_alias: true,
    concurrent_batches: false,
    incremental_strategies: &["delete+insert", "append", "merge", "microbatch", "accumulating"],
    own_materializations: &[],
    constraints: ConstraintSupport {
        check: Enforcement::Enforced,
        not_null: Enforcement::Enforced,
        unique: Enforcement::Enforced,
        primary_key: Enforcement::Enforced,
        foreign_key: Enforcement::Enforced,
    },
    placeholder: "%s",
    unlimited_texts: true,
    null_words_in_texts: true,
    type_text: "text",
    type_integer: "integer",
    type_bigint: "bigint",
    type_number: "float8",
    type_boolean: "boolean",
    type_date: "date",
    type_timestamp: "timestamp without time zone",
};
