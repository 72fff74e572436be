//! Seeds on their way into the database.

use super::{DatabaseError, ErrorKind};
use crate::files::open_text;
use std::borrow::Cow;
use std::io::{self, BufRead, Write};
use std::path::PathBuf;

/// A seed file ready to load: validated, its types known. Its rows are read as they are needed.
#[derive(Debug, Clone)]
pub struct SeedTable {
    /// The file: CSV with a header. A row may be shorter than the header.
    pub path: PathBuf,
    /// Whether every engine reads the file alike, and each value as it is written.
    pub is_plain: bool,
    /// Separates fields.
    pub delimiter: u8,
    /// The columns in the file's order.
    pub columns: Vec<SeedColumn>,
}

/// A seed's column.
#[derive(Debug, Clone)]
pub struct SeedColumn {
    /// As in the header.
    pub name: String,
    /// The engine's type.
    pub data_type: String,
    /// Whether blanks and the word `null` are texts; else they are null, as nothing at all always is.
    pub keeps_words: bool,
    /// What an engine reads for a text of the file, such as `1000` for `$1,000`.
    pub clean: fn(&str) -> Cow<'_, str>,
}

impl SeedColumn {
    /// The value of a field, as an engine reads it.
    fn value<'a>(&self, field: &'a str) -> Option<Cow<'a, str>> {
        let value = if self.keeps_words { Cow::Borrowed(field) } else { (self.clean)(field) };
        Some(value).filter(|value| !self.is_null(value))
    }

    /// Null is what dbt takes for it: nothing, or the word `null`, in any case and with blanks around it.
    fn is_null(&self, field: &str) -> bool {
        let word = field.trim();
        field.is_empty() || !self.keeps_words && (word.is_empty() || word.eq_ignore_ascii_case("null"))
    }
}

impl SeedTable {
    fn reader(&self) -> io::Result<csv::Reader<Box<dyn BufRead>>> {
        Ok(csv::ReaderBuilder::new().delimiter(self.delimiter).flexible(true).from_reader(open_text(&self.path)?))
    }

    /// The values of a row, one a column.
    fn values<'a>(&'a self, row: &'a csv::StringRecord) -> impl Iterator<Item = Option<Cow<'a, str>>> {
        self.columns.iter().enumerate().map(|(index, column)| column.value(row.get(index).unwrap_or("")))
    }

    /// Writes the rows as CSV that every engine reads alike: no header, commas, each value in quotes, each null
    /// nothing at all. Returns how many rows there are. Fails when the file is no CSV, or as `out` fails.
    pub(super) fn encode(&self, out: &mut impl Write) -> io::Result<u64> {
        let (mut reader, mut record, mut rows) = (self.reader()?, csv::StringRecord::new(), 0);
        let mut line = String::new();
        while reader.read_record(&mut record)? {
            line.clear();
            for (index, value) in self.values(&record).enumerate() {
                if index > 0 {
                    line.push(',');
                }
                if let Some(value) = value {
                    line.push('"');
                    match value.bytes().any(|byte| byte == b'"') {
                        true => line.push_str(&value.replace('"', "\"\"")),
                        false => line.push_str(&value),
                    }
                    line.push('"');
                }
            }
            line.push('\n');
            out.write_all(line.as_bytes())?;
            rows += 1;
        }
        Ok(rows)
    }

    /// Writes the file as it is. Fails when it cannot be read, or as `out` fails.
    pub(super) fn copy(&self, out: &mut impl Write) -> io::Result<u64> {
        io::copy(&mut open_text(&self.path)?, out)
    }

    /// The rows, each as long as the columns; `None` where a value is null. Fails when the file is no CSV.
    pub(super) fn rows(&self) -> io::Result<impl Iterator<Item = csv::Result<Vec<Option<String>>>>> {
        let cells = |row: csv::StringRecord| self.values(&row).map(|value| value.map(Cow::into_owned)).collect();
        Ok(self.reader()?.into_records().map(move |row| row.map(cells)))
    }

    /// The first rows, `count` of them at most, each as long as the columns; `None` where a value is null.
    pub fn first_rows(&self, count: usize) -> Vec<Vec<Option<String>>> {
        self.rows().into_iter().flatten().map_while(Result::ok).take(count).collect()
    }

    /// Where each row begins: its line in the seed's file and its line in what [`Self::encode`] wrote, both from 1.
    pub(super) fn row_lines(&self) -> impl Iterator<Item = (u64, u64)> {
        let text = std::fs::read(&self.path).unwrap_or_default();
        let mut reader =
            csv::ReaderBuilder::new().delimiter(self.delimiter).flexible(true).from_reader(io::Cursor::new(text));
        let (mut record, mut encoded) = (csv::StringRecord::new(), 1);
        std::iter::from_fn(move || {
            let position = reader.read_record(&mut record).ok()?.then(|| record.position())??;
            let lines = (position.line() + blank_lines_at(reader.get_ref().get_ref(), position.byte()), encoded);
            let breaks = self.values(&record).flatten().map(|value| value.matches('\n').count() as u64);
            encoded += 1 + breaks.sum::<u64>();
            Some(lines)
        })
    }
}

/// Blank lines belong to no record, but the reader lets the next record begin with them.
fn blank_lines_at(text: &[u8], byte: u64) -> u64 {
    let rest = usize::try_from(byte).ok().and_then(|byte| text.get(byte..)).unwrap_or_default();
    rest.iter().take_while(|byte| matches!(byte, b'\r' | b'\n')).filter(|byte| **byte == b'\n').count() as u64
}

/// The seed could not be read or passed on.
pub(super) fn unsent(error: &io::Error) -> DatabaseError {
    DatabaseError::new(ErrorKind::Statement, format!("The seed cannot be sent to the database: {error}"))
}

#[cfg(test)]
mod tests {
    use super::*;

    /// A seed that lies in a folder.
    fn seed(text: &str, delimiter: u8) -> (SeedTable, tempfile::TempDir) {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("seed.csv");
        std::fs::write(&path, text).unwrap();
        let column = |name: &str| SeedColumn {
            name: name.into(),
            data_type: "text".into(),
            keeps_words: name == "kept",
            clean: |text| text.into(),
        };
        let columns = vec![column("a"), column("kept")];
        (SeedTable { path, is_plain: false, delimiter, columns }, folder)
    }

    #[test]
    fn encodes_nulls_and_quotes() {
        let mut out = vec![];
        let (seed, _folder) = seed("a;kept\n NULL ;null\n;\nx\"y;\"p;q\nr\"\nshort\n", b';');
        assert_eq!(seed.encode(&mut out).unwrap(), 4);
        assert_eq!(String::from_utf8(out).unwrap(), ",\"null\"\n,\n\"x\"\"y\",\"p;q\nr\"\n\"short\",\n");
    }

    #[test]
    fn the_first_rows_are_read() {
        let (seed, _folder) = seed("a,kept\n1,x\n,y\n3,z\n", b',');
        assert_eq!(seed.first_rows(2), [[Some("1".to_owned()), Some("x".to_owned())], [None, Some("y".to_owned())]]);
    }

    #[test]
    fn rows_know_their_lines() {
        let (seed, _folder) = seed("a,kept\n1,\"x\ny\"\n\n2,z\n", b',');
        assert_eq!(seed.row_lines().collect::<Vec<_>>(), [(2, 1), (5, 3)]);
    }
}
