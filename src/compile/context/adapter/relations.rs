//! Relations that exist: finding, dropping, renaming.

use super::{Method, text};
use crate::adapters::Relation;
use crate::compile::rendering::Rendering;
use crate::compile::values::{relation_of, relation_value};
use crate::diagnostics::{Code, Diagnostic};
use crate::jinja::{Arguments, Error, List, Value, raise};
use std::sync::Arc;

/// The methods.
pub const METHODS: &[(&str, Method)] = &[
    ("get_relation", |rendering, _, arguments| {
        let wanted = wanted(rendering, arguments)?;
        Ok(found(rendering, &wanted)?.map_or_else(|| Value::from(()), |found| value(rendering, &found)))
    }),
    ("already_exists", |rendering, _, arguments| {
        let (schema, name) = (arguments.string(0, "schema")?, arguments.string(1, "name")?);
        let wanted = named(rendering, rendering.session.output().adapter.database(), schema, name);
        Ok(Value::from(found(rendering, &wanted)?.is_some()))
    }),
    ("list_relations", |rendering, _, arguments| {
        let (database, schema) = (text(arguments, 0, "database"), arguments.string(1, "schema")?);
        let database = database.unwrap_or_else(|| rendering.session.output().adapter.database().to_owned());
        let schema = named(rendering, database, schema, "");
        let catalog = rendering.session.catalog();
        let session = rendering.session().map_err(raise)?;
        let relations = session.with_connection(|connection| catalog.list(connection, &schema)).map_err(raise)?;
        Ok(values(rendering, &relations))
    }),
    ("list_relations_without_caching", |rendering, _, arguments| {
        let schema = relation(arguments, 0, "schema_relation")?;
        let session = rendering.session().map_err(raise)?;
        let (database, name, _) = schema.key(rendering.dialect());
        let relations = session.with_connection(|connection| connection.list_relations(&database, &name));
        Ok(values(rendering, &relations.map_err(raise)?))
    }),
    ("drop_relation", |rendering, _, arguments| {
        let dropped = relation(arguments, 0, "relation")?;
        rendering.call("drop_relation", &[value(rendering, &dropped)])?;
        rendering.session.catalog().remove(&dropped);
        Ok(Value::from(()))
    }),
    ("truncate_relation", |rendering, _, arguments| {
        rendering.call("truncate_relation", &[value(rendering, &relation(arguments, 0, "relation")?)])
    }),
    ("rename_relation", |rendering, _, arguments| {
        let (from, to) = (relation(arguments, 0, "from_relation")?, relation(arguments, 1, "to_relation")?);
        rendering.call("rename_relation", &[value(rendering, &from), value(rendering, &to)])?;
        rendering.session.catalog().rename(&from, &to);
        Ok(Value::from(()))
    }),
    ("cache_added", |rendering, _, arguments| {
        rendering.session.catalog().add(relation(arguments, 0, "relation")?);
        Ok(Value::from(""))
    }),
    ("cache_dropped", |rendering, _, arguments| {
        rendering.session.catalog().remove(&relation(arguments, 0, "relation")?);
        Ok(Value::from(""))
    }),
    ("cache_renamed", |rendering, _, arguments| {
        let (from, to) = (relation(arguments, 0, "from_relation")?, relation(arguments, 1, "to_relation")?);
        rendering.session.catalog().rename(&from, &to);
        Ok(Value::from(""))
    }),
];

/// An argument that must be a relation.
pub fn relation(arguments: &Arguments<'_>, index: usize, name: &str) -> Result<Relation, Error> {
    let value = arguments.require(index, name)?;
    relation_of(&value).ok_or_else(|| {
        let message = format!("The argument '{name}' must be a relation, and is '{value}'.");
        raise(
            Diagnostic::error(Code::MACRO_ARGUMENTS, message)
                .hint("Make one with api.Relation.create(…), ref() or source()."),
        )
    })
}

/// A relation as a value.
pub fn value(rendering: &Rendering, relation: &Relation) -> Value {
    relation_value(relation, rendering.dialect())
}

fn values(rendering: &Rendering, relations: &[Relation]) -> Value {
    List::value(relations.iter().map(|relation| value(rendering, relation)).collect())
}

/// The relation that `database`, `schema` and `identifier` name, quoted as the project says.
fn wanted(rendering: &Arc<Rendering>, arguments: &Arguments<'_>) -> Result<Relation, Error> {
    let adapter = &rendering.session.output().adapter;
    let database = text(arguments, 0, "database").unwrap_or_else(|| adapter.database().to_owned());
    let schema = text(arguments, 1, "schema").unwrap_or_else(|| adapter.schema().to_owned());
    Ok(named(rendering, database, schema, arguments.require(2, "identifier")?.to_string()))
}

/// The relation of this name, quoted as the project says.
pub fn named(
    rendering: &Rendering,
    database: impl Into<String>,
    schema: impl Into<String>,
    identifier: impl Into<String>,
) -> Relation {
    let quoting = rendering.compiler.graph().project.root().settings.quoting;
    Relation { quote: quoting.parts(rendering.dialect()), ..Relation::new(database, schema, identifier) }
}

/// The relation as it stands in the database.
pub fn found(rendering: &Rendering, wanted: &Relation) -> Result<Option<Relation>, Error> {
    let session = rendering.session().map_err(raise)?;
    let catalog = rendering.session.catalog();
    session.with_connection(|connection| catalog.get(connection, wanted)).map_err(raise)
}
