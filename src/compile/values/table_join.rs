//! `table.join(…)`: the rows of two tables side by side.

use super::Table;
use super::row::place;
use crate::jinja::{Arguments, Error, ErrorKind, State, Value, ValueKind, equal, tuple};
use std::sync::Arc;

/// By what the rows of a table are found.
struct Key {
    /// One value a row.
    values: Vec<Value>,
    /// The columns that they stand in.
    columns: Vec<usize>,
}

/// `join(right_table, left_key, right_key, inner, full_outer, require_match, columns)`: each row with those of another
/// table that have the same key. A key is a column, a list of columns, a macro that gives it for a row, or none: then
/// rows of the same number meet.
pub fn join(table: &Table, state: &mut State<'_, '_>, arguments: &Arguments<'_>) -> Result<Value, Error> {
    let given = arguments.require(0, "right_table")?;
    let Some(right) = given.downcast_object_ref::<Table>() else {
        return Err(arguments.wrong("right_table", "a table", &given));
    };
    let (is_inner, is_full) = (arguments.flag(3, "inner"), arguments.flag(4, "full_outer"));
    if is_inner && is_full {
        return Err(Error::new(ErrorKind::InvalidOperation, "join(): it cannot be both 'inner' and 'full_outer'"));
    }
    let named = |index, name| arguments.get(index, name).filter(|value| !value.is_none());
    let left_key = named(1, "left_key");
    let right_key = left_key.clone().map(|left| named(2, "right_key").unwrap_or(left));
    let ours = key(table, state, left_key.as_ref())?;
    let theirs = key(right, state, right_key.as_ref())?;
    let chosen = named(6, "columns").map(|columns| columns.try_iter()).transpose()?;
    let chosen: Option<Vec<String>> = chosen.map(|columns| columns.map(|name| name.to_string()).collect());
    let is_added = |index: &usize| match &chosen {
        _ if is_full => true,
        Some(chosen) => chosen.contains(&right.columns()[*index].name),
        None => !theirs.columns.contains(index),
    };
    let added: Vec<usize> = (0..right.columns().len()).filter(is_added).collect();
    let mut columns = table.columns().to_vec();
    for index in &added {
        let mut column = right.columns()[*index].clone();
        if table.columns().iter().any(|own| own.name == column.name) {
            column.name.push('2');
        }
        columns.push(column);
    }
    let none = || Value::from(());
    let beside = |own: Option<&Arc<[Value]>>, other: Option<&Arc<[Value]>>| -> Arc<[Value]> {
        let own = (0..table.columns().len()).map(|index| own.map_or_else(none, |own| own[index].clone()));
        let other = added.iter().map(|index| other.map_or_else(none, |other| other[*index].clone()));
        own.chain(other).collect()
    };
    let mut rows = vec![];
    for (own, value) in table.rows().iter().zip(&ours.values) {
        let matching = right.rows().iter().zip(&theirs.values).filter(|(_, other)| equal(other, value));
        let before = rows.len();
        rows.extend(matching.map(|(other, _)| beside(Some(own), Some(other))));
        if rows.len() == before && arguments.flag(5, "require_match") {
            let message = format!("join(): no row of the right table has the key '{value}'");
            return Err(Error::new(ErrorKind::InvalidOperation, message));
        }
        if rows.len() == before && !is_inner {
            rows.push(beside(Some(own), None));
        }
    }
    let is_new = |value: &Value| is_full && !ours.values.iter().any(|own| equal(own, value));
    let unmatched = right.rows().iter().zip(&theirs.values).filter(|(_, value)| is_new(value));
    rows.extend(unmatched.map(|(other, _)| beside(None, Some(other))));
    Ok(Table::of(columns, rows, table.outlet().clone()).into_value())
}

fn key(table: &Table, state: &mut State<'_, '_>, given: Option<&Value>) -> Result<Key, Error> {
    let column = |name: &Value| match name.as_str() {
        Some(name) => table.column(name),
        None => place(name, table.columns().len())
            .ok_or_else(|| Error::new(ErrorKind::InvalidOperation, format!("the table has no column {name}"))),
    };
    let Some(given) = given else {
        return Ok(Key { values: (0..table.len()).map(Value::from).collect(), columns: vec![] });
    };
    match given.kind() {
        ValueKind::Seq | ValueKind::Iterable => {
            let columns = given.try_iter()?.map(|name| column(&name)).collect::<Result<Vec<_>, _>>()?;
            let values = table.rows().iter().map(|row| tuple(columns.iter().map(|at| row[*at].clone()))).collect();
            Ok(Key { values, columns })
        }
        ValueKind::String | ValueKind::Number => {
            let at = column(given)?;
            Ok(Key { values: table.rows().iter().map(|row| row[at].clone()).collect(), columns: vec![at] })
        }
        _ => {
            let rows = (0..table.len()).filter_map(|index| table.row(index));
            let values = rows.map(|row| given.call(state, &[row])).collect::<Result<_, _>>()?;
            Ok(Key { values, columns: vec![] })
        }
    }
}
