//! What Snowflake answers to a statement: its columns, and its rows page by page.

use super::errors;
use super::http::Http;
use super::values::{self, ResultColumn};
use crate::adapters::{Cell, DatabaseError, ErrorKind, Response};
use arrow::ipc::reader::StreamReader;
use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use serde_json::Value as Json;
use std::collections::VecDeque;
use std::io::Read;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::mpsc::{RecvTimeoutError, sync_channel};
use std::time::Duration;

/// How soon it is heeded that somebody asks to stop.
const HEED: Duration = Duration::from_millis(100);

/// Statements that write rows, by the numbers that Snowflake gives them.
const WRITES: std::ops::Range<i64> = 0x3000..0x3600;

/// The result of a statement that succeeded.
pub(super) struct Answer {
    pub query_id: String,
    pub columns: Arc<[ResultColumn]>,
    pub pages: Pages,
    writes: bool,
    total: i64,
}

impl Answer {
    /// What became of the statement, as dbt tells it. For a statement that writes rows its pages are read.
    pub(super) fn response(&mut self) -> Result<Response, DatabaseError> {
        let mut rows = self.total;
        if self.writes {
            // One row of counts: inserted, updated, deleted.
            let counts = self.pages.next().transpose()?.and_then(|page| page.into_iter().next()).unwrap_or_default();
            rows = counts.iter().map(count).sum();
        }
        Ok(Response {
            message: format!("SUCCESS {rows}"),
            code: "SUCCESS".into(),
            rows_affected: Some(rows),
            query_id: Some(self.query_id.clone()).filter(|id| !id.is_empty()),
            changes: None,
        })
    }
}

fn count(cell: &Cell) -> i64 {
    match cell {
        Cell::Integer(count) => i64::try_from(*count).unwrap_or(0),
        Cell::Text(text) | Cell::Decimal(text) => text.parse().unwrap_or(0),
        _ => 0,
    }
}

/// Rows in pages: the first came with the answer, the others are fetched when they are asked for.
pub(super) struct Pages {
    columns: Arc<[ResultColumn]>,
    first: Option<Page>,
    chunks: VecDeque<Chunk>,
    headers: Vec<(String, String)>,
    is_arrow: bool,
    http: Arc<Http>,
    query_id: String,
    /// Becomes true when nobody wants them any more.
    stopped: Arc<AtomicBool>,
}

/// Rows that are kept elsewhere.
struct Chunk {
    url: String,
    /// How many they are, where Snowflake says.
    count: Option<usize>,
}

enum Page {
    Rows(Vec<Json>),
    Arrow(Vec<u8>),
}

impl Iterator for Pages {
    type Item = Result<Vec<Vec<Cell>>, DatabaseError>;

    fn next(&mut self) -> Option<Self::Item> {
        let rows = match self.first.take() {
            Some(page) => rows(page, &self.columns).map_err(|reason| garbled(&reason)),
            None => {
                let chunk = self.chunks.pop_front()?;
                self.fetch(chunk)
            }
        };
        Some(rows.map_err(|error| errors::of_query(error, &self.query_id)))
    }
}

impl Pages {
    /// Fetches rows. Who waits for bytes cannot be called back: so that is another thread's.
    fn fetch(&self, chunk: Chunk) -> Result<Vec<Vec<Cell>>, DatabaseError> {
        let (sender, fetched) = sync_channel(1);
        let (http, headers, columns, is_arrow) =
            (self.http.clone(), self.headers.clone(), self.columns.clone(), self.is_arrow);
        std::thread::spawn(move || {
            let read = |bytes| chunk_rows(bytes, is_arrow, &columns, chunk.count);
            // Whoever has asked for them may be gone.
            let _ = sender.send(http.fetch(&chunk.url, &headers, read));
        });
        loop {
            match fetched.recv_timeout(HEED) {
                Ok(rows) => return rows,
                Err(RecvTimeoutError::Disconnected) => return Err(garbled("reading it has broken off")),
                Err(RecvTimeoutError::Timeout) if self.stopped.load(Ordering::SeqCst) => {
                    return Err(errors::cancelled());
                }
                Err(RecvTimeoutError::Timeout) => {}
            }
        }
    }
}

/// Reads an answer, which said that the statement succeeded.
pub(super) fn read(mut reply: Json, http: &Arc<Http>, stopped: &Arc<AtomicBool>) -> Result<Answer, DatabaseError> {
    let data = reply["data"].take();
    let columns: Arc<[ResultColumn]> =
        data["rowtype"].as_array().into_iter().flatten().map(ResultColumn::read).collect();
    let text = |name: &str| data[name].as_str().filter(|text| !text.is_empty());
    let is_arrow = text("queryResultFormat") == Some("arrow");
    let first = match (text("rowsetBase64"), data["rowset"].as_array()) {
        (Some(encoded), _) => Some(Page::Arrow(STANDARD.decode(encoded).map_err(|_| garbled("it is no base64"))?)),
        (None, Some(rows)) => Some(Page::Rows(rows.clone())),
        (None, None) => None,
    };
    let chunk = |chunk: &Json| {
        let count = chunk["rowCount"].as_u64().and_then(|count| usize::try_from(count).ok());
        Some(Chunk { url: chunk["url"].as_str()?.to_owned(), count })
    };
    let query_id = text("queryId").unwrap_or("").to_owned();
    let kind = data["statementTypeId"].as_i64().unwrap_or(0);
    let pages = Pages {
        columns: columns.clone(),
        first,
        chunks: data["chunks"].as_array().into_iter().flatten().filter_map(chunk).collect(),
        headers: chunk_headers(&data),
        is_arrow,
        http: http.clone(),
        query_id: query_id.clone(),
        stopped: stopped.clone(),
    };
    let total = data["total"].as_i64().unwrap_or(0);
    Ok(Answer { query_id, columns, pages, writes: WRITES.contains(&kind), total })
}

/// Rows are kept encrypted by a key that has to be shown again.
fn chunk_headers(data: &Json) -> Vec<(String, String)> {
    let given = data["chunkHeaders"].as_object().into_iter().flatten();
    let mut headers: Vec<_> =
        given.filter_map(|(name, value)| Some((name.clone(), value.as_str()?.to_owned()))).collect();
    if let (true, Some(key)) = (headers.is_empty(), data["qrmk"].as_str()) {
        headers.push(("x-amz-server-side-encryption-customer-algorithm".into(), "AES256".into()));
        headers.push(("x-amz-server-side-encryption-customer-key".into(), key.into()));
    }
    headers
}

/// The rows of a chunk that was fetched: all of them, where it is known how many there are.
fn chunk_rows(
    bytes: Vec<u8>,
    is_arrow: bool,
    columns: &[ResultColumn],
    count: Option<usize>,
) -> Result<Vec<Vec<Cell>>, String> {
    let rows = rows(page(unpacked(bytes)?, is_arrow)?, columns)?;
    match count {
        Some(count) if count != rows.len() => Err(format!("there are {} rows instead of {count}", rows.len())),
        _ => Ok(rows),
    }
}

/// Storage may or may not have unpacked a chunk on the way.
fn unpacked(bytes: Vec<u8>) -> Result<Vec<u8>, String> {
    if !bytes.starts_with(&[0x1f, 0x8b]) {
        return Ok(bytes);
    }
    let mut plain = vec![];
    let mut decoder = flate2::read::MultiGzDecoder::new(bytes.as_slice());
    decoder.read_to_end(&mut plain).map(|_| plain).map_err(|error| error.to_string())
}

fn page(bytes: Vec<u8>, is_arrow: bool) -> Result<Page, String> {
    if is_arrow {
        return Ok(Page::Arrow(bytes));
    }
    // Rows separated by commas, without brackets around them.
    let text = [b"[", bytes.as_slice(), b"]"].concat();
    serde_json::from_slice(&text).map(Page::Rows).map_err(|error| error.to_string())
}

/// The rows of a page, or why it cannot be read.
fn rows(page: Page, columns: &[ResultColumn]) -> Result<Vec<Vec<Cell>>, String> {
    match page {
        Page::Rows(rows) => {
            let row =
                |row: Json| columns.iter().enumerate().map(|(at, column)| column.cell_of_json(&row[at])).collect();
            Ok(rows.into_iter().map(row).collect())
        }
        Page::Arrow(bytes) => {
            let mut all = vec![];
            let reader = StreamReader::try_new(bytes.as_slice(), None).map_err(|error| error.to_string())?;
            for batch in reader {
                let batch = batch.map_err(|error| error.to_string())?;
                let arrays: Vec<_> = columns
                    .iter()
                    .zip(batch.columns())
                    .map(|(column, array)| values::cells(column, array))
                    .collect::<Result<_, _>>()?;
                let mut arrays: Vec<_> = arrays.into_iter().map(Vec::into_iter).collect();
                all.extend((0..batch.num_rows()).map(|_| arrays.iter_mut().filter_map(Iterator::next).collect()));
            }
            Ok(all)
        }
    }
}

fn garbled(reason: &str) -> DatabaseError {
    DatabaseError::new(ErrorKind::Transient, format!("A result of Snowflake's cannot be read: {reason}"))
}
