//! What the values of a result's column are: agate's data types.

use crate::adapters::ColumnType;
use crate::jinja::{Arguments, Decimal, Error, ErrorKind, Object, ObjectRepr, State, Value};
use std::fmt;
use std::sync::Arc;

/// A type, which writes values for CSV and JSON.
pub struct DataType(ColumnType);

impl DataType {
    /// As a value.
    pub fn value(kind: ColumnType) -> Value {
        Value::from_object(Self(kind))
    }

    fn json(&self, value: Value) -> Value {
        match self.0 {
            _ if value.is_none() => value,
            ColumnType::Boolean | ColumnType::Integer => value,
            ColumnType::Number => value.to_string().parse::<f64>().map_or(value, Value::from),
            ColumnType::Date | ColumnType::Timestamp | ColumnType::Text => self.csv(value),
        }
    }

    fn csv(&self, value: Value) -> Value {
        match self.0 {
            _ if value.is_none() => value,
            // A moment has a `T` between its parts.
            ColumnType::Timestamp => Value::from(value.to_string().replacen(' ', "T", 1)),
            _ => Value::from(value.to_string()),
        }
    }

    /// The value as one of this type, if a text means one.
    fn cast(&self, value: Value) -> Option<Value> {
        match (self.0, value.as_str()) {
            _ if value.is_none() => Some(value),
            (ColumnType::Text, _) => Some(Value::from(value.to_string())),
            (ColumnType::Boolean, Some(text)) => match text.trim().to_lowercase().as_str() {
                "1" | "yes" | "y" | "true" | "t" => Some(Value::from(true)),
                "0" | "no" | "n" | "false" | "f" => Some(Value::from(false)),
                _ => None,
            },
            (ColumnType::Number, _) => Decimal::parse(&value.to_string()).map(Decimal::value),
            (_, Some(_)) => None,
            (_, None) => Some(value),
        }
    }
}

/// The name of a type.
pub fn name(kind: ColumnType) -> &'static str {
    match kind {
        ColumnType::Boolean => "Boolean",
        ColumnType::Integer => "Integer",
        ColumnType::Number => "Number",
        ColumnType::Date => "Date",
        ColumnType::Timestamp => "DateTime",
        ColumnType::Text => "Text",
    }
}

impl Object for DataType {
    fn repr(self: &Arc<Self>) -> ObjectRepr {
        ObjectRepr::Plain
    }

    fn call_method(self: &Arc<Self>, _: &mut State<'_, '_>, method: &str, args: &[Value]) -> Result<Value, Error> {
        let value = Arguments::of(method, args).require(0, "d")?;
        match method {
            "jsonify" => Ok(self.json(value)),
            "csvify" => Ok(self.csv(value)),
            "test" => Ok(Value::from(self.cast(value).is_some())),
            "cast" => self.cast(value.clone()).ok_or_else(|| {
                let message = format!("cannot parse '{value}' as {}", name(self.0));
                Error::new(ErrorKind::InvalidOperation, message)
            }),
            _ => Err(Error::from(ErrorKind::UnknownMethod)),
        }
    }
}

/// As Python names the object's class.
impl fmt::Debug for DataType {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let module = match self.0 {
            ColumnType::Integer | ColumnType::Number => "dbt_common.clients.agate_helper",
            ColumnType::Boolean => "agate.data_types.boolean",
            ColumnType::Date => "agate.data_types.date",
            ColumnType::Timestamp => "agate.data_types.date_time",
            ColumnType::Text => "agate.data_types.text",
        };
        write!(f, "<{module}.{} object>", name(self.0))
    }
}
