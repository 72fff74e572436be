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
    let mut facts = Map::new();
    facts.insert("kwargs".into(), Json::Object(metadata.kwargs.clone()));
    facts.insert("name".into(), metadata.name.into());
    facts.insert("namespace".into(), metadata.namespace.map_or(Json::Null, Json::from));
    let hash = md5_hex(&format!("{name}{}", python::repr(&hashable(&Json::Object(facts)))));
    format!("test.{package}.{name}.{}", &hash[hash.len() - HASH_LENGTH..])
}

/// The same data with sorted keys and every leaf as text.
fn hashable(value: &Json) -> Json {
    match value {
        Json::Object(map) => {
            let mut entries: Vec<(&String, &Json)> = map.iter().collect();
            entries.sort_by_key(|(key, _)| *key);
            Json::Object(entries.into_iter().map(|(key, value)| (key.clone(), hashable(value))).collect())
        }
        Json::Array(items) => items.iter().map(hashable).collect(),
        leaf => Json::String(python::str(leaf)),
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
