//! `source()`.

use crate::compile::rendering::Rendering;
use crate::compile::sample;
use crate::compile::values::RelationObject;
use crate::diagnostics::{Code, Diagnostic};
use crate::jinja::{Arguments, Error, State, Value, raise};
use crate::resolve::Source;
use serde_json::Value as Json;
use std::sync::Arc;

/// `source('source', 'table')`.
pub fn call(rendering: &Arc<Rendering>, _: &mut State<'_, '_>, args: &[Value]) -> Result<Value, Error> {
    let arguments = Arguments::of("source", args);
    let call = [arguments.string(0, "source_name")?, arguments.string(1, "table_name")?];
    let id = rendering.compiler.lookup().source(&call, &rendering.search_order()).map_err(raise)?;
    let Some(source) = rendering.compiler.graph().sources.get(id) else {
        return Err(raise(Diagnostic::error(Code::INTERNAL, format!("{id} is not in the graph."))));
    };
    if let Some(given) = super::reference::fixture(rendering, &source.unique_id) {
        return Ok(given);
    }
    super::reference::check_given(rendering, &source.unique_id)?;
    let columns = source.columns.values().map(|column| (column.name.as_str(), column.quote));
    let event_time = sample::filter(rendering, source.config.str("event_time"), columns, source.quoting.column);
    let relation = RelationObject {
        limit: rendering.compiler.graph().invocation.flags.empty.then_some(0),
        event_time,
        location: location(source),
        ..RelationObject::new(source.relation.clone(), rendering.compiler.dialect())
    };
    Ok(relation.into_value())
}

/// A file or function that is read as the table: `external_location` in the source's config or meta, in which
/// `{name}`, `{identifier}`, `{schema}` and the keys of `meta` are filled in.
fn location(source: &Source) -> Option<String> {
    let meta = |key: &str| source.meta.get(key).or_else(|| source.source_meta.get(key));
    let template =
        source.config.str("external_location").or_else(|| meta("external_location").and_then(Json::as_str))?;
    let fact = |name: &str| match name {
        "name" => Some(source.name.clone()),
        "identifier" => source.relation.identifier.clone(),
        "schema" => source.relation.schema.clone(),
        "database" => source.relation.database.clone(),
        "source_name" => Some(source.source_name.clone()),
        key => meta(key).map(|value| value.as_str().map_or_else(|| value.to_string(), str::to_owned)),
    };
    let filled = fill(template, fact);
    let is_call = filled.contains('(') || filled.starts_with('\'');
    Some(if is_call { filled } else { format!("'{}'", filled.replace('\'', "''")) })
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
