//! A row of a table of results.

use crate::jinja::{Arguments, Dict, Enumerator, Error, ErrorKind, List, Object, ObjectRepr, State, Value, tuple};
use std::fmt;
use std::sync::Arc;

/// A row: a sequence whose items also have names.
#[derive(Debug, Clone)]
pub struct Row {
    names: Arc<[String]>,
    cells: Arc<[Value]>,
}

impl Row {
    /// A row; as many names as cells.
    pub fn new(names: Arc<[String]>, cells: Arc<[Value]>) -> Self {
        Self { names, cells }
    }

    /// The value of a column, by its name.
    pub fn named(&self, name: &str) -> Option<&Value> {
        self.names.iter().position(|known| known == name).and_then(|index| self.cells.get(index))
    }

    fn pairs(&self) -> impl Iterator<Item = (Value, Value)> + '_ {
        self.names.iter().zip(self.cells.iter()).map(|(name, value)| (Value::from(name.as_str()), value.clone()))
    }
}

/// The place in a sequence that an index of Python's means: from the end when it is negative.
pub fn place(index: &Value, length: usize) -> Option<usize> {
    let index = index.as_i64()?;
    let index = if index < 0 { index + length as i64 } else { index };
    usize::try_from(index).ok().filter(|index| *index < length)
}

/// Writes a sequence of a table as agate does: `<agate.Row: ('a', 1)>`, at most five items.
pub fn write_sequence(f: &mut fmt::Formatter<'_>, what: &str, items: &[Value]) -> fmt::Result {
    let shown = List::value(items.iter().take(5).cloned().collect()).to_string();
    let more = if items.len() > 5 { ", ..." } else { "" };
    write!(f, "<agate.{what}: ({}{more})>", &shown[1..shown.len() - 1])
}

impl Object for Row {
    fn repr(self: &Arc<Self>) -> ObjectRepr {
        ObjectRepr::Seq
    }

    fn get_value(self: &Arc<Self>, key: &Value) -> Option<Value> {
        match key.as_str() {
            Some(name) => self.named(name).cloned(),
            None => self.cells.get(place(key, self.cells.len())?).cloned(),
        }
    }

    fn enumerate(self: &Arc<Self>) -> Enumerator {
        Enumerator::Values(self.cells.to_vec())
    }

    fn render(self: &Arc<Self>, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write_sequence(f, "Row", &self.cells)
    }

    fn enumerator_len(self: &Arc<Self>) -> Option<usize> {
        Some(self.cells.len())
    }

    fn call_method(self: &Arc<Self>, _: &mut State<'_, '_>, method: &str, args: &[Value]) -> Result<Value, Error> {
        let arguments = Arguments::of(method, args);
        Ok(match method {
            "values" => tuple(self.cells.to_vec()),
            "keys" => tuple(self.names.iter().map(|name| Value::from(name.as_str()))),
            "items" => tuple(self.pairs().map(|(name, value)| tuple([name, value]))),
            "dict" => Dict::value(self.pairs()),
            "get" => {
                let default = || arguments.get(1, "default").unwrap_or_else(|| Value::from(()));
                self.get_value(&arguments.require(0, "key")?).unwrap_or_else(default)
            }
            _ => return Err(Error::from(ErrorKind::UnknownMethod)),
        })
    }
}
