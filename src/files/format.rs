//! What files hold.

use serde::{Deserialize, Serialize};
use std::path::Path;

/// What a file holds.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub enum FileFormat {
    /// Separated values.
    Csv,
    /// A document (an object, or an array of objects) or an object a line: each file judged by itself.
    Json,
    /// An object a line.
    JsonLines,
    /// Parquet.
    Parquet,
}

impl FileFormat {
    /// From its name or a file's ending, in any case.
    pub fn parse(name: &str) -> Option<Self> {
        match name.to_lowercase().as_str() {
            "csv" | "tsv" | "txt" => Some(Self::Csv),
            "json" => Some(Self::Json),
            "jsonl" | "ndjson" => Some(Self::JsonLines),
            "parquet" => Some(Self::Parquet),
            _ => None,
        }
    }

    /// By a path's ending; that of compression does not count.
    pub fn of_path(path: &str) -> Option<Self> {
        let path = path.strip_suffix(".gz").unwrap_or(path);
        Self::parse(Path::new(path).extension()?.to_str()?)
    }

    /// Its name.
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Csv => "csv",
            Self::Json => "json",
            Self::JsonLines => "jsonl",
            Self::Parquet => "parquet",
        }
    }
}

/// How files are read.
#[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize)]
pub struct ReadOptions {
    /// What all files hold; `None`: what each one's ending says.
    pub format: Option<FileFormat>,
    /// How text is written.
    pub encoding: Encoding,
    /// Whether folders called `key=value` give columns.
    pub hive_partitioning: bool,
    /// For separated values.
    pub csv: CsvOptions,
}

/// How text is written.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Serialize, Deserialize)]
pub enum Encoding {
    /// UTF-8.
    #[default]
    Utf8,
    /// A byte a character, as in Western Europe: Windows's code page 1252 less its few signs that Latin-1 lacks.
    Latin1,
    /// Two bytes a unit, the lower one first unless a byte order mark says otherwise.
    Utf16,
}

impl Encoding {
    /// From DuckDB's name for it.
    pub fn parse(name: &str) -> Option<Self> {
        match name.to_lowercase().as_str() {
            "utf-8" | "utf8" => Some(Self::Utf8),
            "latin-1" | "latin1" | "iso-8859-1" => Some(Self::Latin1),
            "utf-16" | "utf16" => Some(Self::Utf16),
            _ => None,
        }
    }
}

impl ReadOptions {
    /// What a file of this name holds.
    pub fn format_of(&self, name: &str) -> Option<FileFormat> {
        self.format.or_else(|| FileFormat::of_path(name))
    }
}

/// How separated values are read.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct CsvOptions {
    /// Between fields.
    pub delimiter: u8,
    /// Around fields that hold delimiters or ends of lines.
    pub quote: Option<u8>,
    /// Before a quote that is part of a field; `None`: quotes are doubled.
    pub escape: Option<u8>,
    /// Begins lines that are left out.
    pub comment: Option<u8>,
    /// Whether the first line has the columns' names.
    pub header: bool,
    /// How many lines to leave out before the header.
    pub skip: u64,
    /// Texts that mean null, beside nothing at all.
    pub nulls: Vec<String>,
    /// The columns' names where there is no header.
    pub names: Vec<String>,
}

impl Default for CsvOptions {
    fn default() -> Self {
        Self {
            delimiter: b',',
            quote: Some(b'"'),
            escape: None,
            comment: None,
            header: true,
            skip: 0,
            nulls: vec![],
            names: vec![],
        }
    }
}
