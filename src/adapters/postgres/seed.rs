//! Seeds through `copy`.

use super::connection::PostgresConnection;
use super::dialect::POSTGRES;
use super::errors;
use crate::adapters::seed::unsent;
use crate::adapters::{DatabaseError, Relation, SeedTable};
use std::io::{self, BufWriter, Write};

pub(super) fn load(
    connection: &mut PostgresConnection,
    relation: &Relation,
    seed: &SeedTable,
) -> Result<u64, DatabaseError> {
    let names: Vec<_> = seed.columns.iter().map(|column| POSTGRES.quote(&column.name)).collect();
    let delimiter = if seed.is_plain { char::from(seed.delimiter) } else { ',' };
    let sql = format!(
        "copy {relation} ({}) from stdin with (format csv, header, delimiter {}, null '')",
        names.join(", "),
        POSTGRES.literal(&delimiter.to_string())
    );
    copy(connection, &sql, seed)
}

fn copy(connection: &mut PostgresConnection, sql: &str, seed: &SeedTable) -> Result<u64, DatabaseError> {
    let refused = |error: &postgres::Error| at_seed_line(errors::database_error(error, sql), seed);
    let broken = |error: io::Error| match error.get_ref().and_then(|cause| cause.downcast_ref::<postgres::Error>()) {
        Some(error) => refused(error),
        None => unsent(&error),
    };
    let writer = connection.client()?.copy_in(sql).map_err(|error| refused(&error))?;
    let mut out = BufWriter::with_capacity(1 << 16, writer);
    // The server learns from the first line's end how lines end; before that it miscounts those inside of quotes.
    let sent = match seed.is_plain {
        true => seed.copy(&mut out),
        false => out.write_all(b"header\n").and_then(|()| seed.encode(&mut out)),
    };
    sent.map_err(broken)?;
    let writer = out.into_inner().map_err(|error| broken(error.into_error()))?;
    writer.finish().map_err(|error| refused(&error))
}

/// Tells the line of the seed's file. The server counts the lines sent, the header's among them: `COPY t, line 3, column id: "x"`.
fn at_seed_line(error: DatabaseError, seed: &SeedTable) -> DatabaseError {
    let context = error.detail.as_deref().and_then(|detail| detail.split_once(", line "));
    let line = context.and_then(|(_, rest)| {
        let digits: String = rest.chars().take_while(char::is_ascii_digit).collect();
        let sent = digits.parse::<u64>().ok()?.checked_sub(1)?;
        let is_sent = |(line, encoded): &(u64, u64)| if seed.is_plain { *line <= sent + 1 } else { *encoded <= sent };
        seed.row_lines().take_while(is_sent).last().map(|(line, _)| line)
    });
    let Some(line) = line else { return DatabaseError { offset: None, ..error } };
    let column = context
        .and_then(|(_, rest)| rest.split_once("column "))
        .and_then(|(_, rest)| rest.split_once(':'))
        .map(|(name, _)| format!(", column \"{name}\""))
        .unwrap_or_default();
    DatabaseError { message: format!("Line {line} of the seed{column}: {}", error.message), offset: None, ..error }
}
