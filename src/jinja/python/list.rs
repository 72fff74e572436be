//! Python's list.

use super::arguments::{Arguments, fail};
use super::compare::equal;
use super::text::{brackets, repr_items};
use crate::jinja::{Enumerator, Error, ErrorKind, Object, ObjectRepr, State, Value};
use std::fmt;
use std::sync::{Arc, Mutex, MutexGuard};

/// A list that templates can change.
#[derive(Debug, Default)]
pub struct List(Mutex<Vec<Value>>);

impl List {
    /// As a value.
    pub fn value(items: Vec<Value>) -> Value {
        Value::from_object(Self(Mutex::new(items)))
    }

    /// What is in it now.
    pub fn items(&self) -> Vec<Value> {
        self.lock().clone()
    }

    fn lock(&self) -> MutexGuard<'_, Vec<Value>> {
        self.0.lock().unwrap_or_else(|poisoned| poisoned.into_inner())
    }

    fn insert(&self, args: &Arguments<'_>) -> Result<Value, Error> {
        let (index, value) = (args.integer(0, "index", 0)?, args.require(1, "object")?);
        let mut items = self.lock();
        let index = position(index, items.len()).clamp(0, items.len() as i64) as usize;
        items.insert(index, value);
        Ok(Value::from(()))
    }

    fn pop(&self, args: &Arguments<'_>) -> Result<Value, Error> {
        let mut items = self.lock();
        let index = position(args.integer(0, "index", -1)?, items.len());
        match usize::try_from(index) {
            Ok(index) if index < items.len() => Ok(items.remove(index)),
            _ if items.is_empty() => fail("pop from an empty list"),
            _ => fail("pop index is out of range"),
        }
    }

    fn find(&self, args: &Arguments<'_>) -> Result<usize, Error> {
        let value = args.require(0, "value")?;
        let items = self.items();
        let start = position(args.integer(1, "start", 0)?, items.len()).max(0) as usize;
        match items.iter().skip(start).position(|item| equal(item, &value)) {
            Some(index) => Ok(index + start),
            None => fail(format!("{value:?} is not in the list")),
        }
    }

    fn sort(&self, args: &Arguments<'_>, state: &mut State<'_, '_>) -> Result<Value, Error> {
        let mut keyed = vec![];
        let key = args.get(0, "key").filter(|key| !key.is_none());
        for item in self.items() {
            let by = match &key {
                Some(key) => key.call(state, std::slice::from_ref(&item))?,
                None => item.clone(),
            };
            keyed.push((by, item));
        }
        super::compare::sort(&mut keyed, args.flag(1, "reverse"))?;
        *self.lock() = keyed.into_iter().map(|(_, item)| item).collect();
        Ok(Value::from(()))
    }
}

/// An index as Python counts: negative ones from the end.
pub(super) fn position(index: i64, length: usize) -> i64 {
    if index < 0 { index + length as i64 } else { index }
}

impl Object for List {
    fn repr(self: &Arc<Self>) -> ObjectRepr {
        ObjectRepr::Seq
    }

    fn get_value(self: &Arc<Self>, key: &Value) -> Option<Value> {
        let index = key.as_i64()?;
        let items = self.lock();
        items.get(usize::try_from(position(index, items.len())).ok()?).cloned()
    }

    fn enumerate(self: &Arc<Self>) -> Enumerator {
        Enumerator::Values(self.items())
    }

    fn enumerator_len(self: &Arc<Self>) -> Option<usize> {
        Some(self.lock().len())
    }

    fn call_method(self: &Arc<Self>, state: &mut State<'_, '_>, method: &str, args: &[Value]) -> Result<Value, Error> {
        let args = Arguments::of(method, args);
        match method {
            "append" => {
                let value = args.require(0, "object")?;
                self.lock().push(value);
            }
            "extend" => {
                let more: Vec<Value> = args.require(0, "iterable")?.try_iter()?.collect();
                self.lock().extend(more);
            }
            "insert" => return self.insert(&args),
            "pop" => return self.pop(&args),
            "remove" => {
                let index = self.find(&args)?;
                self.lock().remove(index);
            }
            "index" => return self.find(&args).map(Value::from),
            "count" => {
                let value = args.require(0, "value")?;
                return Ok(Value::from(self.items().iter().filter(|item| equal(item, &value)).count()));
            }
            "reverse" => self.lock().reverse(),
            "sort" => return self.sort(&args, state),
            "clear" => self.lock().clear(),
            "copy" => return Ok(Self::value(self.items())),
            _ => return Err(Error::from(ErrorKind::UnknownMethod)),
        }
        Ok(Value::from(()))
    }

    fn render(self: &Arc<Self>, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        brackets(f, "[", "]", |f| repr_items(f, self.items()))
    }
}
