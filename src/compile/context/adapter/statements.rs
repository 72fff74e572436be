//! Statements, transactions, and facts of the connection.

use super::Method;
use super::bindings::bound;
use crate::compile::values::{ResponseObject, Table};
use crate::jinja::{List, Value, raise};

/// The methods.
pub const METHODS: &[(&str, Method)] = &[
    ("execute", |rendering, _, arguments| {
        if arguments.flag(1, "auto_begin") {
            rendering.session().map_err(raise)?.begin().map_err(raise)?;
        }
        let limit = arguments.get(3, "limit").and_then(|limit| limit.as_usize());
        let sql = arguments.require(0, "sql")?.to_string();
        let (response, table) = rendering.run(&sql, arguments.flag(2, "fetch"), limit).map_err(raise)?;
        Ok(pair(response, table))
    }),
    ("add_query", |rendering, _, arguments| {
        if arguments.get(1, "auto_begin").is_none_or(|begin| begin.is_true()) {
            rendering.session().map_err(raise)?.begin().map_err(raise)?;
        }
        let mut sql = arguments.require(0, "sql")?.to_string();
        if let Some(values) = arguments.get(2, "bindings").filter(|values| !values.is_none()) {
            sql = bound(&sql, &values, rendering.dialect())?;
        }
        let (response, table) = rendering.run(&sql, false, None).map_err(raise)?;
        Ok(pair(response, table))
    }),
    ("run_sql_for_tests", |rendering, _, arguments| {
        let sql = arguments.require(0, "sql")?.to_string();
        let (_, table) = rendering.run(&sql, true, None).map_err(raise)?;
        Ok(table.data())
    }),
    ("commit", |rendering, _, _| {
        rendering.session.commit().map_err(raise)?;
        Ok(Value::from(""))
    }),
    ("commit_if_has_connection", |rendering, _, _| {
        rendering.session.commit().map_err(raise)?;
        Ok(Value::from(""))
    }),
    ("type", |rendering, _, _| Ok(Value::from(rendering.dialect().name))),
    ("nice_connection_name", |rendering, _, _| Ok(Value::from(rendering.session.name()))),
    ("disable_transactions", |rendering, _, _| Ok(Value::from(!rendering.dialect().transactional_ddl))),
    ("capabilities", |_, _, _| Ok(Value::from(()))),
    ("supports", |_, _, _| Ok(Value::from(false))),
];

fn pair(response: crate::adapters::Response, table: Table) -> Value {
    List::value(vec![Value::from_object(ResponseObject(response)), table.into_value()])
}
