//! A query's result as templates see it: what dbt's users know as an agate table.

use super::method::method;
use super::row::place;
use super::table_set::TableSet;
use super::table_text::TableText;
use super::{ColumnsObject, DataType, Outlet, Row, RowsObject, table_bins, table_join, table_shapes};
use crate::adapters::{Cell, ColumnType, Rows, RowsColumn};
use crate::jinja::{
    Arguments, Date, Decimal, Dict, Enumerator, Error, ErrorKind, List, Moment, Object, ObjectRepr, State, Value,
    ValueKind, equal, python_json, sort, tuple,
};
use std::fmt;
use std::sync::Arc;

/// A table of results: a sequence of rows. Its methods give new tables.
#[derive(Clone)]
pub struct Table {
    /// Takes what `print_table` and its like print or write.
    outlet: Outlet,
    columns: Arc<[RowsColumn]>,
    names: Arc<[String]>,
    rows: Arc<[Arc<[Value]>]>,
}

impl Table {
    /// A table of what a query gave.
    pub fn new(rows: Rows, outlet: Outlet) -> Self {
        let cells = rows.rows.into_iter().map(|row| row.into_iter().map(cell_value).collect());
        let mut columns = rows.columns;
        for index in 1..columns.len() {
            columns[index].name = unused_name(&columns[..index], &columns[index].name);
        }
        Self::of(columns, cells.collect(), outlet)
    }

    pub(super) fn of(columns: Vec<RowsColumn>, rows: Vec<Arc<[Value]>>, outlet: Outlet) -> Self {
        let names = columns.iter().map(|column| column.name.clone()).collect();
        Self { outlet, columns: columns.into(), names, rows: rows.into() }
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

    /// The rows as plain data.
    pub fn to_rows(&self) -> Rows {
        let rows = self.rows.iter().map(|row| row.iter().map(value_cell).collect());
        Rows { columns: self.columns.to_vec(), rows: rows.collect() }
    }

    /// The rows as tuples: dbt's `load_result(…).data`.
    pub fn data(&self) -> Value {
        List::value(self.rows.iter().map(|row| tuple(row.to_vec())).collect())
    }

    /// The columns' names, as a tuple.
    pub fn column_names(&self) -> Value {
        tuple(self.names.iter().map(|name| Value::from(name.as_str())))
    }

    /// The rows' values.
    pub(super) fn rows(&self) -> &[Arc<[Value]>] {
        &self.rows
    }

    /// Takes what is printed or written.
    pub(super) fn outlet(&self) -> &Outlet {
        &self.outlet
    }

    /// The same columns, other rows.
    pub(super) fn with_rows(&self, rows: impl IntoIterator<Item = Arc<[Value]>>) -> Value {
        Self { rows: rows.into_iter().collect(), ..self.clone() }.into_value()
    }

    /// The place of a column.
    pub(super) fn column(&self, name: &str) -> Result<usize, Error> {
        self.names
            .iter()
            .position(|known| known == name)
            .ok_or_else(|| Error::new(ErrorKind::InvalidOperation, format!("the table has no column '{name}'")))
    }

    /// Only the columns at some places, in the order of these.
    fn with_columns(&self, kept: &[usize]) -> Value {
        let columns = kept.iter().map(|index| self.columns[*index].clone()).collect();
        let rows = self.rows.iter().map(|row| kept.iter().map(|index| row[*index].clone()).collect());
        Self::of(columns, rows.collect(), self.outlet.clone()).into_value()
    }

    /// `select(['a', 'b'])` and `exclude('a')`.
    fn chosen(&self, key: &Value, excluded: bool) -> Result<Value, Error> {
        let names = match key.as_str() {
            Some(name) => vec![name.to_owned()],
            None => key.try_iter()?.map(|name| name.to_string()).collect(),
        };
        let named = names.iter().map(|name| self.column(name)).collect::<Result<Vec<_>, _>>()?;
        let others = (0..self.columns.len()).filter(|index| !named.contains(index));
        Ok(self.with_columns(&if excluded { others.collect() } else { named }))
    }

    /// `rename(column_names=[…], slug_columns=false)` or `rename({old: new})`.
    fn rename(&self, arguments: &Arguments<'_>) -> Result<Value, Error> {
        let mut columns = self.columns.to_vec();
        if arguments.flag(2, "slug_columns") {
            columns.iter_mut().for_each(|column| column.name = slug(&column.name));
        }
        let Some(names) = arguments.get(0, "column_names").filter(|names| !names.is_none()) else {
            return Ok(Self::of(columns, self.rows.to_vec(), self.outlet.clone()).into_value());
        };
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
        Ok(Self::of(columns, self.rows.to_vec(), self.outlet.clone()).into_value())
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
        // Nulls come last.
        let mut keyed: Vec<(Value, Arc<[Value]>)> =
            keyed.into_iter().map(|(key, cells)| (tuple([Value::from(key.is_none()), key]), cells)).collect();
        sort(&mut keyed, arguments.flag(1, "reverse"))?;
        Ok(self.with_rows(keyed.into_iter().map(|(_, cells)| cells)))
    }

    /// The rows without repetitions, of the whole row or of one column.
    fn distinct(&self, key: Option<Value>) -> Value {
        let column = key.and_then(|key| self.names.iter().position(|name| Some(name.as_str()) == key.as_str()));
        let mut seen: Vec<Value> = vec![];
        let rows = self.rows.iter().filter(|cells| {
            let key = column.map_or_else(|| Value::from(cells.to_vec()), |column| cells[column].clone());
            let new = !seen.iter().any(|known| equal(known, &key));
            if new {
                seen.push(key);
            }
            new
        });
        self.with_rows(rows.cloned().collect::<Vec<_>>())
    }

    /// `limit(stop)`, `limit(start, stop, step)`: the first rows, or those between two places.
    fn limit(&self, arguments: &Arguments<'_>) -> Result<Value, Error> {
        let step = arguments.integer(2, "step", 1)?.max(1) as usize;
        let first = arguments.integer(0, "start_or_stop", self.rows.len() as i64)?;
        let (start, stop) = match arguments.get(1, "stop").and_then(|stop| stop.as_i64()) {
            Some(stop) => (first, stop),
            None => (0, first),
        };
        let clamp = |place: i64| place.clamp(0, self.rows.len() as i64) as usize;
        let rows = self.rows.get(clamp(start)..clamp(stop)).unwrap_or_default();
        Ok(self.with_rows(rows.iter().step_by(step).cloned().collect::<Vec<_>>()))
    }

    /// `group_by(key, key_name)`: a table for each value of a column, or of what a macro gives for each row.
    fn group_by(&self, state: &mut State<'_, '_>, arguments: &Arguments<'_>) -> Result<Value, Error> {
        let key = &arguments.require(0, "key")?;
        let column = key.as_str().map(|name| self.column(name)).transpose()?;
        let mut groups: Vec<(Value, Vec<Arc<[Value]>>)> = vec![];
        for (index, cells) in self.rows.iter().enumerate() {
            let group = match (column, self.row(index)) {
                (Some(column), _) => cells[column].clone(),
                (None, row) => Value::from(key.call(state, &[row.unwrap_or_default()])?.to_string()),
            };
            match groups.iter_mut().find(|(known, _)| equal(known, &group)) {
                Some((_, rows)) => rows.push(cells.clone()),
                None => groups.push((group, vec![cells.clone()])),
            }
        }
        let tables = groups.into_iter().map(|(key, rows)| (key, self.with_rows(rows)));
        let name = arguments.get(1, "key_name").filter(|name| !name.is_none()).map(|name| name.to_string());
        let heading = match column {
            Some(column) => {
                RowsColumn { name: name.unwrap_or_else(|| self.names[column].clone()), ..self.columns[column].clone() }
            }
            None => table_shapes::column(name.as_deref().unwrap_or("group"), ColumnType::Text),
        };
        Ok(TableSet::value(heading, tables.collect()))
    }

    /// How the table is written as text.
    fn text(&self) -> TableText<'_> {
        TableText { columns: &self.columns, rows: &self.rows }
    }

    /// Writes a file at the first argument, a path.
    fn write(&self, arguments: &Arguments<'_>, text: &str) -> Result<Value, Error> {
        self.outlet.write(&arguments.string(0, "path")?, text)?;
        Ok(Value::from(()))
    }

    fn print(&self, text: String) -> Value {
        self.outlet.print(text);
        Value::from(())
    }
}

/// A name that none of the columns has: `a`, `a_2`, `a_3` …
fn unused_name(columns: &[RowsColumn], name: &str) -> String {
    let is_used = |name: &str| columns.iter().any(|column| column.name == name);
    let numbered = (2..).map(|number| format!("{name}_{number}"));
    std::iter::once(name.to_owned()).chain(numbered).find(|name| !is_used(name)).unwrap_or_default()
}

/// A name of small letters, digits and underscores.
fn slug(name: &str) -> String {
    let words = name.split(|c: char| !c.is_alphanumeric()).filter(|word| !word.is_empty());
    words.collect::<Vec<_>>().join("_").to_lowercase()
}

/// The methods of a table.
const METHODS: &[&str] = &[
    "select",
    "exclude",
    "rename",
    "where",
    "find",
    "order_by",
    "distinct",
    "limit",
    "group_by",
    "aggregate",
    "compute",
    "bins",
    "join",
    "pivot",
    "normalize",
    "denormalize",
    "homogenize",
    "merge",
    "print_table",
    "print_structure",
    "print_csv",
    "print_json",
    "to_csv",
    "to_json",
];

impl Object for Table {
    fn repr(self: &Arc<Self>) -> ObjectRepr {
        ObjectRepr::Seq
    }

    fn get_value(self: &Arc<Self>, key: &Value) -> Option<Value> {
        match key.as_str() {
            Some("columns") => Some(Value::from_object(ColumnsObject(self.clone()))),
            Some("rows") => Some(Value::from_object(RowsObject(self.clone()))),
            Some("column_names") => Some(self.column_names()),
            Some("row_names") => Some(Value::from(())),
            Some("column_types") => Some(tuple(self.columns.iter().map(|column| DataType::value(column.kind)))),
            Some(name) => method(self, METHODS, name),
            None => self.row(place(key, self.rows.len())?),
        }
    }

    fn enumerate(self: &Arc<Self>) -> Enumerator {
        Enumerator::Seq(self.rows.len())
    }

    fn render(self: &Arc<Self>, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        fmt::Display::fmt(self.as_ref(), f)
    }

    fn is_true(self: &Arc<Self>) -> bool {
        !self.rows.is_empty()
    }

    fn call_method(self: &Arc<Self>, state: &mut State<'_, '_>, method: &str, args: &[Value]) -> Result<Value, Error> {
        let arguments = Arguments::of(method, args);
        Ok(match method {
            "select" | "exclude" => self.chosen(&arguments.require(0, "key")?, method == "exclude")?,
            "rename" => self.rename(&arguments)?,
            "where" => self.filter(state, &arguments.require(0, "test")?)?,
            "find" => {
                let found = self.filter(state, &arguments.require(0, "test")?)?;
                found.get_item(&Value::from(0)).ok().filter(|row| !row.is_undefined()).unwrap_or(Value::from(()))
            }
            "order_by" => self.order_by(state, &arguments)?,
            "distinct" => self.distinct(arguments.get(0, "key")),
            "limit" => self.limit(&arguments)?,
            "group_by" => self.group_by(state, &arguments)?,
            "join" => table_join::join(self, state, &arguments)?,
            "bins" => table_bins::bins(self, &arguments)?,
            "aggregate" => table_shapes::without_aggregations(&arguments).map(|()| Dict::value([]))?,
            "compute" => table_shapes::without_aggregations(&arguments).map(|()| self.as_ref().clone().into_value())?,
            "pivot" => table_shapes::pivot(self, state, &arguments)?,
            "normalize" => table_shapes::normalize(self, &arguments)?,
            "denormalize" => table_shapes::denormalize(self, &arguments)?,
            "homogenize" => table_shapes::homogenize(self, &arguments)?,
            "merge" => table_shapes::merge(self, &arguments)?,
            "print_table" => self.print(self.text().drawn(&arguments)?),
            "print_structure" => self.print(self.text().structure()),
            "print_csv" => self.print(self.text().csv()),
            "print_json" => {
                self.print(self.text().json(arguments.get(4, "indent").and_then(|indent| indent.as_usize())))
            }
            "to_csv" => self.write(&arguments, &self.text().csv())?,
            "to_json" => self.write(&arguments, &self.text().json_file(&arguments)?)?,
            "dict" => Dict::value((0..self.len()).filter_map(|index| Some((Value::from(index), self.row(index)?)))),
            _ => return Err(Error::from(ErrorKind::UnknownMethod)),
        })
    }
}

/// Written, it is its columns.
impl fmt::Display for Table {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        writeln!(f, "{}", self.text().structure())
    }
}

impl fmt::Debug for Table {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "<Table {} columns, {} rows>", self.columns.len(), self.rows.len())
    }
}

/// The plain data of a value; what is no number or truth value is its text.
fn value_cell(value: &Value) -> Cell {
    match value.kind() {
        ValueKind::None | ValueKind::Undefined => Cell::Null,
        ValueKind::Bool => Cell::Boolean(value.is_true()),
        ValueKind::Number => match (value.as_i64(), f64::try_from(value.clone())) {
            (Some(whole), _) => Cell::Integer(whole.into()),
            (None, Ok(number)) => Cell::Float(number),
            (None, Err(_)) => Cell::Decimal(value.to_string()),
        },
        _ => Cell::Text(value.to_string()),
    }
}

/// A value of a result as templates see it: fractions are decimals, lists and structs are JSON text.
pub fn cell_value(cell: Cell) -> Value {
    match cell {
        Cell::Null => Value::from(()),
        Cell::Boolean(truth) => Value::from(truth),
        Cell::Integer(number) => i64::try_from(number).map_or_else(|_| Value::from(number), Value::from),
        Cell::Float(number) => decimal(&format!("{number:?}")).unwrap_or_else(|| Value::from(number)),
        Cell::Decimal(text) => match text.parse::<i64>() {
            Ok(whole) => Value::from(whole),
            Err(_) => decimal(&text).unwrap_or_else(|| Value::from(text)),
        },
        Cell::Text(text) => Value::from(text),
        Cell::Date(date) => Date(date).value(),
        Cell::Time(time) => Value::from(time.to_string()),
        Cell::DateTime(civil) => Moment { civil, zone: None }.value(),
        Cell::Timestamp(at) => Moment::utc(at).value(),
        Cell::Nested(json) => Value::from(python_json(&json)),
        Cell::Bytes(bytes) => Value::from(bytes),
    }
}

fn decimal(text: &str) -> Option<Value> {
    Decimal::parse(text).map(Decimal::value)
}
