//! Rows on their way from one engine to another, in Arrow's terms.

use super::{Cell, DatabaseError, ErrorKind};
use duckdb::arrow::array::{
    Array, ArrayRef, AsArray, BinaryBuilder, BooleanBuilder, Date32Builder, Decimal128Builder, Float32Builder,
    Float64Builder, Int16Builder, Int32Builder, Int64Builder, RecordBatch, StringBuilder, Time64MicrosecondBuilder,
    TimestampMicrosecondBuilder,
};
use duckdb::arrow::datatypes::{
    DataType, Date32Type, Decimal128Type, Field, Float32Type, Float64Type, Int16Type, Int32Type, Int64Type, SchemaRef,
    Time64MicrosecondType, TimeUnit, TimestampMicrosecondType,
};
use std::collections::HashMap;
use std::io::Write;
use std::sync::Arc;

/// Some rows of a query.
pub type Batch = RecordBatch;

/// The columns of a query's rows.
pub type BatchSchema = SchemaRef;

/// How many rows, and about how many bytes, a batch has at most.
pub(super) const ROWS: usize = 8_192;
pub(super) const BYTES: usize = 4 << 20;

/// Under this key a field of texts says what they are.
const KIND: &str = "sqlbuild:kind";

/// What the texts of a column are, where they are no plain ones.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum TextKind {
    /// JSON documents.
    Json,
    /// UUIDs.
    Uuid,
}

/// A field of texts of a kind.
pub(super) fn text_field(name: &str, kind: Option<TextKind>) -> Field {
    let metadata = kind.map(|kind| (KIND.to_owned(), if kind == TextKind::Json { "json" } else { "uuid" }.to_owned()));
    Field::new(name, DataType::Utf8, true).with_metadata(metadata.into_iter().collect::<HashMap<_, _>>())
}

/// What the texts of a field are.
pub(super) fn text_kind(field: &Field) -> Option<TextKind> {
    match field.metadata().get(KIND).map(String::as_str) {
        Some("json") => Some(TextKind::Json),
        Some("uuid") => Some(TextKind::Uuid),
        _ => None,
    }
}

/// Points in time without a zone, or with one.
pub(super) fn timestamp(zoned: bool) -> DataType {
    DataType::Timestamp(TimeUnit::Microsecond, zoned.then(|| "UTC".into()))
}

/// The error for a column whose values cannot be moved.
pub(super) fn immovable(name: &str, data_type: &str) -> DatabaseError {
    DatabaseError {
        hint: Some("Cast the column in the model that is read, for example to a text or a number.".into()),
        ..DatabaseError::new(
            ErrorKind::Statement,
            format!("The column '{name}' is of the type {data_type}, whose values cannot be moved to another engine."),
        )
    }
}

/// The error for a value that is none of the type that its column is moved as.
pub(super) fn misfit(field: &Field) -> DatabaseError {
    let message = format!("The column '{}' holds a value that {} cannot hold.", field.name(), field.data_type());
    DatabaseError::new(ErrorKind::Statement, message)
}

/// The values of a column as they come in.
pub(super) enum Values {
    Boolean(BooleanBuilder),
    Small(Int16Builder),
    Integer(Int32Builder),
    Big(Int64Builder),
    Real(Float32Builder),
    Double(Float64Builder),
    Decimal(Decimal128Builder, i8),
    Text(StringBuilder),
    Bytes(BinaryBuilder),
    Date(Date32Builder),
    Time(Time64MicrosecondBuilder),
    Moment(TimestampMicrosecondBuilder),
}

impl Values {
    /// Of a field.
    pub(super) fn of(field: &Field) -> Self {
        match field.data_type() {
            DataType::Boolean => Self::Boolean(BooleanBuilder::new()),
            DataType::Int16 => Self::Small(Int16Builder::new()),
            DataType::Int32 => Self::Integer(Int32Builder::new()),
            DataType::Int64 => Self::Big(Int64Builder::new()),
            DataType::Float32 => Self::Real(Float32Builder::new()),
            DataType::Float64 => Self::Double(Float64Builder::new()),
            DataType::Decimal128(_, scale) => {
                let builder = Decimal128Builder::new().with_data_type(field.data_type().clone());
                Self::Decimal(builder, *scale)
            }
            DataType::Binary => Self::Bytes(BinaryBuilder::new()),
            DataType::Date32 => Self::Date(Date32Builder::new()),
            DataType::Time64(_) => Self::Time(Time64MicrosecondBuilder::new()),
            DataType::Timestamp(_, zone) => {
                Self::Moment(TimestampMicrosecondBuilder::new().with_timezone_opt(zone.clone()))
            }
            _ => Self::Text(StringBuilder::new()),
        }
    }

    /// Adds null.
    pub(super) fn null(&mut self) {
        match self {
            Self::Boolean(values) => values.append_null(),
            Self::Small(values) => values.append_null(),
            Self::Integer(values) => values.append_null(),
            Self::Big(values) => values.append_null(),
            Self::Real(values) => values.append_null(),
            Self::Double(values) => values.append_null(),
            Self::Decimal(values, _) => values.append_null(),
            Self::Text(values) => values.append_null(),
            Self::Bytes(values) => values.append_null(),
            Self::Date(values) => values.append_null(),
            Self::Time(values) => values.append_null(),
            Self::Moment(values) => values.append_null(),
        }
    }

    /// Adds a value; `None`: it is none of the column's type.
    pub(super) fn cell(&mut self, cell: &Cell) -> Option<()> {
        match (self, cell) {
            (values, Cell::Null) => values.null(),
            (Self::Boolean(values), Cell::Boolean(truth)) => values.append_value(*truth),
            (Self::Small(values), Cell::Integer(number)) => values.append_value(i16::try_from(*number).ok()?),
            (Self::Integer(values), Cell::Integer(number)) => values.append_value(i32::try_from(*number).ok()?),
            (Self::Big(values), Cell::Integer(number)) => values.append_value(i64::try_from(*number).ok()?),
            (Self::Double(values), Cell::Float(number)) => values.append_value(*number),
            (Self::Double(values), Cell::Decimal(text)) => values.append_value(text.parse().ok()?),
            (Self::Double(values), Cell::Integer(number)) => values.append_value(*number as f64),
            (Self::Decimal(values, scale), Cell::Integer(number)) => {
                values.append_value(number.checked_mul(10_i128.checked_pow(u32::try_from(*scale).ok()?)?)?);
            }
            (Self::Decimal(values, scale), Cell::Decimal(text)) => values.append_value(unscaled(text, *scale)?),
            (Self::Text(values), Cell::Nested(value)) => values.append_value(value.to_string()),
            (Self::Text(values), cell) => values.append_value(cell.to_string()),
            (Self::Bytes(values), Cell::Bytes(bytes)) => values.append_value(bytes),
            (Self::Date(values), Cell::Date(date)) => {
                let days = (*date - jiff::civil::date(1970, 1, 1)).get_days();
                values.append_value(days);
            }
            (Self::Time(values), Cell::Time(time)) => {
                let midnight = time.duration_since(jiff::civil::Time::midnight());
                values.append_value(i64::try_from(midnight.as_micros()).ok()?);
            }
            (Self::Moment(values), Cell::DateTime(moment)) => {
                let instant = moment.to_zoned(jiff::tz::TimeZone::UTC).ok()?.timestamp();
                values.append_value(instant.as_microsecond());
            }
            (Self::Moment(values), Cell::Timestamp(instant)) => values.append_value(instant.as_microsecond()),
            _ => return None,
        }
        Some(())
    }

    fn finish(&mut self) -> ArrayRef {
        match self {
            Self::Boolean(values) => Arc::new(values.finish()),
            Self::Small(values) => Arc::new(values.finish()),
            Self::Integer(values) => Arc::new(values.finish()),
            Self::Big(values) => Arc::new(values.finish()),
            Self::Real(values) => Arc::new(values.finish()),
            Self::Double(values) => Arc::new(values.finish()),
            Self::Decimal(values, _) => Arc::new(values.finish()),
            Self::Text(values) => Arc::new(values.finish()),
            Self::Bytes(values) => Arc::new(values.finish()),
            Self::Date(values) => Arc::new(values.finish()),
            Self::Time(values) => Arc::new(values.finish()),
            Self::Moment(values) => Arc::new(values.finish()),
        }
    }
}

/// A decimal number's digits without its point.
fn unscaled(text: &str, scale: i8) -> Option<i128> {
    let (whole, fraction) = text.split_once('.').unwrap_or((text, ""));
    let scale = usize::try_from(scale).ok()?;
    let fraction = fraction.trim_end_matches('0');
    if fraction.len() > scale {
        return None;
    }
    format!("{whole}{fraction:0<scale$}").parse().ok()
}

/// Rows as they are gathered.
pub(super) struct Gathering {
    schema: SchemaRef,
    /// The values of each column.
    pub columns: Vec<Values>,
    rows: usize,
    /// About how many bytes the values have.
    pub bytes: usize,
}

impl Gathering {
    pub(super) fn new(schema: &SchemaRef) -> Self {
        let columns = schema.fields().iter().map(|field| Values::of(field)).collect();
        Self { schema: schema.clone(), columns, rows: 0, bytes: 0 }
    }

    /// A row has been added to all columns; gives a batch when there are enough.
    pub(super) fn row(&mut self) -> Result<Option<RecordBatch>, DatabaseError> {
        self.rows += 1;
        if self.rows >= ROWS || self.bytes >= BYTES { self.finish() } else { Ok(None) }
    }

    /// What has been gathered and not given yet.
    pub(super) fn finish(&mut self) -> Result<Option<RecordBatch>, DatabaseError> {
        if self.rows == 0 {
            return Ok(None);
        }
        (self.rows, self.bytes) = (0, 0);
        let columns = self.columns.iter_mut().map(Values::finish).collect();
        RecordBatch::try_new(self.schema.clone(), columns).map(Some).map_err(|error| broken(&error))
    }
}

/// The error for rows that do not hold together.
pub(super) fn broken(error: &dyn std::error::Error) -> DatabaseError {
    DatabaseError::new(ErrorKind::Statement, format!("The rows cannot be moved: {error}"))
}

/// Writes a value as SQL's engines read it from text; false for null. Bytes are hexadecimal digits after `bytes`.
pub(super) fn write_text(array: &dyn Array, row: usize, bytes: &str, out: &mut Vec<u8>) -> bool {
    if array.is_null(row) {
        return false;
    }
    match array.data_type() {
        DataType::Boolean => out.extend_from_slice(if array.as_boolean().value(row) { b"true" } else { b"false" }),
        DataType::Int16 => put(out, format_args!("{}", array.as_primitive::<Int16Type>().value(row))),
        DataType::Int32 => put(out, format_args!("{}", array.as_primitive::<Int32Type>().value(row))),
        DataType::Int64 => put(out, format_args!("{}", array.as_primitive::<Int64Type>().value(row))),
        DataType::Float32 => put_float(out, array.as_primitive::<Float32Type>().value(row)),
        DataType::Float64 => put_float(out, array.as_primitive::<Float64Type>().value(row)),
        DataType::Decimal128(_, scale) => {
            put_decimal(out, array.as_primitive::<Decimal128Type>().value(row), usize::try_from(*scale).unwrap_or(0));
        }
        DataType::Date32 => put_date(out, array.as_primitive::<Date32Type>().value(row)),
        DataType::Time64(_) => put_time(out, array.as_primitive::<Time64MicrosecondType>().value(row)),
        DataType::Timestamp(_, zone) => {
            put_moment(out, array.as_primitive::<TimestampMicrosecondType>().value(row), zone.is_some());
        }
        DataType::Binary => {
            out.extend_from_slice(bytes.as_bytes());
            array.as_binary::<i32>().value(row).iter().for_each(|byte| put(out, format_args!("{byte:02x}")));
        }
        _ => out.extend_from_slice(array.as_string::<i32>().value(row).as_bytes()),
    }
    true
}

fn put(out: &mut Vec<u8>, text: std::fmt::Arguments<'_>) {
    // Memory takes everything.
    let _ = out.write_fmt(text);
}

fn put_float(out: &mut Vec<u8>, value: impl Into<f64> + std::fmt::Display + Copy) {
    let wide: f64 = value.into();
    match wide {
        wide if wide.is_nan() => out.extend_from_slice(b"NaN"),
        wide if wide.is_infinite() => out.extend_from_slice(if wide > 0.0 { b"Infinity" } else { b"-Infinity" }),
        _ => put(out, format_args!("{value}")),
    }
}

fn put_decimal(out: &mut Vec<u8>, value: i128, scale: usize) {
    if scale == 0 {
        return put(out, format_args!("{value}"));
    }
    if value < 0 {
        out.push(b'-');
    }
    let digits = format!("{:0>width$}", value.unsigned_abs(), width = scale + 1);
    let (whole, fraction) = digits.split_at(digits.len() - scale);
    put(out, format_args!("{whole}.{fraction}"));
}

fn put_date(out: &mut Vec<u8>, days: i32) {
    match days {
        i32::MAX => out.extend_from_slice(b"infinity"),
        days if days <= -i32::MAX => out.extend_from_slice(b"-infinity"),
        days => {
            let is_before = put_civil(out, i64::from(days));
            if is_before {
                out.extend_from_slice(b" BC");
            }
        }
    }
}

fn put_moment(out: &mut Vec<u8>, micros: i64, zoned: bool) {
    match micros {
        i64::MAX => return out.extend_from_slice(b"infinity"),
        micros if micros <= -i64::MAX => return out.extend_from_slice(b"-infinity"),
        _ => {}
    }
    const DAY: i64 = 86_400_000_000;
    let is_before = put_civil(out, micros.div_euclid(DAY));
    out.push(b' ');
    put_time(out, micros.rem_euclid(DAY));
    if zoned {
        out.extend_from_slice(b"+00");
    }
    if is_before {
        out.extend_from_slice(b" BC");
    }
}

fn put_time(out: &mut Vec<u8>, micros: i64) {
    let (seconds, micros) = (micros / 1_000_000, micros % 1_000_000);
    put(out, format_args!("{:02}:{:02}:{:02}", seconds / 3600, seconds / 60 % 60, seconds % 60));
    if micros > 0 {
        put(out, format_args!(".{micros:06}"));
    }
}

/// A day as year, month and day in the calendar that goes on before 1582; whether it is before the year 1.
///
/// Engines have days that jiff has not, whose years end at 9999 (PostgreSQL's go on to 5,874,897): so the arithmetic stands
/// here, with days in eras of 400 years that begin in March.
fn put_civil(out: &mut Vec<u8>, days: i64) -> bool {
    let shifted = days + 719_468;
    let (era, day) = (shifted.div_euclid(146_097), shifted.rem_euclid(146_097));
    let of_era = (day - day / 1460 + day / 36_524 - day / 146_096) / 365;
    let of_year = day - (365 * of_era + of_era / 4 - of_era / 100);
    let march = (5 * of_year + 2) / 153;
    let (month, day) = (if march < 10 { march + 3 } else { march - 9 }, of_year - (153 * march + 2) / 5 + 1);
    let year = of_era + era * 400 + i64::from(month <= 2);
    put(out, format_args!("{:04}-{month:02}-{day:02}", if year > 0 { year } else { 1 - year }));
    year <= 0
}

#[cfg(test)]
mod tests {
    use super::*;
    use duckdb::arrow::array::{Date32Array, Decimal128Array, Float64Array, TimestampMicrosecondArray};

    fn text(array: &dyn Array) -> Vec<String> {
        let one = |row| {
            let mut out = vec![];
            let is_given = write_text(array, row, "\\x", &mut out);
            if is_given { String::from_utf8(out).unwrap() } else { "null".to_owned() }
        };
        (0..array.len()).map(one).collect()
    }

    #[test]
    fn values_are_written_as_engines_read_them() {
        assert_eq!(
            text(&Date32Array::from(vec![Some(0), Some(-1), Some(19_782), Some(-719_529), Some(i32::MAX), None])),
            ["1970-01-01", "1969-12-31", "2024-02-29", "0002-12-31 BC", "infinity", "null"]
        );
        let moments = TimestampMicrosecondArray::from(vec![0, -1, 1_709_208_000_000_001]);
        assert_eq!(text(&moments), ["1970-01-01 00:00:00", "1969-12-31 23:59:59.999999", "2024-02-29 12:00:00.000001"]);
        assert_eq!(text(&moments.with_timezone("UTC"))[0], "1970-01-01 00:00:00+00");
        let decimals = Decimal128Array::from(vec![5, -5, 12_345]).with_precision_and_scale(38, 2).unwrap();
        assert_eq!(text(&decimals), ["0.05", "-0.05", "123.45"]);
        assert_eq!(text(&Float64Array::from(vec![0.1, f64::NAN, f64::NEG_INFINITY])), ["0.1", "NaN", "-Infinity"]);
    }

    #[test]
    fn decimals_that_have_more_digits_than_fit_are_refused() {
        assert_eq!(unscaled("-1.50", 2), Some(-150));
        assert_eq!(unscaled("1.500", 1), Some(15));
        assert_eq!(unscaled("7", 3), Some(7000));
        assert_eq!(unscaled("1.25", 1), None);
    }
}
