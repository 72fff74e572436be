//! Differences between the columns of new rows and those of the table they go to.

use crate::adapters::{Column, Dialect};
use crate::resolve::Config;

/// `on_schema_change`: what is done about differences.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum SchemaChange {
    /// Nothing: the table's columns are written.
    Ignore,
    /// It is an error.
    Fail,
    /// New columns are added.
    AppendNewColumns,
    /// New columns are added, missing ones dropped, changed types changed.
    SyncAllColumns,
}

impl SchemaChange {
    /// As the config says; anything else counts as `ignore`, as in dbt.
    pub(super) fn of(config: &Config) -> Self {
        match config.str("on_schema_change") {
            Some("fail") => Self::Fail,
            Some("append_new_columns") => Self::AppendNewColumns,
            Some("sync_all_columns") => Self::SyncAllColumns,
            _ => Self::Ignore,
        }
    }

    /// As written in a config.
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Ignore => "ignore",
            Self::Fail => "fail",
            Self::AppendNewColumns => "append_new_columns",
            Self::SyncAllColumns => "sync_all_columns",
        }
    }
}

/// How two lists of columns differ.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct ColumnChanges {
    /// Only the new rows have them.
    pub added: Vec<Column>,
    /// Only the table has them.
    pub removed: Vec<Column>,
    /// Both have them, with another type: as the new rows have them.
    pub retyped: Vec<Column>,
}

impl ColumnChanges {
    /// The changes from the columns of `target` to those of `source`, whose names are compared as the engine does.
    pub fn between(source: &[Column], target: &[Column], dialect: &Dialect) -> Self {
        let missing_in =
            |columns: &[Column], column: &&Column| columns.iter().all(|other| !is_same(other, column, dialect));
        let retyped = source.iter().filter(|column| {
            let same = target.iter().find(|other| is_same(other, column, dialect));
            same.is_some_and(|other| other.data_type != column.data_type && !fits_into(column, other))
        });
        Self {
            added: source.iter().filter(|column| missing_in(target, column)).cloned().collect(),
            removed: target.iter().filter(|column| missing_in(source, column)).cloned().collect(),
            retyped: retyped.cloned().collect(),
        }
    }

    /// Whether there are none.
    pub fn is_empty(&self) -> bool {
        self.added.is_empty() && self.removed.is_empty() && self.retyped.is_empty()
    }

    /// A line for each change.
    pub fn describe(&self) -> String {
        let lines = |verb: &str, columns: &[Column]| -> Vec<String> {
            columns.iter().map(|column| format!("{verb} {} {}", column.name, column.data_type)).collect()
        };
        let parts =
            [lines("new:    ", &self.added), lines("gone:   ", &self.removed), lines("changed:", &self.retyped)];
        parts.concat().join("\n")
    }
}

/// The columns of `target`, as they must become so that texts of the columns of `source` are not too long for them.
pub fn widened(source: &[Column], target: &[Column], dialect: &Dialect) -> Vec<Column> {
    let wider = |column: &&Column| {
        let same = target.iter().find(|other| is_same(other, column, dialect));
        same.is_some_and(|other| matches!((text_size(column), text_size(other)), (Some(new), Some(old)) if new > old))
    };
    source.iter().filter(wider).cloned().collect()
}

/// Whether two columns cannot stand in one table: their stored names are one to the engine.
fn is_same(one: &Column, other: &Column, dialect: &Dialect) -> bool {
    dialect.fold(&one.name, true) == dialect.fold(&other.name, true)
}

/// Whether both are texts and those of `column` are at most as long as those of `other` may be.
fn fits_into(column: &Column, other: &Column) -> bool {
    matches!((text_size(column), text_size(other)), (Some(new), Some(old)) if new <= old)
}

/// The most characters that a column of limited texts holds.
fn text_size(column: &Column) -> Option<u32> {
    let (name, size) = column.data_type.strip_suffix(')')?.split_once('(')?;
    ["character varying", "varchar"].contains(&name.trim().to_lowercase().as_str()).then(|| size.parse().ok())?
}
