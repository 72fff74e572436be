//! Rows of files, judged by an embedded DuckDB and sent by `copy`.

use super::connection::PostgresConnection;
use super::dialect::POSTGRES;
use super::errors;
use crate::adapters::intake::{BadRow, Batch, FILE_COLUMNS, REJECT_COLUMNS, Rejected, Taker, TextJudge, load, quoted};
use crate::adapters::{Cell, Connection, DatabaseError, Destination, ErrorKind, FileColumn, FileRows, Reading};
use postgres::CopyInWriter;
use std::fs::File;
use std::io::{self, BufReader, BufWriter, Seek, Write};

/// How many bytes are gathered before they are sent.
const SENT: usize = 1 << 16;

/// Rows wait here for PostgreSQL's judgement, where a type is its own.
const WAITING: &str = "pg_temp.sqlbuild_waiting_rows";

pub(super) fn load_files(
    connection: &mut PostgresConnection,
    reading: Reading<'_>,
    destination: Destination<'_>,
) -> Result<Vec<FileRows>, DatabaseError> {
    let judge = TextJudge::new(reading.columns, &POSTGRES)?;
    let foreign: Vec<&FileColumn> = judge.foreign().into_iter().map(|at| &reading.columns[at]).collect();
    let own = reading.columns.iter().map(|column| column.name.as_str());
    let columns = quoted(&POSTGRES, own.chain(FILE_COLUMNS));
    let waits = !foreign.is_empty();
    let copy = match waits {
        false => format!("copy {} ({columns}) from stdin with (format csv)", destination.rows),
        true => {
            connection.execute(&waiting_room(&destination, &foreign))?;
            format!("copy {WAITING} ({columns}, content) from stdin with (format csv)")
        }
    };
    let rejects = BufWriter::new(tempfile::tempfile().map_err(|error| unsent(&error))?);
    let out = connection.client()?.copy_in(&copy).map_err(|error| errors::database_error(&error, &copy))?;
    let loaded_at = destination.loaded_at;
    let mut copying = Copying { out, copy: &copy, judge, reading, loaded_at, waits, lines: vec![], rejects };
    let mut rows = load(reading, &POSTGRES, &mut copying)?;
    let rejects = copying.finish()?;
    send_rejects(connection, &destination, rejects)?;
    if waits {
        for (name, bad) in admit(connection, &destination, &columns, reading, &foreign)? {
            let place = reading.files.iter().position(|file| file.name == name);
            if let Some(file) = place.and_then(|place| rows.get_mut(place)) {
                (file.good, file.bad) = (file.good.saturating_sub(bad), file.bad + bad);
            }
        }
    }
    Ok(rows)
}

/// Sends batch by batch.
struct Copying<'a> {
    out: CopyInWriter<'a>,
    /// The statement.
    copy: &'a str,
    judge: TextJudge,
    reading: Reading<'a>,
    loaded_at: &'a str,
    /// Whether rows go to the waiting room, and their text with them.
    waits: bool,
    lines: Vec<u8>,
    /// What is not good, until the connection is free for it.
    rejects: BufWriter<File>,
}

impl Copying<'_> {
    /// Ends the statement; returns the rejects, from their beginning.
    fn finish(mut self) -> Result<File, DatabaseError> {
        self.out.write_all(&self.lines).map_err(|error| broken(error, self.copy))?;
        self.out.finish().map_err(|error| errors::database_error(&error, self.copy))?;
        let mut rejects = self.rejects.into_inner().map_err(|error| unsent(error.error()))?;
        rejects.rewind().map_err(|error| unsent(&error))?;
        Ok(rejects)
    }
}

impl Taker for Copying<'_> {
    fn take(&mut self, batch: &Batch) -> Result<Vec<BadRow>, DatabaseError> {
        let Self { out, copy, judge, reading, loaded_at, waits, lines, .. } = self;
        let mut number = String::new();
        judge.each_good(batch, |row, values| {
            values.iter().for_each(|value| encode(*value, lines));
            number.clear();
            number.push_str(&batch.lines.value(row).to_string());
            let file = reading.files[batch.files[row]].name.as_str();
            [file, &number, loaded_at].into_iter().for_each(|text| encode(Some(text), lines));
            if *waits {
                encode(batch.contents.as_ref().map(|contents| contents.value(row)), lines);
            }
            end_line(lines);
            if lines.len() >= SENT {
                out.write_all(lines).map_err(|error| broken(error, copy))?;
                lines.clear();
            }
            Ok(())
        })
    }

    fn reject(&mut self, rejects: &[Rejected]) -> Result<(), DatabaseError> {
        let mut line = vec![];
        for Rejected { file, line: number, reason, detail, content } in rejects {
            line.clear();
            let (file, number) = (self.reading.files[*file].name.as_str(), number.to_string());
            let values: [&str; 6] = [file, &number, reason, detail, content, self.loaded_at];
            values.into_iter().for_each(|text| encode(Some(text), &mut line));
            end_line(&mut line);
            self.rejects.write_all(&line).map_err(|error| unsent(&error))?;
        }
        Ok(())
    }
}

fn send_rejects(
    connection: &mut PostgresConnection,
    destination: &Destination<'_>,
    rejects: File,
) -> Result<(), DatabaseError> {
    let columns = quoted(&POSTGRES, REJECT_COLUMNS);
    let copy = format!("copy {} ({columns}) from stdin with (format csv)", destination.rejects);
    let mut out = connection.client()?.copy_in(&copy).map_err(|error| errors::database_error(&error, &copy))?;
    io::copy(&mut BufReader::with_capacity(SENT, rejects), &mut out).map_err(|error| broken(error, &copy))?;
    out.finish().map(drop).map_err(|error| errors::database_error(&error, &copy))
}

/// Makes the table in which rows wait: like that in which they shall be, but for the types that only PostgreSQL knows.
fn waiting_room(destination: &Destination<'_>, foreign: &[&FileColumn]) -> String {
    let texts = foreign.iter().map(|column| format!("alter column {} type text", POSTGRES.quote(&column.name)));
    let changes = texts.chain(["add column content text".to_owned(), "add column detail text".to_owned()]);
    format!(
        "drop table if exists {WAITING}; create temporary table {} (like {}) on commit drop; alter table {WAITING} {}",
        WAITING.trim_start_matches("pg_temp."),
        destination.rows,
        changes.collect::<Vec<_>>().join(", ")
    )
}

/// Judges the rows that wait and puts each where it belongs; returns how many of each file are bad.
fn admit(
    connection: &mut PostgresConnection,
    destination: &Destination<'_>,
    columns: &str,
    reading: Reading<'_>,
    foreign: &[&FileColumn],
) -> Result<Vec<(String, u64)>, DatabaseError> {
    connection.execute(JUDGE)?;
    let cases = foreign.iter().map(|column| {
        let (name, data_type) = (POSTGRES.quote(&column.name), column.data_type.as_deref().unwrap_or_default());
        let said = POSTGRES.literal(&format!(" in {} is no {data_type}.", column.name));
        let data_type = POSTGRES.literal(data_type);
        format!(
            "when not pg_temp.sqlbuild_is_value({name}, {data_type}) then concat('''', left({name}, 200), '''', {said})"
        )
    });
    connection.execute(&format!("update {WAITING} set detail = case {} end", cases.collect::<Vec<_>>().join(" ")))?;
    let values = reading.columns.iter().map(|column| {
        let name = POSTGRES.quote(&column.name);
        match foreign.contains(&column) {
            true => format!("{name}::{}", column.data_type.as_deref().unwrap_or_default()),
            false => name,
        }
    });
    let values = values.chain(FILE_COLUMNS.map(|name| POSTGRES.quote(name))).collect::<Vec<_>>().join(", ");
    let Destination { rows, rejects, .. } = destination;
    let kept = quoted(&POSTGRES, REJECT_COLUMNS);
    let [file, line, loaded_at] = FILE_COLUMNS.map(|name| POSTGRES.quote(name));
    connection.execute(&format!(
        "insert into {rows} ({columns}) select {values} from {WAITING} where detail is null; \
         insert into {rejects} ({kept}) select {file}, {line}, 'bad_value', detail, content, {loaded_at} \
         from {WAITING} where detail is not null"
    ))?;
    let count = format!("select {file}, count(*) from {WAITING} where detail is not null group by 1");
    let (_, counts) = connection.query(&count, None)?;
    connection.execute(&format!("drop table {WAITING}"))?;
    let counts = counts.rows.into_iter().filter_map(|row| match row.as_slice() {
        [Cell::Text(file), Cell::Integer(bad)] => Some((file.clone(), u64::try_from(*bad).ok()?)),
        _ => None,
    });
    Ok(counts.collect())
}

/// Says whether a text is a value of a type.
const JUDGE: &str = "create or replace function pg_temp.sqlbuild_is_value(value text, kind text) returns boolean \
    language plpgsql as $$ begin \
    if value is not null then execute format('select cast(%L as %s)', value, kind); end if; return true; \
    exception when others then return false; end $$";

fn broken(error: io::Error, sql: &str) -> DatabaseError {
    match error.get_ref().and_then(|cause| cause.downcast_ref::<postgres::Error>()) {
        Some(error) => errors::database_error(error, sql),
        None => unsent(&error),
    }
}

fn unsent(error: &io::Error) -> DatabaseError {
    DatabaseError::new(ErrorKind::Transient, format!("The rows cannot be sent: {error}"))
}

/// Adds a value to a line of separated values: in quotes, each null nothing at all. U+0000, which the server's texts
/// cannot hold, is left out.
fn encode(value: Option<&str>, line: &mut Vec<u8>) {
    if let Some(text) = value {
        line.push(b'"');
        if text.bytes().any(|byte| matches!(byte, 0 | b'"')) {
            for byte in text.bytes().filter(|byte| *byte != 0) {
                line.extend_from_slice(if byte == b'"' { b"\"\"" } else { std::slice::from_ref(&byte) });
            }
        } else {
            line.extend_from_slice(text.as_bytes());
        }
        line.push(b'"');
    }
    line.push(b',');
}

/// Ends a line: the last value's comma becomes the line's end.
fn end_line(line: &mut [u8]) {
    if let Some(last) = line.last_mut() {
        *last = b'\n';
    }
}
