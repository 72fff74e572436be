//! Relations as templates see them.

use crate::adapters::{Dialect, Relation};
use crate::jinja::Value;

/// A relation as templates see it.
pub fn relation_value(relation: &Relation, dialect: &'static Dialect) -> Value {
    let _ = (relation, dialect);
    panic!("not written yet")
}

/// The relation that a template's value is, if it is one.
pub fn relation_of(value: &Value) -> Option<Relation> {
    let _ = value;
    panic!("not written yet")
}
