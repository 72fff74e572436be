//! What templates need to compare grants.

use super::native::Body;
use crate::jinja::{Arguments, Dict, Error, List, Value};

/// `diff_of_two_dicts(a, b)`: of mappings to lists, what `a` has and `b` lacks; case does not count.
pub const FUNCTIONS: &[(&str, Body)] = &[("diff_of_two_dicts", |_, _, args| {
    let arguments = Arguments::of("diff_of_two_dicts", args);
    let (left, right) = (arguments.require(0, "dict_a")?, arguments.require(1, "dict_b")?);
    let mut difference = vec![];
    for key in left.try_iter()? {
        let known = lowered(&right, &key)?;
        let mut missing = vec![];
        for item in left.get_item(&key)?.try_iter()? {
            if !known.contains(&item.to_string().to_lowercase()) {
                missing.push(item);
            }
        }
        if !missing.is_empty() {
            difference.push((key, List::value(missing)));
        }
    }
    Ok(Dict::value(difference))
})];

/// The items under a key of a mapping, whatever the case of either.
fn lowered(mapping: &Value, key: &Value) -> Result<Vec<String>, Error> {
    let wanted = key.to_string().to_lowercase();
    let mut items = vec![];
    for other in mapping.try_iter()?.filter(|other| other.to_string().to_lowercase() == wanted) {
        items.extend(mapping.get_item(&other)?.try_iter()?.map(|item| item.to_string().to_lowercase()));
    }
    Ok(items)
}
