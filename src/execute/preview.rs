//! `show`: some rows of a node's query.

use super::attempt::compile_sql;
use super::run::Run;
use super::stopwatch::Stopwatch;
use crate::adapters::{Cell, Rows};
use crate::compile::Session;
use crate::diagnostics::Result;
use crate::event::{NodeResult, Preview, Status};
use crate::jinja::Value;
use crate::resolve::Node;
use serde_json::{Number, Value as Json};
use std::sync::Arc;

/// Compiles a node and takes the first rows of its query; of a seed the first rows of its table.
pub(super) fn show(
    run: &Run,
    session: &Arc<Session>,
    node: &Arc<Node>,
    limit: Option<usize>,
    watch: &mut Stopwatch<'_>,
) -> Result<NodeResult> {
    let compiled = watch.time("compile", || compile_sql(run, session, node))?;
    let sql = match (&compiled, &node.relation) {
        (Some(compiled), _) => compiled.sql.clone(),
        (None, Some(relation)) => format!("select * from {relation}"),
        (None, None) => String::new(),
    };
    watch.time("execute", || {
        let cx = run.compiler.context(session, node, compiled.as_ref());
        let header = node.config.str("sql_header").map_or(Value::from(()), Value::from);
        let limited = limit.map_or(Value::from(()), Value::from);
        let query = run.compiler.call_sql(&cx, "get_show_sql", &[Value::from(&sql), header, limited], &[])?;
        let (response, rows) = session.query(&query, limit)?;
        Ok(NodeResult {
            message: Some(response.message.clone()),
            adapter_response: response.to_json(),
            compiled_code: Some(query),
            preview: Some(preview(rows)),
            ..NodeResult::new(node.unique_id.clone(), Status::Success)
        })
    })
}

fn preview(rows: Rows) -> Preview {
    Preview {
        columns: rows.columns.into_iter().map(|column| column.name).collect(),
        rows: rows.rows.into_iter().map(|row| row.into_iter().map(json).collect()).collect(),
    }
}

fn json(cell: Cell) -> Json {
    match cell {
        Cell::Null => Json::Null,
        Cell::Boolean(value) => value.into(),
        Cell::Integer(value) => i64::try_from(value).map_or_else(|_| value.to_string().into(), Json::from),
        Cell::Float(value) => Number::from_f64(value).map_or_else(|| value.to_string().into(), Json::Number),
        Cell::Decimal(text) => text.parse().map_or(Json::String(text), Json::Number),
        Cell::Text(text) => text.into(),
        Cell::Date(date) => date.to_string().into(),
        Cell::Time(time) => time.to_string().into(),
        Cell::DateTime(moment) => moment.to_string().into(),
        Cell::Timestamp(moment) => moment.to_string().into(),
        Cell::Nested(value) => value,
        Cell::Bytes(bytes) => bytes.iter().map(|byte| format!("{byte:02x}")).collect::<String>().into(),
    }
}
