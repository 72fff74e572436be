//! selectors.yml as the manifest has it: each definition spelt out.

use super::criterion::{Criterion, Reach};
use super::method::Method;
use crate::load::IndirectSelection;
use serde_json::{Map, Value as Json, json};

/// The selectors by name, from the content of selectors.yml: texts and short forms have become `method` and `value`, and
/// a selector that another one uses stands in its place.
pub fn selectors(file: &Json) -> Map<String, Json> {
    let mut known: Map<String, Json> = Map::new();
    for selector in file["selectors"].as_array().into_iter().flatten() {
        let Some(name) = selector["name"].as_str() else { continue };
        let mut entry = selector.clone();
        entry["definition"] = definition(&selector["definition"], &known);
        known.insert(name.to_owned(), entry);
    }
    known
}

fn definition(written: &Json, known: &Map<String, Json>) -> Json {
    let all =
        |list: &Json| -> Json { list.as_array().into_iter().flatten().map(|item| definition(item, known)).collect() };
    let entries = match written {
        Json::String(text) => return criterion(text, known),
        Json::Object(entries) => entries,
        other => return other.clone(),
    };
    if let (1, Some((method, Json::String(value)))) = (entries.len(), entries.iter().next()) {
        return used(method, value, known).unwrap_or_else(|| json!({"method": method, "value": value}));
    }
    if let (Some(method), Some(value)) = (written["method"].as_str(), written["value"].as_str())
        && let Some(used) = used(method, value, known)
    {
        return used;
    }
    let spelt = entries.iter().map(|(key, value)| match key.as_str() {
        "union" | "intersection" | "exclude" => (key.clone(), all(value)),
        _ => (key.clone(), value.clone()),
    });
    Json::Object(spelt.collect())
}

/// The definition of the selector that a criterion names.
fn used(method: &str, value: &str, known: &Map<String, Json>) -> Option<Json> {
    if method != "selector" {
        return None;
    }
    known.get(value).map(|selector| selector["definition"].clone())
}

/// A text such as `+tag:nightly`.
fn criterion(text: &str, known: &Map<String, Json>) -> Json {
    let Ok(criterion) = Criterion::parse(text, IndirectSelection::Eager) else { return text.into() };
    if criterion.method == Method::Selector
        && let Some(used) = used("selector", &criterion.value, known)
    {
        return used;
    }
    let bare = text.trim_start_matches(|c: char| c.is_ascii_digit() || "@+".contains(c));
    let method = match bare.split_once(':') {
        Some((method, _)) => method,
        None => match criterion.method {
            Method::Path => "path",
            Method::File => "file",
            _ => "fqn",
        },
    };
    let mut entry = json!({"method": method, "value": criterion.value});
    if criterion.childrens_parents {
        entry["childrens_parents"] = true.into();
    }
    for (switch, depth, reach) in
        [("parents", "parents_depth", criterion.parents), ("children", "children_depth", criterion.children)]
    {
        if reach != Reach::None {
            entry[switch] = true.into();
        }
        if let Reach::Steps(steps) = reach {
            entry[depth] = steps.to_string().into();
        }
    }
    entry
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn definitions_are_spelt_out() {
        let file = json!({"selectors": [
            {"name": "a", "definition": "tag:x"},
            {"name": "b", "definition": {"union": [{"tag": "y"}, "+orders+2", {"exclude": ["models/a.sql"]}]}},
            {"name": "c", "definition": {"method": "selector", "value": "a"}},
        ]});
        let found = selectors(&file);
        assert_eq!(found["a"]["definition"], json!({"method": "tag", "value": "x"}));
        assert_eq!(found["c"]["definition"], found["a"]["definition"]);
        let union = json!([
            {"method": "tag", "value": "y"},
            {"method": "fqn", "value": "orders", "parents": true, "children": true, "children_depth": "2"},
            {"exclude": [{"method": "path", "value": "models/a.sql"}]},
        ]);
        assert_eq!(found["b"]["definition"]["union"], union);
    }
}
