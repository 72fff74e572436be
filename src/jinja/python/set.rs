//! Python's set; it keeps the order in which things were added.

use super::arguments::Arguments;
use super::text::{brackets, repr_items};
use crate::jinja::{DynObject, Enumerator, Error, ErrorKind, Object, ObjectRepr, State, Value};
use indexmap::IndexSet;
use std::cmp::Ordering;
use std::fmt;
use std::sync::{Arc, Mutex, MutexGuard};

/// A set that templates can change.
#[derive(Debug, Default)]
pub struct Set(Mutex<IndexSet<Value>>);

impl Set {
    /// As a value.
    pub fn value(items: impl IntoIterator<Item = Value>) -> Value {
        Value::from_object(Self(Mutex::new(items.into_iter().collect())))
    }

    /// What is in it now.
    pub fn items(&self) -> Vec<Value> {
        self.lock().iter().cloned().collect()
    }

    fn lock(&self) -> MutexGuard<'_, IndexSet<Value>> {
        self.0.lock().unwrap_or_else(|poisoned| poisoned.into_inner())
    }

    /// The order of sets: less is being a part of. None if neither is.
    pub(super) fn subset_order(&self, other: &Self) -> Option<Ordering> {
        let other: IndexSet<Value> = other.items().into_iter().collect();
        let own: IndexSet<Value> = self.items().into_iter().collect();
        match (own.is_subset(&other), own.is_superset(&other)) {
            (true, true) => Some(Ordering::Equal),
            (true, false) => Some(Ordering::Less),
            (false, true) => Some(Ordering::Greater),
            (false, false) => None,
        }
    }

    fn changed(&self, method: &str, args: &Arguments<'_>) -> Result<Value, Error> {
        let item = args.require(0, "element")?;
        match method {
            "add" => drop(self.lock().insert(item)),
            _ => {
                let found = self.lock().shift_remove(&item);
                if !found && method == "remove" {
                    return super::arguments::fail(format!("{item:?} is not in the set"));
                }
            }
        }
        Ok(Value::from(()))
    }

    fn combined(&self, method: &str, args: &Arguments<'_>) -> Result<Value, Error> {
        let mut result: IndexSet<Value> = self.lock().clone();
        for other in args.positional() {
            let other: IndexSet<Value> = other.try_iter()?.collect();
            match method {
                "union" | "update" => result.extend(other),
                "intersection" => result.retain(|item| other.contains(item)),
                "difference" => result.retain(|item| !other.contains(item)),
                _ => result = result.symmetric_difference(&other).cloned().collect(),
            }
        }
        if method == "update" {
            *self.lock() = result;
            return Ok(Value::from(()));
        }
        Ok(Self::value(result))
    }

    fn compared(&self, method: &str, args: &Arguments<'_>) -> Result<Value, Error> {
        let other: IndexSet<Value> = args.require(0, "other")?.try_iter()?.collect();
        let own = self.lock();
        Ok(Value::from(match method {
            "issubset" => own.is_subset(&other),
            "issuperset" => own.is_superset(&other),
            _ => own.is_disjoint(&other),
        }))
    }
}

impl Object for Set {
    fn repr(self: &Arc<Self>) -> ObjectRepr {
        ObjectRepr::Iterable
    }

    fn enumerate(self: &Arc<Self>) -> Enumerator {
        Enumerator::Values(self.items())
    }

    fn enumerator_len(self: &Arc<Self>) -> Option<usize> {
        Some(self.lock().len())
    }

    fn call_method(self: &Arc<Self>, _: &mut State<'_, '_>, method: &str, args: &[Value]) -> Result<Value, Error> {
        let args = Arguments::of(method, args);
        match method {
            "add" | "remove" | "discard" => self.changed(method, &args),
            "union" | "update" | "intersection" | "difference" | "symmetric_difference" => self.combined(method, &args),
            "issubset" | "issuperset" | "isdisjoint" => self.compared(method, &args),
            "copy" => Ok(Self::value(self.items())),
            "clear" => {
                self.lock().clear();
                Ok(Value::from(()))
            }
            _ => Err(Error::from(ErrorKind::UnknownMethod)),
        }
    }

    /// Sets with the same elements are equal, in whatever order they were added.
    fn custom_cmp(self: &Arc<Self>, other: &DynObject) -> Option<Ordering> {
        let (mut own, mut others) = (self.items(), other.downcast_ref::<Self>()?.items());
        own.sort();
        others.sort();
        Some(own.cmp(&others))
    }

    fn render(self: &Arc<Self>, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let items = self.items();
        if items.is_empty() { f.write_str("set()") } else { brackets(f, "{", "}", |f| repr_items(f, items)) }
    }
}
