//! What PostgreSQL's catalog holds. A connection sees one database, so a database's name is only passed on.

use super::connection::PostgresConnection;
use super::dialect::POSTGRES;
use crate::adapters::{Column, DatabaseError, Relation, RelationKind};

pub(super) fn list_relations(
    connection: &mut PostgresConnection,
    database: &str,
    schema: &str,
) -> Result<Vec<Relation>, DatabaseError> {
    let rows = connection.texts(&format!(
        "select c.relname, c.relkind from pg_catalog.pg_class c \
         join pg_catalog.pg_namespace n on n.oid = c.relnamespace \
         where n.nspname = {} and c.relkind in ('r', 'p', 'v', 'm', 'f')",
        POSTGRES.literal(schema)
    ))?;
    let relation = |row: Vec<String>| {
        let [name, kind] = <[String; 2]>::try_from(row).ok()?;
        let kind = match kind.as_str() {
            "v" => RelationKind::View,
            "m" => RelationKind::MaterializedView,
            "f" => RelationKind::External,
            _ => RelationKind::Table,
        };
        Some(Relation::new(database, schema, name).with_kind(kind))
    };
    Ok(rows.into_iter().filter_map(relation).collect())
}

pub(super) fn list_schemas(connection: &mut PostgresConnection) -> Result<Vec<String>, DatabaseError> {
    let sql = "select nspname from pg_catalog.pg_namespace where not pg_catalog.starts_with(nspname, 'pg_temp_') \
               and not pg_catalog.starts_with(nspname, 'pg_toast') order by 1";
    Ok(connection.texts(sql)?.into_iter().flatten().collect())
}

pub(super) fn columns_of(
    connection: &mut PostgresConnection,
    relation: &Relation,
) -> Result<Vec<Column>, DatabaseError> {
    let (_, schema, name) = relation.key(&POSTGRES);
    // Temporary tables have no schema of a known name: they are what their bare name means.
    let place = match schema.is_empty() {
        true => "pg_catalog.pg_table_is_visible(c.oid)".to_owned(),
        false => format!("n.nspname = {}", POSTGRES.literal(&schema)),
    };
    let rows = connection.texts(&format!(
        "select a.attname, pg_catalog.format_type(a.atttypid, a.atttypmod) from pg_catalog.pg_attribute a \
         join pg_catalog.pg_class c on c.oid = a.attrelid join pg_catalog.pg_namespace n on n.oid = c.relnamespace \
         where c.relname = {} and {place} and a.attnum > 0 and not a.attisdropped order by a.attnum",
        POSTGRES.literal(&name)
    ))?;
    let column = |row: Vec<String>| <[String; 2]>::try_from(row).ok().map(|[name, kind]| Column::new(name, kind));
    Ok(rows.into_iter().filter_map(column).collect())
}

/// The full types of a prepared statement's columns, by type and modifier.
pub(super) fn described(
    connection: &mut PostgresConnection,
    columns: &[postgres::Column],
) -> Result<Vec<Column>, DatabaseError> {
    let list = |numbers: Vec<String>| numbers.join(",");
    let rows = connection.texts(&format!(
        "select pg_catalog.format_type(kind, modifier) from unnest('{{{}}}'::oid[], '{{{}}}'::int[]) \
         with ordinality as t (kind, modifier, place) order by place",
        list(columns.iter().map(|column| column.type_().oid().to_string()).collect()),
        list(columns.iter().map(|column| column.type_modifier().to_string()).collect()),
    ))?;
    Ok(columns.iter().zip(rows.into_iter().flatten()).map(|(column, kind)| Column::new(column.name(), kind)).collect())
}
