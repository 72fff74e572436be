//! Incremental strategies, and queries that compare relations.

use super::{Method, relations};
use crate::compile::values::column_value;
use crate::diagnostics::{Code, Diagnostic};
use crate::jinja::{List, Value, raise};

/// The methods.
pub const METHODS: &[(&str, Method)] = &[
    ("valid_incremental_strategies", |rendering, _, _| {
        let strategies = rendering.dialect().incremental_strategies;
        Ok(List::value(strategies.iter().map(|strategy| Value::from(*strategy)).collect()))
    }),
    ("builtin_incremental_strategies", |_, _, _| {
        let all = ["append", "delete+insert", "merge", "insert_overwrite", "microbatch", "accumulating"];
        Ok(List::value(all.map(Value::from).to_vec()))
    }),
    ("get_incremental_strategy_macro", |rendering, state, arguments| {
        let strategy = super::text(arguments, 1, "strategy").unwrap_or_else(|| "default".into());
        let name = format!("get_incremental_{}_sql", strategy.replace('+', "_"));
        match state.lookup(&name).filter(|found| !found.is_undefined()) {
            Some(found) => Ok(found),
            None => {
                let project = &rendering.compiler.graph().project.root().name;
                let message = format!("There is no incremental strategy '{strategy}': {project} has no macro {name}.");
                Err(raise(Diagnostic::error(Code::STRATEGY_INVALID, message)))
            }
        }
    }),
    ("get_rows_different_sql", |rendering, _, arguments| {
        let a = relations::relation(arguments, 0, "relation_a")?;
        let b = relations::relation(arguments, 1, "relation_b")?;
        let dialect = rendering.dialect();
        let columns = match arguments.get(2, "column_names").filter(|names| !names.is_none()) {
            Some(names) => names.try_iter()?.map(|name| dialect.quote(&name.to_string())).collect(),
            None => {
                let columns = rendering.columns(&a).map_err(raise)?;
                columns
                    .iter()
                    .map(|column| column_value(column, dialect))
                    .filter_map(|column| column.get_attr("quoted").ok())
                    .map(|quoted| quoted.to_string())
                    .collect::<Vec<_>>()
            }
        };
        Ok(Value::from(difference(&a.to_string(), &b.to_string(), &columns.join(", "))))
    }),
];

/// A query of one row: by how many rows two relations differ in size, and how many rows are in only one of them.
fn difference(a: &str, b: &str, columns: &str) -> String {
    format!(
        "select\n  (select count(*) from {a}) - (select count(*) from {b}) as row_count_difference,\n  \
         (select count(*) from (\n    (select {columns} from {a} except select {columns} from {b})\n    union all\n    \
         (select {columns} from {b} except select {columns} from {a})\n  ) as only_in_one) as num_mismatched"
    )
}
