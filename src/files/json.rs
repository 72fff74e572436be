//! JSON: a document, or an object a line.

use super::open::Reopen;
use super::record::Stop;
use super::{Field, RecordSink, Reject, Row, ValueKind};
use serde::de::{Deserializer, IgnoredAny, MapAccess, Visitor};
use serde_json::value::RawValue;
use std::borrow::Cow;
use std::fmt;
use std::io::{self, BufRead, Read};

/// How much of a broken document is kept, in bytes.
const KEPT: usize = 1 << 20;

/// An object a line; lines without anything are left out.
pub(super) fn read_lines<S: RecordSink>(mut source: impl BufRead, sink: &mut S) -> Result<(), Stop<S::Error>> {
    let mut line = vec![];
    for number in 1.. {
        line.clear();
        match source.read_until(b'\n', &mut line) {
            Ok(0) => break,
            Ok(_) => read_line(number, &line, sink)?,
            Err(error) => return Err(Stop::Unreadable { line: number, error }),
        }
    }
    Ok(())
}

/// A file that is one document if it can be, else an object a line: then its first line is closed by itself. A list is
/// read twice, for nothing of a broken one counts.
pub(super) fn read_document<S: RecordSink>(file: &Reopen<'_>, sink: &mut S) -> Result<(), Stop<S::Error>> {
    let unreadable = |error: io::Error| Stop::Unreadable { line: 1, error };
    let mut source = file.open().map_err(unreadable)?;
    if first_byte(&mut source).map_err(unreadable)? != Some(b'[') {
        return read_object_or_lines(source, sink);
    }
    let mut check = |_: u64, element: &[u8]| {
        sink.check_cancelled().map_err(|error| Broken::Stopped(Stop::Sink(error)))?;
        let text = std::str::from_utf8(element);
        let text = text.map_err(|_| Broken::Document("not_utf8", "The file is not UTF-8.".to_owned()))?;
        whole(text).map_err(|message| Broken::Document("not_json", message))
    };
    match each_element(&mut source, &mut check) {
        Ok(()) => {}
        Err(Broken::Stopped(stop)) => return Err(stop),
        Err(Broken::Unreadable(error)) => return Err(unreadable(error)),
        Err(Broken::Document(reason, detail)) => {
            let mut head = vec![];
            let again = file.open().and_then(|source| source.take(KEPT as u64).read_to_end(&mut head));
            again.map_err(unreadable)?;
            return reject_document(&head, reason, detail, sink);
        }
    }
    drop(source);
    let mut source = file.open().map_err(unreadable)?;
    let mut hand_on = |number: u64, element: &[u8]| {
        let text = std::str::from_utf8(element).unwrap_or_default();
        read_object(number, text, sink).map_err(Broken::Stopped)
    };
    match each_element(&mut source, &mut hand_on) {
        Ok(()) => Ok(()),
        Err(Broken::Stopped(stop)) => Err(stop),
        Err(Broken::Unreadable(error)) => Err(unreadable(error)),
        Err(Broken::Document(_, detail)) => Err(unreadable(io::Error::new(io::ErrorKind::InvalidData, detail))),
    }
}

fn read_object_or_lines<S: RecordSink>(mut source: impl BufRead, sink: &mut S) -> Result<(), Stop<S::Error>> {
    let unreadable = |error: io::Error| Stop::Unreadable { line: 1, error };
    let mut head = vec![];
    while head.trim_ascii().is_empty() && source.read_until(b'\n', &mut head).map_err(unreadable)? > 0 {}
    let first = head.trim_ascii();
    let is_whole = std::str::from_utf8(first).is_ok_and(|text| text.starts_with('{') && whole(text).is_ok());
    let is_closed = first.starts_with(b"{") && first.ends_with(b"}");
    let head_length = head.len();
    if is_whole && has_more(&mut source, &mut head).map_err(unreadable)? {
        return read_lines(io::Cursor::new(head).chain(source), sink);
    }
    let mut bytes = head;
    source.read_to_end(&mut bytes).map_err(unreadable)?;
    let is_longer = !bytes[head_length..].trim_ascii().is_empty();
    let outcome = match std::str::from_utf8(&bytes) {
        Err(_) => Err(("not_utf8", "The file is not UTF-8.".to_owned())),
        Ok(text) if text.trim().is_empty() => Err(("not_json", "The file is empty.".to_owned())),
        Ok(text) => whole(text).map(|()| text).map_err(|message| ("not_json", message)),
    };
    match outcome {
        Ok(text) => read_object(1, text, sink),
        Err(_) if is_closed && is_longer => read_lines(bytes.as_slice(), sink),
        Err((reason, detail)) => reject_document(&bytes[..bytes.len().min(KEPT)], reason, detail, sink),
    }
}

fn reject_document<S: RecordSink>(
    head: &[u8],
    reason: &'static str,
    detail: String,
    sink: &mut S,
) -> Result<(), Stop<S::Error>> {
    sink.reject(Reject { line: 1, reason, detail, content: String::from_utf8_lossy(head) }).map_err(Stop::Sink)
}

/// The first byte that is no blank; it and what follows stay in the source.
fn first_byte(source: &mut impl BufRead) -> io::Result<Option<u8>> {
    loop {
        let buffer = source.fill_buf()?;
        if buffer.is_empty() {
            return Ok(None);
        }
        let blanks = buffer.len() - buffer.trim_ascii_start().len();
        if let Some(byte) = buffer.get(blanks) {
            return Ok(Some(*byte));
        }
        source.consume(blanks);
    }
}

/// Whether anything but blanks is left; blanks before it may be moved to `head`.
fn has_more(source: &mut impl BufRead, head: &mut Vec<u8>) -> io::Result<bool> {
    loop {
        let buffer = source.fill_buf()?;
        if buffer.is_empty() {
            return Ok(false);
        }
        if !buffer.trim_ascii().is_empty() {
            return Ok(true);
        }
        head.extend_from_slice(buffer);
        let length = buffer.len();
        source.consume(length);
    }
}

/// Why the elements of a list are not read to its end.
enum Broken<E> {
    /// Whoever takes them wants no more.
    Stopped(E),
    /// The list is not JSON: reason and detail.
    Document(&'static str, String),
    Unreadable(io::Error),
}

/// Hands on the text of each element of a list that a source holds, numbered from 1, and nothing besides. What stands
/// inside of an element is not looked at.
fn each_element<E>(
    source: &mut impl BufRead,
    take: &mut impl FnMut(u64, &[u8]) -> Result<(), Broken<E>>,
) -> Result<(), Broken<E>> {
    let fault = |what: &str| Broken::Document("not_json", what.to_owned());
    let mut scan = Scan::default();
    let mut number = 0;
    loop {
        let buffer = source.fill_buf().map_err(Broken::Unreadable)?;
        if buffer.is_empty() {
            return if scan.is_over { Ok(()) } else { Err(fault("The list is not closed.")) };
        }
        if scan.is_over {
            if !buffer.trim_ascii().is_empty() {
                return Err(fault("Something follows the list."));
            }
            let length = buffer.len();
            source.consume(length);
            continue;
        }
        let (used, end) = scan.advance(buffer);
        source.consume(used);
        let Some(end) = end else { continue };
        if end == b'}' {
            return Err(fault("A bracket of the list is of another kind."));
        }
        let element = scan.element.trim_ascii();
        let is_empty_list = end == b']' && number == 0;
        if !element.is_empty() {
            number += 1;
            take(number, element)?;
        } else if !is_empty_list {
            return Err(fault("An element of the list is missing."));
        }
        scan.element.clear();
    }
}

/// Where in a list we are.
#[derive(Default)]
struct Scan {
    /// The text of the element that is being read.
    element: Vec<u8>,
    /// How many brackets are open, the list's own included.
    depth: u64,
    in_text: bool,
    is_escaped: bool,
    is_over: bool,
}

impl Scan {
    /// Reads on to the end of an element, and returns how much was used and what ended it: `,` or a bracket.
    fn advance(&mut self, bytes: &[u8]) -> (usize, Option<u8>) {
        let mut start = 0;
        for (at, byte) in bytes.iter().copied().enumerate() {
            if self.in_text {
                match byte {
                    _ if self.is_escaped => self.is_escaped = false,
                    b'\\' => self.is_escaped = true,
                    b'"' => self.in_text = false,
                    _ => {}
                }
                continue;
            }
            match byte {
                b'"' => self.in_text = true,
                b'[' | b'{' => {
                    self.depth += 1;
                    if self.depth == 1 {
                        start = at + 1;
                    }
                }
                b']' | b'}' => self.depth = self.depth.saturating_sub(1),
                _ => {}
            }
            let is_end = (byte == b',' && self.depth == 1) || self.depth == 0 && matches!(byte, b']' | b'}');
            if is_end {
                self.is_over = self.depth == 0;
                self.element.extend_from_slice(&bytes[start..at]);
                return (at + 1, Some(byte));
            }
        }
        if self.depth > 0 {
            self.element.extend_from_slice(&bytes[start..]);
        }
        (bytes.len(), None)
    }
}

fn read_line<S: RecordSink>(number: u64, line: &[u8], sink: &mut S) -> Result<(), Stop<S::Error>> {
    let line = line.trim_ascii();
    if line.is_empty() {
        return Ok(());
    }
    match std::str::from_utf8(line) {
        Ok(text) => read_object(number, text, sink),
        Err(_) => {
            let content = String::from_utf8_lossy(line);
            let detail = "The line is not UTF-8.".to_owned();
            sink.reject(Reject { line: number, reason: "not_utf8", detail, content }).map_err(Stop::Sink)
        }
    }
}

fn read_object<S: RecordSink>(number: u64, text: &str, sink: &mut S) -> Result<(), Stop<S::Error>> {
    let content = text.trim();
    let outcome = match content.starts_with('{') {
        true => fields(content).map_err(|message| ("not_json", message)),
        false => Err(match whole(content) {
            Ok(()) => ("not_an_object", "It is JSON, but no object.".to_owned()),
            Err(message) => ("not_json", message),
        }),
    };
    match outcome {
        Ok(fields) => sink.row(&Row { line: number, content, fields: &fields }),
        Err((reason, detail)) => sink.reject(Reject { line: number, reason, detail, content: content.into() }),
    }
    .map_err(Stop::Sink)
}

/// Whether a text is one JSON value.
fn whole(text: &str) -> Result<(), String> {
    serde_json::from_str::<IgnoredAny>(text).map(drop).map_err(|error| error.to_string())
}

/// The values of an object, as they stand and as text.
fn fields(object: &str) -> Result<Vec<Field<'_>>, String> {
    let mut deserializer = serde_json::Deserializer::from_str(object);
    let fields = deserializer.deserialize_map(Fields).and_then(|fields| deserializer.end().map(|()| fields));
    fields.map_err(|error| error.to_string())
}

/// Takes an object's fields as they stand.
struct Fields;

impl<'de> Visitor<'de> for Fields {
    type Value = Vec<Field<'de>>;

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("an object")
    }

    fn visit_map<A: MapAccess<'de>>(self, mut entries: A) -> Result<Self::Value, A::Error> {
        let mut fields = vec![];
        while let Some((name, raw)) = entries.next_entry::<String, &'de RawValue>()? {
            fields.push(field(name, raw.get()).map_err(serde::de::Error::custom)?);
        }
        Ok(fields)
    }
}

fn field(name: String, raw: &str) -> Result<Field<'_>, serde_json::Error> {
    let (value, kind) = match raw.as_bytes().first() {
        Some(b'"') => (Some(text(raw)?), ValueKind::Text),
        Some(b'n') => (None, ValueKind::Untyped),
        Some(b'{' | b'[') => (Some(Cow::Borrowed(raw)), ValueKind::Nested),
        _ => (Some(Cow::Borrowed(raw)), ValueKind::Literal),
    };
    Ok(Field { name: Cow::Owned(name), value, kind, raw })
}

/// What a text of JSON says.
fn text(raw: &str) -> Result<Cow<'_, str>, serde_json::Error> {
    let inside = raw.get(1..raw.len().saturating_sub(1)).unwrap_or_default();
    if inside.contains('\\') { serde_json::from_str::<String>(raw).map(Cow::Owned) } else { Ok(Cow::Borrowed(inside)) }
}
