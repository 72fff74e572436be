//! What `table.group_by(…)` gives.

use super::row::place;
use super::{Table, table_shapes};
use crate::adapters::RowsColumn;
use crate::jinja::{Arguments, Enumerator, Error, ErrorKind, Object, ObjectRepr, State, Value, equal, tuple};
use std::sync::Arc;

/// Tables by key: a sequence whose items also have names.
pub struct TableSet {
    /// What the keys are called.
    key: RowsColumn,
    /// Keys with tables, or with what came of calling a table's method.
    tables: Vec<(Value, Value)>,
}

/// The methods of tables that are called for each.
const OF_EACH: &[&str] = &[
    "bins",
    "compute",
    "denormalize",
    "distinct",
    "exclude",
    "find",
    "group_by",
    "homogenize",
    "join",
    "limit",
    "normalize",
    "order_by",
    "pivot",
    "select",
    "where",
];

impl TableSet {
    /// As a value; pairs of a key and a table.
    pub fn value(key: RowsColumn, tables: Vec<(Value, Value)>) -> Value {
        Value::from_object(Self { key, tables })
    }

    fn of_each(&self, state: &mut State<'_, '_>, method: &str, args: &[Value]) -> Result<Value, Error> {
        let called = self.tables.iter().map(|(key, table)| Ok((key.clone(), table.call_method(state, method, args)?)));
        Ok(Self::value(self.key.clone(), called.collect::<Result<_, Error>>()?))
    }

    /// The rows of all tables, each behind its key.
    fn merge(&self) -> Result<Value, Error> {
        let known = self.tables.iter().filter_map(|(key, table)| Some((key, table.downcast_object_ref::<Table>()?)));
        let known: Vec<(&Value, &Table)> = known.collect();
        let Some((_, first)) = known.first() else { return Err(no_tables()) };
        let columns = std::iter::once(self.key.clone()).chain(first.columns().iter().cloned()).collect();
        let rows = known.iter().flat_map(|(key, table)| {
            table.rows().iter().map(|row| std::iter::once((*key).clone()).chain(row.iter().cloned()).collect())
        });
        Ok(Table::of(columns, rows.collect(), first.outlet().clone()).into_value())
    }

    /// A row for each key.
    fn aggregate(&self, arguments: &Arguments<'_>) -> Result<Value, Error> {
        table_shapes::without_aggregations(arguments)?;
        let first = self.tables.iter().find_map(|(_, table)| table.downcast_object_ref::<Table>());
        let outlet = first.ok_or_else(no_tables)?.outlet().clone();
        let rows = self.tables.iter().map(|(key, _)| Arc::from([key.clone()])).collect();
        Ok(Table::of(vec![self.key.clone()], rows, outlet).into_value())
    }
}

fn no_tables() -> Error {
    Error::new(ErrorKind::InvalidOperation, "there are no tables in the groups")
}

impl Object for TableSet {
    fn repr(self: &Arc<Self>) -> ObjectRepr {
        ObjectRepr::Seq
    }

    fn get_value(self: &Arc<Self>, key: &Value) -> Option<Value> {
        let named = self.tables.iter().find(|(known, _)| equal(known, key));
        named.or_else(|| self.tables.get(place(key, self.tables.len())?)).map(|(_, table)| table.clone())
    }

    fn enumerate(self: &Arc<Self>) -> Enumerator {
        Enumerator::Values(self.tables.iter().map(|(_, table)| table.clone()).collect())
    }

    fn call_method(self: &Arc<Self>, state: &mut State<'_, '_>, method: &str, args: &[Value]) -> Result<Value, Error> {
        let arguments = Arguments::of(method, args);
        Ok(match method {
            "keys" => tuple(self.tables.iter().map(|(key, _)| key.clone())),
            "values" => tuple(self.tables.iter().map(|(_, table)| table.clone())),
            "items" => tuple(self.tables.iter().map(|(key, table)| tuple([key.clone(), table.clone()]))),
            "get" => {
                let found = self.get_value(&arguments.require(0, "key")?);
                found.unwrap_or_else(|| arguments.default_or_none(1))
            }
            "merge" => self.merge()?,
            "aggregate" => self.aggregate(&arguments)?,
            each if OF_EACH.contains(&each) => self.of_each(state, each, args)?,
            _ => return Err(Error::from(ErrorKind::UnknownMethod)),
        })
    }
}

impl std::fmt::Debug for TableSet {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "<TableSet of {} tables>", self.tables.len())
    }
}
