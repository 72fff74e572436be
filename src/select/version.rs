//! Versions of models: which is newer.

use serde_json::Value as Json;
use std::cmp::Ordering;

/// Compares two versions: as numbers when both are, else as text.
pub fn compare(one: &Json, other: &Json) -> Ordering {
    let number = |version: &Json| match version {
        Json::String(text) => text.parse().ok(),
        version => version.as_f64(),
    };
    match (number(one), number(other)) {
        (Some(one), Some(other)) => one.total_cmp(&other),
        _ => text(one).cmp(&text(other)),
    }
}

/// A version as it is written after the `v`.
pub fn text(version: &Json) -> String {
    match version {
        Json::String(text) => text.clone(),
        version => version.to_string(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn numbers_count_as_numbers() {
        assert_eq!(compare(&10.into(), &"9".into()), Ordering::Greater);
        assert_eq!(compare(&2.into(), &2.0.into()), Ordering::Equal);
        assert_eq!(compare(&"beta".into(), &"alpha".into()), Ordering::Greater);
    }
}
