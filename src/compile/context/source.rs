//! `source()`.

use crate::compile::rendering::Rendering;
use crate::compile::sample;
use crate::compile::values::{RelationObject, source_object};
use crate::diagnostics::{Code, Diagnostic};
use crate::jinja::{Arguments, Error, State, Value, raise};
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
    let moved = super::reference::moved(rendering, &source.unique_id)?;
    let relation = RelationObject {
        limit: rendering.compiler.graph().invocation.flags.empty.then_some(0),
        event_time,
        ..moved.map_or_else(
            || source_object(source, rendering.dialect()),
            |moved| RelationObject::new(moved.relation, rendering.dialect()),
        )
    };
    Ok(relation.into_value())
}
