//! Names for what is built before it takes its place.

use crate::adapters::{Dialect, Relation, RelationKind};

const SUFFIX: &str = "__dbt_tmp";

/// Where a relation is built before it takes its place: beside it, under dbt's name for this.
pub fn aside(target: &Relation, dialect: &Dialect) -> Relation {
    let aside = target.with_identifier(suffixed(target.name(), dialect));
    Relation { kind: target.kind, ..aside }
}

/// A table of the session alone; a batch has its own.
pub fn temporary(target: &Relation, dialect: &Dialect) -> Relation {
    Relation { database: None, schema: None, ..aside(target, dialect) }.with_kind(RelationKind::Table)
}

/// The name with a suffix, shortened to what the engine takes.
fn suffixed(name: &str, dialect: &Dialect) -> String {
    let mut end = name.len().min(dialect.max_identifier_length.saturating_sub(SUFFIX.len()));
    while !name.is_char_boundary(end) {
        end -= 1;
    }
    format!("{}{SUFFIX}", &name[..end])
}
