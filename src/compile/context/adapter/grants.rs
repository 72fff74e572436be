//! Grants.

use super::Method;
use crate::jinja::{Dict, List, Value};
use indexmap::IndexMap;

/// The methods.
pub const METHODS: &[(&str, Method)] = &[("standardize_grants_dict", |_, _, arguments| {
    let mut grants: IndexMap<String, Vec<Value>> = IndexMap::new();
    for row in arguments.require(0, "grants_table")?.try_iter()? {
        // As a query of ours has them, or as Snowflake's `show grants` does.
        let [privilege, grantee, kind] =
            [["privilege_type", "privilege"], ["grantee", "grantee_name"], ["", "granted_to"]].map(|names| {
                names.iter().filter_map(|name| row.get_attr(name).ok()).find(|value| !value.is_undefined())
            });
        let (Some(privilege), Some(grantee)) = (privilege, grantee) else { continue };
        let to_role = kind.is_none_or(|kind| !["SHARE", "DATABASE_ROLE"].contains(&kind.as_str().unwrap_or_default()));
        if to_role && privilege.as_str() != Some("OWNERSHIP") {
            grants.entry(privilege.to_string()).or_default().push(grantee);
        }
    }
    Ok(Dict::value(grants.into_iter().map(|(privilege, grantees)| (Value::from(privilege), List::value(grantees)))))
})];
