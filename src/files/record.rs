//! Records of files.

use std::borrow::Cow;
use std::io;

/// A record that could be read.
#[derive(Debug)]
pub struct Row<'a> {
    /// Where it begins: the line, of a file whose records stand on lines of their own; else its number. From 1.
    pub line: u64,
    /// Its text as it stands in the file.
    pub content: &'a str,
    /// Its values.
    pub fields: &'a [Field<'a>],
}

/// A value of a record.
#[derive(Debug, Clone, PartialEq)]
pub struct Field<'a> {
    /// The column's name.
    pub name: Cow<'a, str>,
    /// The text; `None` is null. What is nested is the text of a JSON document.
    pub value: Option<Cow<'a, str>>,
    /// What the file says it is.
    pub kind: ValueKind,
    /// The value as it stands in the file, where that is JSON.
    pub raw: &'a str,
}

/// What a file says of a value.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum ValueKind {
    /// Nothing: it may mean a number or a text.
    Untyped,
    /// A text.
    Text,
    /// A number or truth value.
    Literal,
    /// A list or object.
    Nested,
}

/// A record, or a whole file, that could not be read.
#[derive(Debug)]
pub struct Reject<'a> {
    /// As in [`Row`].
    pub line: u64,
    /// A plain word that stays the same.
    pub reason: &'static str,
    /// What is wrong, for people.
    pub detail: String,
    /// The text of the record or file.
    pub content: Cow<'a, str>,
}

/// Takes records.
pub trait RecordSink {
    /// Why it takes no more.
    type Error;

    /// Is told the columns of a file that names them before its rows; returns whether it wants these.
    fn header(&mut self, _names: &[String]) -> Result<bool, Self::Error> {
        Ok(true)
    }

    /// Is asked time and again while a file is only looked through; an error ends that.
    fn check_cancelled(&mut self) -> Result<(), Self::Error> {
        Ok(())
    }

    /// Takes a good record.
    fn row(&mut self, row: &Row<'_>) -> Result<(), Self::Error>;

    /// Takes a bad one.
    fn reject(&mut self, reject: Reject<'_>) -> Result<(), Self::Error>;
}

/// Why a file is not read to its end.
pub(super) enum Stop<E> {
    /// The sink takes no more.
    Sink(E),
    /// The rest of the file cannot be read.
    Unreadable { line: u64, error: io::Error },
}
