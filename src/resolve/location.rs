//! What is read in the place of a source's table.

use super::Config;
use crate::adapters::{Dialect, Relation};
use serde_json::{Map, Value as Json};

/// A source's table, for `external_location`.
pub struct SourceTable<'a> {
    /// The source.
    pub source_name: &'a str,
    /// The table.
    pub name: &'a str,
    /// Where it would be.
    pub relation: &'a Relation,
    /// `meta` of the table over the source's.
    pub meta: &'a Map<String, Json>,
}

impl SourceTable<'_> {
    /// The file or table function that `external_location` in the source's config or meta gives, as SQL, in which `{name}`,
    /// `{identifier}`, `{schema}` and the keys of `meta` are filled in.
    pub fn location(&self, config: &Config, dialect: &Dialect) -> Option<String> {
        let key = "external_location";
        let template = config.str(key).or_else(|| self.meta.get(key).and_then(Json::as_str))?;
        let filled = fill(template, |name| self.fact(name));
        let is_call = filled.contains('(') || filled.starts_with('\'');
        Some(if is_call { filled } else { dialect.literal(&filled) })
    }

    fn fact(&self, name: &str) -> Option<String> {
        match name {
            "name" => Some(self.name.to_owned()),
            "identifier" => self.relation.identifier.clone(),
            "schema" => self.relation.schema.clone(),
            "database" => self.relation.database.clone(),
            "source_name" => Some(self.source_name.to_owned()),
            key => self.meta.get(key).map(|value| value.as_str().map_or_else(|| value.to_string(), str::to_owned)),
        }
    }
}

/// A text with each `{name}` that is known replaced.
fn fill(template: &str, fact: impl Fn(&str) -> Option<String>) -> String {
    let (mut out, mut rest) = (String::new(), template);
    while let Some((before, after)) = rest.split_once('{') {
        out.push_str(before);
        match after.split_once('}').and_then(|(name, after)| Some((fact(name)?, after))) {
            Some((value, after)) => {
                out.push_str(&value);
                rest = after;
            }
            None => {
                out.push('{');
                rest = after;
            }
        }
    }
    out + rest
}

#[cfg(test)]
mod tests {
    use super::fill;

    #[test]
    fn known_names_are_filled_in() {
        let fact = |name: &str| (name == "name").then(|| "orders".to_owned());
        assert_eq!(fill("s3://b/{name}/{x}/{name}.csv", fact), "s3://b/orders/{x}/orders.csv");
        assert_eq!(fill("open { {name", fact), "open { {name");
    }
}
