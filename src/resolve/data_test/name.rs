//! The names of data tests that have none of their own.

use super::python;
use md5::{Digest, Md5};
use serde_json::{Map, Value as Json};

/// From here on names are shortened, as some engines cut identifiers.
const TOO_LONG: usize = 64;
/// How much of the test's kind and target a shortened name keeps, in characters.
const KEPT: usize = 30;

/// The short name (for files and aliases) and the full name of a test of `kind` on `target` with these arguments.
pub fn synthesize(kind: &str, target: &str, kwargs: &Map<String, Json>) -> (String, String) {
    let mut arguments: Vec<(&String, &Json)> = kwargs.iter().filter(|(key, _)| *key != "model").collect();
    arguments.sort_by_key(|(key, _)| *key);
    let parts: Vec<String> = arguments.into_iter().flat_map(|(_, value)| parts(value)).collect();
    let identifier = format!("{kind}_{target}");
    let full = format!("{identifier}_{}", parts.join("__"));
    if full.chars().count() < TOO_LONG {
        return (full.clone(), full);
    }
    let kept: String = identifier.chars().take(KEPT).collect();
    (format!("{kept}_{}", md5_hex(&full)), full)
}

/// An argument's values with everything that is not a letter, digit or underscore replaced.
fn parts(value: &Json) -> Vec<String> {
    let texts: Vec<String> = match value {
        Json::Object(map) => map.values().map(python::str).collect(),
        Json::Array(items) => items.iter().map(python::str).collect(),
        other => vec![python::str(other)],
    };
    texts.iter().map(|text| clean(text)).collect()
}

fn clean(text: &str) -> String {
    let mut out = String::new();
    for c in text.chars() {
        match c {
            c if c.is_ascii_alphanumeric() || c == '_' => out.push(c),
            // A run of other characters becomes one underscore.
            _ if out.ends_with('\u{0}') => {}
            _ => out.push('\u{0}'),
        }
    }
    out.replace('\u{0}', "_")
}

/// The MD5 of a text, in hexadecimal.
pub fn md5_hex(text: &str) -> String {
    format!("{:x}", Md5::digest(text.as_bytes()))
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;

    fn kwargs(value: Json) -> Map<String, Json> {
        value.as_object().cloned().unwrap()
    }

    #[test]
    fn names_are_made_of_sorted_arguments() {
        let (short, full) = synthesize(
            "relationships",
            "orders",
            &kwargs(json!({"to": "ref('raw_customers')", "field": "id", "column_name": "id", "model": "x"})),
        );
        assert_eq!(full, "relationships_orders_id__id__ref_raw_customers_");
        assert_eq!(short, full);
    }

    #[test]
    fn long_names_are_shortened_by_a_hash() {
        let values = json!(["a long value that is long", "b", "another very long value that goes on"]);
        let (short, full) =
            synthesize("accepted_values", "orders", &kwargs(json!({"column_name": "status", "values": values})));
        assert!(full.starts_with("accepted_values_orders_status__a_long_value"));
        assert_eq!(short.len(), "accepted_values_orders".len() + 1 + 32);
    }
}
