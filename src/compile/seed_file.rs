//! A seed's CSV file → columns and clean rows.

use super::infer::{Guess, Inferred, fits, is_text};
use crate::adapters::{Dialect, Rows, RowsColumn, SeedColumn, SeedTable};
use crate::diagnostics::{Code, Diagnostic, Result, SourceFile};
use crate::files::{open_text, read_plain};
use crate::resolve::Node;
use csv::{ReaderBuilder, StringRecord};
use std::collections::HashSet;
use std::io::{self, BufRead};
use std::path::{Path, PathBuf};
use std::sync::Arc;

/// A seed's file: its columns, and its rows as written.
pub struct SeedFile {
    delimiter: u8,
    names: Vec<String>,
    /// Of each column the type that the config gives, and what its values turned out to be. A column whose type is given
    /// holds text.
    types: Vec<(Option<String>, Inferred)>,
    path: PathBuf,
    /// What was seen of each column, where every engine reads the file alike.
    plain: Option<Vec<Guess>>,
}

impl SeedFile {
    /// Reads the seed at `path`: the types of its columns are those of `column_types`, else inferred from all rows as dbt
    /// does. A row that is too short is filled with nulls; one that is too long is an error. `file` is what errors point
    /// into.
    pub fn read(node: &Node, path: &Path, file: &Arc<SourceFile>) -> Result<Self> {
        let delimiter = delimiter(node)?;
        let plain = Survey::of_plain(node, path, delimiter).map_err(|error| unreadable(file, &error.into()))?;
        let is_plain = plain.is_some();
        let Survey { names, given, guesses } = match plain {
            Some(survey) => survey,
            None => Survey::of_any(node, path, delimiter, file)?,
        };
        let types = given.into_iter().zip(&guesses).map(|(given, guess)| {
            let inferred = if given.is_some() { Inferred::Text } else { guess.inferred() };
            (given, inferred)
        });
        let types = types.collect();
        Ok(Self { delimiter, types, names, path: path.to_owned(), plain: is_plain.then_some(guesses) })
    }

    /// Ready to load: values are written as the engine reads them, `$1,000` as `1000`, `null` mostly as an empty field.
    fn table(self, node: &Node, file: &Arc<SourceFile>, dialect: &Dialect) -> Result<SeedTable> {
        let quoted = node.config.bool("quote_columns").unwrap_or(dialect.quotes_names);
        if let Some(name) = self.names.iter().find(|name| !quoted && !is_plain(name)) {
            return Err(unquotable(file, name));
        }
        let columns = self.names.iter().zip(&self.types).map(|(name, (given, inferred))| {
            let data_type = given.clone().unwrap_or_else(|| inferred.data_type(dialect).to_owned());
            SeedColumn {
                name: if quoted { name.clone() } else { dialect.unquoted(name) },
                keeps_words: !dialect.null_words_in_texts && is_text(&data_type),
                data_type,
                clean: inferred.cleaner(),
            }
        });
        let columns: Vec<SeedColumn> = columns.collect();
        let is_plain = self.plain.is_some_and(|guesses| {
            let mut seen = guesses.iter().zip(&self.types).zip(&columns);
            seen.all(|((guess, (_, inferred)), column)| guess.is_plain(*inferred, column.keeps_words))
        });
        Ok(SeedTable { path: self.path, is_plain, delimiter: self.delimiter, columns })
    }

    /// The rows as values, for templates.
    pub fn into_rows(self, dialect: &Dialect) -> Rows {
        let columns = self.names.iter().zip(&self.types).map(|(name, (_, inferred))| RowsColumn {
            name: name.clone(),
            kind: inferred.kind(),
            data_type: inferred.data_type(dialect).to_owned(),
        });
        let cells = |row: &StringRecord| {
            let types = self.types.iter().enumerate();
            types.map(|(index, (_, inferred))| inferred.cell(row.get(index).unwrap_or(""))).collect()
        };
        let rows = reader(self.delimiter, &self.path).into_iter().flat_map(csv::Reader::into_records);
        Rows { columns: columns.collect(), rows: rows.map_while(Result::ok).map(|row| cells(&row)).collect() }
    }
}

/// What all rows of a seed say of its columns.
struct Survey {
    names: Vec<String>,
    given: Vec<Option<String>>,
    guesses: Vec<Guess>,
}

impl Survey {
    fn new(node: &Node, names: Vec<String>) -> Self {
        let given = names.iter().map(|name| given_type(node, name)).collect();
        Self { given, guesses: vec![Guess::default(); names.len()], names }
    }

    fn see<'a>(&mut self, row: impl Iterator<Item = &'a str>) {
        for ((value, guess), given) in row.zip(&mut self.guesses).zip(&self.given) {
            if given.is_none() { guess.see(value) } else { guess.see_text(value) }
        }
    }

    /// Of a file that every engine reads alike; `None` for others.
    fn of_plain(node: &Node, path: &Path, delimiter: u8) -> io::Result<Option<Self>> {
        let mut survey = None;
        let is_plain = read_plain(open_text(path)?, delimiter, |fields| match &mut survey {
            None => survey = Some(Self::new(node, names(fields.iter().copied()))),
            Some(survey) => survey.see(fields.iter().copied()),
        })?;
        Ok(survey.filter(|_| is_plain))
    }

    fn of_any(node: &Node, path: &Path, delimiter: u8, file: &Arc<SourceFile>) -> Result<Self> {
        let failed = |error: csv::Error| unreadable(file, &error);
        let mut reader = reader(delimiter, path).map_err(|error| failed(error.into()))?;
        let mut survey = Self::new(node, names(reader.headers().map_err(failed)?.iter()));
        let mut row = StringRecord::new();
        while reader.read_record(&mut row).map_err(failed)? {
            if row.len() > survey.names.len() {
                return Err(too_long(file, &row, survey.names.len()));
            }
            survey.see(row.iter());
        }
        Ok(survey)
    }
}

/// Reads a seed, ready to load.
pub fn seed_table(node: &Node, path: &Path, file: &Arc<SourceFile>, dialect: &Dialect) -> Result<SeedTable> {
    SeedFile::read(node, path, file)?.table(node, file, dialect)
}

/// Says where a seed's value stands that its column's type does not take, when the engine refused the rows with `error`.
pub fn explain_refusal(error: Box<Diagnostic>, file: &Arc<SourceFile>, seed: &SeedTable) -> Box<Diagnostic> {
    let rows = reader(seed.delimiter, &seed.path).into_iter().flat_map(csv::Reader::into_records);
    for row in rows.map_while(Result::ok) {
        let misfit = seed.columns.iter().zip(row.iter()).find(|(column, value)| !fits(&column.data_type, value));
        let (Some((column, value)), Some(position)) = (misfit, row.position()) else { continue };
        let SeedColumn { name, data_type, .. } = column;
        return Diagnostic::error(
            Code::SEED_INVALID,
            format!("'{value}' is no {data_type}, the type of column '{name}'."),
        )
        .at(&file.line_span(position.line() as u32))
        .hint("Correct the value, or give the column another type in column_types.")
        .note(error.message);
    }
    error.at_if_nowhere(&file.line_span(1))
}

fn reader(delimiter: u8, path: &Path) -> io::Result<csv::Reader<Box<dyn BufRead>>> {
    Ok(ReaderBuilder::new().delimiter(delimiter).flexible(true).from_reader(open_text(path)?))
}

fn delimiter(node: &Node) -> Result<u8> {
    match node.config.str("delimiter").unwrap_or(",").as_bytes() {
        [one] => Ok(*one),
        _ => {
            let message = format!("The delimiter of the seed '{}' is not a single character.", node.name);
            Err(Diagnostic::error(Code::SEED_INVALID, message).hint("Set `delimiter` to one character, such as ';'."))
        }
    }
}

/// The header's names; columns without a name are called by letters, repeated ones numbered.
fn names<'a>(header: impl Iterator<Item = &'a str>) -> Vec<String> {
    let mut seen = HashSet::new();
    let mut names = vec![];
    for (index, name) in header.enumerate() {
        let name = if name.is_empty() { letters(index) } else { name.to_owned() };
        let mut unique = name.clone();
        let mut number = 2;
        while !seen.insert(unique.clone()) {
            unique = format!("{name}_{number}");
            number += 1;
        }
        names.push(unique);
    }
    names
}

fn letters(index: usize) -> String {
    let letter = char::from(b'a' + (index % 26) as u8);
    letter.to_string().repeat(index / 26 + 1)
}

/// The type that the config gives a column, which then holds text.
fn given_type(node: &Node, name: &str) -> Option<String> {
    node.config.get("column_types")?.get(name)?.as_str().map(str::to_owned)
}

/// Whether a name can be written without quotes.
fn is_plain(name: &str) -> bool {
    let fits = |(index, c): (usize, char)| c.is_alphabetic() || c == '_' || (index > 0 && (c.is_numeric() || c == '$'));
    name.chars().enumerate().all(fits)
}

fn unquotable(file: &Arc<SourceFile>, name: &str) -> Box<Diagnostic> {
    let message = format!("The column name '{name}' would be a syntax error without quotes, and quote_columns is off.");
    Diagnostic::error(Code::SEED_INVALID, message)
        .at(&file.line_span(1))
        .hint("Is the delimiter right? Otherwise set quote_columns to true.")
}

fn unreadable(file: &Arc<SourceFile>, error: &csv::Error) -> Box<Diagnostic> {
    let shown = file.path().display();
    let diagnostic = match error.kind() {
        csv::ErrorKind::Io(error) => Diagnostic::error(Code::IO, format!("Cannot read {shown}: {error}")),
        csv::ErrorKind::Utf8 { .. } => {
            Diagnostic::error(Code::IO, format!("{shown} is not UTF-8.")).hint("Save the file in UTF-8.")
        }
        _ => Diagnostic::error(Code::SEED_INVALID, format!("The CSV cannot be read: {error}")),
    };
    match error.position() {
        Some(position) => diagnostic.at(&file.line_span(position.line() as u32)),
        None => diagnostic,
    }
}

fn too_long(file: &Arc<SourceFile>, row: &StringRecord, columns: usize) -> Box<Diagnostic> {
    let message = format!("This row has {} values, but the header names {columns} columns.", row.len());
    let diagnostic = Diagnostic::error(Code::SEED_INVALID, message)
        .hint("Put a value that holds the delimiter in double quotes, or set `delimiter`.");
    match row.position() {
        Some(position) => diagnostic.at(&file.line_span(position.line() as u32)),
        None => diagnostic,
    }
}
