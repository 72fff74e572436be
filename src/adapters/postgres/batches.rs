//! Rows out of queries and into tables, by `copy`: binary on the way out, separated values on the way in.

use super::connection::PostgresConnection;
use super::dialect::POSTGRES;
use super::{catalog, errors};
use crate::adapters::batches::{
    Gathering, TextKind, Values, broken, immovable, misfit, text_field, text_kind, timestamp, write_text,
};
use crate::adapters::{DatabaseError, ErrorKind, Relation};
use duckdb::arrow::array::RecordBatch;
use duckdb::arrow::datatypes::{DataType, Field, Schema, SchemaRef, TimeUnit};
use postgres::types::{Kind, Type};
use std::io::{self, BufRead, Read, Write};
use std::sync::Arc;

/// A number without limits has this many digits, and this many of them behind the point.
const UNLIMITED: (u8, i8) = (38, 16);

/// From 1970 to 2000, where PostgreSQL begins to count: in days, and in microseconds.
const EPOCH_DAYS: i32 = 10_957;
const EPOCH_MICROS: i64 = EPOCH_DAYS as i64 * 86_400_000_000;

/// What is read of a query: the columns, and the query with each cast to what is moved.
pub(super) fn plan(connection: &mut PostgresConnection, sql: &str) -> Result<(SchemaRef, String), DatabaseError> {
    let prepared = connection.client()?.prepare(sql).map_err(|error| errors::database_error(&error, sql))?;
    let described = catalog::described(connection, prepared.columns())?;
    let (mut fields, mut values) = (vec![], vec![]);
    for (column, full) in prepared.columns().iter().zip(&described) {
        let quoted = POSTGRES.quote(column.name());
        let Some((field, cast)) = movable(column.name(), column.type_(), &full.data_type) else {
            return Err(immovable(column.name(), &full.data_type));
        };
        fields.push(field);
        values.push(match cast {
            Cast::None => quoted,
            Cast::To(name) => format!("{quoted}::{name}"),
            Cast::Document => format!("to_jsonb({quoted})::text"),
        });
    }
    let query = format!("select {} from (\n{sql}\n) as moved", values.join(", "));
    Ok((Arc::new(Schema::new(fields)), query))
}

/// How a value is made one of a type that is moved.
enum Cast {
    None,
    To(String),
    Document,
}

fn movable(name: &str, kind: &Type, full: &str) -> Option<(Field, Cast)> {
    let plain = |data_type: DataType| Some((Field::new(name, data_type, true), Cast::None));
    let text = |kind| Some((text_field(name, kind), Cast::To("text".into())));
    match kind.kind() {
        Kind::Enum(_) => return text(None),
        Kind::Array(_) => return Some((text_field(name, Some(TextKind::Json)), Cast::Document)),
        Kind::Domain(base) => {
            let (field, cast) = movable(name, base, super::values::type_name(base).as_str())?;
            let to = super::values::type_name(base);
            return Some((field, if matches!(cast, Cast::None) { Cast::To(to) } else { cast }));
        }
        Kind::Simple => {}
        _ => return None,
    }
    match kind.name() {
        "bool" => plain(DataType::Boolean),
        "int2" => plain(DataType::Int16),
        "int4" => plain(DataType::Int32),
        "int8" => plain(DataType::Int64),
        "oid" => Some((Field::new(name, DataType::Int64, true), Cast::To("bigint".into()))),
        "float4" => plain(DataType::Float32),
        "float8" => plain(DataType::Float64),
        "numeric" => {
            let (precision, scale) = limits(full)?;
            let cast = Cast::To(format!("numeric({precision},{scale})"));
            Some((Field::new(name, DataType::Decimal128(precision, scale), true), cast))
        }
        "money" => {
            Some((Field::new(name, DataType::Decimal128(21, 2), true), Cast::To("numeric::numeric(21,2)".into())))
        }
        "text" | "varchar" => Some((text_field(name, None), Cast::None)),
        "bpchar" | "name" | "char" | "citext" | "inet" | "cidr" | "macaddr" | "macaddr8" | "xml" => text(None),
        "uuid" => text(Some(TextKind::Uuid)),
        "json" | "jsonb" => text(Some(TextKind::Json)),
        "bytea" => plain(DataType::Binary),
        "date" => plain(DataType::Date32),
        "time" => plain(DataType::Time64(TimeUnit::Microsecond)),
        "timestamp" => plain(timestamp(false)),
        "timestamptz" => plain(timestamp(true)),
        _ => None,
    }
}

/// The digits of `numeric(10,2)`; `None`: more than can be moved.
fn limits(full: &str) -> Option<(u8, i8)> {
    let Some((_, rest)) = full.split_once('(') else { return Some(UNLIMITED) };
    let (precision, scale) = rest.trim_end_matches(')').split_once(',')?;
    let (precision, scale): (u8, i8) = (precision.trim().parse().ok()?, scale.trim().parse().ok()?);
    let fits = precision <= 38 && scale >= 0 && i16::from(scale) <= i16::from(precision);
    fits.then_some((precision, scale))
}

pub(super) fn read(
    connection: &mut PostgresConnection,
    sql: &str,
    take: &mut dyn FnMut(RecordBatch) -> Result<(), DatabaseError>,
) -> Result<u64, DatabaseError> {
    let (schema, query) = plan(connection, sql)?;
    let copy = format!("copy ({query}) to stdout with (format binary)");
    let out = connection.client()?.copy_out(&copy).map_err(|error| errors::database_error(&error, &copy))?;
    let mut rows = Rows { source: out, schema: &schema, value: vec![] };
    rows.all(take).map_err(|failure| match failure {
        Failure::Stopped(error) => error,
        Failure::Cut(error) => lost(&error, &copy),
    })
}

/// Why rows stop before their end.
enum Failure {
    /// Whoever takes them wants no more.
    Stopped(DatabaseError),
    /// They do not come.
    Cut(io::Error),
}

impl From<io::Error> for Failure {
    fn from(error: io::Error) -> Self {
        Self::Cut(error)
    }
}

impl From<DatabaseError> for Failure {
    fn from(error: DatabaseError) -> Self {
        Self::Stopped(error)
    }
}

fn lost(error: &io::Error, sql: &str) -> DatabaseError {
    match error.get_ref().and_then(|cause| cause.downcast_ref::<postgres::Error>()) {
        Some(cause) => DatabaseError { offset: None, ..errors::database_error(cause, sql) },
        None => DatabaseError::new(ErrorKind::Transient, format!("The rows do not arrive whole: {error}")),
    }
}

/// The binary format of `copy`.
struct Rows<'a, R> {
    source: R,
    schema: &'a SchemaRef,
    value: Vec<u8>,
}

const SIGNATURE: &[u8] = b"PGCOPY\n\xff\r\n\0";

impl<R: BufRead> Rows<'_, R> {
    fn all(&mut self, take: &mut dyn FnMut(RecordBatch) -> Result<(), DatabaseError>) -> Result<u64, Failure> {
        self.header()?;
        let (mut gathering, mut count) = (Gathering::new(self.schema), 0);
        loop {
            let fields = i16::from_be_bytes(self.array()?);
            // The end is said; without it rows are missing.
            if fields < 0 {
                break;
            }
            if usize::try_from(fields) != Ok(gathering.columns.len()) {
                return Err(garbled("a row has another number of columns").into());
            }
            for at in 0..gathering.columns.len() {
                let length = i32::from_be_bytes(self.array()?);
                let Ok(length) = usize::try_from(length) else {
                    gathering.columns[at].null();
                    continue;
                };
                self.value.resize(length, 0);
                self.source.read_exact(&mut self.value)?;
                gathering.bytes += length;
                let read = value(&mut gathering.columns[at], &self.value);
                if read.is_none() {
                    return Err(misfit(self.schema.field(at)).into());
                }
            }
            count += 1;
            if let Some(batch) = gathering.row()? {
                take(batch)?;
            }
        }
        if let Some(batch) = gathering.finish()? {
            take(batch)?;
        }
        // The message that ends the answer is waited for: only then has the server said that all is well.
        let rest = io::copy(&mut self.source, &mut io::sink())?;
        if rest > 0 {
            return Err(garbled("something follows its end").into());
        }
        Ok(count)
    }

    fn header(&mut self) -> Result<(), Failure> {
        let signature: [u8; 11] = self.array()?;
        let _flags: [u8; 4] = self.array()?;
        let extension = u32::from_be_bytes(self.array()?);
        io::copy(&mut self.source.by_ref().take(u64::from(extension)), &mut io::sink())?;
        if signature == SIGNATURE { Ok(()) } else { Err(garbled("it does not begin as it should").into()) }
    }

    fn array<const N: usize>(&mut self) -> io::Result<[u8; N]> {
        let mut bytes = [0; N];
        self.source.read_exact(&mut bytes)?;
        Ok(bytes)
    }
}

fn garbled(what: &str) -> DatabaseError {
    DatabaseError::new(ErrorKind::Transient, format!("The server's copy cannot be read: {what}."))
}

/// A value as the server sends it; `None`: the type cannot hold it.
fn value(values: &mut Values, bytes: &[u8]) -> Option<()> {
    match values {
        Values::Boolean(values) => values.append_value(*bytes.first()? != 0),
        Values::Small(values) => values.append_value(i16::from_be_bytes(bytes.try_into().ok()?)),
        Values::Integer(values) => values.append_value(i32::from_be_bytes(bytes.try_into().ok()?)),
        Values::Big(values) => values.append_value(i64::from_be_bytes(bytes.try_into().ok()?)),
        Values::Real(values) => values.append_value(f32::from_be_bytes(bytes.try_into().ok()?)),
        Values::Double(values) => values.append_value(f64::from_be_bytes(bytes.try_into().ok()?)),
        Values::Decimal(values, scale) => values.append_value(numeric(bytes, *scale)?),
        Values::Text(values) => values.append_value(std::str::from_utf8(bytes).ok()?),
        Values::Bytes(values) => values.append_value(bytes),
        Values::Date(values) => values.append_value(match i32::from_be_bytes(bytes.try_into().ok()?) {
            i32::MAX => i32::MAX,
            i32::MIN => -i32::MAX,
            days => days.checked_add(EPOCH_DAYS)?,
        }),
        Values::Time(values) => values.append_value(i64::from_be_bytes(bytes.try_into().ok()?)),
        Values::Moment(values) => values.append_value(match i64::from_be_bytes(bytes.try_into().ok()?) {
            i64::MAX => i64::MAX,
            i64::MIN => -i64::MAX,
            micros => micros.checked_add(EPOCH_MICROS)?,
        }),
    }
    Some(())
}

/// A number in digits to the base of 10,000, as one without its point; `None` where it is none, such as `NaN`.
fn numeric(bytes: &[u8], scale: i8) -> Option<i128> {
    let word = |at: usize| Some(i16::from_be_bytes(bytes.get(at * 2..at * 2 + 2)?.try_into().ok()?));
    let (count, weight, sign) = (usize::try_from(word(0)?).ok()?, i32::from(word(1)?), word(2)? as u16);
    let is_negative = match sign {
        0x0000 => false,
        0x4000 => true,
        _ => return None,
    };
    let mut total: i128 = 0;
    for at in 0..count {
        let digit = i128::from(word(4 + at)?);
        let place = (weight - at as i32) * 4 + i32::from(scale);
        let part = match u32::try_from(place) {
            Ok(place) => digit.checked_mul(10_i128.checked_pow(place)?)?,
            // The last digits of the last group: noughts, as the server has rounded to the scale.
            Err(_) => digit / 10_i128.checked_pow(place.unsigned_abs())?,
        };
        total = total.checked_add(part)?;
    }
    Some(if is_negative { -total } else { total })
}

pub(super) fn write(
    connection: &mut PostgresConnection,
    relation: &Relation,
    columns: &str,
    batches: &mut dyn Iterator<Item = Result<RecordBatch, DatabaseError>>,
) -> Result<u64, DatabaseError> {
    let columns = if columns.is_empty() { String::new() } else { format!(" ({columns})") };
    let sql = format!("copy {relation}{columns} from stdin with (format csv)");
    let refused = |error: &postgres::Error| DatabaseError { offset: None, ..errors::database_error(error, &sql) };
    let mut out = connection.client()?.copy_in(&sql).map_err(|error| errors::database_error(&error, &sql))?;
    let (mut lines, mut rows) = (vec![], 0);
    for batch in batches {
        let batch = batch?;
        lines.clear();
        encode(&batch, &mut lines);
        rows += batch.num_rows() as u64;
        out.write_all(&lines).map_err(|error| match error.get_ref().and_then(|cause| cause.downcast_ref()) {
            Some(error) => refused(error),
            None => broken(&error),
        })?;
    }
    let taken = out.finish().map_err(|error| refused(&error))?;
    if taken != rows {
        let message = format!("{rows} rows were sent to {relation}, and {taken} arrived.");
        return Err(DatabaseError::new(ErrorKind::Transient, message));
    }
    Ok(rows)
}

/// Rows as separated values: texts in quotes, each null nothing at all. U+0000, which the server's texts cannot hold, is
/// left out.
fn encode(batch: &RecordBatch, out: &mut Vec<u8>) {
    let mut text = vec![];
    for row in 0..batch.num_rows() {
        for (at, column) in batch.columns().iter().enumerate() {
            if at > 0 {
                out.push(b',');
            }
            if *column.data_type() != DataType::Utf8 {
                write_text(column, row, "\\x", out);
                continue;
            }
            text.clear();
            if !write_text(column, row, "", &mut text) {
                continue;
            }
            out.push(b'"');
            for byte in text.iter().copied().filter(|byte| *byte != 0) {
                if byte == b'"' {
                    out.push(b'"');
                }
                out.push(byte);
            }
            out.push(b'"');
        }
        out.push(b'\n');
    }
}

/// What a column of moved values is here.
pub(super) fn type_name(field: &Field) -> String {
    match field.data_type() {
        DataType::Boolean => "boolean".into(),
        DataType::Int16 => "smallint".into(),
        DataType::Int32 => "integer".into(),
        DataType::Int64 => "bigint".into(),
        DataType::Float32 => "real".into(),
        DataType::Float64 => "double precision".into(),
        DataType::Decimal128(precision, scale) => format!("numeric({precision},{scale})"),
        DataType::Binary => "bytea".into(),
        DataType::Date32 => "date".into(),
        DataType::Time64(_) => "time".into(),
        DataType::Timestamp(_, None) => "timestamp".into(),
        DataType::Timestamp(_, Some(_)) => "timestamptz".into(),
        _ => match text_kind(field) {
            Some(TextKind::Json) => "jsonb".into(),
            Some(TextKind::Uuid) => "uuid".into(),
            None => "text".into(),
        },
    }
}

#[cfg(test)]
mod tests {
    use super::numeric;

    #[test]
    fn numbers_are_read_by_groups_of_four_digits() {
        let bytes = |words: &[u16]| words.iter().flat_map(|word| word.to_be_bytes()).collect::<Vec<u8>>();
        // 12345.67 is 1, 2345 and 6700 behind the point.
        assert_eq!(numeric(&bytes(&[3, 1, 0, 2, 1, 2345, 6700]), 2), Some(1_234_567));
        assert_eq!(numeric(&bytes(&[1, 0, 0x4000, 0, 5]), 3), Some(-5000));
        assert_eq!(numeric(&bytes(&[0, 0, 0, 0]), 16), Some(0));
        assert_eq!(numeric(&bytes(&[1, 0xffff, 0, 4, 1]), 4), Some(1));
        assert_eq!(numeric(&bytes(&[0, 0, 0xc000, 0]), 2), None, "NaN");
    }
}
