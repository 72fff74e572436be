//! Unit tests: a model's query over given rows.

use crate::diagnostics::{Code, Diagnostic, Result};
use crate::resolve::{Graph, Node, UniqueId};
use serde_json::{Map, Value as Json};
use std::sync::Arc;

/// A unit test, understood.
#[derive(Debug, Clone)]
pub struct UnitTest {
    /// Its unique id.
    pub unique_id: UniqueId,
    /// Its name.
    pub name: String,
    /// The file that declares it, relative to the project.
    pub path: String,
    /// The model that is tested.
    pub model: Arc<Node>,
    /// What the model reads instead of its inputs: as written, such as `ref('a')`.
    pub given: Vec<(String, FixtureRows)>,
    /// What it must give.
    pub expected: FixtureRows,
    /// `overrides.macros`: what calls of these macros return.
    pub macros: Map<String, Json>,
    /// `overrides.vars`.
    pub vars: Map<String, Json>,
    /// `overrides.env_vars`.
    pub env_vars: Map<String, Json>,
}

/// Rows that a unit test writes down.
#[derive(Debug, Clone, PartialEq)]
pub enum FixtureRows {
    /// Row by row, columns by name.
    Rows(Vec<Map<String, Json>>),
    /// As a query.
    Sql(String),
}

impl UnitTest {
    /// Understands a unit test as the manifest has it.
    pub fn read(unique_id: &UniqueId, document: &Json, graph: &Graph) -> Result<Self> {
        let text = |key: &str| document.get(key).and_then(Json::as_str).unwrap_or_default().to_owned();
        let name = text("name");
        let wrong = |what: String| Diagnostic::error(Code::UNIT_TEST_FAILED, format!("Unit test '{name}': {what}."));
        let depends_on = document.pointer("/depends_on/nodes/0").and_then(Json::as_str).unwrap_or_default();
        let model = graph.nodes.get(depends_on).ok_or_else(|| wrong(format!("its model {depends_on} is gone")))?;
        let given = document.get("given").and_then(Json::as_array).into_iter().flatten().map(|given| {
            let input = given.get("input").and_then(Json::as_str).unwrap_or_default();
            Ok((input.to_owned(), FixtureRows::read(given, &wrong)?))
        });
        let overrides = |kind: &str| {
            let found = document.pointer(&format!("/overrides/{kind}")).and_then(Json::as_object);
            found.cloned().unwrap_or_default()
        };
        Ok(Self {
            given: given.collect::<Result<_>>()?,
            expected: FixtureRows::read(document.get("expect").unwrap_or(&Json::Null), &wrong)?,
            macros: overrides("macros"),
            vars: overrides("vars"),
            env_vars: overrides("env_vars"),
            unique_id: unique_id.clone(),
            path: text("original_file_path"),
            model: model.clone(),
            name,
        })
    }
}

impl FixtureRows {
    fn read(fixture: &Json, wrong: &impl Fn(String) -> Box<Diagnostic>) -> Result<Self> {
        let format = fixture.get("format").and_then(Json::as_str).unwrap_or("dict");
        match (format, fixture.get("rows")) {
            (_, None | Some(Json::Null)) => Ok(Self::Rows(vec![])),
            (_, Some(Json::Array(rows))) => Ok(Self::Rows(rows.iter().filter_map(Json::as_object).cloned().collect())),
            ("csv", Some(Json::String(text))) => {
                csv_rows(text).map(Self::Rows).map_err(|error| wrong(format!("its rows are not CSV: {error}")))
            }
            ("sql", Some(Json::String(sql))) => Ok(Self::Sql(sql.clone())),
            (format, Some(_)) => Err(wrong(format!("its rows are not in the format {format}"))),
        }
    }
}

/// Rows of a CSV text; an empty field is null.
fn csv_rows(text: &str) -> Result<Vec<Map<String, Json>>, csv::Error> {
    let mut reader = csv::ReaderBuilder::new().trim(csv::Trim::All).from_reader(text.as_bytes());
    let header = reader.headers()?.clone();
    let value = |field: &str| if field.is_empty() { Json::Null } else { Json::from(field) };
    let row = |record: csv::StringRecord| {
        header.iter().zip(record.iter()).map(|(name, field)| (name.to_owned(), value(field))).collect()
    };
    reader.into_records().map(|record| record.map(row)).collect()
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;

    #[test]
    fn rows_come_as_mappings_csv_or_sql() {
        let wrong = |what: String| Diagnostic::error(Code::UNIT_TEST_FAILED, what);
        let read = |fixture: Json| FixtureRows::read(&fixture, &wrong);
        let rows = FixtureRows::Rows(vec![json!({"id": "1", "name": null}).as_object().unwrap().clone()]);
        assert_eq!(read(json!({"format": "csv", "rows": "id, name\n1,\n"})).unwrap(), rows);
        assert_eq!(read(json!({"rows": [{"id": "1", "name": null}]})).unwrap(), rows);
        assert_eq!(read(json!({"format": "sql", "rows": "select 1"})).unwrap(), FixtureRows::Sql("select 1".into()));
        assert!(read(json!({"format": "dict", "rows": "select 1"})).is_err());
    }
}
