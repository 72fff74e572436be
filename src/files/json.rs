//! JSON: a document, or an object a line.

use super::record::Stop;
use super::{Field, RecordSink, Reject, Row, ValueKind};
use serde::de::IgnoredAny;
use std::borrow::Cow;
use std::io::{self, BufRead, Read};

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

/// A file that is one document if it can be, else an object a line: then its first line is closed by itself.
pub(super) fn read_document<S: RecordSink>(mut source: impl BufRead, sink: &mut S) -> Result<(), Stop<S::Error>> {
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
        Ok(text) => elements(text).map_err(|message| ("not_json", message)),
    };
    match outcome {
        Ok(elements) => elements.into_iter().try_for_each(|(number, element)| read_object(number, element, sink)),
        Err(_) if is_closed && is_longer => read_lines(bytes.as_slice(), sink),
        Err((reason, detail)) => {
            let content = String::from_utf8_lossy(&bytes);
            sink.reject(Reject { line: 1, reason, detail, content }).map_err(Stop::Sink)
        }
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
    let outcome = match whole(content) {
        Err(message) => Err(("not_json", message)),
        Ok(()) if !content.starts_with('{') => Err(("not_an_object", "It is JSON, but no object.".to_owned())),
        Ok(()) => fields(content).map_err(|message| ("not_json", message)),
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

/// The records of a document, numbered from 1: an array's elements, or the document itself.
fn elements(text: &str) -> Result<Vec<(u64, &str)>, String> {
    whole(text)?;
    let text = text.trim();
    if !text.starts_with('[') {
        return Ok(vec![(1, text)]);
    }
    let parts = parts(text)?;
    Ok((1..).zip(parts).collect())
}

/// The values of an object, as they stand and as text.
fn fields(object: &str) -> Result<Vec<Field<'_>>, String> {
    let parts = parts(object)?;
    parts.chunks_exact(2).map(|pair| field(pair[0], pair[1])).collect()
}

fn field<'a>(name: &str, raw: &'a str) -> Result<Field<'a>, String> {
    let text = |raw: &str| serde_json::from_str::<String>(raw).map_err(|error| error.to_string());
    let (value, kind) = match raw.as_bytes().first() {
        Some(b'"') => (Some(Cow::Owned(text(raw)?)), ValueKind::Text),
        Some(b'n') => (None, ValueKind::Untyped),
        Some(b'{' | b'[') => (Some(Cow::Borrowed(raw)), ValueKind::Nested),
        _ => (Some(Cow::Borrowed(raw)), ValueKind::Literal),
    };
    Ok(Field { name: Cow::Owned(text(name)?), value, kind, raw })
}

/// The values inside of a valid array, or names and values in turn inside of an object.
fn parts(text: &str) -> Result<Vec<&str>, String> {
    let mut parts = vec![];
    let mut at = 1;
    let inside = text.len().saturating_sub(1);
    loop {
        at += text[at..inside].len() - text[at..inside].trim_start_matches([' ', '\t', '\r', '\n', ',', ':']).len();
        if at >= inside {
            return Ok(parts);
        }
        let mut values = serde_json::Deserializer::from_str(&text[at..]).into_iter::<IgnoredAny>();
        match values.next() {
            Some(Ok(_)) => {
                let end = at + values.byte_offset();
                parts.push(text[at..end].trim());
                at = end;
            }
            Some(Err(error)) => return Err(error.to_string()),
            None => return Ok(parts),
        }
    }
}
