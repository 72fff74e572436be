//! Names for what is built before it takes its place.

use super::{Arg, Call, Step};
use crate::adapters::{Dialect, Relation, RelationKind};
use md5::{Digest, Md5};

const SUFFIX: &str = "__dbt_tmp";

/// Where a relation is built before it takes its place: beside it, under dbt's name for this.
pub fn aside(target: &Relation, dialect: &Dialect) -> Relation {
    let aside = target.with_identifier(suffixed(target.name(), SUFFIX, dialect));
    Relation { kind: target.kind, ..aside }
}

/// A table of the session alone; a batch has its own.
pub fn temporary(target: &Relation, dialect: &Dialect) -> Relation {
    session_table(target, SUFFIX, dialect)
}

/// A table of the session alone, told from others of the same node by its suffix.
pub(super) fn session_table(target: &Relation, suffix: &str, dialect: &Dialect) -> Relation {
    let table = target.with_identifier(suffixed(target.name(), suffix, dialect)).with_kind(RelationKind::Table);
    match dialect.temporaries_have_schemas {
        true => table,
        false => Relation { database: None, schema: None, ..table },
    }
}

/// Puts the rows of a query into such a table.
pub(super) fn create_session_table(table: &Relation, query: Arg) -> Step {
    let call = Call::new("get_create_session_table_sql", [table.clone().into(), query]);
    Step::Execute { call, main: false, creates: None }
}

/// A table that stays beside another, told by its suffix. Where a name is too long for that, a digest tells it from
/// others that begin alike.
pub(super) fn beside(target: &Relation, suffix: &str, dialect: &Dialect) -> Relation {
    let whole = format!("{}{suffix}", target.name());
    if whole.len() <= dialect.max_identifier_length {
        return target.with_identifier(whole);
    }
    let digest = format!("{:x}", Md5::digest(target.name()));
    target.with_identifier(suffixed(target.name(), &format!("_{}{suffix}", &digest[..8]), dialect))
}

/// The name with a suffix, shortened to what the engine takes.
fn suffixed(name: &str, suffix: &str, dialect: &Dialect) -> String {
    let mut end = name.len().min(dialect.max_identifier_length.saturating_sub(suffix.len()));
    while !name.is_char_boundary(end) {
        end -= 1;
    }
    format!("{}{suffix}", &name[..end])
}
