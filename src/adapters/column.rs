//! A column of a relation.

/// A column as the engine's catalog has it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Column {
    /// The name, as stored.
    pub name: String,
    /// The type, as the engine writes it, with size: `character varying(256)`, `numeric(10,2)`.
    pub data_type: String,
}

impl Column {
    /// A column.
    pub fn new(name: impl Into<String>, data_type: impl Into<String>) -> Self {
        Self { name: name.into(), data_type: data_type.into() }
    }
}
