//! Tables of results as text: `print_table` and its like.

use super::data_type::name;
use crate::adapters::{ColumnType, RowsColumn};
use crate::jinja::{Arguments, Decimal, Error, ErrorKind, Value, python_json, to_json};
use std::sync::Arc;

/// A table to be written.
pub struct TableText<'t> {
    /// The columns.
    pub columns: &'t [RowsColumn],
    /// The rows.
    pub rows: &'t [Arc<[Value]>],
}

/// How a drawing is cut.
struct Limits {
    rows: usize,
    columns: usize,
    width: usize,
    places: usize,
}

impl TableText<'_> {
    /// As a drawing of `|` and `-`: `max_rows=20, max_columns=6, max_column_width=20, max_precision=3`.
    pub fn drawn(&self, arguments: &Arguments<'_>) -> Result<String, Error> {
        let limit = |index, name, default: i64| match arguments.get(index, name) {
            Some(value) if value.is_none() => Ok(usize::MAX),
            _ => arguments.integer(index, name, default).map(|limit| limit.max(0) as usize),
        };
        let limits = Limits {
            rows: limit(0, "max_rows", 20)?,
            columns: limit(1, "max_columns", 6)?,
            width: limit(3, "max_column_width", 20)?,
            places: limit(5, "max_precision", 3)?,
        };
        let (rows, columns) = (limits.rows.min(self.rows.len()), limits.columns.min(self.columns.len()));
        let mut lines = vec![self.columns[..columns].iter().map(|column| limits.cut(&column.name)).collect::<Vec<_>>()];
        let texts = (0..columns).map(|column| self.column_texts(column, rows, limits.places)).collect::<Vec<_>>();
        lines.extend((0..rows).map(|row| texts.iter().map(|column| limits.cut(&column[row])).collect()));
        if columns < self.columns.len() {
            lines.iter_mut().for_each(|line| line.push("...".into()));
        }
        if rows < self.rows.len() {
            lines.push(vec!["...".into(); lines[0].len()]);
        }
        let is_text = |column: usize| self.columns[column].kind == ColumnType::Text;
        Ok(drawing(&lines, is_text))
    }

    /// The names of the columns and the types of their values.
    pub fn structure(&self) -> String {
        let mut lines = vec![vec!["column".to_owned(), "data_type".to_owned()]];
        lines.extend(self.columns.iter().map(|column| vec![column.name.clone(), name(column.kind).to_owned()]));
        drawing(&lines, |_| true)
    }

    /// As CSV with a header.
    pub fn csv(&self) -> String {
        let mut writer = csv::Writer::from_writer(vec![]);
        let header = std::iter::once(self.columns.iter().map(|column| column.name.clone()).collect::<Vec<_>>());
        for record in header.chain(self.rows.iter().map(|row| row.iter().map(text).collect())) {
            // Writing to memory cannot fail.
            let _ = writer.write_record(&record);
        }
        writer.into_inner().ok().and_then(|bytes| String::from_utf8(bytes).ok()).unwrap_or_default()
    }

    /// As a JSON array of objects.
    pub fn json(&self, indent: Option<usize>) -> String {
        written(&serde_json::Value::Array(self.rows.iter().map(|row| self.object(row)).collect()), indent)
    }

    /// As a file: `key` (a column whose values name the rows), `newline` (an object a line), `indent`.
    pub fn json_file(&self, arguments: &Arguments<'_>) -> Result<String, Error> {
        let indent = arguments.get(3, "indent").and_then(|indent| indent.as_usize());
        let rows: Vec<serde_json::Value> = self.rows.iter().map(|row| self.object(row)).collect();
        if arguments.flag(2, "newline") {
            return Ok(rows.iter().map(|row| format!("{}\n", python_json(row))).collect());
        }
        let Some(key) = arguments.get(1, "key").filter(|key| !key.is_none()) else {
            return Ok(self.json(indent));
        };
        let column = self.columns.iter().position(|column| Some(column.name.as_str()) == key.as_str());
        let column = column.ok_or_else(|| arguments.wrong("key", "the name of a column", &key))?;
        let mut keyed = serde_json::Map::new();
        for (row, object) in self.rows.iter().zip(rows) {
            if keyed.insert(row[column].to_string(), object).is_some() {
                let message = format!("to_json(): the value '{}' is not unique in the key column", row[column]);
                return Err(Error::new(ErrorKind::InvalidOperation, message));
            }
        }
        Ok(written(&serde_json::Value::Object(keyed), indent))
    }

    fn object(&self, row: &[Value]) -> serde_json::Value {
        let pairs = self.columns.iter().zip(row).map(|(column, value)| (column.name.clone(), to_json(value)));
        serde_json::Value::Object(pairs.collect())
    }

    /// A column's values; numbers with as many places as the longest of them.
    fn column_texts(&self, column: usize, rows: usize, most_places: usize) -> Vec<String> {
        let values = || self.rows[..rows].iter().map(|row| &row[column]);
        if self.columns[column].kind != ColumnType::Number {
            return values().map(text).collect();
        }
        let places = values().map(places).max().unwrap_or(0);
        let more = if places > most_places { "…" } else { "" };
        values().map(|value| number(value, places.min(most_places), more)).collect()
    }
}

impl Limits {
    fn cut(&self, text: &str) -> String {
        match text.chars().count() > self.width {
            true => text.chars().take(self.width.saturating_sub(3)).chain("...".chars()).collect(),
            false => text.to_owned(),
        }
    }
}

fn written(json: &serde_json::Value, indent: Option<usize>) -> String {
    match indent {
        Some(_) => serde_json::to_string_pretty(json).unwrap_or_default(),
        None => python_json(json),
    }
}

fn text(value: &Value) -> String {
    if value.is_none() { String::new() } else { value.to_string() }
}

/// How many digits stand behind the point, but for zeros at the end.
pub(super) fn places(value: &Value) -> usize {
    match value.to_string().split_once('.') {
        Some((_, fraction)) if value.downcast_object_ref::<Decimal>().is_some() => fraction.trim_end_matches('0').len(),
        _ => 0,
    }
}

/// A number with commas between thousands.
pub(super) fn number(value: &Value, places: usize, more: &str) -> String {
    if value.is_none() {
        return String::new();
    }
    let rounded = match value.downcast_object_ref::<Decimal>() {
        Some(decimal) => decimal.with_places(places as i64).to_string(),
        None => value.to_string(),
    };
    let (sign, digits) = rounded.strip_prefix('-').map_or(("", rounded.as_str()), |digits| ("-", digits));
    let (whole, fraction) = digits.split_once('.').unwrap_or((digits, ""));
    let grouped = whole.as_bytes().rchunks(3).rev().map(String::from_utf8_lossy).collect::<Vec<_>>().join(",");
    let fraction = format!("{fraction:0<places$}");
    let point = if places > 0 { "." } else { "" };
    format!("{sign}{grouped}{point}{fraction}{more}")
}

/// Lines of cells, the first a header, with text to the left and anything else to the right.
fn drawing(lines: &[Vec<String>], is_text: impl Fn(usize) -> bool) -> String {
    let columns = lines.first().map_or(0, Vec::len);
    let widest = |column: usize| lines.iter().map(|line| line[column].chars().count()).max().unwrap_or(0);
    let widths: Vec<usize> = (0..columns).map(widest).collect();
    let written = |cells: &Vec<String>| {
        let padded = cells.iter().zip(&widths).enumerate().map(|(column, (cell, width))| match is_text(column) {
            true => format!("{cell:<width$}"),
            false => format!("{cell:>width$}"),
        });
        format!("| {} |", padded.collect::<Vec<_>>().join(" | "))
    };
    let rule = format!("| {} |", widths.iter().map(|width| "-".repeat(*width)).collect::<Vec<_>>().join(" | "));
    let mut drawn: Vec<String> = lines.iter().map(written).collect();
    drawn.insert(1, rule);
    drawn.join("\n")
}
