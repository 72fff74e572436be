//! Rows that were read, column by column.

use crate::files::RawFile;
use duckdb::arrow::array::{
    Array, ArrayBuilder, ArrayRef, Int64Array, Int64Builder, RecordBatch, StringArray, StringBuilder,
};
use duckdb::arrow::datatypes::{Field, Schema};
use duckdb::arrow::error::ArrowError;
use serde_json::{Map, Value as Json};
use std::sync::Arc;

/// How many rows, and how many bytes, are gathered before they are handed on.
const ROWS: usize = 65_536;
const BYTES: usize = 16 << 20;

/// A record that is not good.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(in crate::adapters) struct Rejected {
    /// The file's place among those that are read.
    pub file: usize,
    pub line: u64,
    pub reason: &'static str,
    pub detail: String,
    pub content: String,
}

/// Rows, their values as text.
pub(in crate::adapters) struct Batch {
    /// Each row's file, by its place.
    pub files: Vec<usize>,
    pub lines: Int64Array,
    /// The text of each row; `None`: the files hold none.
    pub contents: Option<StringArray>,
    /// Column by column.
    pub values: Vec<StringArray>,
    /// What could not be read at all.
    pub rejects: Vec<Rejected>,
}

impl Batch {
    /// A row that is bad after all; `columns` are the columns' names.
    pub(super) fn rejected(&self, row: usize, detail: String, columns: &[&str]) -> Rejected {
        let text = |values: &StringArray| values.is_valid(row).then(|| values.value(row).to_owned());
        let content = match &self.contents {
            Some(contents) => contents.value(row).to_owned(),
            None => {
                let fields = columns.iter().zip(&self.values).map(|(name, values)| ((*name).to_owned(), text(values)));
                Json::Object(fields.map(|(name, value)| (name, Json::from(value))).collect::<Map<_, _>>()).to_string()
            }
        };
        let line = u64::try_from(self.lines.value(row)).unwrap_or(0);
        Rejected { file: self.files[row], line, reason: "bad_value", detail, content }
    }

    /// The columns at these places, as `c…`.
    pub(super) fn columns(&self, places: &[usize]) -> Result<RecordBatch, ArrowError> {
        record_batch(places.iter().map(|at| self.column(*at)).collect())
    }

    /// The number of each row (`i`), its file (`f`) by name, its line (`l`) and all columns, as `c…`.
    pub(in crate::adapters) fn records(&self, files: &[RawFile]) -> Result<RecordBatch, ArrowError> {
        let numbers = Int64Array::from_iter_values(0..self.lines.len() as i64);
        let names = StringArray::from_iter_values(self.files.iter().map(|file| files[*file].name.as_str()));
        let mut columns: Vec<(String, ArrayRef)> = vec![
            ("i".into(), Arc::new(numbers)),
            ("f".into(), Arc::new(names)),
            ("l".into(), Arc::new(self.lines.clone())),
        ];
        columns.extend((0..self.values.len()).map(|at| self.column(at)));
        record_batch(columns)
    }

    fn column(&self, at: usize) -> (String, ArrayRef) {
        (format!("c{at}"), Arc::new(self.values[at].clone()))
    }
}

impl Rejected {
    /// Rejected records as columns: `f`, `l`, `reason`, `detail`, `content`.
    pub(in crate::adapters) fn records(rejects: &[Self], files: &[RawFile]) -> Result<RecordBatch, ArrowError> {
        let lines = Int64Array::from_iter_values(rejects.iter().map(|rejected| rejected.line as i64));
        let texts =
            |text: fn(&Self) -> &str| -> ArrayRef { Arc::new(StringArray::from_iter_values(rejects.iter().map(text))) };
        let names = StringArray::from_iter_values(rejects.iter().map(|rejected| files[rejected.file].name.as_str()));
        record_batch(vec![
            ("f".into(), Arc::new(names)),
            ("l".into(), Arc::new(lines)),
            ("reason".into(), texts(|rejected| rejected.reason)),
            ("detail".into(), texts(|rejected| &rejected.detail)),
            ("content".into(), texts(|rejected| &rejected.content)),
        ])
    }
}

fn record_batch(columns: Vec<(String, ArrayRef)>) -> Result<RecordBatch, ArrowError> {
    let (fields, columns): (Vec<_>, Vec<_>) =
        columns.into_iter().map(|(name, column)| (Field::new(name, column.data_type().clone(), true), column)).unzip();
    RecordBatch::try_new(Arc::new(Schema::new(fields)), columns)
}

/// Gathers rows.
#[derive(Default)]
pub(super) struct Gatherer {
    files: Vec<usize>,
    lines: Int64Builder,
    contents: StringBuilder,
    has_contents: bool,
    values: Vec<StringBuilder>,
    rejects: Vec<Rejected>,
    bytes: usize,
}

impl Gatherer {
    /// With so many columns.
    pub(super) fn new(columns: usize) -> Self {
        let mut gatherer = Self::default();
        gatherer.values.resize_with(columns, StringBuilder::new);
        gatherer
    }

    /// Adds a column, which is null so far.
    pub(super) fn add_column(&mut self) {
        let mut values = StringBuilder::new();
        values.append_nulls(self.files.len());
        self.values.push(values);
    }

    /// Of two values of one column in one row the first counts.
    pub(super) fn put(&mut self, column: usize, value: Option<&str>) {
        let Some(values) = self.values.get_mut(column).filter(|values| values.len() == self.files.len()) else {
            return;
        };
        self.bytes += value.map_or(0, str::len);
        values.append_option(value);
    }

    /// Ends a row; what it has no value for is null. Returns whether it is time to hand on what there is.
    pub(super) fn end_row(&mut self, file: usize, line: u64, content: Option<&str>) -> bool {
        self.files.push(file);
        self.lines.append_value(i64::try_from(line).unwrap_or(i64::MAX));
        self.has_contents |= content.is_some();
        self.contents.append_option(content);
        self.bytes += content.map_or(0, str::len);
        for values in &mut self.values {
            let missing = self.files.len() - values.len();
            values.append_nulls(missing);
        }
        self.is_full()
    }

    /// Takes a record that is bad. Returns whether it is time to hand on what there is.
    pub(super) fn reject(&mut self, rejected: Rejected) -> bool {
        self.bytes += rejected.content.len();
        self.rejects.push(rejected);
        self.is_full()
    }

    fn is_full(&self) -> bool {
        self.files.len() >= ROWS || self.rejects.len() >= ROWS || self.bytes >= BYTES
    }

    /// What was gathered so far; `None`: nothing.
    pub(super) fn take(&mut self) -> Option<Batch> {
        if self.files.is_empty() && self.rejects.is_empty() {
            return None;
        }
        let contents = self.contents.finish();
        self.bytes = 0;
        Some(Batch {
            files: std::mem::take(&mut self.files),
            lines: self.lines.finish(),
            contents: std::mem::take(&mut self.has_contents).then_some(contents),
            values: self.values.iter_mut().map(StringBuilder::finish).collect(),
            rejects: std::mem::take(&mut self.rejects),
        })
    }
}
