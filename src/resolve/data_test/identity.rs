//! The unique ids of generic data tests.

use super::name::md5_hex;
use super::python;
use serde_json::{Map, Value as Json};

/// How much of the hash is kept: its last hexadecimal digits.
const HASH_LENGTH: usize = 10;

/// What tells tests of the same name apart.
pub struct Metadata<'a> {
    /// The package named before the test.
    pub namespace: Option<&'a str>,
    /// The test's name.
    pub name: &'a str,
    /// The arguments.
    pub kwargs: &'a Map<String, Json>,
}

/// A unique id that ends in a hash of the metadata, as dbt makes it.
pub fn unique_id(package: &str, name: &str, metadata: &Metadata<'_>) -> String {
    let mut hashed = format!("{name}{{'kwargs': ");
    write_sorted(&mut hashed, metadata.kwargs);
    let namespace = metadata.namespace.unwrap_or("None");
    hashed.extend([", 'name': ", &python::text_repr(metadata.name)]);
    hashed.extend([", 'namespace': ", &python::text_repr(namespace), "}"]);
    let hash = md5_hex(&hashed);
    format!("test.{package}.{name}.{}", &hash[hash.len() - HASH_LENGTH..])
}

/// A mapping as Python writes it, with sorted keys and every leaf as text.
fn write_sorted(out: &mut String, map: &Map<String, Json>) {
    let mut entries: Vec<(&String, &Json)> = map.iter().collect();
    entries.sort_by_key(|(key, _)| *key);
    out.push('{');
    for (at, (key, value)) in entries.into_iter().enumerate() {
        out.push_str(if at == 0 { "" } else { ", " });
        out.extend([&python::text_repr(key), ": "]);
        write_hashable(out, value);
    }
    out.push('}');
}

fn write_hashable(out: &mut String, value: &Json) {
    match value {
        Json::Object(map) => write_sorted(out, map),
        Json::Array(items) => {
            out.push('[');
            for (at, item) in items.iter().enumerate() {
                out.push_str(if at == 0 { "" } else { ", " });
                write_hashable(out, item);
            }
            out.push(']');
        }
        Json::String(text) => out.push_str(&python::text_repr(text)),
        leaf => out.push_str(&python::text_repr(&python::repr(leaf))),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;

    #[test]
    fn ids_are_those_of_dbt() {
        let kwargs = json!({"column_name": "id", "model": "{{ get_where_subquery(ref('orders')) }}"});
        let kwargs = kwargs.as_object().unwrap();
        let id = |name| unique_id("shop", &format!("{name}_orders_id"), &Metadata { namespace: None, name, kwargs });
        assert_eq!(id("unique"), "test.shop.unique_orders_id.1360ecc70e");
        assert_eq!(id("not_null"), "test.shop.not_null_orders_id.84ef11d8fe");
    }
}
