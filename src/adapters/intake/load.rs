//! Rows of files into a table: a thread reads and gathers, another judges and hands on.

use super::batch::{Batch, Gatherer, Rejected};
use super::columns::Columns;
use super::parquet::Parquet;
use super::{Cast, FileRows, Reading, cast};
use crate::adapters::{DatabaseError, Dialect, ErrorKind, Relation};
use crate::files::{Field, FileFormat, RawFile, RecordSink, Reject, Row, ValueKind};
use std::sync::mpsc::{SyncSender, sync_channel};

/// Where the rows of files go.
#[derive(Debug, Clone, Copy)]
pub struct Destination<'a> {
    /// Takes the good ones.
    pub rows: &'a Relation,
    /// Takes the others.
    pub rejects: &'a Relation,
    /// The time stamp in UTC that says when they were loaded.
    pub loaded_at: &'a str,
}

/// A row of a batch that is bad, and what is wrong with it.
pub(in crate::adapters) struct BadRow {
    pub row: usize,
    pub detail: String,
}

/// An engine's way of taking rows.
pub(in crate::adapters) trait Taker {
    /// Takes the good rows of a batch and returns the others.
    fn take(&mut self, batch: &Batch) -> Result<Vec<BadRow>, DatabaseError>;

    /// Takes what is not good.
    fn reject(&mut self, rejects: &[Rejected]) -> Result<(), DatabaseError>;
}

/// Reads files, whose columns all have types, and gives a taker what is in them. Returns each file's rows.
pub(in crate::adapters) fn load(
    reading: Reading<'_>,
    dialect: &Dialect,
    taker: &mut impl Taker,
) -> Result<Vec<FileRows>, DatabaseError> {
    let mut rows = vec![FileRows::default(); reading.files.len()];
    let names: Vec<&str> = reading.columns.iter().map(|column| column.name.as_str()).collect();
    std::thread::scope(|scope| {
        // A batch waits while the one before it is taken, and no more.
        let (sender, batches) = sync_channel(1);
        let reader = scope.spawn(move || read(reading, dialect, &sender));
        for batch in batches {
            let mut rejects = taker.take(&batch)?;
            batch.files.iter().for_each(|file| rows[*file].good += 1);
            let mut all = batch.rejects.clone();
            all.extend(rejects.drain(..).map(|bad| {
                rows[batch.files[bad.row]].good -= 1;
                batch.rejected(bad.row, bad.detail, &names)
            }));
            all.iter().for_each(|rejected| rows[rejected.file].bad += 1);
            if !all.is_empty() {
                taker.reject(&all)?;
            }
        }
        reader.join().unwrap_or_else(|panic| std::panic::resume_unwind(panic))
    })?;
    Ok(rows)
}

fn read(reading: Reading<'_>, dialect: &Dialect, batches: &SyncSender<Batch>) -> Result<(), DatabaseError> {
    let names = reading.columns.iter().map(|column| column.name.as_str());
    let is_document = |data_type: &Option<String>| data_type.as_deref().is_some_and(Cast::is_document);
    let mut reader = Reader {
        reading,
        columns: Columns::new(dialect, names),
        documents: reading.columns.iter().map(|column| is_document(&column.data_type)).collect(),
        gatherer: Gatherer::new(reading.columns.len()),
        batches,
        file: 0,
        partitions: vec![],
    };
    let mut parquet = None;
    for (place, file) in reading.files.iter().enumerate() {
        reader.file = place;
        let partitions = if reading.options.hive_partitioning { partitions(&file.name) } else { vec![] };
        reader.partitions =
            partitions.into_iter().map(|(key, value)| (reader.columns.of_name(&key).0, value)).collect();
        match reading.options.format_of(&file.name) {
            Some(FileFormat::Parquet) => {
                let connection = match &mut parquet {
                    Some(connection) => connection,
                    none => none.insert(cast::judge()?),
                };
                reader.read_parquet(connection, file)?;
            }
            _ => crate::files::read(file, reading.options, &mut reader)?,
        }
    }
    reader.hand_on()
}

/// Reads records into batches.
struct Reader<'a> {
    reading: Reading<'a>,
    columns: Columns<'a>,
    /// Whether each column's values are documents, so that texts keep their quotes.
    documents: Vec<bool>,
    gatherer: Gatherer,
    batches: &'a SyncSender<Batch>,
    /// The file that is read, by its place.
    file: usize,
    /// What its folders say: columns and values.
    partitions: Vec<(usize, Option<String>)>,
}

impl Reader<'_> {
    fn hand_on(&mut self) -> Result<(), DatabaseError> {
        let Some(batch) = self.gatherer.take() else { return Ok(()) };
        let stopped = |_| DatabaseError::new(ErrorKind::Cancelled, "Nobody takes the rows any more.");
        self.batches.send(batch).map_err(stopped)
    }

    fn end_row(&mut self, line: u64, content: Option<&str>) -> Result<(), DatabaseError> {
        for (column, value) in &self.partitions {
            self.gatherer.put(*column, value.as_deref());
        }
        match self.gatherer.end_row(self.file, line, content) {
            true => self.hand_on(),
            false => self.reading.check_cancelled(),
        }
    }

    /// Takes the rows of a Parquet file, all or none.
    fn read_parquet(&mut self, connection: &duckdb::Connection, file: &RawFile) -> Result<(), DatabaseError> {
        let parquet = Parquet::new(connection, file);
        let columns = match parquet.check(self.reading).and_then(|()| parquet.columns()) {
            Ok(columns) => columns,
            Err(error) if error.kind == ErrorKind::Cancelled => return Err(error),
            Err(error) => {
                let detail = error.message.lines().next().unwrap_or_default().to_owned();
                return self.reject(Reject { line: 1, reason: "not_parquet", detail, content: "".into() });
            }
        };
        let columns: Vec<_> = columns
            .into_iter()
            .map(|(name, kind)| {
                let place = self.columns.of_name(&name).0;
                (name, kind, place)
            })
            .collect();
        parquet.read(&columns, |put, line| {
            put(&mut self.gatherer);
            self.end_row(line, None)
        })
    }
}

impl RecordSink for Reader<'_> {
    type Error = DatabaseError;

    fn check_cancelled(&mut self) -> Result<(), DatabaseError> {
        self.reading.check_cancelled()
    }

    fn row(&mut self, row: &Row<'_>) -> Result<(), DatabaseError> {
        for (position, field) in row.fields.iter().enumerate() {
            let (column, _) = self.columns.of_field(position, field);
            let is_document = self.documents.get(column).copied().unwrap_or(false);
            self.gatherer.put(column, value(field, is_document));
        }
        self.end_row(row.line, Some(row.content))
    }

    fn reject(&mut self, reject: Reject<'_>) -> Result<(), DatabaseError> {
        let Reject { line, reason, detail, content } = reject;
        let rejected = Rejected { file: self.file, line, reason, detail, content: content.into_owned() };
        match self.gatherer.reject(rejected) {
            true => self.hand_on(),
            false => self.reading.check_cancelled(),
        }
    }
}

fn value<'a>(field: &'a Field<'_>, is_document: bool) -> Option<&'a str> {
    if is_document && field.kind == ValueKind::Text { Some(field.raw) } else { field.value.as_deref() }
}

/// What folders called `key=value` say of a file.
pub(super) fn partitions(name: &str) -> Vec<(String, Option<String>)> {
    let folders = name.rsplit_once('/').map_or("", |(folders, _)| folders);
    let pairs = folders.split('/').filter_map(|folder| folder.split_once('='));
    pairs
        .map(|(key, value)| (key.to_owned(), (value != "__HIVE_DEFAULT_PARTITION__").then(|| value.to_owned())))
        .collect()
}
