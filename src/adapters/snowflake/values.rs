//! Snowflake's values, in both formats that it sends rows in.

use crate::adapters::{Cell, ColumnType};
use arrow::array::{Array, ArrayRef, AsArray};
use arrow::compute::cast;
use arrow::datatypes::{DataType, Decimal128Type, Int64Type};
use jiff::{SignedDuration, Timestamp, ToSpan, civil, tz::TimeZone};
use serde_json::Value as Json;

/// A column of a result.
#[derive(Debug, Clone)]
pub(super) struct ResultColumn {
    pub name: String,
    kind: String,
    precision: i64,
    scale: i64,
    length: Option<i64>,
}

impl ResultColumn {
    /// As an answer describes it.
    pub(super) fn read(json: &Json) -> Self {
        let text = |name: &str| json[name].as_str().unwrap_or("").to_lowercase();
        // Such as `geography`, which travels as an object.
        let extended = text("extTypeName");
        Self {
            name: json["name"].as_str().unwrap_or("").to_owned(),
            kind: if extended.is_empty() { text("type") } else { extended },
            precision: json["precision"].as_i64().unwrap_or(38),
            scale: json["scale"].as_i64().unwrap_or(0),
            length: json["length"].as_i64(),
        }
    }

    /// The type as `describe table` writes it.
    pub(super) fn type_name(&self) -> String {
        let Self { kind, precision, scale, length, .. } = self;
        match (kind.as_str(), length) {
            ("fixed", _) => format!("NUMBER({precision},{scale})"),
            ("text", Some(length)) => format!("VARCHAR({length})"),
            ("text", None) => "VARCHAR".into(),
            ("real", _) => "FLOAT".into(),
            ("binary", Some(length)) => format!("BINARY({length})"),
            ("time" | "timestamp_ntz" | "timestamp_ltz" | "timestamp_tz", _) => {
                format!("{}({scale})", kind.to_uppercase())
            }
            _ => kind.to_uppercase(),
        }
    }

    pub(super) fn column_type(&self) -> ColumnType {
        match self.kind.as_str() {
            "boolean" => ColumnType::Boolean,
            "fixed" if self.scale == 0 => ColumnType::Integer,
            "fixed" | "real" | "decfloat" => ColumnType::Number,
            "date" => ColumnType::Date,
            "timestamp_ntz" | "timestamp_ltz" | "timestamp_tz" => ColumnType::Timestamp,
            _ => ColumnType::Text,
        }
    }

    /// A value of a row in JSON, where every value is a text. What does not fit stays text.
    pub(super) fn cell_of_json(&self, value: &Json) -> Cell {
        match value {
            Json::Null => Cell::Null,
            Json::String(text) => self.decoded(text).unwrap_or_else(|| Cell::Text(text.clone())),
            Json::Bool(truth) => Cell::Boolean(*truth),
            other => self.decoded(&other.to_string()).unwrap_or_else(|| Cell::Text(other.to_string())),
        }
    }

    fn decoded(&self, text: &str) -> Option<Cell> {
        Some(match self.kind.as_str() {
            "boolean" => Cell::Boolean(matches!(text, "1" | "true" | "TRUE")),
            "fixed" if self.scale == 0 => Cell::Integer(text.parse().ok()?),
            "fixed" => Cell::Decimal(text.to_owned()),
            "real" => Cell::Float(text.parse().ok()?),
            "date" => date(text.parse().ok()?)?,
            "time" => time(nanoseconds(text)?)?,
            "timestamp_ntz" => moment(nanoseconds(text)?)?,
            "timestamp_ltz" => instant(nanoseconds(text)?)?,
            "timestamp_tz" => instant(nanoseconds(text.split(' ').next()?)?)?,
            "binary" => Cell::Bytes(
                (0..text.len())
                    .step_by(2)
                    .map(|at| u8::from_str_radix(text.get(at..at + 2)?, 16).ok())
                    .collect::<Option<_>>()?,
            ),
            _ => return None,
        })
    }

    /// A whole number of a column of numbers or times, as it is sent: without its point.
    fn scaled(&self, value: i128) -> Option<Cell> {
        let nanoseconds = || value.checked_mul(10_i128.checked_pow(u32::try_from(9 - self.scale).ok()?)?);
        match self.kind.as_str() {
            "fixed" if self.scale == 0 => Some(Cell::Integer(value)),
            "fixed" => Some(Cell::Decimal(with_point(value, usize::try_from(self.scale).ok()?))),
            "date" => date(i64::try_from(value).ok()?),
            "time" => time(nanoseconds()?),
            "timestamp_ntz" => moment(nanoseconds()?),
            "timestamp_ltz" | "timestamp_tz" => instant(nanoseconds()?),
            _ => Some(Cell::Integer(value)),
        }
    }
}

/// `1234` with two digits behind the point is `12.34`.
fn with_point(value: i128, scale: usize) -> String {
    let digits = format!("{:0>width$}", value.unsigned_abs(), width = scale + 1);
    let (whole, fraction) = digits.split_at(digits.len() - scale);
    format!("{}{whole}.{fraction}", if value < 0 { "-" } else { "" })
}

/// Seconds with a fraction, as text.
fn nanoseconds(text: &str) -> Option<i128> {
    let (negative, digits) = match text.strip_prefix('-') {
        Some(digits) => (true, digits),
        None => (false, text),
    };
    let (whole, fraction) = digits.split_once('.').unwrap_or((digits, ""));
    let fraction: i128 = format!("{fraction:0<9}").get(..9)?.parse().ok()?;
    let all = whole.parse::<i128>().ok()?.checked_mul(1_000_000_000)?.checked_add(fraction)?;
    Some(if negative { -all } else { all })
}

fn date(days: i64) -> Option<Cell> {
    let days = days.days();
    civil::date(1970, 1, 1).checked_add(days).ok().map(Cell::Date)
}

fn time(nanoseconds: i128) -> Option<Cell> {
    let since_midnight = SignedDuration::from_nanos(i64::try_from(nanoseconds).ok()?);
    civil::Time::midnight().checked_add(since_midnight).ok().map(Cell::Time)
}

fn moment(nanoseconds: i128) -> Option<Cell> {
    let moment = Timestamp::from_nanosecond(nanoseconds).ok()?;
    Some(Cell::DateTime(TimeZone::UTC.to_datetime(moment)))
}

fn instant(nanoseconds: i128) -> Option<Cell> {
    Timestamp::from_nanosecond(nanoseconds).ok().map(Cell::Timestamp)
}

/// All values of an array, or why they cannot be read.
pub(super) fn cells(column: &ResultColumn, array: &ArrayRef) -> Result<Vec<Cell>, String> {
    let each = |cell: &dyn Fn(usize) -> Option<Cell>| {
        (0..array.len()).map(|at| if array.is_null(at) { Cell::Null } else { cell(at).unwrap_or(Cell::Null) }).collect()
    };
    let as_type = |wanted: &DataType| cast(array, wanted).map_err(|error| error.to_string());
    Ok(match array.data_type() {
        DataType::Boolean => each(&|at| Some(Cell::Boolean(array.as_boolean().value(at)))),
        DataType::Float16 | DataType::Float32 | DataType::Float64 => {
            let floats = as_type(&DataType::Float64)?;
            let floats = floats.as_primitive::<arrow::datatypes::Float64Type>();
            each(&|at| Some(Cell::Float(floats.value(at))))
        }
        DataType::Decimal128(_, scale) => {
            let decimals = array.as_primitive::<Decimal128Type>();
            let places = usize::try_from(*scale).unwrap_or(0);
            each(&|at| {
                let value = decimals.value(at);
                Some(if places == 0 { Cell::Integer(value) } else { Cell::Decimal(with_point(value, places)) })
            })
        }
        DataType::Date32 => {
            let days = as_type(&DataType::Int32)?;
            let days = days.as_primitive::<arrow::datatypes::Int32Type>();
            each(&|at| date(days.value(at).into()))
        }
        DataType::Struct(_) => times(column, array)?,
        kind if kind.is_integer() => {
            let numbers = as_type(&DataType::Int64)?;
            let numbers = numbers.as_primitive::<Int64Type>();
            each(&|at| column.scaled(numbers.value(at).into()))
        }
        DataType::Binary | DataType::LargeBinary | DataType::FixedSizeBinary(_) => {
            let bytes = as_type(&DataType::LargeBinary)?;
            each(&|at| Some(Cell::Bytes(bytes.as_binary::<i64>().value(at).to_vec())))
        }
        _ => {
            let texts = as_type(&DataType::LargeUtf8)?;
            each(&|at| Some(Cell::Text(texts.as_string::<i64>().value(at).to_owned())))
        }
    })
}

/// Points in time: seconds (`epoch`), nanoseconds (`fraction`) and a zone. Without a fraction the column's scale counts.
fn times(column: &ResultColumn, array: &ArrayRef) -> Result<Vec<Cell>, String> {
    let parts = array.as_struct();
    let part = |name: &str| {
        let found = parts.column_by_name(name);
        found.map(|part| cast(part, &DataType::Int64).map_err(|error| error.to_string())).transpose()
    };
    let epoch = part("epoch")?.ok_or("a point in time lacks its seconds")?;
    let epoch = epoch.as_primitive::<Int64Type>();
    let fraction = part("fraction")?;
    let cell = |at: usize| {
        let seconds = i128::from(epoch.value(at));
        let Some(fraction) = &fraction else { return column.scaled(seconds) };
        let nanoseconds = seconds * 1_000_000_000 + i128::from(fraction.as_primitive::<Int64Type>().value(at));
        if column.kind == "timestamp_ntz" { moment(nanoseconds) } else { instant(nanoseconds) }
    };
    let is_null = |at: usize| array.is_null(at) || epoch.is_null(at);
    Ok((0..array.len()).map(|at| if is_null(at) { Cell::Null } else { cell(at).unwrap_or(Cell::Null) }).collect())
}

#[cfg(test)]
mod tests {
    use super::*;
    use arrow::array::{Int16Array, Int32Array, Int64Array, StructArray};
    use arrow::datatypes::Field;
    use serde_json::json;
    use std::sync::Arc;

    fn column(kind: &str, precision: i64, scale: i64) -> ResultColumn {
        ResultColumn::read(&json!({"name": "C", "type": kind, "precision": precision, "scale": scale}))
    }

    fn shown(kind: &str, scale: i64, text: &str) -> String {
        format!("{:?}", column(kind, 38, scale).cell_of_json(&json!(text)))
    }

    #[test]
    fn texts_become_values() {
        assert_eq!(shown("fixed", 0, "12"), "Integer(12)");
        assert_eq!(shown("fixed", 2, "1.50"), "Decimal(\"1.50\")");
        assert_eq!(shown("boolean", 0, "1"), "Boolean(true)");
        assert_eq!(shown("date", 0, "19724"), "Date(2024-01-02)");
        assert_eq!(shown("time", 9, "3723.5"), "Time(01:02:03.5)");
        assert_eq!(shown("timestamp_ntz", 9, "1704164645.000000001"), "DateTime(2024-01-02T03:04:05.000000001)");
        assert_eq!(shown("timestamp_ltz", 9, "-0.5"), "Timestamp(1969-12-31T23:59:59.5Z)");
        assert_eq!(shown("timestamp_tz", 9, "1704164645.0 1500"), "Timestamp(2024-01-02T03:04:05Z)");
        assert_eq!(shown("binary", 0, "00ff"), "Bytes([0, 255])");
        assert_eq!(shown("variant", 0, "{}"), "Text(\"{}\")");
        assert_eq!(column("text", 0, 0).cell_of_json(&Json::Null), Cell::Null);
    }

    #[test]
    fn arrays_become_values() {
        let numbers: ArrayRef = Arc::new(Int16Array::from(vec![Some(-5), None]));
        let read = |kind: &str, scale: i64| cells(&column(kind, 38, scale), &numbers).unwrap();
        assert_eq!(read("fixed", 0), [Cell::Integer(-5), Cell::Null]);
        assert_eq!(read("fixed", 2), [Cell::Decimal("-0.05".into()), Cell::Null]);
        assert_eq!(format!("{:?}", read("timestamp_ntz", 0)), "[DateTime(1969-12-31T23:59:55), Null]");
        let parts: Vec<(_, ArrayRef)> = vec![
            (Arc::new(Field::new("epoch", DataType::Int64, true)), Arc::new(Int64Array::from(vec![Some(60), None]))),
            (Arc::new(Field::new("fraction", DataType::Int32, true)), Arc::new(Int32Array::from(vec![Some(5), None]))),
        ];
        let times: ArrayRef = Arc::new(StructArray::from(parts));
        let read = cells(&column("timestamp_tz", 0, 9), &times).unwrap();
        assert_eq!(format!("{read:?}"), "[Timestamp(1970-01-01T00:01:00.000000005Z), Null]");
    }

    #[test]
    fn types_are_named_as_the_catalog_does() {
        let name = |json: Json| ResultColumn::read(&json).type_name();
        assert_eq!(name(json!({"type": "fixed", "precision": 10, "scale": 2})), "NUMBER(10,2)");
        assert_eq!(name(json!({"type": "text", "length": 256})), "VARCHAR(256)");
        assert_eq!(name(json!({"type": "timestamp_tz", "scale": 9})), "TIMESTAMP_TZ(9)");
        assert_eq!(name(json!({"type": "object", "extTypeName": "GEOGRAPHY"})), "GEOGRAPHY");
    }
}
