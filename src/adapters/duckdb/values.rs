//! DuckDB's values, which arrive as Arrow arrays in its lossless form (see [`LOSSLESS`]).

use crate::adapters::{Cell, ColumnType};
use duckdb::arrow::array::{Array, ArrayRef, AsArray};
use duckdb::arrow::datatypes::*;
use duckdb::arrow::util::display::array_value_to_string;
use jiff::{Span, Timestamp, civil};
use serde_json::{Map, Value as Json};

/// Makes DuckDB tell apart what shares an Arrow type: huge integers from decimals, UUIDs from text, bits from bytes.
pub(super) const LOSSLESS: &str = "SET arrow_lossless_conversion = true";

/// The name of a type that DuckDB hands over in disguise: `hugeint`, `bit`, `arrow.uuid`…
fn disguised(field: &Field) -> Option<String> {
    let extension = field.metadata().get("ARROW:extension:name")?;
    if extension != "arrow.opaque" {
        return Some(extension.clone());
    }
    let opaque: Json = serde_json::from_str(field.metadata().get("ARROW:extension:metadata")?).ok()?;
    opaque.get("type_name")?.as_str().map(str::to_owned)
}

/// A column's type as DuckDB writes it.
pub(super) fn type_name(field: &Field) -> String {
    if let Some(name) = disguised(field) {
        return match name.as_str() {
            "arrow.bool8" => "BOOLEAN".into(),
            "time_tz" => "TIME WITH TIME ZONE".into(),
            other => other.trim_start_matches("arrow.").to_uppercase(),
        };
    }
    match field.data_type() {
        DataType::Boolean => "BOOLEAN".into(),
        DataType::Int8 => "TINYINT".into(),
        DataType::Int16 => "SMALLINT".into(),
        DataType::Int32 => "INTEGER".into(),
        DataType::Int64 => "BIGINT".into(),
        DataType::UInt8 => "UTINYINT".into(),
        DataType::UInt16 => "USMALLINT".into(),
        DataType::UInt32 => "UINTEGER".into(),
        DataType::UInt64 => "UBIGINT".into(),
        DataType::Float32 => "FLOAT".into(),
        DataType::Float64 => "DOUBLE".into(),
        DataType::Decimal128(width, scale) => format!("DECIMAL({width},{scale})"),
        DataType::Utf8 | DataType::LargeUtf8 => "VARCHAR".into(),
        DataType::Binary | DataType::LargeBinary => "BLOB".into(),
        DataType::Date32 => "DATE".into(),
        DataType::Time64(_) => "TIME".into(),
        DataType::Timestamp(_, Some(_)) => "TIMESTAMP WITH TIME ZONE".into(),
        DataType::Timestamp(TimeUnit::Microsecond, None) => "TIMESTAMP".into(),
        DataType::Timestamp(TimeUnit::Second, None) => "TIMESTAMP_S".into(),
        DataType::Timestamp(TimeUnit::Millisecond, None) => "TIMESTAMP_MS".into(),
        DataType::Timestamp(TimeUnit::Nanosecond, None) => "TIMESTAMP_NS".into(),
        DataType::Interval(_) => "INTERVAL".into(),
        DataType::Dictionary(..) => "ENUM".into(),
        DataType::List(inner) | DataType::LargeList(inner) => format!("{}[]", type_name(inner)),
        DataType::FixedSizeList(inner, length) => format!("{}[{length}]", type_name(inner)),
        DataType::Struct(fields) => {
            let fields: Vec<_> = fields.iter().map(|field| format!("{} {}", field.name(), type_name(field))).collect();
            format!("STRUCT({})", fields.join(", "))
        }
        DataType::Map(entries, _) => match entries.data_type() {
            DataType::Struct(fields) => {
                let parts: Vec<_> = fields.iter().map(|field| type_name(field)).collect();
                format!("MAP({})", parts.join(", "))
            }
            _ => "MAP".into(),
        },
        DataType::Union(..) => "UNION".into(),
        other => other.to_string().to_uppercase(),
    }
}

/// What the values of a column are.
pub(super) fn column_type(field: &Field) -> ColumnType {
    match disguised(field).as_deref() {
        Some("arrow.bool8") => return ColumnType::Boolean,
        Some("hugeint" | "uhugeint" | "bignum") => return ColumnType::Integer,
        Some(_) => return ColumnType::Text,
        None => {}
    }
    match field.data_type() {
        DataType::Boolean => ColumnType::Boolean,
        kind if kind.is_integer() => ColumnType::Integer,
        DataType::Float32 | DataType::Float64 | DataType::Decimal128(..) => ColumnType::Number,
        DataType::Date32 => ColumnType::Date,
        DataType::Timestamp(..) => ColumnType::Timestamp,
        _ => ColumnType::Text,
    }
}

/// One value; what Rust has no type for comes as text.
pub(super) fn cell(array: &ArrayRef, field: &Field, row: usize) -> Cell {
    if array.is_null(row) {
        return Cell::Null;
    }
    if let Some(name) = disguised(field) {
        return disguised_cell(&name, array, row);
    }
    match array.data_type() {
        DataType::Boolean => Cell::Boolean(array.as_boolean().value(row)),
        DataType::Int8 => integer::<Int8Type>(array, row),
        DataType::Int16 => integer::<Int16Type>(array, row),
        DataType::Int32 => integer::<Int32Type>(array, row),
        DataType::Int64 => integer::<Int64Type>(array, row),
        DataType::UInt8 => integer::<UInt8Type>(array, row),
        DataType::UInt16 => integer::<UInt16Type>(array, row),
        DataType::UInt32 => integer::<UInt32Type>(array, row),
        DataType::UInt64 => integer::<UInt64Type>(array, row),
        // As Python widens it, so that a template writes what it always wrote: 0.1 as a FLOAT is 0.10000000149011612.
        DataType::Float32 => Cell::Float(f64::from(array.as_primitive::<Float32Type>().value(row))),
        DataType::Float64 => Cell::Float(array.as_primitive::<Float64Type>().value(row)),
        DataType::Decimal128(..) => Cell::Decimal(array.as_primitive::<Decimal128Type>().value_as_string(row)),
        DataType::Utf8 => Cell::Text(array.as_string::<i32>().value(row).to_owned()),
        DataType::LargeUtf8 => Cell::Text(array.as_string::<i64>().value(row).to_owned()),
        DataType::Binary => Cell::Bytes(array.as_binary::<i32>().value(row).to_vec()),
        DataType::LargeBinary => Cell::Bytes(array.as_binary::<i64>().value(row).to_vec()),
        DataType::Date32 => date(array.as_primitive::<Date32Type>().value(row)),
        DataType::Time64(TimeUnit::Microsecond) => time(array.as_primitive::<Time64MicrosecondType>().value(row)),
        DataType::Time64(TimeUnit::Nanosecond) => time(array.as_primitive::<Time64NanosecondType>().value(row) / 1000),
        DataType::Timestamp(unit, zone) => timestamp(array, *unit, zone.is_some(), row),
        DataType::Interval(IntervalUnit::MonthDayNano) => {
            Cell::Text(interval(array.as_primitive::<IntervalMonthDayNanoType>().value(row)))
        }
        kind if kind.is_nested() => Cell::Nested(json(array, field, row)),
        _ => as_text(array, row),
    }
}

fn as_text(array: &ArrayRef, row: usize) -> Cell {
    Cell::Text(array_value_to_string(array, row).unwrap_or_default())
}

fn integer<T: ArrowPrimitiveType>(array: &ArrayRef, row: usize) -> Cell
where
    T::Native: Into<i128>,
{
    Cell::Integer(array.as_primitive::<T>().value(row).into())
}

fn disguised_cell(name: &str, array: &ArrayRef, row: usize) -> Cell {
    let bytes = match array.data_type() {
        DataType::Int8 if name == "arrow.bool8" => {
            return Cell::Boolean(array.as_primitive::<Int8Type>().value(row) != 0);
        }
        DataType::FixedSizeBinary(_) => array.as_fixed_size_binary().value(row),
        DataType::Binary => array.as_binary::<i32>().value(row),
        DataType::Utf8 => return Cell::Text(array.as_string::<i32>().value(row).to_owned()),
        _ => return as_text(array, row),
    };
    match name {
        "hugeint" => fixed(bytes).map(i128::from_le_bytes).map(Cell::Integer),
        "uhugeint" => fixed(bytes).map(u128::from_le_bytes).map(|value| match i128::try_from(value) {
            Ok(value) => Cell::Integer(value),
            Err(_) => Cell::Decimal(value.to_string()),
        }),
        "arrow.uuid" => fixed(bytes).map(|bytes| Cell::Text(uuid::Uuid::from_bytes(bytes).to_string())),
        "time_tz" => fixed(bytes).map(u64::from_le_bytes).map(|bits| Cell::Text(time_with_zone(bits))),
        "bit" => bits(bytes).map(Cell::Text),
        "bignum" => bignum(bytes).map(Cell::Decimal),
        _ => None,
    }
    .unwrap_or_else(|| Cell::Bytes(bytes.to_vec()))
}

fn fixed<const N: usize>(bytes: &[u8]) -> Option<[u8; N]> {
    bytes.try_into().ok()
}

fn date(days: i32) -> Cell {
    match days {
        i32::MAX => Cell::Text("infinity".into()),
        days if days == -i32::MAX => Cell::Text("-infinity".into()),
        days => match Span::new().try_days(days).and_then(|span| civil::date(1970, 1, 1).checked_add(span)) {
            Ok(date) => Cell::Date(date),
            Err(_) => Cell::Text(format!("{days} days after 1970-01-01")),
        },
    }
}

fn time(micros: i64) -> Cell {
    match Span::new().try_microseconds(micros).and_then(|span| civil::Time::midnight().checked_add(span)) {
        Ok(time) => Cell::Time(time),
        Err(_) => Cell::Text("24:00:00".into()),
    }
}

/// The upper 40 bits are microseconds, the lower 24 the distance of the zone from its largest value, in seconds.
fn time_with_zone(bits: u64) -> String {
    const LARGEST: i64 = 16 * 3600 - 1;
    let (micros, zone) = ((bits >> 24) as i64, LARGEST - (bits & 0xff_ffff) as i64);
    let time = match time(micros) {
        Cell::Time(time) => time.to_string(),
        _ => "24:00:00".into(),
    };
    let (sign, seconds) = (if zone < 0 { '-' } else { '+' }, zone.abs());
    format!("{time}{sign}{:02}:{:02}", seconds / 3600, seconds / 60 % 60)
}

fn timestamp(array: &ArrayRef, unit: TimeUnit, zoned: bool, row: usize) -> Cell {
    let (value, moment) = match unit {
        TimeUnit::Second => {
            let value = array.as_primitive::<TimestampSecondType>().value(row);
            (value, Timestamp::from_second(value))
        }
        TimeUnit::Millisecond => {
            let value = array.as_primitive::<TimestampMillisecondType>().value(row);
            (value, Timestamp::from_millisecond(value))
        }
        TimeUnit::Microsecond => {
            let value = array.as_primitive::<TimestampMicrosecondType>().value(row);
            (value, Timestamp::from_microsecond(value))
        }
        TimeUnit::Nanosecond => {
            let value = array.as_primitive::<TimestampNanosecondType>().value(row);
            (value, Timestamp::from_nanosecond(value.into()))
        }
    };
    match (value, moment) {
        (i64::MAX, _) => Cell::Text("infinity".into()),
        (value, _) if value == -i64::MAX => Cell::Text("-infinity".into()),
        (_, Ok(moment)) if zoned => Cell::Timestamp(moment),
        (_, Ok(moment)) => Cell::DateTime(moment.to_zoned(jiff::tz::TimeZone::UTC).datetime()),
        // Farther from now than any calendar here reaches.
        (value, Err(_)) => Cell::Text(format!("{value} {} after 1970-01-01", unit_name(unit))),
    }
}

fn unit_name(unit: TimeUnit) -> &'static str {
    match unit {
        TimeUnit::Second => "s",
        TimeUnit::Millisecond => "ms",
        TimeUnit::Microsecond => "µs",
        TimeUnit::Nanosecond => "ns",
    }
}

/// As DuckDB prints it: `1 year 2 months 3 days 04:05:06.5`.
fn interval(value: IntervalMonthDayNano) -> String {
    let counted = |count: i32, unit: &str| match count {
        0 => None,
        1 | -1 => Some(format!("{count} {unit}")),
        _ => Some(format!("{count} {unit}s")),
    };
    let mut parts: Vec<String> = [(value.months / 12, "year"), (value.months % 12, "month"), (value.days, "day")]
        .into_iter()
        .filter_map(|(count, unit)| counted(count, unit))
        .collect();
    if value.nanoseconds != 0 || parts.is_empty() {
        let (sign, micros) = (if value.nanoseconds < 0 { "-" } else { "" }, value.nanoseconds.unsigned_abs() / 1000);
        let (seconds, fraction) = (micros / 1_000_000, micros % 1_000_000);
        let fraction =
            if fraction == 0 { String::new() } else { format!(".{fraction:06}").trim_end_matches('0').into() };
        parts.push(format!("{sign}{:02}:{:02}:{:02}{fraction}", seconds / 3600, seconds / 60 % 60, seconds % 60));
    }
    parts.join(" ")
}

/// Bits as DuckDB prints them; the first byte says how many bits of the second are padding.
fn bits(bytes: &[u8]) -> Option<String> {
    let (padding, bytes) = bytes.split_first()?;
    let all: String = bytes.iter().map(|byte| format!("{byte:08b}")).collect();
    all.get(usize::from(*padding)..).map(str::to_owned)
}

/// A number of any length: three bytes of header whose highest bit is set for positive numbers, then the magnitude,
/// highest byte first; negative numbers have every bit inverted.
fn bignum(bytes: &[u8]) -> Option<String> {
    let negative = bytes.first()? & 0x80 == 0;
    // Decimal digits, lowest first.
    let mut digits: Vec<u8> = vec![0];
    for byte in bytes.get(3..)? {
        let mut carry = u32::from(if negative { !byte } else { *byte });
        for digit in &mut digits {
            let value = u32::from(*digit) * 256 + carry;
            (*digit, carry) = ((value % 10) as u8, value / 10);
        }
        while carry > 0 {
            digits.push((carry % 10) as u8);
            carry /= 10;
        }
    }
    let text: String = digits.iter().rev().map(|digit| char::from(b'0' + digit)).collect();
    Some(if negative { format!("-{text}") } else { text })
}

/// A nested value as JSON: structs and maps are objects, lists arrays.
fn json(array: &ArrayRef, field: &Field, row: usize) -> Json {
    if array.is_null(row) {
        return Json::Null;
    }
    let items = |items: ArrayRef, inner: &Field| (0..items.len()).map(|at| json(&items, inner, at)).collect();
    match array.data_type() {
        DataType::List(inner) => items(array.as_list::<i32>().value(row), inner),
        DataType::LargeList(inner) => items(array.as_list::<i64>().value(row), inner),
        DataType::FixedSizeList(inner, _) => items(array.as_fixed_size_list().value(row), inner),
        DataType::Struct(fields) => {
            let columns = array.as_struct().columns();
            fields.iter().zip(columns).map(|(field, column)| (field.name().clone(), json(column, field, row))).collect()
        }
        DataType::Map(..) => {
            let entries: ArrayRef = std::sync::Arc::new(array.as_map().value(row));
            let (DataType::Struct(fields), columns) = (entries.data_type(), entries.as_struct().columns()) else {
                return Json::Null;
            };
            let (Some(keys), Some(values)) = (fields.first().zip(columns.first()), fields.get(1).zip(columns.get(1)))
            else {
                return Json::Null;
            };
            let entry = |at| (key(&json(keys.1, keys.0, at)), json(values.1, values.0, at));
            Json::Object((0..entries.len()).map(entry).collect::<Map<_, _>>())
        }
        DataType::Union(fields, _) => {
            let union = array.as_union();
            let tag = union.type_id(row);
            match fields.iter().find(|(id, _)| *id == tag) {
                Some((_, field)) => json(union.child(tag), field, union.value_offset(row)),
                None => Json::Null,
            }
        }
        _ => plain_json(cell(array, field, row)),
    }
}

/// A map's key as an object's.
fn key(value: &Json) -> String {
    value.as_str().map_or_else(|| value.to_string(), str::to_owned)
}

fn plain_json(cell: Cell) -> Json {
    match cell {
        Cell::Null => Json::Null,
        Cell::Boolean(value) => value.into(),
        Cell::Integer(value) => match (i64::try_from(value), u64::try_from(value)) {
            (Ok(value), _) => value.into(),
            (_, Ok(value)) => value.into(),
            _ => value.to_string().into(),
        },
        Cell::Float(value) => value.into(),
        // A number where JSON's numbers hold it exactly, else its text.
        Cell::Decimal(text) => match text.parse::<f64>() {
            Ok(value) if format!("{value}") == text.trim_end_matches('0').trim_end_matches('.') => value.into(),
            _ => text.into(),
        },
        Cell::Text(text) => text.into(),
        Cell::Date(date) => date.to_string().into(),
        Cell::Time(time) => time.to_string().into(),
        Cell::DateTime(moment) => moment.to_string().into(),
        Cell::Timestamp(moment) => moment.to_string().into(),
        Cell::Nested(value) => value,
        Cell::Bytes(bytes) => bytes.iter().map(|byte| format!("{byte:02x}")).collect::<String>().into(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn read(sql: &str) -> Vec<(String, Vec<Cell>)> {
        let connection = duckdb::Connection::open_in_memory().unwrap();
        connection.execute_batch(LOSSLESS).unwrap();
        let mut statement = connection.prepare(sql).unwrap();
        statement.execute([]).unwrap();
        let (schema, chunk) = (statement.schema(), statement.step().unwrap().unwrap());
        let cells = |field, column: &ArrayRef| (0..column.len()).map(|row| cell(column, field, row)).collect();
        let columns = schema.fields().iter().zip(chunk.columns());
        columns
            .map(|(field, column)| (format!("{} {}", field.name(), type_name(field)), cells(field, column)))
            .collect()
    }

    #[test]
    fn every_type_has_a_name_and_values() {
        let lines: Vec<_> = read("from test_all_types()").iter().map(|column| format!("{column:?}")).collect();
        insta::assert_snapshot!(lines.join("\n"));
    }

    #[test]
    fn what_the_type_table_lacks() {
        let sql = "select '-12345678901234567890123456789'::bignum, interval '-1 month 2 days 3.5 seconds',
                   '{\"a\": 1}'::json, 0.1::float, map {1: 'x'}, {'d': 1.50::decimal(4,2), 'u': [null]},
                   '12:00:00-01:30'::timetz, '0101'::bit, '2024-02-29 12:00:00+02'::timestamptz";
        let cells: Vec<_> = read(sql).into_iter().map(|(_, cells)| format!("{:?}", cells[0])).collect();
        insta::assert_snapshot!(cells.join("\n"));
    }
}
