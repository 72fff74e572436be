//! What `table.group_by(…)` gives.

use super::row::place;
use crate::jinja::{Arguments, Enumerator, Error, ErrorKind, Object, ObjectRepr, State, Value, equal, tuple};
use std::sync::Arc;

/// Tables by key: a sequence whose items also have names.
#[derive(Debug)]
pub struct TableSet(Vec<(Value, Value)>);

impl TableSet {
    /// As a value; pairs of a key and a table.
    pub fn value(tables: Vec<(Value, Value)>) -> Value {
        Value::from_object(Self(tables))
    }
}

impl Object for TableSet {
    fn repr(self: &Arc<Self>) -> ObjectRepr {
        ObjectRepr::Seq
    }

    fn get_value(self: &Arc<Self>, key: &Value) -> Option<Value> {
        let named = self.0.iter().find(|(known, _)| equal(known, key));
        named.or_else(|| self.0.get(place(key, self.0.len())?)).map(|(_, table)| table.clone())
    }

    fn enumerate(self: &Arc<Self>) -> Enumerator {
        Enumerator::Values(self.0.iter().map(|(_, table)| table.clone()).collect())
    }

    fn call_method(self: &Arc<Self>, _: &mut State<'_, '_>, method: &str, args: &[Value]) -> Result<Value, Error> {
        let arguments = Arguments::of(method, args);
        Ok(match method {
            "keys" => tuple(self.0.iter().map(|(key, _)| key.clone())),
            "values" => tuple(self.0.iter().map(|(_, table)| table.clone())),
            "items" => tuple(self.0.iter().map(|(key, table)| tuple([key.clone(), table.clone()]))),
            "get" => {
                let found = self.get_value(&arguments.require(0, "key")?);
                found.unwrap_or_else(|| arguments.default_or_none(1))
            }
            _ => return Err(Error::from(ErrorKind::UnknownMethod)),
        })
    }
}
