//! Seeds through DuckDB's CSV reader, with the types given: nothing is inferred.

use super::connection::DuckDbConnection;
use super::dialect::DUCKDB;
use crate::adapters::seed::unsent;
use crate::adapters::{Connection, DatabaseError, Relation, SeedTable};
use std::io::{BufWriter, Write};
use std::path::Path;

pub(super) fn load(
    connection: &mut DuckDbConnection,
    relation: &Relation,
    seed: &SeedTable,
) -> Result<u64, DatabaseError> {
    if seed.is_plain {
        return insert(connection, relation, seed, &seed.path);
    }
    let file = tempfile::Builder::new().suffix(".csv").tempfile().map_err(|error| unsent(&error))?;
    let mut out = BufWriter::with_capacity(1 << 18, &file);
    let rows = seed.encode(&mut out).and_then(|rows| out.flush().map(|()| rows)).map_err(|error| unsent(&error))?;
    if rows == 0 { Ok(0) } else { insert(connection, relation, seed, file.path()) }
}

/// Adds the rows of a file: of the seed's own where it is plain, else of one that it was encoded to.
fn insert(
    connection: &mut DuckDbConnection,
    relation: &Relation,
    seed: &SeedTable,
    file: &Path,
) -> Result<u64, DatabaseError> {
    let names: Vec<_> = seed.columns.iter().map(|column| DUCKDB.quote(&column.name)).collect();
    let types: Vec<_> = seed
        .columns
        .iter()
        .map(|column| format!("{}: {}", DUCKDB.literal(&column.name), DUCKDB.literal(&column.data_type)))
        .collect();
    let delimiter = if seed.is_plain { char::from(seed.delimiter) } else { ',' };
    let sql = format!(
        "INSERT INTO {relation} ({}) SELECT * FROM read_csv({}, header = {}, auto_detect = false, delim = {}, \
         quote = '\"', escape = '\"', nullstr = '', allow_quoted_nulls = false, columns = {{{}}})",
        names.join(", "),
        DUCKDB.literal(&file.to_string_lossy()),
        seed.is_plain,
        DUCKDB.literal(&delimiter.to_string()),
        types.join(", ")
    );
    let response = connection.execute(&sql).map_err(|error| at_seed_line(error, seed))?;
    Ok(response.rows_affected.and_then(|rows| u64::try_from(rows).ok()).unwrap_or(0))
}

/// Tells the line of the seed's file; what DuckDB calls a line is a row, the header among them.
fn at_seed_line(error: DatabaseError, seed: &SeedTable) -> DatabaseError {
    let row = error.message.split_once("CSV Error on Line: ").and_then(|(_, rest)| {
        let digits: String = rest.chars().take_while(char::is_ascii_digit).collect();
        digits.parse::<usize>().ok()?.checked_sub(1 + usize::from(seed.is_plain))
    });
    let line = row.and_then(|row| seed.row_lines().nth(row)).map(|(line, _)| line);
    let Some(line) = line else { return DatabaseError { offset: None, ..error } };
    let reason = error.message.lines().find(|text| text.starts_with("Error when converting column"));
    let message = match reason {
        Some(reason) => format!("Line {line} of the seed: {reason}"),
        None => format!("Line {line} of the seed: {}", error.message),
    };
    DatabaseError { message, offset: None, hint: None, ..error }
}
