//! The rows and the columns of a table of results, as sequences.

use super::row::{place, write_sequence};
use super::{DataType, Table};
use crate::adapters::RowsColumn;
use crate::jinja::{
    Arguments, Dict, Enumerator, Error, ErrorKind, List, Object, ObjectRepr, State, Value, equal, sort, tuple,
};
use std::fmt;
use std::sync::Arc;

/// `table.rows`.
#[derive(Debug)]
pub struct RowsObject(pub Arc<Table>);

impl Object for RowsObject {
    fn repr(self: &Arc<Self>) -> ObjectRepr {
        ObjectRepr::Seq
    }

    fn get_value(self: &Arc<Self>, key: &Value) -> Option<Value> {
        self.0.row(place(key, self.0.len())?)
    }

    fn enumerate(self: &Arc<Self>) -> Enumerator {
        Enumerator::Seq(self.0.len())
    }

    fn render(self: &Arc<Self>, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let rows: Vec<Value> = (0..self.0.len()).filter_map(|index| self.0.row(index)).collect();
        write_sequence(f, "MappedSequence", &rows)
    }

    fn call_method(self: &Arc<Self>, _: &mut State<'_, '_>, method: &str, args: &[Value]) -> Result<Value, Error> {
        let arguments = Arguments::of(method, args);
        match method {
            "values" => Ok(tuple((0..self.0.len()).filter_map(|index| self.0.row(index)))),
            // Rows have no names.
            "keys" => Ok(Value::from(())),
            "get" => {
                let default = || arguments.get(1, "default").unwrap_or_else(|| Value::from(()));
                Ok(self.get_value(&arguments.require(0, "key")?).unwrap_or_else(default))
            }
            _ => Err(Error::from(ErrorKind::UnknownMethod)),
        }
    }
}

/// `table.columns`: a sequence whose items also have names.
#[derive(Debug)]
pub struct ColumnsObject(pub Arc<Table>);

impl Object for ColumnsObject {
    fn repr(self: &Arc<Self>) -> ObjectRepr {
        ObjectRepr::Seq
    }

    fn get_value(self: &Arc<Self>, key: &Value) -> Option<Value> {
        let columns = self.0.columns();
        let index = match key.as_str() {
            Some(name) => columns.iter().position(|column| column.name == name)?,
            None => place(key, columns.len())?,
        };
        Some(Value::from_object(TableColumn { table: self.0.clone(), index }))
    }

    fn enumerate(self: &Arc<Self>) -> Enumerator {
        Enumerator::Seq(self.0.columns().len())
    }

    fn render(self: &Arc<Self>, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let columns: Vec<Value> =
            (0..self.0.columns().len()).filter_map(|index| self.get_value(&Value::from(index))).collect();
        write_sequence(f, "MappedSequence", &columns)
    }

    fn call_method(self: &Arc<Self>, _: &mut State<'_, '_>, method: &str, args: &[Value]) -> Result<Value, Error> {
        let arguments = Arguments::of(method, args);
        let all = || (0..self.0.columns().len()).filter_map(|index| self.get_value(&Value::from(index)));
        let names = || self.0.columns().iter().map(|column| Value::from(column.name.as_str()));
        Ok(match method {
            "values" => tuple(all()),
            "dict" => Dict::value(names().zip(all())),
            "keys" => tuple(names()),
            "items" => tuple(names().zip(all()).map(|(name, column)| tuple([name, column]))),
            "get" => {
                let default = || arguments.get(1, "default").unwrap_or_else(|| Value::from(()));
                self.get_value(&arguments.require(0, "key")?).unwrap_or_else(default)
            }
            _ => return Err(Error::from(ErrorKind::UnknownMethod)),
        })
    }
}

/// A column of a table of results: a sequence of its values.
pub struct TableColumn {
    table: Arc<Table>,
    index: usize,
}

impl TableColumn {
    fn facts(&self) -> Option<&RowsColumn> {
        self.table.columns().get(self.index)
    }

    fn values(&self) -> Vec<Value> {
        (0..self.table.len()).filter_map(|row| self.table.cell(row, self.index).cloned()).collect()
    }
}

impl Object for TableColumn {
    fn repr(self: &Arc<Self>) -> ObjectRepr {
        ObjectRepr::Seq
    }

    fn get_value(self: &Arc<Self>, key: &Value) -> Option<Value> {
        match key.as_str() {
            Some("name") => Some(Value::from(self.facts()?.name.as_str())),
            Some("index") => Some(Value::from(self.index)),
            Some("data_type") => Some(DataType::value(self.facts()?.kind)),
            Some(_) => None,
            None => self.table.cell(place(key, self.table.len())?, self.index).cloned(),
        }
    }

    fn enumerate(self: &Arc<Self>) -> Enumerator {
        Enumerator::Values(self.values())
    }

    fn enumerator_len(self: &Arc<Self>) -> Option<usize> {
        Some(self.table.len())
    }

    fn render(self: &Arc<Self>, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write_sequence(f, "Column", &self.values())
    }

    fn call_method(self: &Arc<Self>, _: &mut State<'_, '_>, method: &str, _: &[Value]) -> Result<Value, Error> {
        let mut values = self.values();
        if method.starts_with("values_without_nulls") {
            values.retain(|value| !value.is_none());
        }
        match method {
            "values" | "values_without_nulls" => Ok(tuple(values)),
            "values_distinct" => {
                let mut seen: Vec<Value> = vec![];
                for value in values {
                    if !seen.iter().any(|known| equal(known, &value)) {
                        seen.push(value);
                    }
                }
                Ok(tuple(seen))
            }
            "values_sorted" | "values_without_nulls_sorted" => {
                // Nulls come last.
                let keyed =
                    values.into_iter().map(|value| (tuple([Value::from(value.is_none()), value.clone()]), value));
                let mut keyed: Vec<(Value, Value)> = keyed.collect();
                sort(&mut keyed, false)?;
                Ok(List::value(keyed.into_iter().map(|(_, value)| value).collect()))
            }
            _ => Err(Error::from(ErrorKind::UnknownMethod)),
        }
    }
}

impl fmt::Debug for TableColumn {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "<Column {}>", self.facts().map_or("", |facts| facts.name.as_str()))
    }
}
