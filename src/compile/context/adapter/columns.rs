//! Columns of relations and queries, and names of columns.

use super::{Method, relations, text};
use crate::adapters::{Column, Relation};
use crate::compile::rendering::Rendering;
use crate::compile::values::{ColumnObject, column_value};
use crate::jinja::{Error, List, Value, raise};
use std::sync::Arc;

/// The methods.
pub const METHODS: &[(&str, Method)] = &[
    ("get_columns_in_relation", |rendering, _, arguments| {
        let relation = relations::relation(arguments, 0, "relation")?;
        // Whatever the project's own macro gives.
        if rendering.is_overridden("get_columns_in_relation") {
            return rendering.call("get_columns_in_relation", &[relations::value(rendering, &relation)]);
        }
        Ok(values(rendering, columns(rendering, &relation)?.iter()))
    }),
    // What the macro `get_columns_in_relation` gives where nobody replaces it; dbt has no such method.
    ("get_columns_in_catalog", |rendering, _, arguments| {
        let relation = relations::relation(arguments, 0, "relation")?;
        let session = rendering.session().map_err(raise)?;
        let columns = session.with_connection(|connection| connection.columns(&relation)).map_err(raise)?;
        Ok(values(rendering, columns.iter()))
    }),
    ("get_columns_in_table", |rendering, _, arguments| {
        let (schema, identifier) = (arguments.string(0, "schema")?, arguments.string(1, "identifier")?);
        let relation = relations::named(rendering, rendering.session.output().adapter.database(), schema, identifier);
        Ok(values(rendering, columns(rendering, &relation)?.iter()))
    }),
    ("get_missing_columns", |rendering, _, arguments| {
        let from = columns(rendering, &relations::relation(arguments, 0, "from_relation")?)?;
        let to = columns(rendering, &relations::relation(arguments, 1, "to_relation")?)?;
        let missing = from.iter().filter(|column| !to.iter().any(|known| known.name == column.name));
        Ok(values(rendering, missing))
    }),
    ("expand_target_column_types", |rendering, _, arguments| {
        let from = columns(rendering, &relations::relation(arguments, 0, "from_relation")?)?;
        let target = relations::relation(arguments, 1, "to_relation")?;
        for column in columns(rendering, &target)? {
            if let Some(wider) =
                from.iter().find(|known| known.name == column.name).and_then(|known| wider(known, &column))
            {
                let target = relations::value(rendering, &target);
                rendering.call("alter_column_type", &[target, Value::from(column.name), Value::from(wider)])?;
            }
        }
        Ok(Value::from(()))
    }),
    ("get_column_schema_from_query", |rendering, _, arguments| {
        let session = rendering.session().map_err(raise)?;
        let described = session.describe(&arguments.string(0, "sql")?).map_err(raise)?;
        let dialect = rendering.dialect();
        let flat =
            described.iter().flat_map(|column| ColumnObject::new(&column.name, &column.data_type, dialect).flatten());
        Ok(List::value(flat.map(Value::from_object).collect()))
    }),
    ("get_columns_in_select_sql", |rendering, _, arguments| {
        let session = rendering.session().map_err(raise)?;
        let described = session.describe(&arguments.string(0, "select_sql")?).map_err(raise)?;
        Ok(values(rendering, described.iter()))
    }),
    ("quote", |rendering, _, arguments| {
        Ok(Value::from(rendering.dialect().quote(&arguments.string(0, "identifier")?)))
    }),
    ("quote_as_configured", |rendering, _, arguments| {
        let (identifier, key) = (arguments.string(0, "identifier")?, arguments.string(1, "quote_key")?);
        let quoting = rendering.compiler.graph().project.root().settings.quoting;
        let quoted = match key.as_str() {
            "database" => quoting.database.unwrap_or(true),
            "schema" => quoting.schema.unwrap_or(true),
            "identifier" => quoting.identifier.unwrap_or(true),
            _ => false,
        };
        Ok(Value::from(if quoted { rendering.dialect().quote(&identifier) } else { identifier }))
    }),
    ("quote_seed_column", |rendering, _, arguments| {
        let column = arguments.string(0, "column")?;
        let quoted = text(arguments, 1, "quote_config").is_none() || arguments.flag(1, "quote_config");
        Ok(Value::from(if quoted { rendering.dialect().quote(&column) } else { column }))
    }),
];

fn columns(rendering: &Arc<Rendering>, relation: &Relation) -> Result<Vec<Column>, Error> {
    rendering.columns(relation).map_err(raise)
}

fn values<'a>(rendering: &Arc<Rendering>, columns: impl Iterator<Item = &'a Column>) -> Value {
    let dialect = rendering.dialect();
    List::value(columns.map(|column| column_value(column, dialect)).collect())
}

/// The type of a text column, if it holds longer texts than another.
fn wider(column: &Column, than: &Column) -> Option<String> {
    let size = |column: &Column| {
        let (base, rest) = column.data_type.split_once('(')?;
        Some((base.trim().to_lowercase(), rest.strip_suffix(')')?.parse::<u64>().ok()?))
    };
    let ((base, long), (other, short)) = (size(column)?, size(than)?);
    (base == other && base.contains("char") && long > short).then(|| column.data_type.clone())
}
