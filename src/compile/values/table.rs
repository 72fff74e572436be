//! A query's result as templates see it: what dbt's users know as an agate table.

use super::row::place;
use super::{ColumnsObject, Row, RowsObject};
use crate::adapters::{Cell, ColumnType, Rows, RowsColumn};
use crate::event::{Event, EventSink};
use crate::jinja::{
    Arguments, Date, Dict, Enumerator, Error, ErrorKind, List, Moment, Object, ObjectRepr, State, Time, Value,
    from_json, to_json,
};
use std::fmt;
use std::sync::Arc;

/// A table of results: a sequence of rows. Its methods give new tables.
#[derive(Clone)]
pub struct Table {
    /// Takes what `print_table` and its like print.
    sink: Arc<dyn EventSink>,
    columns: Arc<[RowsColumn]>,
    names: Arc<[String]>,
    rows: Arc<[Arc<[Value]>]>,
}

impl Table {
    /// A table of what a query gave.
    pub fn new(rows: Rows, sink: Arc<dyn EventSink>) -> Self {
        let cells = rows.rows.into_iter().map(|row| row.into_iter().map(cell_value).collect());
        Self::of(rows.columns, cells.collect(), sink)
    }

    fn of(columns: Vec<RowsColumn>, rows: Vec<Arc<[Value]>>, sink: Arc<dyn EventSink>) -> Self {
        let names = columns.iter().map(|column| column.name.clone()).collect();
        Self { sink, columns: columns.into(), names, rows: rows.into() }
    }

    /// As a value.
    pub fn into_value(self) -> Value {
        Value::from_object(self)
    }

    /// The columns.
    pub fn columns(&self) -> &[RowsColumn] {
        &self.columns
    }

    /// How many rows there are.
    pub fn len(&self) -> usize {
        self.rows.len()
    }

    /// A row, as a value.
    pub fn row(&self, index: usize) -> Option<Value> {
        let cells = self.rows.get(index)?;
        Some(Value::from_object(Row::new(self.names.clone(), cells.clone())))
    }

    /// A value.
    pub fn cell(&self, row: usize, column: usize) -> Option<&Value> {
        self.rows.get(row)?.get(column)
    }

    /// The rows as lists: dbt's `load_result(…).data`.
    pub fn data(&self) -> Value {
        List::value(self.rows.iter().map(|row| List::value(row.to_vec())).collect())
    }

    /// The same columns, other rows.
    fn with_rows(&self, rows: impl IntoIterator<Item = Arc<[Value]>>) -> Value {
        Self { rows: rows.into_iter().collect(), ..self.clone() }.into_value()
    }

    /// Only the columns that `keep` says, in the table's order.
    fn keep(&self, keep: impl Fn(&str) -> bool) -> Value {
        let kept: Vec<usize> = (0..self.columns.len()).filter(|index| keep(&self.columns[*index].name)).collect();
        let columns = kept.iter().map(|index| self.columns[*index].clone()).collect();
        let rows = self.rows.iter().map(|row| kept.iter().map(|index| row[*index].clone()).collect());
        Self::of(columns, rows.collect(), self.sink.clone()).into_value()
    }

    /// `rename(column_names=[…])` or `rename({old: new})`.
    fn rename(&self, names: &Value) -> Result<Value, Error> {
        let mut columns = self.columns.to_vec();
        let by_place: Option<Vec<Value>> = names
            .as_object()
            .is_none_or(|object| object.repr() != ObjectRepr::Map)
            .then(|| names.try_iter().map(Iterator::collect))
            .transpose()?;
        for (index, column) in columns.iter_mut().enumerate() {
            let new = match &by_place {
                Some(list) => list.get(index).cloned(),
                None => names.get_item(&Value::from(column.name.as_str())).ok().filter(|name| !name.is_undefined()),
            };
            if let Some(new) = new {
                column.name = new.to_string();
            }
        }
        Ok(Self::of(columns, self.rows.to_vec(), self.sink.clone()).into_value())
    }

    /// The rows for which a macro gives something true.
    fn filter(&self, state: &mut State<'_, '_>, test: &Value) -> Result<Value, Error> {
        let mut kept = vec![];
        for (index, cells) in self.rows.iter().enumerate() {
            let Some(row) = self.row(index) else { continue };
            if test.call(state, &[row])?.is_true() {
                kept.push(cells.clone());
            }
        }
        Ok(self.with_rows(kept))
    }

    /// The rows in the order of a column or of what a macro gives for each.
    fn order_by(&self, state: &mut State<'_, '_>, arguments: &Arguments<'_>) -> Result<Value, Error> {
        let key = arguments.require(0, "key")?;
        let column = key.as_str().and_then(|name| self.names.iter().position(|known| known == name));
        let mut keyed = vec![];
        for (index, cells) in self.rows.iter().enumerate() {
            let key = match (column, self.row(index)) {
                (Some(column), _) => cells[column].clone(),
                (None, Some(row)) => key.call(state, &[row])?,
                (None, None) => continue,
            };
            keyed.push((key, cells.clone()));
        }
        keyed.sort_by(|(a, _), (b, _)| a.cmp(b));
        if arguments.flag(1, "reverse") {
            keyed.reverse();
        }
        Ok(self.with_rows(keyed.into_iter().map(|(_, cells)| cells)))
    }

    /// The rows without repetitions, of the whole row or of one column.
    fn distinct(&self, key: Option<Value>) -> Value {
        let column = key.and_then(|key| self.names.iter().position(|name| Some(name.as_str()) == key.as_str()));
        let mut seen: Vec<Value> = vec![];
        let rows = self.rows.iter().filter(|cells| {
            let key = column.map_or_else(|| Value::from(cells.to_vec()), |column| cells[column].clone());
            let new = !seen.contains(&key);
            if new {
                seen.push(key);
            }
            new
        });
        self.with_rows(rows.cloned().collect::<Vec<_>>())
    }

    /// The rows between two places, or the first ones.
    fn limit(&self, arguments: &Arguments<'_>) -> Result<Value, Error> {
        let first = arguments.integer(0, "start_or_stop", self.rows.len() as i64)?;
        let (start, stop) = match arguments.get(1, "stop").and_then(|stop| stop.as_i64()) {
            Some(stop) => (first, stop),
            None => (0, first),
        };
        let clamp = |place: i64| place.clamp(0, self.rows.len() as i64) as usize;
        let rows = self.rows.get(clamp(start)..clamp(stop)).unwrap_or_default();
        Ok(self.with_rows(rows.to_vec()))
    }

    /// As a drawing of `|` and `-`.
    fn drawn(&self, max_rows: usize) -> String {
        let text = |value: &Value| if value.is_none() { String::new() } else { value.to_string() };
        let mut lines = vec![self.names.to_vec()];
        lines.extend(self.rows.iter().take(max_rows).map(|row| row.iter().map(text).collect()));
        let width = |column: usize| lines.iter().map(|line| line[column].chars().count()).max().unwrap_or(0);
        let widths: Vec<usize> = (0..self.names.len()).map(width).collect();
        let line = |cells: &Vec<String>| {
            let padded = cells.iter().zip(&widths).map(|(cell, width)| format!("{cell:<width$}"));
            format!("| {} |", padded.collect::<Vec<_>>().join(" | "))
        };
        let rule = format!("| {} |", widths.iter().map(|width| "-".repeat(*width)).collect::<Vec<_>>().join(" | "));
        let mut drawing: Vec<String> = lines.iter().map(line).collect();
        drawing.insert(1, rule);
        drawing.join("\n")
    }

    /// As CSV with a header.
    fn csv(&self) -> String {
        let mut writer = csv::Writer::from_writer(vec![]);
        let text = |value: &Value| if value.is_none() { String::new() } else { value.to_string() };
        let header = std::iter::once(self.names.to_vec());
        for record in header.chain(self.rows.iter().map(|row| row.iter().map(text).collect())) {
            // Writing to memory cannot fail.
            let _ = writer.write_record(&record);
        }
        writer.into_inner().ok().and_then(|bytes| String::from_utf8(bytes).ok()).unwrap_or_default()
    }

    /// As a JSON array of objects.
    fn json(&self) -> String {
        let object = |row: &Arc<[Value]>| {
            let pairs = self.names.iter().zip(row.iter()).map(|(name, value)| (name.clone(), to_json(value)));
            serde_json::Value::Object(pairs.collect())
        };
        serde_json::Value::Array(self.rows.iter().map(object).collect()).to_string()
    }

    fn print(&self, text: String) -> Value {
        self.sink.emit(Event::Printed(text));
        Value::from("")
    }

    /// The names that `select('a')`, `select(['a', 'b'])` mean.
    fn chosen(key: &Value) -> Vec<String> {
        match key.as_str() {
            Some(name) => vec![name.to_owned()],
            None => key.try_iter().map(|names| names.map(|name| name.to_string()).collect()).unwrap_or_default(),
        }
    }
}

/// What a column holds, as agate names it.
fn agate_type(kind: ColumnType) -> &'static str {
    match kind {
        ColumnType::Boolean => "Boolean",
        ColumnType::Integer => "Integer",
        ColumnType::Number => "Number",
        ColumnType::Date => "Date",
        ColumnType::Timestamp => "DateTime",
        ColumnType::Text => "Text",
    }
}

impl Object for Table {
    fn repr(self: &Arc<Self>) -> ObjectRepr {
        ObjectRepr::Seq
    }

    fn get_value(self: &Arc<Self>, key: &Value) -> Option<Value> {
        match key.as_str() {
            Some("columns") => Some(Value::from_object(ColumnsObject(self.clone()))),
            Some("rows") => Some(Value::from_object(RowsObject(self.clone()))),
            Some("column_names") => {
                Some(List::value(self.names.iter().map(|name| Value::from(name.as_str())).collect()))
            }
            Some("column_types") => {
                let types = self.columns.iter().map(|column| Value::from(agate_type(column.kind)));
                Some(List::value(types.collect()))
            }
            Some(_) => None,
            None => self.row(place(key, self.rows.len())?),
        }
    }

    fn enumerate(self: &Arc<Self>) -> Enumerator {
        Enumerator::Seq(self.rows.len())
    }

    fn is_true(self: &Arc<Self>) -> bool {
        !self.rows.is_empty()
    }

    fn call_method(self: &Arc<Self>, state: &mut State<'_, '_>, method: &str, args: &[Value]) -> Result<Value, Error> {
        let arguments = Arguments::of(method, args);
        Ok(match method {
            "select" | "exclude" => {
                let names = Self::chosen(&arguments.require(0, "key")?);
                self.keep(|name| names.iter().any(|known| known == name) == (method == "select"))
            }
            "rename" => self.rename(&arguments.require(0, "column_names")?)?,
            "where" => self.filter(state, &arguments.require(0, "test")?)?,
            "find" => {
                let found = self.filter(state, &arguments.require(0, "test")?)?;
                found.get_item(&Value::from(0)).ok().filter(|row| !row.is_undefined()).unwrap_or(Value::from(()))
            }
            "order_by" => self.order_by(state, &arguments)?,
            "distinct" => self.distinct(arguments.get(0, "key")),
            "limit" => self.limit(&arguments)?,
            "print_table" => self.print(self.drawn(arguments.integer(0, "max_rows", 20)?.max(0) as usize)),
            "print_csv" => self.print(self.csv()),
            "print_json" => self.print(self.json()),
            "dict" => Dict::value((0..self.len()).filter_map(|index| Some((Value::from(index), self.row(index)?)))),
            _ => return Err(Error::from(ErrorKind::UnknownMethod)),
        })
    }
}

impl fmt::Debug for Table {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "<Table {} columns, {} rows>", self.columns.len(), self.rows.len())
    }
}

/// A value of a result as templates see it. A decimal number becomes a whole one where it is whole, else a binary
/// fraction, so that templates can calculate with it.
pub fn cell_value(cell: Cell) -> Value {
    match cell {
        Cell::Null => Value::from(()),
        Cell::Boolean(truth) => Value::from(truth),
        Cell::Integer(number) => i64::try_from(number).map_or_else(|_| Value::from(number), Value::from),
        Cell::Float(number) => Value::from(number),
        Cell::Decimal(text) => match (text.parse::<i64>(), text.parse::<f64>()) {
            (Ok(whole), _) => Value::from(whole),
            (_, Ok(fraction)) => Value::from(fraction),
            _ => Value::from(text),
        },
        Cell::Text(text) => Value::from(text),
        Cell::Date(date) => Date(date).value(),
        Cell::Time(time) => Time(time).value(),
        Cell::DateTime(civil) => Moment { civil, zone: None }.value(),
        Cell::Timestamp(at) => Moment::utc(at).value(),
        Cell::Nested(json) => from_json(&json),
        Cell::Bytes(bytes) => Value::from(bytes),
    }
}
