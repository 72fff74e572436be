//! The engine's answer to a statement, as templates see it.

use crate::adapters::Response;
use crate::jinja::{Object, ObjectRepr, Value};
use std::fmt;
use std::sync::Arc;

/// The engine's answer; written, it is the message.
#[derive(Debug, Clone)]
pub struct ResponseObject(pub Response);

impl Object for ResponseObject {
    fn repr(self: &Arc<Self>) -> ObjectRepr {
        ObjectRepr::Plain
    }

    fn get_value(self: &Arc<Self>, key: &Value) -> Option<Value> {
        Some(match key.as_str()? {
            "_message" | "message" => Value::from(self.0.message.as_str()),
            "code" => Value::from(self.0.code.as_str()),
            "rows_affected" => self.0.rows_affected.map_or_else(|| Value::from(()), Value::from),
            "query_id" => Value::from(()),
            _ => return None,
        })
    }

    fn render(self: &Arc<Self>, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0.message)
    }
}
