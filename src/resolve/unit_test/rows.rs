//! The rows of unit tests: written down, in a fixture file, or a seed's own.

use crate::diagnostics::{Code, Diagnostic, Result, Span};
use crate::load::FileKind;
use crate::parse::PropertiesFile;
use crate::resolve::columns::expression_calls;
use crate::resolve::{Node, NodeKind};
use crate::world::World;
use serde_json::{Map, Value as Json};

/// A fixture with its rows as the manifest has them: a list of mappings, or SQL.
pub fn normalise(
    fixture: &Json,
    file: &PropertiesFile,
    nodes: &[Box<Node>],
    place: &Span,
    world: &World,
) -> Result<Json> {
    let mut fixture = fixture.clone();
    let text = |key: &str| fixture.get(key).and_then(Json::as_str).map(str::to_owned);
    let in_file = text("fixture").map(|name| fixture_text(&name, file, place)).transpose()?;
    let written = text("rows");
    let rows = match (text("format").as_deref(), &fixture["rows"]) {
        (Some("dict"), Json::Null) => match text("input").filter(|input| input != "this") {
            Some(input) => Json::Array(seed_rows(&input, file, nodes, place, world)?),
            None => Json::Array(vec![]),
        },
        (Some("dict"), Json::Array(rows)) if rows.iter().all(Json::is_object) => Json::Array(rows.clone()),
        (Some("csv"), rows) => match (in_file.or(written), rows) {
            (Some(text), _) => Json::Array(csv_rows(&text, place)?.into_iter().map(empty_as_null).collect()),
            (None, _) => return Err(mismatch("CSV as text", place)),
        },
        (Some("sql"), _) => match in_file.or(written) {
            Some(sql) => Json::String(sql),
            None => return Err(mismatch("SQL as text", place)),
        },
        _ => return Err(mismatch("a list of mappings", place)),
    };
    fixture["rows"] = whole_row_first(rows);
    Ok(fixture)
}

fn mismatch(wanted: &str, place: &Span) -> Box<Diagnostic> {
    let message = format!("The rows of a unit test do not fit their format: they must be {wanted}.");
    Diagnostic::error(Code::YAML_TYPE, message).at(place)
}

/// The text of a fixture file of the package.
fn fixture_text(name: &str, file: &PropertiesFile, place: &Span) -> Result<String> {
    let files = file.package.files.iter().filter(|file| file.kind == FileKind::Fixture);
    let mut named = files.into_iter().filter(|file| file.path.file_stem().is_some_and(|stem| stem == name));
    let found = named.next();
    if let (Some(one), Some(other)) = (found, named.next()) {
        let message =
            format!("There are two fixtures named '{name}': {} and {}.", one.path.display(), other.path.display());
        return Err(Diagnostic::error(Code::NAME_DUPLICATE, message).at(place).hint("Rename one of them."));
    }
    found.map(|file| file.source.text().trim().to_owned()).ok_or_else(|| {
        Diagnostic::error(Code::IO, format!("There is no fixture '{name}'."))
            .at(place)
            .hint(format!("Write it to tests/fixtures/{name}.csv or {name}.sql."))
    })
}

/// The rows of the seed that an input such as `ref('countries')` names.
fn seed_rows(
    input: &str,
    file: &PropertiesFile,
    nodes: &[Box<Node>],
    place: &Span,
    world: &World,
) -> Result<Vec<Json>> {
    let calls = expression_calls(input, place)?;
    let seed = calls.refs.first().and_then(|call| {
        nodes.iter().find_map(|node| match &node.kind {
            NodeKind::Seed { disk_path } if node.name == call.name => Some(disk_path),
            _ => None,
        })
    });
    let Some(path) = seed else {
        let message = match calls.refs.first() {
            Some(call) => format!("Unable to find seed '{}.{}' for unit tests", file.package.name, call.name),
            None => format!("The input {input} gives no rows."),
        };
        return Err(Diagnostic::error(Code::CONFIG_INVALID, message).at(place).hint("Add 'rows:'."));
    };
    csv_rows(world.read(path, path)?.text(), place)
}

/// The rows of a CSV text by column; all values are text.
fn csv_rows(text: &str, place: &Span) -> Result<Vec<Json>> {
    let wrong =
        |error: csv::Error| Diagnostic::error(Code::YAML_TYPE, format!("The rows are not CSV: {error}")).at(place);
    let mut reader = csv::ReaderBuilder::new().flexible(true).from_reader(text.trim_start().as_bytes());
    let header = reader.headers().map_err(wrong)?.clone();
    let row = |record: csv::StringRecord| {
        let fields = header.iter().zip(record.iter()).map(|(name, field)| (name.to_owned(), Json::from(field)));
        Json::Object(fields.collect())
    };
    reader.into_records().map(|record| record.map(row).map_err(wrong)).collect()
}

fn empty_as_null(row: Json) -> Json {
    let Json::Object(fields) = row else { return row };
    let value = |(name, value): (String, Json)| (name, if value == "" { Json::Null } else { value });
    Json::Object(fields.into_iter().map(value).collect::<Map<_, _>>())
}

/// Moves a row without nulls to the front: engines take the types of columns from the first row.
fn whole_row_first(rows: Json) -> Json {
    let Json::Array(mut rows) = rows else { return rows };
    let is_whole = |row: &Json| row.as_object().is_some_and(|row| row.values().all(|value| !value.is_null()));
    if let Some(at) = rows.iter().position(is_whole) {
        rows.swap(0, at);
    }
    Json::Array(rows)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::diagnostics::SourceFile;
    use serde_json::json;

    #[test]
    fn csv_becomes_rows_with_a_whole_one_first() {
        let place = SourceFile::new("a.yml", "").span(0..0);
        let rows = csv_rows("a,b\n1,\n2,3", &place).unwrap().into_iter().map(empty_as_null).collect();
        assert_eq!(whole_row_first(Json::Array(rows)), json!([{"a": "2", "b": "3"}, {"a": "1", "b": null}]));
    }
}
