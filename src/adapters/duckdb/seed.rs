//! Seeds through DuckDB's CSV reader, with the types given: nothing is inferred.

use super::connection::DuckDbConnection;
use super::dialect::DUCKDB;
use crate::adapters::{Connection, DatabaseError, ErrorKind, Relation, SeedTable};
use std::io::{BufWriter, Write};

pub(super) fn load(
    connection: &mut DuckDbConnection,
    relation: &Relation,
    seed: &SeedTable,
) -> Result<u64, DatabaseError> {
    let unwritten = |error: std::io::Error| {
        DatabaseError::new(ErrorKind::Statement, format!("A temporary file cannot be written: {error}"))
    };
    let file = tempfile::Builder::new().suffix(".csv").tempfile().map_err(unwritten)?;
    let mut out = BufWriter::new(&file);
    let rows = seed.encode(&mut out)?;
    out.flush().map_err(unwritten)?;
    drop(out);
    if rows == 0 {
        return Ok(0);
    }
    let names: Vec<_> = seed.columns.iter().map(|column| DUCKDB.quote(&column.name)).collect();
    let types: Vec<_> = seed
        .columns
        .iter()
        .map(|column| format!("{}: {}", DUCKDB.literal(&column.name), DUCKDB.literal(&column.data_type)))
        .collect();
    let sql = format!(
        "INSERT INTO {relation} ({}) SELECT * FROM read_csv({}, header = false, auto_detect = false, delim = ',', \
         quote = '\"', escape = '\"', nullstr = '', allow_quoted_nulls = false, columns = {{{}}})",
        names.join(", "),
        DUCKDB.literal(&file.path().to_string_lossy()),
        types.join(", ")
    );
    connection.execute(&sql).map(|_| rows).map_err(|error| at_seed_line(error, seed))
}

/// Tells the line of the seed's own file instead of the temporary one's.
fn at_seed_line(error: DatabaseError, seed: &SeedTable) -> DatabaseError {
    let number = |text: &str| text.chars().take_while(char::is_ascii_digit).collect::<String>().parse().ok();
    let line = error
        .message
        .split_once("CSV Error on Line: ")
        .and_then(|(_, rest)| number(rest))
        .and_then(|line| seed.line_of_encoded(line));
    let Some(line) = line else { return DatabaseError { offset: None, ..error } };
    let reason = error.message.lines().find(|text| text.starts_with("Error when converting column"));
    let message = match reason {
        Some(reason) => format!("Line {line} of the seed: {reason}"),
        None => format!("Line {line} of the seed: {}", error.message),
    };
    DatabaseError { message, offset: None, hint: None, ..error }
}
