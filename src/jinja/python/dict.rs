//! Python's dict.

use super::arguments::{Arguments, fail};
use super::list::List;
use super::text::{brackets, write_repr};
use crate::jinja::{Enumerator, Error, ErrorKind, Object, State, Value};
use foldhash::fast::RandomState;
use indexmap::IndexMap;
use std::fmt;
use std::sync::{Arc, Mutex, MutexGuard};

type Items = IndexMap<Value, Value, RandomState>;

/// A dict that templates can change. It keeps its order.
#[derive(Debug, Default)]
pub struct Dict(Mutex<Items>);

impl Dict {
    /// As a value.
    pub fn value(items: impl IntoIterator<Item = (Value, Value)>) -> Value {
        Value::from_object(Self(Mutex::new(items.into_iter().collect())))
    }

    /// What is in it now.
    pub fn items(&self) -> Vec<(Value, Value)> {
        self.lock().iter().map(|(key, value)| (key.clone(), value.clone())).collect()
    }

    /// Sets an entry.
    pub fn insert(&self, key: Value, value: Value) {
        self.lock().insert(key, value);
    }

    fn lock(&self) -> MutexGuard<'_, Items> {
        self.0.lock().unwrap_or_else(|poisoned| poisoned.into_inner())
    }

    fn pop(&self, args: &Arguments<'_>) -> Result<Value, Error> {
        let key = args.require(0, "key")?;
        match self.lock().shift_remove(&key).or_else(|| args.get(1, "default")) {
            Some(value) => Ok(value),
            None => fail(format!("the dict has no key {key:?}")),
        }
    }

    fn set_default(&self, args: &Arguments<'_>) -> Result<Value, Error> {
        let default = args.get(1, "default").unwrap_or_else(|| Value::from(()));
        Ok(self.lock().entry(args.require(0, "key")?).or_insert(default).clone())
    }
}

/// The pairs that `dict(…)` and `d.update(…)` take: of a mapping, or of an iterable of pairs, then the named ones.
pub(in crate::jinja) fn pairs(args: &Arguments<'_>) -> Result<Vec<(Value, Value)>, Error> {
    let mut found = vec![];
    if let Some(source) = args.positional().first().filter(|source| !source.is_undefined()) {
        let is_mapping = source.kind() == minijinja::value::ValueKind::Map;
        for item in source.try_iter()? {
            if is_mapping {
                let value = source.get_item(&item)?;
                found.push((item, value));
                continue;
            }
            let mut pair = item.try_iter()?;
            match (pair.next(), pair.next(), pair.next()) {
                (Some(key), Some(value), None) => found.push((key, value)),
                _ => return fail(format!("a dict is made of pairs, and {item:?} is none")),
            }
        }
    }
    found.extend(args.named().into_iter().map(|(key, value)| (Value::from(key), value)));
    Ok(found)
}

impl Object for Dict {
    fn get_value(self: &Arc<Self>, key: &Value) -> Option<Value> {
        self.lock().get(key).cloned()
    }

    fn enumerate(self: &Arc<Self>) -> Enumerator {
        Enumerator::KeyValueIter(Box::new(self.items().into_iter()))
    }

    fn enumerator_len(self: &Arc<Self>) -> Option<usize> {
        Some(self.lock().len())
    }

    fn call_method(self: &Arc<Self>, _: &mut State<'_, '_>, method: &str, args: &[Value]) -> Result<Value, Error> {
        let args = Arguments::of(method, args);
        match method {
            "update" => {
                let more = pairs(&args)?;
                self.lock().extend(more);
            }
            "get" => {
                let found = self.lock().get(&args.require(0, "key")?).cloned();
                return Ok(found.or_else(|| args.get(1, "default")).unwrap_or_else(|| Value::from(())));
            }
            "pop" => return self.pop(&args),
            "popitem" => {
                let Some((key, value)) = self.lock().pop() else { return fail("the dict is empty") };
                return Ok(tuple([key, value]));
            }
            "setdefault" => return self.set_default(&args),
            "clear" => self.lock().clear(),
            "fromkeys" => {
                let (keys, value) = (args.require(0, "iterable")?, args.get(1, "value"));
                let value = value.unwrap_or_else(|| Value::from(()));
                return Ok(Self::value(keys.try_iter()?.map(|key| (key, value.clone()))));
            }
            "copy" => return Ok(Self::value(self.items())),
            "items" => return Ok(List::value(self.items().into_iter().map(|(k, v)| tuple([k, v])).collect())),
            "keys" => return Ok(List::value(self.lock().keys().cloned().collect())),
            "values" => return Ok(List::value(self.lock().values().cloned().collect())),
            _ => return Err(Error::from(ErrorKind::UnknownMethod)),
        }
        Ok(Value::from(()))
    }

    fn render(self: &Arc<Self>, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        brackets(f, "{", "}", |f| {
            for (index, (key, value)) in self.items().iter().enumerate() {
                f.write_str(if index > 0 { ", " } else { "" })?;
                write_repr(f, key)?;
                f.write_str(": ")?;
                write_repr(f, value)?;
            }
            Ok(())
        })
    }
}

/// A tuple, which prints with parentheses.
pub fn tuple(items: impl IntoIterator<Item = Value>) -> Value {
    Value::from(minijinja::value::Tuple::new(items.into_iter().collect()))
}
