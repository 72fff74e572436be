//! What Snowflake's catalog holds. `show` needs no warehouse, and says at most 10,000 objects at a time.

use super::connection::{SnowflakeConnection, TextRow};
use super::dialect::SNOWFLAKE;
use crate::adapters::{Column, DatabaseError, Relation, RelationKind};

/// Objects an answer.
const PAGE: usize = 10_000;
/// The object does not exist, or may not be seen.
const MISSING: [&str; 2] = ["002003", "002043"];

pub(super) fn list_relations(
    connection: &mut SnowflakeConnection,
    database: &str,
    schema: &str,
) -> Result<Vec<Relation>, DatabaseError> {
    let place = format!("{}.{}", SNOWFLAKE.quote(database), SNOWFLAKE.quote(schema));
    let rows = match show(connection, &format!("show objects in schema {place}")) {
        Err(error) if is_missing(&error) => return Ok(vec![]),
        rows => rows?,
    };
    Ok(rows.iter().map(|row| Relation::new(database, schema, row.get("name")).with_kind(kind(row))).collect())
}

fn kind(row: &TextRow) -> RelationKind {
    let is_dynamic = row.get("is_dynamic").to_uppercase().starts_with('Y');
    match row.get("kind").to_uppercase().replace(' ', "_").as_str() {
        "VIEW" => RelationKind::View,
        "MATERIALIZED_VIEW" => RelationKind::MaterializedView,
        "DYNAMIC_TABLE" => RelationKind::DynamicTable,
        "TABLE" if is_dynamic => RelationKind::DynamicTable,
        "EXTERNAL_TABLE" => RelationKind::External,
        _ => RelationKind::Table,
    }
}

/// All pages of a `show`, which is in the order of names.
fn show(connection: &mut SnowflakeConnection, sql: &str) -> Result<Vec<TextRow>, DatabaseError> {
    let mut rows: Vec<TextRow> = vec![];
    loop {
        let after = match rows.last() {
            None => String::new(),
            Some(last) => format!(" from {}", SNOWFLAKE.literal(&last.get("name"))),
        };
        let page = connection.texts(&format!("{sql} limit {PAGE}{after}"))?;
        let is_full = page.len() == PAGE;
        rows.extend(page);
        if !is_full {
            return Ok(rows);
        }
    }
}

pub(super) fn list_schemas(connection: &mut SnowflakeConnection, database: &str) -> Result<Vec<String>, DatabaseError> {
    let rows = show(connection, &format!("show terse schemas in database {}", SNOWFLAKE.quote(database)))?;
    Ok(rows.iter().map(|row| row.get("name")).collect())
}

pub(super) fn columns_of(
    connection: &mut SnowflakeConnection,
    relation: &Relation,
) -> Result<Vec<Column>, DatabaseError> {
    match connection.texts(&format!("describe table {relation}")) {
        Err(error) if is_missing(&error) => Ok(vec![]),
        rows => Ok(rows?.iter().map(|row| Column::new(row.get("name"), row.get("type"))).collect()),
    }
}

fn is_missing(error: &DatabaseError) -> bool {
    error.code.as_deref().is_some_and(|code| MISSING.contains(&code))
}
