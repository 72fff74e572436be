//! Tables of results in other shapes: rows as columns, columns as rows, several as one.

use super::Table;
use crate::adapters::{ColumnType, RowsColumn};
use crate::jinja::{Arguments, Decimal, Error, ErrorKind, State, Value, ValueKind, equal};
use std::sync::Arc;

/// The values of a group's key, and what is known of it by the heading of its column.
type Group<T> = (Vec<Value>, Vec<(String, T)>);

/// `pivot(key, pivot)`: how many rows there are for each value of `key`, a column for each value of `pivot`. `key` is
/// the name of a column, a list of names, a macro, or none.
pub fn pivot(table: &Table, state: &mut State<'_, '_>, arguments: &Arguments<'_>) -> Result<Value, Error> {
    let key = arguments.get(0, "key").filter(|key| !key.is_none());
    let by = given(arguments, 1, "pivot").map(|name| table.column(&name)).transpose()?;
    let key_name = given(arguments, 5, "key_name");
    let (names, computed) = match &key {
        Some(key) if key.as_str().is_none() && key.kind() == ValueKind::Plain => {
            (vec![key_name.unwrap_or_else(|| "group".into())], true)
        }
        _ => (names_of(key.as_ref())?, false),
    };
    let places = if computed { vec![] } else { table_places(table, &names)? };
    let mut groups: Vec<Group<i64>> = vec![];
    let mut headings: Vec<String> = vec![];
    for (index, cells) in table.rows().iter().enumerate() {
        let values = match (&key, computed) {
            (Some(key), true) => {
                vec![Value::from(key.call(state, &[table.row(index).unwrap_or_default()])?.to_string())]
            }
            _ => places.iter().map(|place| cells[*place].clone()).collect(),
        };
        let heading = by.map_or_else(|| "Count".to_owned(), |place| cells[place].to_string());
        if !headings.contains(&heading) {
            headings.push(heading.clone());
        }
        let group = match groups.iter().position(|(known, _)| same(known, &values)) {
            Some(found) => found,
            None => {
                groups.push((values, vec![]));
                groups.len() - 1
            }
        };
        let counts = &mut groups[group].1;
        match counts.iter_mut().find(|(known, _)| *known == heading) {
            Some((_, count)) => *count += 1,
            None => counts.push((heading, 1)),
        }
    }
    let default = arguments.get(4, "default_value").unwrap_or_else(|| decimal(0));
    let row = |(mut cells, counts): (Vec<Value>, Vec<(String, i64)>)| {
        let count =
            |heading: &String| counts.iter().find(|(known, _)| known == heading).map(|(_, count)| decimal(*count));
        cells.extend(headings.iter().map(|heading| count(heading).unwrap_or_else(|| default.clone())));
        cells.into()
    };
    let rows = groups.into_iter().map(row).collect();
    let keys = names.iter().zip(0..).map(|(name, at)| match places.get(at) {
        Some(place) => table.columns()[*place].clone(),
        None => column(name, ColumnType::Text),
    });
    let columns = keys.chain(headings.iter().map(|heading| column(heading, ColumnType::Number))).collect();
    Ok(Table::of(columns, rows, table.outlet().clone()).into_value())
}

/// `normalize(key, properties, property_column, value_column)`: a row for each value of the columns `properties`.
pub fn normalize(table: &Table, arguments: &Arguments<'_>) -> Result<Value, Error> {
    let keys = table_places(table, &names_of(Some(&arguments.require(0, "key")?))?)?;
    let properties = table_places(table, &names_of(Some(&arguments.require(1, "properties")?))?)?;
    let property = given(arguments, 2, "property_column").unwrap_or_else(|| "property".into());
    let value = given(arguments, 3, "value_column").unwrap_or_else(|| "value".into());
    let row = |cells: &Arc<[Value]>, place: usize| -> Vec<Value> {
        let name = Value::from(table.columns()[place].name.as_str());
        keys.iter().map(|key| cells[*key].clone()).chain([name, cells[place].clone()]).collect()
    };
    let rows = table.rows().iter().flat_map(|cells| properties.iter().map(|place| row(cells, *place))).collect();
    let columns = keys.iter().map(|key| table.columns()[*key].clone());
    let columns = columns.chain([column(&property, ColumnType::Text), column(&value, ColumnType::Text)]).collect();
    Ok(retyped(table, columns, rows, keys.len()))
}

/// `denormalize(key, property_column, value_column, default_value)`: a column for each value of `property_column`.
pub fn denormalize(table: &Table, arguments: &Arguments<'_>) -> Result<Value, Error> {
    let keys = table_places(table, &names_of(arguments.get(0, "key").as_ref())?)?;
    let property = table.column(&given(arguments, 1, "property_column").unwrap_or_else(|| "property".into()))?;
    let value = table.column(&given(arguments, 2, "value_column").unwrap_or_else(|| "value".into()))?;
    let default = arguments.get(3, "default_value").unwrap_or_else(|| match table.columns()[value].kind {
        ColumnType::Number => decimal(0),
        _ => Value::from(()),
    });
    let mut headings: Vec<String> = vec![];
    let mut groups: Vec<Group<Value>> = vec![];
    for cells in table.rows() {
        let key: Vec<Value> = keys.iter().map(|key| cells[*key].clone()).collect();
        let heading = cells[property].to_string();
        if !headings.contains(&heading) {
            headings.push(heading.clone());
        }
        let entry = (heading, cells[value].clone());
        match groups.iter_mut().find(|(known, _)| same(known, &key)) {
            Some((_, entries)) => entries.push(entry),
            None => groups.push((key, vec![entry])),
        }
    }
    let row = |(mut cells, entries): Group<Value>| {
        // Of several, the last.
        let value =
            |heading: &String| entries.iter().rfind(|(known, _)| known == heading).map(|(_, value)| value.clone());
        cells.extend(headings.iter().map(|heading| value(heading).unwrap_or_else(|| default.clone())));
        cells
    };
    let rows = groups.into_iter().map(row).collect();
    let columns = keys.iter().map(|key| table.columns()[*key].clone());
    let columns = columns.chain(headings.iter().map(|heading| column(heading, ColumnType::Text))).collect();
    Ok(retyped(table, columns, rows, keys.len()))
}

/// `homogenize(key, compare_values, default_row)`: a row for each of the values that no row has in the columns `key`.
pub fn homogenize(table: &Table, arguments: &Arguments<'_>) -> Result<Value, Error> {
    let keys = table_places(table, &names_of(Some(&arguments.require(0, "key")?))?)?;
    let default = arguments.get(2, "default_row").filter(|row| !row.is_none());
    let default: Option<Vec<Value>> = default.map(|row| row.try_iter().map(Iterator::collect)).transpose()?;
    let mut rows = table.rows().to_vec();
    for wanted in arguments.require(1, "compare_values")?.try_iter()? {
        let wanted: Vec<Value> = match wanted.kind() {
            ValueKind::Seq | ValueKind::Iterable => wanted.try_iter()?.collect(),
            _ => vec![wanted],
        };
        let has = |cells: &Arc<[Value]>| keys.iter().zip(&wanted).all(|(key, value)| equal(&cells[*key], value));
        if rows.iter().any(has) {
            continue;
        }
        let mut others = default.clone().unwrap_or_default().into_iter();
        let cell = |place: usize| match keys.iter().position(|key| *key == place) {
            Some(at) => wanted.get(at).cloned().unwrap_or_default(),
            None => others.next().unwrap_or_else(|| Value::from(())),
        };
        rows.push((0..table.columns().len()).map(cell).collect());
    }
    Ok(table.with_rows(rows))
}

/// `merge(tables, column_names=…)`: the rows of all tables; a table without a column has nulls in it.
pub fn merge(table: &Table, arguments: &Arguments<'_>) -> Result<Value, Error> {
    let given = arguments.require(0, "tables")?;
    let tables: Vec<Value> = given.try_iter()?.collect();
    let Some(tables) = tables.iter().map(|table| table.downcast_object_ref::<Table>()).collect::<Option<Vec<_>>>()
    else {
        return Err(arguments.wrong("tables", "a list of tables", &given));
    };
    let only = arguments.get(2, "column_names").filter(|names| !names.is_none());
    let only = only.map(|names| names_of(Some(&names))).transpose()?;
    let mut columns: Vec<RowsColumn> = vec![];
    for column in tables.iter().flat_map(|table| table.columns()) {
        let is_wanted = only.as_ref().is_none_or(|only| only.contains(&column.name));
        if is_wanted && !columns.iter().any(|known| known.name == column.name) {
            columns.push(column.clone());
        }
    }
    let mut rows: Vec<Arc<[Value]>> = vec![];
    for table in tables {
        let places: Vec<_> = columns.iter().map(|column| table.column(&column.name).ok()).collect();
        let cell = |cells: &Arc<[Value]>, place: &Option<usize>| place.map_or(Value::from(()), |at| cells[at].clone());
        rows.extend(table.rows().iter().map(|cells| places.iter().map(|place| cell(cells, place)).collect()));
    }
    Ok(Table::of(columns, rows, table.outlet().clone()).into_value())
}

fn given(arguments: &Arguments<'_>, index: usize, name: &str) -> Option<String> {
    arguments.get(index, name).filter(|value| !value.is_none()).map(|value| value.to_string())
}

/// A name, a list of names, or none.
fn names_of(given: Option<&Value>) -> Result<Vec<String>, Error> {
    match given {
        None => Ok(vec![]),
        Some(none) if none.is_none() => Ok(vec![]),
        Some(name) if name.as_str().is_some() => Ok(vec![name.to_string()]),
        Some(list) => Ok(list.try_iter()?.map(|name| name.to_string()).collect()),
    }
}

fn table_places(table: &Table, names: &[String]) -> Result<Vec<usize>, Error> {
    names.iter().map(|name| table.column(name)).collect()
}

fn same(one: &[Value], other: &[Value]) -> bool {
    one.len() == other.len() && one.iter().zip(other).all(|(a, b)| equal(a, b))
}

pub(super) fn column(name: &str, kind: ColumnType) -> RowsColumn {
    RowsColumn { name: name.to_owned(), kind, data_type: String::new() }
}

pub(super) fn decimal(number: i64) -> Value {
    Decimal::parse(&number.to_string()).map_or_else(|| Value::from(number), Decimal::value)
}

/// A table whose columns behind the first `keys` get the types that their values have, as agate finds them out: truth
/// values (ones and zeros are some), then numbers, then texts.
fn retyped(table: &Table, mut columns: Vec<RowsColumn>, mut rows: Vec<Vec<Value>>, keys: usize) -> Value {
    for at in keys..columns.len() {
        let values = || rows.iter().map(|row| &row[at]).filter(|value| !value.is_none());
        if values().all(|value| truth(value).is_some()) {
            columns[at].kind = ColumnType::Boolean;
            rows.iter_mut().for_each(|row| row[at] = truth(&row[at]).map_or(Value::from(()), Value::from));
        } else if values().all(|value| Decimal::parse(&value.to_string()).is_some()) {
            columns[at].kind = ColumnType::Number;
            let number = |value: &Value| Decimal::parse(&value.to_string()).map_or(Value::from(()), Decimal::value);
            rows.iter_mut().for_each(|row| row[at] = number(&row[at]));
        } else {
            let text = |value: &Value| if value.is_none() { Value::from(()) } else { Value::from(value.to_string()) };
            rows.iter_mut().for_each(|row| row[at] = text(&row[at]));
        }
    }
    Table::of(columns, rows.into_iter().map(Into::into).collect(), table.outlet().clone()).into_value()
}

fn truth(value: &Value) -> Option<bool> {
    match value.to_string().trim().to_lowercase().as_str() {
        "1" | "yes" | "y" | "true" | "t" => Some(true),
        "0" | "no" | "n" | "false" | "f" => Some(false),
        _ => None,
    }
}

/// Checks that a call of `aggregate` or `compute` wants nothing: what it could want are objects of Python's agate, which
/// templates cannot make.
pub fn without_aggregations(arguments: &Arguments<'_>) -> Result<(), Error> {
    let given = arguments.require(0, "a list")?;
    match given.try_iter().map(|mut items| items.next().is_none()) {
        Ok(true) => Ok(()),
        _ => Err(Error::new(
            ErrorKind::InvalidOperation,
            "what it takes are objects of Python's agate, which templates cannot make: aggregate in SQL, or in a loop",
        )),
    }
}
