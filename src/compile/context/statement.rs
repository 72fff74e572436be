//! `statement`, `run_query` and what loads and stores their results.

use super::native::Body;
use crate::adapters::Response;
use crate::compile::rendering::Rendering;
use crate::compile::values::{ResponseObject, Table};
use crate::diagnostics::Diagnostic;
use crate::jinja::{Arguments, Error, State, Value, raise};
use std::sync::Arc;

/// The functions by name.
pub const FUNCTIONS: &[(&str, Body)] = &[
    ("statement", statement),
    ("run_query", run_query),
    ("submit_python_job", submit_python_job),
    ("load_result", load_result),
    ("store_result", store_result),
    ("store_raw_result", store_raw_result),
    ("noop_statement", noop_statement),
];

/// The text of a call block.
fn body(state: &mut State<'_, '_>, arguments: &Arguments<'_>) -> Result<String, Error> {
    let caller = arguments.named().into_iter().find(|(name, _)| *name == "caller").map(|(_, caller)| caller);
    match caller {
        Some(caller) => Ok(caller.call(state, &[])?.to_string()),
        None => Ok(String::new()),
    }
}

fn given(value: Option<Value>) -> Option<Value> {
    value.filter(|value| !value.is_none() && !value.is_undefined())
}

/// `{% call statement(name, fetch_result=false, auto_begin=true) %} … {% endcall %}`. A transaction begins only for a
/// node that is being built: nobody would end it elsewhere.
fn statement(rendering: &Arc<Rendering>, state: &mut State<'_, '_>, args: &[Value]) -> Result<Value, Error> {
    let arguments = Arguments::of("statement", args);
    let mut sql = body(state, &arguments)?;
    let name = given(arguments.get(0, "name")).map(|name| name.to_string());
    let begin = arguments.get(2, "auto_begin").is_none_or(|begin| begin.is_true());
    if given(arguments.get(3, "language")).is_some_and(|language| language.as_str() == Some("python")) {
        let model = state.lookup("model").unwrap_or_default();
        sql = python_job(rendering, model, Value::from(sql)).map_err(raise)?;
    }
    if begin && rendering.node.is_some() && !rendering.compiling {
        rendering.session.begin().map_err(raise)?;
    }
    let (response, table) = rendering.run(&sql, arguments.flag(1, "fetch_result"), None).map_err(raise)?;
    if let Some(name) = name {
        rendering.store(&name, response, Some(table));
    }
    Ok(Value::from(""))
}

/// `submit_python_job(parsed_model, compiled_code)`: what the engine answers to the model's script.
fn submit_python_job(rendering: &Arc<Rendering>, _: &mut State<'_, '_>, args: &[Value]) -> Result<Value, Error> {
    let arguments = Arguments::of("submit_python_job", args);
    let (model, code) = (arguments.require(0, "parsed_model")?, arguments.require(1, "compiled_code")?);
    let sql = python_job(rendering, model, code).map_err(raise)?;
    let (response, _) = rendering.run(&sql, false, None).map_err(raise)?;
    Ok(Value::from_object(ResponseObject(response)))
}

/// The statements that run a model's script inside the engine.
fn python_job(rendering: &Arc<Rendering>, model: Value, code: Value) -> Result<String, Box<Diagnostic>> {
    let sql = rendering.engine.call("python_job_sql", &[model, code], &[], &rendering.scope())?;
    Ok(sql.to_string())
}

/// `run_query(sql)`: the rows, as a table.
fn run_query(rendering: &Arc<Rendering>, _: &mut State<'_, '_>, args: &[Value]) -> Result<Value, Error> {
    let sql = Arguments::of("run_query", args).require(0, "sql")?.to_string();
    let (_, table) = rendering.run(&sql, true, None).map_err(raise)?;
    Ok(table.into_value())
}

fn load_result(rendering: &Arc<Rendering>, _: &mut State<'_, '_>, args: &[Value]) -> Result<Value, Error> {
    let name = Arguments::of("load_result", args).string(0, "name")?;
    rendering.load(&name).map_err(raise)
}

/// A response that a template hands over: one that a statement gave, or a text.
fn response_of(value: Option<Value>) -> Response {
    match given(value) {
        Some(value) => match value.downcast_object_ref::<ResponseObject>() {
            Some(response) => response.0.clone(),
            None => Response { message: value.to_string(), ..Response::default() },
        },
        None => Response::default(),
    }
}

fn table_of(value: Option<Value>) -> Option<Table> {
    value.and_then(|value| value.downcast_object_ref::<Table>().cloned())
}

fn store_result(rendering: &Arc<Rendering>, _: &mut State<'_, '_>, args: &[Value]) -> Result<Value, Error> {
    let arguments = Arguments::of("store_result", args);
    let response = response_of(arguments.get(1, "response"));
    rendering.store(&arguments.string(0, "name")?, response, table_of(arguments.get(2, "agate_table")));
    Ok(Value::from(""))
}

/// The response that `message`, `code` and `rows_affected` describe.
fn raw_response(arguments: &Arguments<'_>) -> Response {
    let text = |index, name| given(arguments.get(index, name)).map(|value| value.to_string()).unwrap_or_default();
    Response {
        message: text(1, "message"),
        code: text(2, "code"),
        rows_affected: given(arguments.get(3, "rows_affected"))
            .and_then(|rows| rows.as_i64().or_else(|| rows.as_str().and_then(|rows| rows.parse().ok()))),
        ..Response::default()
    }
}

fn store_raw_result(rendering: &Arc<Rendering>, _: &mut State<'_, '_>, args: &[Value]) -> Result<Value, Error> {
    let arguments = Arguments::of("store_raw_result", args);
    let table = table_of(arguments.get(4, "agate_table"));
    rendering.store(&arguments.string(0, "name")?, raw_response(&arguments), table);
    Ok(Value::from(""))
}

/// `{% call noop_statement(name, message, …) %} … {% endcall %}`: as `statement`, but nothing is sent.
fn noop_statement(rendering: &Arc<Rendering>, state: &mut State<'_, '_>, args: &[Value]) -> Result<Value, Error> {
    let arguments = Arguments::of("noop_statement", args);
    body(state, &arguments)?;
    if let Some(name) = given(arguments.get(0, "name")) {
        rendering.store(&name.to_string(), raw_response(&arguments), table_of(arguments.get(4, "res")));
    }
    Ok(Value::from(""))
}
