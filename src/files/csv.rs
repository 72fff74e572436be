//! Separated values.

use super::record::Stop;
use super::{CsvOptions, Field, RecordSink, Reject, Row, ValueKind};
use csv::{ByteRecord, Position};
use std::borrow::Cow;
use std::io::{self, BufRead, Read};

/// How much of what was read is kept before it is dropped.
const KEPT: usize = 1 << 20;

const BUFFER: usize = 1 << 16;

pub(super) fn read<S: RecordSink>(
    mut source: Box<dyn BufRead>,
    options: &CsvOptions,
    sink: &mut S,
) -> Result<(), Stop<S::Error>> {
    for line in 1..=options.skip {
        source.read_until(b'\n', &mut vec![]).map_err(|error| Stop::Unreadable { line, error })?;
    }
    let mut records = Records::new(source, options);
    let mut names = match options.header {
        false => options.names.clone(),
        true => match records.next()? {
            None => return Ok(()),
            Some(header) => match header.texts() {
                Some(fields) => header_names(&fields),
                None => {
                    return sink.reject(header.rejected("not_utf8", "The header is not UTF-8.")).map_err(Stop::Sink);
                }
            },
        },
    };
    if !names.is_empty() && !sink.header(&names).map_err(Stop::Sink)? {
        return Ok(());
    }
    while let Some(record) = records.next()? {
        names.extend(
            (names.len()..record.fields.len())
                .filter(|_| names.is_empty())
                .map(|at| format!("column{at}"))
                .collect::<Vec<_>>(),
        );
        match judged(&record, &names, options) {
            Ok((content, fields)) => sink.row(&Row { line: record.line, content, fields: &fields }),
            Err((reason, detail)) => sink.reject(record.rejected(reason, &detail)),
        }
        .map_err(Stop::Sink)?;
    }
    Ok(())
}

type Judged<'a> = Result<(&'a str, Vec<Field<'a>>), (&'static str, String)>;

fn judged<'a>(record: &'a Record<'_>, names: &'a [String], options: &CsvOptions) -> Judged<'a> {
    match record.quoting {
        Quoting::Sound => {}
        Quoting::Broken => return Err(("bad_quotes", "Something follows the last quote of a field.".into())),
        Quoting::Open => return Err(("unclosed_quote", "A quote is opened and never closed.".into())),
    }
    let (Some(texts), Ok(content)) = (record.texts(), std::str::from_utf8(record.content)) else {
        return Err(("not_utf8", "The line is not UTF-8.".into()));
    };
    if texts.len() != names.len() {
        return Err(("wrong_columns", format!("{} fields instead of {}.", texts.len(), names.len())));
    }
    let is_null = |text: &str| text.is_empty() || options.nulls.iter().any(|null| null == text);
    let fields = names.iter().zip(texts).map(|(name, text)| Field {
        name: Cow::Borrowed(name),
        value: (!is_null(text)).then_some(Cow::Borrowed(text)),
        kind: ValueKind::Untyped,
        raw: "",
    });
    Ok((content.trim_end_matches(['\r', '\n']), fields.collect()))
}

/// Names that no two columns share: those without one are numbered.
fn header_names(fields: &[&str]) -> Vec<String> {
    let mut names: Vec<String> = vec![];
    for (at, field) in fields.iter().enumerate() {
        let name = if field.trim().is_empty() { format!("column{at}") } else { field.trim().to_owned() };
        let is_taken = |name: &str| names.iter().any(|taken| taken.eq_ignore_ascii_case(name));
        let free = (1..).map(|number| format!("{name}_{number}")).find(|candidate| !is_taken(candidate));
        let unique = if is_taken(&name) { free.unwrap_or(name) } else { name };
        names.push(unique);
    }
    names
}

/// A record and where it stands.
struct Record<'a> {
    line: u64,
    fields: &'a ByteRecord,
    content: &'a [u8],
    quoting: Quoting,
}

impl<'a> Record<'a> {
    fn texts(&self) -> Option<Vec<&'a str>> {
        self.fields.iter().map(|field| std::str::from_utf8(field).ok()).collect()
    }

    fn rejected(&self, reason: &'static str, detail: &str) -> Reject<'a> {
        let content = String::from_utf8_lossy(self.content.trim_ascii_end());
        Reject { line: self.line, reason, detail: detail.to_owned(), content }
    }
}

/// The records of a file, with their text.
struct Records {
    reader: csv::Reader<Kept>,
    record: ByteRecord,
    /// The quote and the delimiter, where quotes in quoted fields are doubled.
    quoting: Option<(u8, u8)>,
    skipped: u64,
}

impl Records {
    fn new(source: Box<dyn BufRead>, options: &CsvOptions) -> Self {
        let mut builder = csv::ReaderBuilder::new();
        builder.has_headers(false).flexible(true).delimiter(options.delimiter).comment(options.comment);
        match options.quote {
            Some(quote) => builder.quote(quote),
            None => builder.quoting(false),
        };
        if let Some(escape) = options.escape.filter(|escape| Some(*escape) != options.quote) {
            builder.escape(Some(escape)).double_quote(false);
        }
        let is_doubled = options.escape.is_none_or(|escape| Some(escape) == options.quote);
        let quoting = options.quote.filter(|_| is_doubled).map(|quote| (quote, options.delimiter));
        let reader = builder.buffer_capacity(BUFFER).from_reader(Kept { source, bytes: vec![], start: 0 });
        Self { reader, record: ByteRecord::new(), quoting, skipped: options.skip }
    }

    fn next<E>(&mut self) -> Result<Option<Record<'_>>, Stop<E>> {
        let begin = self.reader.position().clone();
        self.reader.get_mut().forget(begin.byte());
        let line = begin.line() + self.skipped;
        match self.reader.read_byte_record(&mut self.record) {
            Ok(false) => return Ok(None),
            Ok(true) => {}
            Err(error) => return Err(Stop::Unreadable { line, error: io::Error::other(error) }),
        }
        let end = self.reader.position().byte();
        let content = self.reader.get_ref().slice(&begin, end);
        // The end of the line before, and lines without anything, precede the record.
        let blank = content.iter().take_while(|byte| matches!(byte, b'\r' | b'\n')).count();
        let (before, content) = content.split_at(blank);
        let newlines = before.iter().filter(|byte| **byte == b'\n').count() as u64;
        let has_quotes = |quote: u8| content.contains(&quote);
        let quoting = match self.quoting.filter(|(quote, _)| has_quotes(*quote)) {
            Some((quote, delimiter)) => quoting(content, quote, delimiter),
            None => Quoting::Sound,
        };
        Ok(Some(Record { line: line + newlines, fields: &self.record, content, quoting }))
    }
}

/// How the quotes of a record are.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Quoting {
    /// What begins with a quote ends with one.
    Sound,
    /// Something follows a quoted field's last quote: two rows may have become one.
    Broken,
    /// The last quote is missing.
    Open,
}

/// Looks at the quotes of a record, in whose fields they are doubled.
fn quoting(content: &[u8], quote: u8, delimiter: u8) -> Quoting {
    let mut bytes = content.trim_ascii_end().iter().copied().peekable();
    let (mut begins, mut is_inside) = (true, false);
    while let Some(byte) = bytes.next() {
        if is_inside {
            if byte == quote && bytes.next_if_eq(&quote).is_none() {
                is_inside = false;
                if bytes.peek().is_some_and(|next| *next != delimiter) {
                    return Quoting::Broken;
                }
            }
        } else {
            is_inside = begins && byte == quote;
        }
        begins = !is_inside && byte == delimiter;
    }
    if is_inside { Quoting::Open } else { Quoting::Sound }
}

/// A source that remembers what was read of it lately.
struct Kept {
    source: Box<dyn BufRead>,
    bytes: Vec<u8>,
    /// Where `bytes` begins in the file.
    start: u64,
}

impl Kept {
    fn slice(&self, begin: &Position, end: u64) -> &[u8] {
        let at =
            |byte: u64| usize::try_from(byte.saturating_sub(self.start)).unwrap_or(usize::MAX).min(self.bytes.len());
        &self.bytes[at(begin.byte())..at(end)]
    }

    /// Nothing before this place is asked for any more.
    fn forget(&mut self, before: u64) {
        let done = usize::try_from(before.saturating_sub(self.start)).unwrap_or(0).min(self.bytes.len());
        if done > KEPT {
            self.bytes.drain(..done);
            self.start += done as u64;
        }
    }
}

impl Read for Kept {
    fn read(&mut self, buffer: &mut [u8]) -> io::Result<usize> {
        let length = self.source.read(buffer)?;
        self.bytes.extend_from_slice(&buffer[..length]);
        Ok(length)
    }
}
