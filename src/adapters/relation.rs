//! Names of tables and views.

use super::Dialect;
use serde::{Deserialize, Serialize};
use std::fmt;

/// What a relation is.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize)]
pub enum RelationKind {
    /// A table.
    Table,
    /// A view.
    View,
    /// A materialized view.
    MaterializedView,
    /// A table that the engine itself keeps up to date with a query.
    DynamicTable,
    /// A common table expression (an ephemeral model).
    Cte,
    /// A table outside the engine.
    External,
    /// A function.
    Function,
}

impl RelationKind {
    /// As dbt writes it.
    pub fn as_str(self) -> &'static str {
        match self {
            RelationKind::Table => "table",
            RelationKind::View => "view",
            RelationKind::MaterializedView => "materialized_view",
            RelationKind::DynamicTable => "dynamic_table",
            RelationKind::Cte => "cte",
            RelationKind::External => "external",
            RelationKind::Function => "function",
        }
    }

    /// From dbt's name for it.
    pub fn parse(name: &str) -> Option<Self> {
        [Self::Table, Self::View, Self::MaterializedView, Self::DynamicTable, Self::Cte, Self::External, Self::Function]
            .into_iter()
            .find(|kind| kind.as_str() == name)
    }
}

/// A name of up to three parts, and how to write it.
#[derive(Debug, Clone, PartialEq, Eq, Hash, Serialize, Deserialize)]
pub struct Relation {
    /// The database (catalog).
    pub database: Option<String>,
    /// The schema.
    pub schema: Option<String>,
    /// The table's or view's own name.
    pub identifier: Option<String>,
    /// What it is, where known.
    pub kind: Option<RelationKind>,
    /// Which parts are written in quotes.
    pub quote: Parts,
    /// Which parts are written at all.
    pub include: Parts,
}

/// A choice for each part of a relation's name.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize)]
pub struct Parts {
    /// For the database.
    pub database: bool,
    /// For the schema.
    pub schema: bool,
    /// For the identifier.
    pub identifier: bool,
}

impl Parts {
    /// Yes for every part.
    pub const ALL: Parts = Parts { database: true, schema: true, identifier: true };
}

impl Relation {
    /// A relation with all parts, quoted and written.
    pub fn new(database: impl Into<String>, schema: impl Into<String>, identifier: impl Into<String>) -> Self {
        Self {
            database: Some(database.into()).filter(|name| !name.is_empty()),
            schema: Some(schema.into()),
            identifier: Some(identifier.into()),
            kind: None,
            quote: Parts::ALL,
            include: Parts::ALL,
        }
    }

    /// The same name, of this kind.
    pub fn with_kind(mut self, kind: RelationKind) -> Self {
        self.kind = Some(kind);
        self
    }

    /// The same place, another identifier, no kind.
    pub fn with_identifier(&self, identifier: impl Into<String>) -> Self {
        Self { identifier: Some(identifier.into()), kind: None, ..self.clone() }
    }

    /// The identifier, or an empty text.
    pub fn name(&self) -> &str {
        self.identifier.as_deref().unwrap_or("")
    }

    /// The schema, or an empty text.
    pub fn schema_name(&self) -> &str {
        self.schema.as_deref().unwrap_or("")
    }

    /// The database, or an empty text.
    pub fn database_name(&self) -> &str {
        self.database.as_deref().unwrap_or("")
    }

    /// Whether both name the same relation in an engine of this dialect.
    pub fn same_place(&self, other: &Relation, dialect: &Dialect) -> bool {
        self.key(dialect) == other.key(dialect)
    }

    /// Database, schema and identifier as the engine compares them.
    pub fn key(&self, dialect: &Dialect) -> (String, String, String) {
        let part = |name: &Option<String>, quoted: bool| dialect.fold(name.as_deref().unwrap_or(""), quoted);
        (
            part(&self.database, self.quote.database),
            part(&self.schema, self.quote.schema),
            part(&self.identifier, self.quote.identifier),
        )
    }
}

impl fmt::Display for Relation {
    /// As it is written in SQL.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let parts = [
            (&self.database, self.include.database, self.quote.database),
            (&self.schema, self.include.schema, self.quote.schema),
            (&self.identifier, self.include.identifier, self.quote.identifier),
        ];
        let mut first = true;
        for (name, _, quoted) in parts.into_iter().filter(|(name, included, _)| *included && name.is_some()) {
            if !std::mem::take(&mut first) {
                f.write_str(".")?;
            }
            let name = name.as_deref().unwrap_or("");
            if quoted { write!(f, "\"{}\"", name.replace('"', "\"\""))? } else { f.write_str(name)? }
        }
        Ok(())
    }
}
