//! `external`: the files that a source's table is read from.

use super::{Node, Quarantine, Source, UniqueId};
use crate::adapters::Relation;
use crate::files::{CsvOptions, Encoding, FileFormat, ReadOptions};
use serde::{Deserialize, Serialize};
use serde_json::{Map, Value as Json};
use std::sync::Arc;

/// The files of a source's table.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct SourceFiles {
    /// A path or glob, relative to the project unless it is absolute.
    pub location: String,
    /// How they are read.
    pub options: ReadOptions,
    /// What they hold; where `options` say nothing, each file's ending does when it is loaded.
    pub format: FileFormat,
    /// Whether they are read where they are, by engines that can; `None`: addresses and Parquet are.
    pub in_place: Option<bool>,
    /// Options of the engine's own reader, for files that are read where they are.
    pub reader_options: Map<String, Json>,
}

/// Keys that say that the table is another program's business.
const FOREIGN_KEYS: &[&str] =
    &["partitions", "row_format", "tbl_properties", "data_source", "using", "table_properties"];

/// The options of all files, with DuckDB's names.
const SHARED_OPTIONS: &[&str] = &["encoding", "hive_partitioning"];

/// The options of separated values, with DuckDB's names.
const CSV_OPTIONS: &[&str] =
    &["delimiter", "delim", "sep", "quote", "escape", "comment", "header", "skip", "nullstr", "names"];

impl SourceFiles {
    /// Reads `external`; `None` where it is not about files that are read here, but for example about a stage of another
    /// warehouse. An error says what is wrong with it.
    pub fn of(external: &Json) -> Result<Option<Self>, String> {
        let Some(given) = external.as_object() else { return Ok(None) };
        let Some(location) = given.get("location").and_then(Json::as_str).filter(|location| is_ours(given, location))
        else {
            return Ok(None);
        };
        let in_place = match given.get("in_place") {
            None | Some(Json::Null) => None,
            Some(Json::Bool(false)) if is_address(location) => {
                return Err(format!("'{location}' can only be read in place"));
            }
            Some(given) => Some(given.as_bool().ok_or("`in_place` is true or false")?),
        };
        let name = given.get("file_format").and_then(Json::as_str);
        let format = name.map(str::trim).map(|name| {
            FileFormat::parse(name)
                .ok_or_else(|| format!("'{name}' is no `file_format`: csv, tsv, json, jsonl and parquet are"))
        });
        let format = format.transpose()?;
        let Some(expected) = format.or_else(|| FileFormat::of_path(location)) else {
            return Err(format!("'{location}' does not tell what the files hold; give a `file_format`"));
        };
        climbs(location)?;
        let is_tabbed = name == Some("tsv") || location.trim_end_matches(".gz").ends_with(".tsv");
        let options = given.get("options").filter(|options| !options.is_null());
        let options = match options {
            None => Map::new(),
            Some(Json::Object(options)) => options.clone(),
            Some(_) => return Err("its `options` are no mapping".into()),
        };
        let defaults = CsvOptions { delimiter: if is_tabbed { b'\t' } else { b',' }, ..CsvOptions::default() };
        let (shared, own): (Map<_, _>, Map<_, _>) =
            options.into_iter().partition(|(key, _)| SHARED_OPTIONS.contains(&key.as_str()));
        // What is read in place knows more options than are listed here.
        let is_known = |key: &str| expected == FileFormat::Csv && CSV_OPTIONS.contains(&key);
        let is_open = in_place == Some(true) || is_address(location);
        let (reader_options, own): (Map<_, _>, Map<_, _>) =
            own.into_iter().partition(|(key, _)| is_open && !is_known(key));
        let csv = match expected {
            FileFormat::Csv => csv_options(&own, defaults)?,
            _ => match own.keys().next() {
                Some(option) => {
                    let known = SHARED_OPTIONS.join(", ");
                    return Err(format!("'{option}' is no option of {} files; there are {known}", expected.as_str()));
                }
                None => defaults,
            },
        };
        let hive_partitioning = match shared.get("hive_partitioning") {
            None => false,
            Some(given) => given.as_bool().ok_or("`hive_partitioning` is true or false")?,
        };
        let encoding = match shared.get("encoding") {
            None => Encoding::default(),
            Some(given) => given.as_str().and_then(Encoding::parse).ok_or("`encoding` is utf-8, utf-16 or latin-1")?,
        };
        let options = ReadOptions { format, encoding, hive_partitioning, csv };
        Ok(Some(Self { location: location.to_owned(), options, format: expected, in_place, reader_options }))
    }

    /// Whether the location is an address such as `s3://bucket/*.parquet`.
    pub fn is_address(&self) -> bool {
        is_address(&self.location)
    }

    /// Whether they are read where they are, by an engine that can do that or not.
    pub fn is_in_place(&self, engine_reads_files: bool) -> bool {
        let by_default = self.is_address() || self.format == FileFormat::Parquet;
        engine_reads_files && self.in_place.unwrap_or(by_default)
    }
}

fn is_address(location: &str) -> bool {
    location.contains("://")
}

fn is_ours(given: &Map<String, Json>, location: &str) -> bool {
    let foreign = FOREIGN_KEYS.iter().any(|key| given.get(*key).is_some_and(|value| !value.is_null()));
    let is_word = |format: &str| format.trim().chars().all(|c| c.is_ascii_alphanumeric());
    let format_is_word = match given.get("file_format") {
        None | Some(Json::Null) => true,
        Some(format) => format.as_str().is_some_and(is_word),
    };
    let holds = given
        .get("file_format")
        .and_then(Json::as_str)
        .map_or_else(|| FileFormat::of_path(location), FileFormat::parse);
    let is_readable = !is_address(location) || holds.is_some();
    !foreign && format_is_word && is_readable && !location.is_empty() && !location.starts_with('@')
}

/// A relative path stays below the project's folder.
fn climbs(location: &str) -> Result<(), String> {
    let is_up = location.split(['/', '\\']).any(|part| part == "..");
    match is_up && !std::path::Path::new(location).is_absolute() {
        true => Err(format!("'{location}' leads out of the project; write an absolute path")),
        false => Ok(()),
    }
}

fn csv_options(given: &Map<String, Json>, mut options: CsvOptions) -> Result<CsvOptions, String> {
    for (key, value) in given {
        match key.as_str() {
            "delimiter" | "delim" | "sep" => options.delimiter = byte(key, value)?.ok_or("its delimiter is empty")?,
            "quote" => options.quote = byte(key, value)?,
            "escape" => options.escape = byte(key, value)?,
            "comment" => options.comment = byte(key, value)?,
            "header" => options.header = value.as_bool().ok_or("`header` is true or false")?,
            "skip" => options.skip = value.as_u64().ok_or("`skip` is a number of lines")?,
            "nullstr" => options.nulls = texts(key, value)?,
            "names" => options.names = texts(key, value)?,
            _ => {
                return Err(format!(
                    "'{key}' is no option of csv files; there are {}",
                    [CSV_OPTIONS, SHARED_OPTIONS].concat().join(", ")
                ));
            }
        }
    }
    Ok(options)
}

fn byte(key: &str, value: &Json) -> Result<Option<u8>, String> {
    match value.as_str().map(|text| if text == "\\t" { b"\t" } else { text.as_bytes() }) {
        Some([]) => Ok(None),
        Some([byte]) => Ok(Some(*byte)),
        _ => Err(format!("`{key}` is one plain character")),
    }
}

fn texts(key: &str, value: &Json) -> Result<Vec<String>, String> {
    let list = match value {
        Json::Array(items) => items.iter().map(|item| item.as_str().map(str::to_owned)).collect(),
        value => value.as_str().map(|text| vec![text.to_owned()]),
    };
    list.ok_or_else(|| format!("`{key}` is a text or a list of texts"))
}

impl Source {
    /// Where what could not be read of the files goes.
    pub fn quarantine_relation(&self) -> Relation {
        self.relation.with_identifier(format!("{}_quarantine", self.relation.name()))
    }

    /// Which files were read, and when.
    pub fn ledger_relation(&self) -> Relation {
        self.relation.with_identifier(format!("{}_files", self.relation.name()))
    }
}

impl super::Graph {
    /// Where the bad rows of a model go, or what could not be read of a source's files.
    pub fn quarantine_relation(&self, id: &str) -> Option<Relation> {
        let of_source =
            || self.sources.get(id).filter(|source| source.files.is_some()).map(|source| source.quarantine_relation());
        let of_node = |node: &Arc<Node>| node.quarantine_relation(&Quarantine::of(&node.config).ok().flatten()?);
        self.nodes.get(id).map_or_else(of_source, of_node)
    }

    /// A source that is read from files.
    pub fn file_source(&self, id: &UniqueId) -> Option<&Arc<Source>> {
        self.sources.get(id).filter(|source| source.files.is_some())
    }
}

/// What a unit test's input `quarantine(…)` is called, after the id of whose bad rows it gives.
pub fn quarantine_id(id: &str) -> UniqueId {
    format!("{id}{QUARANTINE}").into()
}

/// The id of whose bad rows a unit test's input gives.
pub fn quarantined_id(id: &str) -> Option<&str> {
    id.strip_suffix(QUARANTINE)
}

const QUARANTINE: &str = "/quarantine";

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;

    #[test]
    fn formats_come_from_endings_unless_given() {
        let files =
            SourceFiles::of(&json!({"location": "data/*.tsv.gz", "options": {"nullstr": "NA"}})).unwrap().unwrap();
        assert_eq!((files.options.csv.delimiter, files.options.format), (b'\t', None));
        assert_eq!(files.options.csv.nulls, ["NA"]);
        let files = SourceFiles::of(&json!({"location": "data/*.log", "file_format": "ndjson"})).unwrap().unwrap();
        assert_eq!(files.options.format, Some(FileFormat::JsonLines));
    }

    #[test]
    fn other_warehouses_tables_are_left_alone() {
        for external in [
            json!({"location": "@raw.stage/orders", "file_format": "(type = csv)"}),
            json!({"location": "s3://bucket/orders/", "file_format": "parquet", "partitions": []}),
            json!({"location": "data/x.csv", "row_format": "serde 'x'"}),
            json!({"location": null, "file_format": null}),
            json!({"location": "s3://bucket/orders/"}),
            json!({"location": "s3://bucket/orders/", "file_format": "orc"}),
            json!("x"),
        ] {
            assert_eq!(SourceFiles::of(&external), Ok(None), "{external}");
        }
    }

    #[test]
    fn addresses_and_parquet_are_read_in_place() {
        let files = |external: Json| SourceFiles::of(&external).unwrap().unwrap();
        let in_place = |external: Json| files(external).is_in_place(true);
        assert!(in_place(json!({"location": "s3://bucket/*.csv"})));
        assert!(in_place(json!({"location": "data/*.parquet"})));
        assert!(!in_place(json!({"location": "data/*.parquet", "in_place": false})));
        assert!(!in_place(json!({"location": "data/*.csv"})));
        assert!(!files(json!({"location": "data/*.parquet"})).is_in_place(false));
        let read =
            files(json!({"location": "data/*.csv", "in_place": true, "options": {"sep": ";", "ignore_errors": true}}));
        assert_eq!(read.options.csv.delimiter, b';');
        assert_eq!(read.reader_options, *json!({"ignore_errors": true}).as_object().unwrap());
    }

    #[test]
    fn what_is_wrong_is_said() {
        for (external, wrong) in [
            (
                json!({"location": "a.csv", "file_format": "exel"}),
                "'exel' is no `file_format`: csv, tsv, json, jsonl and parquet are",
            ),
            (json!({"location": "data/*"}), "'data/*' does not tell what the files hold; give a `file_format`"),
            (json!({"location": "../a.csv"}), "'../a.csv' leads out of the project; write an absolute path"),
            (
                json!({"location": "a.json", "options": {"skip": 1}}),
                "'skip' is no option of json files; there are encoding, hive_partitioning",
            ),
            (json!({"location": "a.csv", "options": {"quote": "''"}}), "`quote` is one plain character"),
            (json!({"location": "s3://b/a.csv", "in_place": false}), "'s3://b/a.csv' can only be read in place"),
        ] {
            assert_eq!(SourceFiles::of(&external).unwrap_err(), wrong);
        }
    }
}
