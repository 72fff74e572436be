//! Schemas and databases.

use super::{Method, relations, text};
use crate::diagnostics::{Code, Diagnostic};
use crate::jinja::{Value, raise};

/// The methods.
pub const METHODS: &[(&str, Method)] = &[
    ("check_schema_exists", |rendering, _, arguments| {
        let adapter = &rendering.session.output().adapter;
        let database = text(arguments, 0, "database").unwrap_or_else(|| adapter.database().to_owned());
        let wanted = arguments.string(1, "schema")?;
        let session = rendering.session().map_err(raise)?;
        let schemas = session.with_connection(|connection| connection.list_schemas(&database)).map_err(raise)?;
        Ok(Value::from(schemas.iter().any(|schema| schema.eq_ignore_ascii_case(&wanted))))
    }),
    ("create_schema", |rendering, _, arguments| {
        let schema = relations::relation(arguments, 0, "relation")?;
        rendering.call("create_schema", &[relations::value(rendering, &schema)])?;
        rendering.session.catalog().forget(&schema);
        Ok(Value::from(()))
    }),
    ("drop_schema", |rendering, _, arguments| {
        let schema = relations::relation(arguments, 0, "relation")?;
        rendering.call("drop_schema", &[relations::value(rendering, &schema)])?;
        rendering.session.catalog().forget(&schema);
        Ok(Value::from(()))
    }),
    ("verify_database", |rendering, _, arguments| {
        let wanted = arguments.string(0, "database")?;
        let own = rendering.session.output().adapter.database();
        if wanted.trim_matches('"').eq_ignore_ascii_case(own) {
            return Ok(Value::from(""));
        }
        let message = format!("The database '{wanted}' cannot be used: the profile connects to '{own}'.");
        Err(raise(Diagnostic::error(Code::CONFIG_INVALID, message)))
    }),
];
