//! Which files a table was loaded from.

use super::files::Load;
use crate::adapters::{Cell, FileRows};
use crate::diagnostics::Result;
use crate::files::{RawFile, content_hash};
use sha2::{Digest, Sha256};
use std::collections::BTreeMap;

/// Changes with the way in which files are read, so that they are read again.
const READER: &str = "2";

/// A file that was changed less long before it was loaded than this may have been changed again since, at what its
/// file system takes for the same moment. In nanoseconds.
const SETTLED: i64 = 2_000_000_000;

/// The ledger's columns.
const COLUMNS: [&str; 8] =
    ["_file", "size", "modified", "content_hash", "row_count", "quarantined_count", "definition", "_loaded_at"];

/// What is known of the files that were loaded.
pub(super) struct Ledger {
    /// By name.
    pub(super) files: BTreeMap<String, Entry>,
    exists: bool,
}

/// What the ledger says of a file from now on.
pub(super) struct LedgerRow {
    pub(super) file: RawFile,
    pub(super) hash: String,
    /// `None`: it is read in place, and nobody has counted.
    pub(super) rows: Option<FileRows>,
}

/// A file that was loaded.
pub(super) struct Entry {
    size: u64,
    modified: i64,
    hash: String,
    definition: String,
    /// In nanoseconds since 1970.
    loaded: i64,
}

impl Ledger {
    /// Of a table that is made anew.
    pub(super) fn empty() -> Self {
        Self { files: BTreeMap::new(), exists: false }
    }

    /// Whether there is something, all of it made in the way that `definition` says.
    pub(super) fn is_of(&self, definition: &str) -> bool {
        self.exists && !self.files.is_empty() && !self.is_none_for(definition)
    }

    /// Whether nothing was loaded in the way that `definition` says.
    pub(super) fn is_none_for(&self, definition: &str) -> bool {
        !self.exists || self.files.values().any(|entry| entry.definition != definition)
    }
}

/// Files by what is to be done with them.
pub(super) struct Sorted {
    /// To be read, each with its hash.
    pub(super) changed: Vec<RawFile>,
    hashes: Vec<String>,
    /// As they were.
    pub(super) unchanged: Vec<String>,
    /// Loaded before, and no longer there.
    pub(super) gone: Vec<String>,
    replaced: Vec<String>,
}

impl Sorted {
    /// Sorts what was found; `anew`: all of it is to be read. A file that looks the same is the same, unless it was
    /// changed too close to when it was read; else its content decides.
    pub(super) fn of(found: Vec<RawFile>, ledger: Ledger, anew: bool, is_cancelled: &dyn Fn() -> bool) -> Self {
        let mut known = ledger.files;
        let mut sorted = Self { changed: vec![], hashes: vec![], unchanged: vec![], gone: vec![], replaced: vec![] };
        for file in found {
            let entry = known.remove(&file.name).filter(|_| !anew);
            let looks_same = entry.as_ref().is_some_and(|entry| {
                (entry.size, entry.modified) == (file.size, file.modified) && file.modified + SETTLED < entry.loaded
            });
            if looks_same {
                sorted.unchanged.push(file.name);
                continue;
            }
            // What cannot be read has no hash, and is tried again each time.
            let hash = content_hash(&file.path, is_cancelled).unwrap_or_default();
            match entry {
                Some(entry) if entry.hash == hash && !hash.is_empty() => sorted.unchanged.push(file.name),
                entry => {
                    sorted.replaced.extend(entry.map(|_| file.name.clone()));
                    sorted.changed.push(file);
                    sorted.hashes.push(hash);
                }
            }
        }
        sorted.gone = if anew { vec![] } else { known.into_keys().collect() };
        sorted
    }

    /// Whether there is nothing to do.
    pub(super) fn is_settled(&self) -> bool {
        self.changed.is_empty() && self.gone.is_empty()
    }

    /// What the ledger shall say of the files that were read.
    pub(super) fn ledger_rows(&self, rows: &[FileRows]) -> Vec<LedgerRow> {
        let files = self.changed.iter().zip(&self.hashes).zip(rows);
        files
            .map(|((file, hash), rows)| LedgerRow { file: file.clone(), hash: hash.clone(), rows: Some(*rows) })
            .collect()
    }

    /// The files whose rows are no longer true.
    pub(super) fn outdated(&self) -> Vec<&str> {
        self.replaced.iter().chain(&self.gone).map(String::as_str).collect()
    }
}

impl Load<'_> {
    /// What the files are read as: when it changes, they are read again.
    pub(super) fn definition(&self) -> String {
        let columns = self.source.columns.values().map(|column| (&column.name, &column.data_type, column.quote));
        let text = format!("{READER} {:?} {:?}", self.files.options, columns.collect::<Vec<_>>());
        Sha256::digest(text).iter().take(8).map(|byte| format!("{byte:02x}")).collect()
    }

    pub(super) fn read_ledger(&self) -> Result<Ledger> {
        let place = self.source.ledger_relation();
        let table = self.existing(&self.source.relation)?;
        if self.existing(&place)?.is_none() {
            return match table {
                Some(table) => Err(self.in_the_way(&table)),
                None => Ok(Ledger::empty()),
            };
        }
        let there = self.run.compiler.columns(&self.cx, &place)?;
        if !COLUMNS.iter().all(|name| there.iter().any(|column| column.name.eq_ignore_ascii_case(name))) {
            return Err(self.in_the_way(&place));
        }
        let sql = format!(
            "select \"_file\", size, modified, content_hash, definition, \"_loaded_at\" from {place} order by 1"
        );
        let (_, rows) = self.session.query(&sql, None)?;
        let entries = rows.rows.into_iter().filter_map(|row| match <[Cell; 6]>::try_from(row) {
            Ok(
                [
                    Cell::Text(name),
                    Cell::Integer(size),
                    Cell::Integer(modified),
                    hash,
                    definition,
                    Cell::DateTime(loaded),
                ],
            ) => {
                let loaded = loaded
                    .to_zoned(jiff::tz::TimeZone::UTC)
                    .map_or(0, |moment| moment.timestamp().as_nanosecond() as i64);
                let (size, modified) = (size as u64, modified as i64);
                Some((
                    name,
                    Entry { size, modified, hash: hash.to_string(), definition: definition.to_string(), loaded },
                ))
            }
            _ => None,
        });
        Ok(Ledger { files: entries.collect(), exists: table.is_some() })
    }

    pub(super) fn create_ledger(&self) -> Result<()> {
        let dialect = self.session.dialect();
        let kind = |name: &str| match name {
            "size" | "modified" | "row_count" | "quarantined_count" => dialect.type_bigint,
            "_loaded_at" => dialect.type_timestamp,
            _ => dialect.type_text,
        };
        self.create(&self.source.ledger_relation(), COLUMNS.into_iter().map(|name| (name, kind(name))))
    }

    pub(super) fn write_ledger(&self, rows: &[LedgerRow], definition: &str, now: &str) -> Result<()> {
        let dialect = self.session.dialect();
        let (definition, now) = (dialect.literal(definition), dialect.literal(now));
        let entries = rows.iter().map(|LedgerRow { file, hash, rows }| {
            let (name, hash) = (dialect.literal(&file.name), dialect.literal(hash));
            let count =
                |count: fn(&FileRows) -> u64| rows.as_ref().map_or("null".into(), |rows| count(rows).to_string());
            let (good, bad) = (count(|rows| rows.good), count(|rows| rows.bad));
            format!("({name}, {}, {}, {hash}, {good}, {bad}, {definition}, {now})", file.size, file.modified)
        });
        let entries: Vec<_> = entries.collect();
        for some in entries.chunks(500) {
            let place = self.source.ledger_relation();
            self.session.execute(&format!("insert into {place} values {}", some.join(", ")))?;
        }
        Ok(())
    }
}
