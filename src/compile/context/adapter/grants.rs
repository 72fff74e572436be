//! Grants.

use super::Method;
use crate::jinja::{Dict, List, Value};
use indexmap::IndexMap;

/// The methods.
pub const METHODS: &[(&str, Method)] = &[("standardize_grants_dict", |_, _, arguments| {
    let mut grants: IndexMap<String, Vec<Value>> = IndexMap::new();
    for row in arguments.require(0, "grants_table")?.try_iter()? {
        let privilege = row.get_attr("privilege_type")?.to_string();
        grants.entry(privilege).or_default().push(row.get_attr("grantee")?);
    }
    Ok(Dict::value(grants.into_iter().map(|(privilege, grantees)| (Value::from(privilege), List::value(grantees)))))
})];
