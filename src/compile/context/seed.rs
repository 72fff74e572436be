//! `load_agate_table()`: the rows of a seed's file, for templates that load seeds themselves.

use super::native::Body;
use crate::adapters::{Cell, ColumnType, Rows, RowsColumn};
use crate::compile::rendering::Rendering;
use crate::compile::values::Table;
use crate::diagnostics::{Code, Diagnostic, Result};
use crate::jinja::{Error, State, Value, raise};
use crate::resolve::NodeKind;
use std::path::Path;
use std::sync::Arc;

/// The functions by name.
pub const FUNCTIONS: &[(&str, Body)] = &[("load_agate_table", load), ("load_dataframe", load)];

fn load(rendering: &Arc<Rendering>, _: &mut State<'_, '_>, _: &[Value]) -> std::result::Result<Value, Error> {
    let node = rendering.node.as_ref();
    let Some((node, NodeKind::Seed { disk_path })) = node.map(|node| (node, &node.kind)) else {
        return Err(raise(Diagnostic::error(Code::SEED_INVALID, "load_agate_table() is for seeds alone.")));
    };
    let delimiter = node.config.str("delimiter").and_then(|text| text.bytes().next()).unwrap_or(b',');
    let text = rendering.compiler.world().read(disk_path, &node.original_file_path).map_err(raise)?;
    let rows = read(text.text(), delimiter, disk_path).map_err(raise)?;
    Ok(Table::new(rows, rendering.compiler.sink().clone()).into_value())
}

/// The rows of a CSV text, whose values are whole numbers, numbers, truth values, or texts, column by column.
fn read(text: &str, delimiter: u8, path: &Path) -> Result<Rows> {
    let wrong = |error: csv::Error| {
        Diagnostic::error(Code::SEED_INVALID, format!("{} cannot be read: {error}", path.display()))
    };
    let mut reader = csv::ReaderBuilder::new().delimiter(delimiter).from_reader(text.as_bytes());
    let names: Vec<String> = reader.headers().map_err(wrong)?.iter().map(str::to_owned).collect();
    let records: Vec<csv::StringRecord> = reader.records().collect::<std::result::Result<_, _>>().map_err(wrong)?;
    let kinds: Vec<ColumnType> = (0..names.len()).map(|index| kind(&records, index)).collect();
    let columns =
        names.into_iter().zip(&kinds).map(|(name, kind)| RowsColumn { name, kind: *kind, data_type: String::new() });
    let cells = |record: &csv::StringRecord| record.iter().zip(&kinds).map(|(text, kind)| cell(text, *kind)).collect();
    Ok(Rows { columns: columns.collect(), rows: records.iter().map(cells).collect() })
}

/// What all values of a column are, leaving out empty ones.
fn kind(records: &[csv::StringRecord], index: usize) -> ColumnType {
    let all = |fits: fn(&str) -> bool| {
        records.iter().filter_map(|record| record.get(index)).filter(|text| !text.is_empty()).all(fits)
    };
    if all(|text| text.parse::<i64>().is_ok()) {
        ColumnType::Integer
    } else if all(|text| text.parse::<f64>().is_ok_and(f64::is_finite)) {
        ColumnType::Number
    } else if all(|text| matches!(text.to_ascii_lowercase().as_str(), "true" | "false")) {
        ColumnType::Boolean
    } else {
        ColumnType::Text
    }
}

fn cell(text: &str, kind: ColumnType) -> Cell {
    match kind {
        _ if text.is_empty() => Cell::Null,
        ColumnType::Integer => text.parse().map_or(Cell::Null, Cell::Integer),
        ColumnType::Number => Cell::Decimal(text.to_owned()),
        ColumnType::Boolean => Cell::Boolean(text.eq_ignore_ascii_case("true")),
        _ => Cell::Text(text.to_owned()),
    }
}
