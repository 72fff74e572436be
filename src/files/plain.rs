//! Separated values that every program reads alike.

use std::io::{self, Read};
use std::ops::Range;

/// How much of a file is looked at at once.
const CHUNK: usize = 1 << 18;

/// Hands on the records of a file of separated values, the header first, as long as every program reads them alike: UTF-8
/// without a byte order mark, lines that end with a line feed, none of them empty, the same number of fields in each, two at
/// least, and quotes around whole fields alone, which hold something and no further quotes. Returns whether that was so up
/// to the end; nothing more is handed on when it is not.
///
/// # Errors
/// The file cannot be read.
pub fn read_plain(mut source: impl Read, delimiter: u8, mut take: impl FnMut(&[&str])) -> io::Result<bool> {
    let (mut buffer, mut filled, mut columns) = (vec![0; CHUNK], 0, None);
    if !delimiter.is_ascii_graphic() && delimiter != b'\t' || delimiter == b'"' {
        return Ok(false);
    }
    loop {
        if filled == buffer.len() {
            buffer.resize(buffer.len() * 2, 0);
        }
        let read = source.read(&mut buffer[filled..])?;
        let is_end = read == 0;
        if memchr::memchr(b'\r', &buffer[filled..filled + read]).is_some()
            || (columns.is_none() && filled == 0 && is_end)
        {
            return Ok(false);
        }
        filled += read;
        if is_end && filled > 0 {
            // The last line may do without its end.
            buffer.truncate(filled);
            buffer.push(b'\n');
            filled += 1;
        }
        let Some(done) = records(&buffer[..filled], delimiter, &mut columns, &mut take) else { return Ok(false) };
        buffer.copy_within(done..filled, 0);
        filled -= done;
        if is_end {
            return Ok(filled == 0);
        }
    }
}

/// Hands on the whole records that bytes begin with; returns how many bytes they are. `None`: they are not plain.
fn records(bytes: &[u8], delimiter: u8, columns: &mut Option<usize>, take: &mut impl FnMut(&[&str])) -> Option<usize> {
    let (mut done, mut ranges, mut fields) = (0, vec![], vec![]);
    // What is cut in the middle of a character is the beginning of a record that is not whole.
    let text = match std::str::from_utf8(bytes) {
        Ok(text) => text,
        Err(error) if error.error_len().is_none() => std::str::from_utf8(&bytes[..error.valid_up_to()]).ok()?,
        Err(_) => return None,
    };
    if columns.is_none() && text.starts_with('\u{feff}') {
        return None;
    }
    loop {
        match record(text.as_bytes(), done, delimiter, &mut ranges) {
            Extent::Whole(end) => done = end,
            Extent::Cut => return Some(done),
            Extent::Odd => return None,
        }
        let count = *columns.get_or_insert(ranges.len());
        if count < 2 || ranges.len() != count {
            return None;
        }
        fields.clear();
        fields.extend(ranges.iter().map(|range| &text[range.clone()]));
        take(&fields);
    }
}

/// How far a record reaches.
enum Extent {
    /// Up to here, its line end included.
    Whole(usize),
    /// Beyond what is there.
    Cut,
    /// It is not plain.
    Odd,
}

/// Finds the fields of the record that begins at `start`.
fn record(bytes: &[u8], start: usize, delimiter: u8, fields: &mut Vec<Range<usize>>) -> Extent {
    fields.clear();
    let mut at = start;
    loop {
        let end = if bytes.get(at) == Some(&b'"') {
            let Some(length) = memchr::memchr(b'"', &bytes[at + 1..]) else { return Extent::Cut };
            let end = at + 1 + length;
            fields.push(at + 1..end);
            if length == 0 {
                return Extent::Odd;
            }
            end + 1
        } else {
            let rest = bytes.get(at..).unwrap_or_default();
            let Some(length) = memchr::memchr3(delimiter, b'\n', b'"', rest) else { return Extent::Cut };
            fields.push(at..at + length);
            at + length
        };
        match bytes.get(end) {
            None => return Extent::Cut,
            Some(b'\n') => return Extent::Whole(end + 1),
            Some(byte) if *byte == delimiter => at = end + 1,
            Some(_) => return Extent::Odd,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn read(text: &str) -> Option<Vec<Vec<String>>> {
        let mut records = vec![];
        // One byte at a time: whatever is cut is put together again.
        struct Drop<'a>(&'a [u8]);
        impl Read for Drop<'_> {
            fn read(&mut self, buffer: &mut [u8]) -> io::Result<usize> {
                let length = self.0.len().min(1);
                self.0.read(&mut buffer[..length])
            }
        }
        let take = |fields: &[&str]| records.push(fields.iter().map(|field| (*field).to_owned()).collect());
        read_plain(Drop(text.as_bytes()), b',', take).unwrap().then_some(records)
    }

    #[test]
    fn plain_records_are_those_of_any_reader() {
        let text = "id,näme\n1,\"a,\nb\"\n2,\n,ö";
        let plain = read(text).unwrap();
        let reader = csv::ReaderBuilder::new().has_headers(false).from_reader(text.as_bytes());
        let any: Vec<Vec<String>> =
            reader.into_records().map(|record| record.unwrap().iter().map(str::to_owned).collect()).collect();
        assert_eq!(plain, any);
    }

    #[test]
    fn what_programs_read_in_several_ways_is_not_plain() {
        for text in [
            "",
            "a\n1\n",
            "a,b\n1\n",
            "a,b\n1,2,3\n",
            "a,b\n\n1,2\n",
            "a,b\r\n1,2\r\n",
            "\u{feff}a,b\n1,2\n",
            "a,b\n\"\",2\n",
            "a,b\n\"x\"\"y\",2\n",
            "a,b\n\"x\" ,2\n",
            "a,b\nx\"y,2\n",
            "a,b\n1,\"x\n",
        ] {
            assert_eq!(read(text), None, "{text:?}");
        }
    }

    #[test]
    fn long_records_and_many_of_them_are_read() {
        let line = format!("{},\"{}\"\n", "x".repeat(300_000), "y,\n".repeat(1000));
        let text = line.repeat(5);
        let (mut records, mut bytes) = (0, 0);
        let take = |fields: &[&str]| {
            records += 1;
            bytes += fields.iter().map(|field| field.len()).sum::<usize>();
        };
        assert!(read_plain(text.as_bytes(), b',', take).unwrap());
        assert_eq!((records, bytes), (5, 5 * (300_000 + 3000)));
    }
}
