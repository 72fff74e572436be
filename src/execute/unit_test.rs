//! Unit tests: a model's query over given rows, compared with expected ones.

use super::comparison::difference;
use super::run::Run;
use super::stopwatch::Stopwatch;
use crate::adapters::Column;
use crate::compile::{Fixtures, NodeContext, Session, relation_value};
use crate::diagnostics::{Code, Diagnostic, Result};
use crate::event::{NodeResult, Status};
use crate::jinja::{Dict, List, Value, from_json};
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
        let sql = comparing_sql(run, &cx, test, &compiled.sql, &columns)?;
        let (response, rows) = session.query(&sql, None)?;
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
        let this = relation_value(&relation, graph.adapter.dialect());
        let model = Dict::value([(Value::from("name"), Value::from(relation.name()))]);
        let cx = run.compiler.project_context(session).with("this", this).with("model", model);
        return run.compiler.call_sql(&cx, "get_fixture_sql", &[values(rows), Value::from(())], &[]);
    }
    let cx = match (graph.nodes.get(input), graph.sources.get(input)) {
        (Some(node), _) => run.compiler.context(session, node, None),
        (None, Some(source)) => {
            let this = relation_value(&source.relation, graph.adapter.dialect());
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

/// The query that gives both sides: the model's rows and the expected ones, in the columns that the test names.
fn comparing_sql(run: &Run, cx: &NodeContext, test: &UnitTest, sql: &str, columns: &[Column]) -> Result<String> {
    let dialect = run.compiler.graph().adapter.dialect();
    let by_name = |value: fn(&Column, &'static crate::adapters::Dialect) -> String| {
        Dict::value(
            columns.iter().map(|column| (Value::from(column.name.to_lowercase()), Value::from(value(column, dialect)))),
        )
    };
    let quoted = |name: &str| {
        let column = columns.iter().find(|column| column.name.eq_ignore_ascii_case(name));
        column.map_or_else(|| name.to_owned(), |column| dialect.quote(&column.name))
    };
    let (expected, names) = match &test.expected {
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
    };
    let names = List::value(names.into_iter().map(Value::from).collect());
    run.compiler.call_sql(cx, "get_unit_test_sql", &[Value::from(sql), Value::from(expected), names], &[])
}
