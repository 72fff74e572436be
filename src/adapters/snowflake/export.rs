//! Rows into files, page by page; Parquet is written by an embedded DuckDB.

use super::batches;
use super::connection::SnowflakeConnection;
use crate::adapters::duckdb::export_batches;
use crate::adapters::{Cell, DatabaseError, ErrorKind, ExportFile, ExportFormat};
use serde_json::{Map, Value as Json};
use std::fs::File;
use std::io::{self, BufWriter, Write};

/// Writes a query's rows to a file, streaming.
pub(super) fn export(
    connection: &mut SnowflakeConnection,
    sql: &str,
    file: &ExportFile,
) -> Result<Option<i64>, DatabaseError> {
    let sql = sql.trim_end().trim_end_matches(';');
    if file.format == ExportFormat::Parquet {
        let schema = batches::schema(connection, sql)?;
        let rows = export_batches(&file.path, &schema, |take| batches::read(connection, sql, take))?;
        return Ok(i64::try_from(rows).ok());
    }
    let answer = connection.run(sql, &[])?;
    let names: Vec<String> = answer.columns.iter().map(|column| column.name.clone()).collect();
    let unwritten = |error: io::Error| {
        let message = format!("{} cannot be written: {error}", file.path.display());
        DatabaseError::new(ErrorKind::Statement, message)
    };
    let out = BufWriter::new(File::create(&file.path).map_err(unwritten)?);
    let mut writer = Writer::start(out, file, &names).map_err(unwritten)?;
    let mut count = 0;
    for page in answer.pages {
        for row in page? {
            writer.row(&names, &row).map_err(unwritten)?;
            count += 1;
        }
    }
    writer.finish().map_err(unwritten)?;
    Ok(Some(count))
}

enum Writer<W: Write> {
    Csv(Box<csv::Writer<W>>),
    Json(W),
}

impl<W: Write> Writer<W> {
    fn start(out: W, file: &ExportFile, names: &[String]) -> io::Result<Self> {
        if file.format == ExportFormat::Json {
            return Ok(Self::Json(out));
        }
        let delimiter = u8::try_from(file.delimiter).unwrap_or(b',');
        let mut csv = csv::WriterBuilder::new().delimiter(delimiter).from_writer(out);
        if file.header {
            csv.write_record(names)?;
        }
        Ok(Self::Csv(Box::new(csv)))
    }

    fn row(&mut self, names: &[String], row: &[Cell]) -> io::Result<()> {
        match self {
            Self::Csv(csv) => csv.write_record(row.iter().map(field)).map_err(Into::into),
            Self::Json(out) => {
                let object: Map<String, Json> = names.iter().cloned().zip(row.iter().map(json)).collect();
                writeln!(out, "{}", Json::Object(object))
            }
        }
    }

    fn finish(self) -> io::Result<()> {
        match self {
            Self::Csv(mut csv) => csv.flush(),
            Self::Json(mut out) => out.flush(),
        }
    }
}

fn field(cell: &Cell) -> String {
    match cell {
        Cell::Null => String::new(),
        Cell::DateTime(moment) => moment.to_string().replace('T', " "),
        Cell::Bytes(bytes) => bytes.iter().map(|byte| format!("{byte:02X}")).collect(),
        cell => cell.to_string(),
    }
}

fn json(cell: &Cell) -> Json {
    match cell {
        Cell::Null => Json::Null,
        Cell::Boolean(truth) => (*truth).into(),
        Cell::Integer(number) => number.to_string().parse().map_or_else(|_| number.to_string().into(), Json::Number),
        Cell::Float(number) => (*number).into(),
        Cell::Decimal(text) => text.parse().map_or_else(|_| text.as_str().into(), Json::Number),
        Cell::Nested(value) => value.clone(),
        cell => field(cell).into(),
    }
}
