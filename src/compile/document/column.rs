//! Columns and constraints.

use super::{Document, Field};
use crate::resolve::{ColumnInfo, Constraint};

/// A documented column.
pub fn of_column(column: &ColumnInfo) -> Document<'_> {
    let config = Document::of([("meta", (&column.meta).into()), ("tags", (&column.tags).into())]);
    let mut document = Document::of([
        ("name", (&column.name).into()),
        ("description", (&column.description).into()),
        ("meta", (&column.meta).into()),
        ("data_type", column.data_type.as_ref().into()),
        ("constraints", Field::Constraints(&column.constraints)),
        ("quote", column.quote.into()),
        ("config", config.into()),
        ("tags", (&column.tags).into()),
        ("granularity", column.granularity.as_ref().into()),
        ("doc_blocks", (&column.doc_blocks).into()),
    ]);
    column.extra.iter().for_each(|(key, value)| document.add(key, value));
    document
}

/// A constraint of a column.
pub fn of_constraint(constraint: &Constraint) -> Document<'_> {
    Document::of([
        ("type", constraint.kind.as_str().into()),
        ("name", constraint.name.as_ref().into()),
        ("expression", constraint.expression.as_ref().into()),
        ("warn_unenforced", constraint.warn_unenforced.into()),
        ("warn_unsupported", constraint.warn_unsupported.into()),
        ("to", constraint.to.as_ref().into()),
        ("to_columns", (&constraint.to_columns).into()),
    ])
}

/// A constraint of a model, which names its columns.
pub fn of_model_constraint(constraint: &Constraint) -> Document<'_> {
    let mut document = of_constraint(constraint);
    document.set("columns", &constraint.columns);
    document
}
