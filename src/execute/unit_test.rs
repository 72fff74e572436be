//! Unit tests: a model's query over given rows, compared with expected ones.

use super::comparison::difference;
use super::rollback::rolled_back;
use super::run::Run;
use super::stopwatch::Stopwatch;
use crate::adapters::{Column, Response, Rows};
use crate::compile::{Compiled, Fixtures, NodeContext, Session, relation_value};
use crate::diagnostics::{Code, Diagnostic, Result};
use crate::event::{NodeResult, Status};
use crate::jinja::{Dict, List, MacroDef, Value, from_json};
use crate::plan::{FixtureRows, UnitTest};
use crate::resolve::{UniqueId, quarantined_id};
use serde_json::{Map, Value as Json, json};
use std::sync::Arc;

/// Runs a unit test.
pub(super) fn check(
    run: &Run,
    session: &Arc<Session>,
    test: &UnitTest,
    watch: &mut Stopwatch<'_>,
) -> Result<NodeResult> {
    let compiled = watch.time("compile", || {
        let given = test.given.iter().map(|(input, rows)| {
            let id = run.compiler.unit_test_input(&test.model, input)?.ok_or_else(|| unknown_input(test, input))?;
            Ok((id.clone(), given_sql(run, session, &id, rows)?))
        });
        let fixtures = Fixtures {
            inputs: given.collect::<Result<_>>()?,
            macros: test.macros.clone(),
            vars: test.vars.clone(),
            env_vars: test.env_vars.clone(),
        };
        run.compiler.compile_with_fixtures(session, &test.model, &fixtures)
    })?;
    watch.time("execute", || {
        let cx = run.compiler.context(session, &test.model, Some(&compiled));
        let columns = session.describe(&compiled.sql)?;
        let (response, rows) = match run.compiler.materialization_of("unit", &test.model.target) {
            Some(own) => by_macro(run, session, test, &compiled, &columns, &own)?,
            None => {
                let (expected, names) = expectation(run, &cx, test, &columns)?;
                let names = List::value(names.into_iter().map(Value::from).collect());
                let args = [Value::from(&compiled.sql), Value::from(expected), names];
                let sql = run.compiler.call_sql(&cx, "get_unit_test_sql", &args, &[])?;
                session.query(&sql, None)?
            }
        };
        let result = NodeResult {
            adapter_response: response.to_json(),
            compiled_code: Some(compiled.sql.clone()),
            failures: Some(0),
            ..NodeResult::new(test.unique_id.clone(), Status::Pass)
        };
        Ok(match difference(&rows) {
            None => result,
            Some(drawn) => NodeResult {
                status: Status::Fail,
                failures: Some(1),
                message: Some(drawn.clone()),
                diagnostic: Some(failed(test, &drawn)),
                ..result
            },
        })
    })
}

fn unknown_input(test: &UnitTest, input: &str) -> Box<Diagnostic> {
    let message = format!("Unit test '{}' had an input ({input}) which was not found in the manifest.", test.name);
    Diagnostic::error(Code::UNIT_TEST_FAILED, message)
        .at(&test.model.span)
        .hint("An input is ref('…'), source('…', '…') or this, as the model reads it.")
}

fn failed(test: &UnitTest, drawn: &str) -> Box<Diagnostic> {
    let message = format!("The unit test '{}' of '{}' failed.", test.name, test.model.name);
    Diagnostic::error(Code::UNIT_TEST_FAILED, message).at(&test.model.span).note(drawn)
}

/// The rows of an input, as a query with the types that its relation has in the database.
fn given_sql(run: &Run, session: &Arc<Session>, input: &UniqueId, rows: &FixtureRows) -> Result<String> {
    let rows = match rows {
        FixtureRows::Sql(sql) => return Ok(sql.clone()),
        FixtureRows::Rows(rows) => rows,
    };
    let graph = run.compiler.graph();
    if let Some(of) = quarantined_id(input) {
        let relation = graph.quarantine_relation(of).ok_or_else(|| {
            let message = format!("A unit test gives rows for the quarantine of {of}, which has none.");
            Diagnostic::error(Code::QUARANTINE_INVALID, message)
        })?;
        let this = relation_value(&relation, session.dialect());
        let model = Dict::value([(Value::from("name"), Value::from(relation.name()))]);
        let cx = run.compiler.project_context(session).with("this", this).with("model", model);
        return run.compiler.call_sql(&cx, "get_fixture_sql", &[values(rows), Value::from(())], &[]);
    }
    if let Some(transfer) = graph.transfer(input, session.output()) {
        let this = relation_value(&transfer.relation, session.dialect());
        let model = Dict::value([(Value::from("name"), Value::from(&transfer.name))]);
        let cx = run.compiler.project_context(session).with("this", this).with("model", model);
        return run.compiler.call_sql(&cx, "get_fixture_sql", &[values(rows), Value::from(())], &[]);
    }
    let cx = match (graph.nodes.get(input), graph.sources.get(input)) {
        (Some(node), _) => run.compiler.context(session, node, None),
        (None, Some(source)) => {
            let this = relation_value(&source.relation, session.dialect());
            let model = Dict::value([(Value::from("name"), Value::from(&source.name))]);
            run.compiler.project_context(session).with("this", this).with("model", model)
        }
        (None, None) => return Err(Diagnostic::error(Code::INTERNAL, format!("{input} is no input."))),
    };
    run.compiler.call_sql(&cx, "get_fixture_sql", &[values(rows), Value::from(())], &[])
}

fn values(rows: &[Map<String, Json>]) -> Value {
    List::value(rows.iter().map(|row| from_json(&Json::Object(row.clone()))).collect())
}

/// Compares by the project's own materialization, whose config has `expected_rows` and `expected_sql`: what its main
/// statement gave.
fn by_macro(
    run: &Run,
    session: &Arc<Session>,
    test: &UnitTest,
    compiled: &Compiled,
    columns: &[Column],
    own: &Arc<MacroDef>,
) -> Result<(Response, Rows)> {
    let mut node = test.model.as_ref().clone();
    node.name.clone_from(&test.name);
    let config = &mut node.config;
    config.set("materialized", "unit".into());
    let rows = match &test.expected {
        FixtureRows::Rows(rows) => rows.iter().cloned().map(Json::Object).collect(),
        FixtureRows::Sql(_) => vec![],
    };
    config.set("expected_rows", rows.into());
    let cx = run.compiler.context(session, &test.model, Some(compiled));
    let (expected, _) = expectation(run, &cx, test, columns)?;
    config.set("expected_sql", expected.into());
    let cx = run.compiler.context(session, &Arc::new(node), Some(compiled));
    let done = run.compiler.run_materialization(&cx, own).and_then(|_| session.commit());
    done.map_err(|diagnostic| rolled_back(session, diagnostic))?;
    match (cx.response("main"), cx.rows("main")) {
        (Some(response), Some(rows)) => Ok((response, rows)),
        _ => {
            let message = "The materialization 'unit' must fetch the rows to compare by its statement 'main'.";
            Err(Diagnostic::error(Code::UNIT_TEST_FAILED, message)
                .at(&own.block.span)
                .hint("{% call statement('main', fetch_result=true) %}{{ get_unit_test_sql(…) }}{% endcall %}"))
        }
    }
}

/// What the model's rows are compared with: a query for the expected rows, and the columns that the test names.
fn expectation(run: &Run, cx: &NodeContext, test: &UnitTest, columns: &[Column]) -> Result<(String, Vec<String>)> {
    let dialect = cx.session().dialect();
    let by_name = |value: fn(&Column, &'static crate::adapters::Dialect) -> String| {
        Dict::value(
            columns.iter().map(|column| (Value::from(column.name.to_lowercase()), Value::from(value(column, dialect)))),
        )
    };
    let quoted = |name: &str| {
        let column = columns.iter().find(|column| column.name.eq_ignore_ascii_case(name));
        column.map_or_else(|| name.to_owned(), |column| dialect.quote(&column.name))
    };
    Ok(match &test.expected {
        FixtureRows::Sql(sql) => (sql.clone(), columns.iter().map(|column| quoted(&column.name)).collect()),
        FixtureRows::Rows(rows) => {
            // Errors name the expected rows by the test, not by its model.
            let described = json!({"resource_type": "unit_test", "name": test.name});
            let expecting = cx.with("model", from_json(&described));
            let types = by_name(|column, _| column.data_type.clone());
            let written = by_name(|column, dialect| dialect.quote(&column.name));
            let sql = run.compiler.call_sql(&expecting, "get_expected_sql", &[values(rows), types, written], &[])?;
            let names: Vec<String> = match rows.first() {
                Some(row) => row.keys().map(|name| quoted(name)).collect(),
                None => columns.iter().map(|column| quoted(&column.name)).collect(),
            };
            (sql, names)
        }
    })
}
