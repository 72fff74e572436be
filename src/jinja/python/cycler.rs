//! Jinja's `cycler`.

use crate::jinja::{Error, ErrorKind, Object, Rest, State, Value};
use std::fmt;
use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};

/// Gives its items one after the other, again and again.
pub(super) struct Cycler {
    items: Vec<Value>,
    at: AtomicUsize,
}

/// `cycler(item, …)`.
pub(super) fn cycler(items: Rest<Value>) -> Result<Value, Error> {
    match items.is_empty() {
        true => super::arguments::fail("cycler() needs at least one item"),
        false => Ok(Value::from_object(Cycler { items: items.to_vec(), at: AtomicUsize::new(0) })),
    }
}

impl Cycler {
    fn item(&self, index: usize) -> Value {
        self.items.get(index % self.items.len()).cloned().unwrap_or_default()
    }
}

impl Object for Cycler {
    fn get_value(self: &Arc<Self>, key: &Value) -> Option<Value> {
        (key.as_str() == Some("current")).then(|| self.item(self.at.load(Ordering::Relaxed)))
    }

    fn call_method(self: &Arc<Self>, _: &mut State<'_, '_>, method: &str, _: &[Value]) -> Result<Value, Error> {
        match method {
            "next" => Ok(self.item(self.at.fetch_add(1, Ordering::Relaxed))),
            "reset" => {
                self.at.store(0, Ordering::Relaxed);
                Ok(Value::from(()))
            }
            _ => Err(Error::from(ErrorKind::UnknownMethod)),
        }
    }
}

impl fmt::Debug for Cycler {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("<cycler>")
    }
}
