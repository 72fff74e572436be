//! Parts of the semantic layer that may be written in short.

use super::validation::GRANULARITIES;
use crate::diagnostics::{Code, Diagnostic, Result, Span};
use serde_json::{Map, Value as Json, json};

/// The given keys of a mapping with their defaults where they are absent; other keys are left out.
pub fn with_defaults(given: &Json, defaults: Json) -> Json {
    let Json::Object(defaults) = defaults else { return Json::Null };
    let value = |(key, default): (String, Json)| {
        let found = given.get(&key).filter(|value| !value.is_null()).cloned();
        (key, found.unwrap_or(default))
    };
    Json::Object(defaults.into_iter().map(value).collect::<Map<_, _>>())
}

/// A measure as a metric uses it: its name, or a mapping.
pub fn input_measure(given: &Json) -> Json {
    if given.is_null() {
        return Json::Null;
    }
    let given = named(given);
    let defaults =
        json!({"name": null, "filter": null, "alias": null, "join_to_timespine": false, "fill_nulls_with": null});
    let mut measure = with_defaults(&given, defaults);
    measure["filter"] = filter(&given["filter"]);
    measure
}

/// A metric as another one uses it: its name, or a mapping.
pub fn input_metric(given: &Json, place: &Span) -> Result<Json> {
    if given.is_null() {
        return Ok(Json::Null);
    }
    let given = named(given);
    let defaults = json!({"name": null, "filter": null, "alias": null, "offset_window": null, "offset_to_grain": null});
    let mut metric = with_defaults(&given, defaults);
    metric["filter"] = filter(&given["filter"]);
    metric["offset_window"] = window(&given["offset_window"], place)?;
    Ok(metric)
}

fn named(given: &Json) -> Json {
    match given {
        Json::Object(_) => given.clone(),
        name => json!({"name": name}),
    }
}

/// One condition or several.
pub fn filter(given: &Json) -> Json {
    let conditions: Vec<&Json> = match given {
        Json::Null => return Json::Null,
        Json::Array(conditions) => conditions.iter().collect(),
        one => vec![one],
    };
    let conditions: Vec<Json> = conditions.into_iter().map(|sql| json!({"where_sql_template": sql})).collect();
    json!({"where_filters": conditions})
}

/// A span of time such as `28 days`.
pub fn window(given: &Json, place: &Span) -> Result<Json> {
    let Some(text) = given.as_str() else { return Ok(Json::Null) };
    let lower = text.to_lowercase();
    let parts: Vec<&str> = lower.split_whitespace().collect();
    let [count, unit] = parts.as_slice() else { return Err(wrong_window(text, place)) };
    let count: u32 = count.parse().map_err(|_| wrong_window(text, place))?;
    let singular = unit.strip_suffix('s').filter(|unit| GRANULARITIES.contains(unit)).unwrap_or(unit);
    Ok(json!({"count": count, "granularity": singular}))
}

fn wrong_window(text: &str, place: &Span) -> Box<Diagnostic> {
    Diagnostic::error(Code::CONFIG_INVALID, format!("The window '{text}' is not a number and a unit."))
        .at(place)
        .hint("Write, for example, '28 days'.")
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::diagnostics::SourceFile;

    #[test]
    fn short_forms_become_long() {
        let place = SourceFile::new("a.yml", "").span(0..0);
        assert_eq!(window(&json!("28 days"), &place).unwrap(), json!({"count": 28, "granularity": "day"}));
        assert_eq!(window(&json!("2 fiscal_periods"), &place).unwrap()["granularity"], "fiscal_periods");
        assert!(window(&json!("a month"), &place).is_err());
        assert_eq!(input_measure(&json!("m"))["name"], "m");
        assert_eq!(filter(&json!(["a", "b"]))["where_filters"][1]["where_sql_template"], "b");
    }
}
