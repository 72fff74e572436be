//! Files that rows are written to.

use std::path::PathBuf;

/// A file to write a query's rows to.
#[derive(Debug, Clone, PartialEq)]
pub struct ExportFile {
    /// Where; its folder exists.
    pub path: PathBuf,
    /// What it will hold.
    pub format: ExportFormat,
    /// Between the fields of a CSV file.
    pub delimiter: char,
    /// Whether a CSV file begins with the columns' names.
    pub header: bool,
    /// Columns by whose values the rows go to files of their own; where there are some, `path` is a folder that exists,
    /// and the files go to `<column>=<value>/` below it.
    pub partition_by: Vec<String>,
}

/// The formats of files that rows are written to.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum ExportFormat {
    /// Comma-separated values; null is an empty field.
    Csv,
    /// A JSON object a line.
    Json,
    /// Parquet.
    Parquet,
}

impl ExportFormat {
    /// From its name or a file's ending, in any case.
    pub fn parse(name: &str) -> Option<Self> {
        match name.to_lowercase().as_str() {
            "csv" => Some(Self::Csv),
            "json" | "jsonl" | "ndjson" => Some(Self::Json),
            "parquet" => Some(Self::Parquet),
            _ => None,
        }
    }
}
