//! What DuckDB's catalog holds.

use super::connection::DuckDbConnection;
use super::dialect::DUCKDB;
use crate::adapters::{Column, DatabaseError, Relation, RelationKind};

pub(super) fn list_relations(
    connection: &mut DuckDbConnection,
    database: &str,
    schema: &str,
) -> Result<Vec<Relation>, DatabaseError> {
    let place = format!(
        "lower(database_name) = lower({}) AND lower(schema_name) = lower({}) AND NOT internal",
        DUCKDB.literal(database),
        DUCKDB.literal(schema)
    );
    let rows = connection.texts(&format!(
        "SELECT database_name, schema_name, table_name, 'table' FROM duckdb_tables() WHERE {place} \
         UNION ALL SELECT database_name, schema_name, view_name, 'view' FROM duckdb_views() WHERE {place}"
    ))?;
    let relation = |row: Vec<String>| match <[String; 4]>::try_from(row) {
        Ok([database, schema, name, kind]) => {
            Some(Relation { kind: RelationKind::parse(&kind), ..Relation::new(database, schema, name) })
        }
        Err(_) => None,
    };
    Ok(rows.into_iter().filter_map(relation).collect())
}

pub(super) fn list_schemas(connection: &mut DuckDbConnection, database: &str) -> Result<Vec<String>, DatabaseError> {
    let rows = connection.texts(&format!(
        "SELECT schema_name FROM duckdb_schemas() WHERE lower(database_name) = lower({}) ORDER BY 1",
        DUCKDB.literal(database)
    ))?;
    Ok(rows.into_iter().flatten().collect())
}

pub(super) fn columns_of(connection: &mut DuckDbConnection, relation: &Relation) -> Result<Vec<Column>, DatabaseError> {
    let parts = [&relation.database, &relation.schema, &relation.identifier];
    let name: Vec<_> = parts.into_iter().flatten().map(|part| DUCKDB.quote(part)).collect();
    let sql = format!("SELECT column_name, column_type FROM (DESCRIBE {})", name.join("."));
    match connection.texts(&sql) {
        Ok(rows) => Ok(columns(rows)),
        Err(error) if error.message.contains("does not exist") => Ok(vec![]),
        Err(error) => Err(error),
    }
}

/// Columns from rows that begin with a name and a type.
pub(super) fn columns(rows: Vec<Vec<String>>) -> Vec<Column> {
    let column = |row: Vec<String>| {
        let mut texts = row.into_iter();
        Some(Column::new(texts.next()?, texts.next()?))
    };
    rows.into_iter().filter_map(column).collect()
}
