//! Text of other encodings as UTF-8.

use std::io::{self, BufRead, Read};

/// Adds what some bytes mean to a text, and returns how many of them were used; `is_last`: no more follow.
pub(super) type Recode = fn(bytes: &[u8], is_last: bool, text: &mut Vec<u8>) -> usize;

/// A source whose bytes are written anew.
pub(super) struct Recoded<R> {
    source: R,
    recode: Recode,
    /// Bytes that mean nothing without those that follow.
    pending: Vec<u8>,
    text: Vec<u8>,
    /// How much of `text` was taken.
    taken: usize,
}

impl<R: BufRead> Recoded<R> {
    pub(super) fn new(source: R, recode: Recode) -> Self {
        Self { source, recode, pending: vec![], text: vec![], taken: 0 }
    }

    fn refill(&mut self) -> io::Result<()> {
        self.text.clear();
        self.taken = 0;
        loop {
            let bytes = self.source.fill_buf()?;
            let (length, is_last) = (bytes.len(), bytes.is_empty());
            self.pending.extend_from_slice(bytes);
            self.source.consume(length);
            let used = (self.recode)(&self.pending, is_last, &mut self.text);
            self.pending.drain(..used);
            if is_last || !self.text.is_empty() {
                return Ok(());
            }
        }
    }
}

impl<R: BufRead> Read for Recoded<R> {
    fn read(&mut self, buffer: &mut [u8]) -> io::Result<usize> {
        if self.taken == self.text.len() {
            self.refill()?;
        }
        let length = buffer.len().min(self.text.len() - self.taken);
        buffer[..length].copy_from_slice(&self.text[self.taken..self.taken + length]);
        self.taken += length;
        Ok(length)
    }
}

pub(super) fn latin1(bytes: &[u8], _: bool, text: &mut Vec<u8>) -> usize {
    bytes.iter().for_each(|byte| push(char::from(*byte), text));
    bytes.len()
}

pub(super) fn utf16_little_endian(bytes: &[u8], is_last: bool, text: &mut Vec<u8>) -> usize {
    utf16(bytes, is_last, u16::from_le_bytes, text)
}

pub(super) fn utf16_big_endian(bytes: &[u8], is_last: bool, text: &mut Vec<u8>) -> usize {
    utf16(bytes, is_last, u16::from_be_bytes, text)
}

/// What is no character becomes a byte that is none in UTF-8 either, so that its line is told of.
fn utf16(bytes: &[u8], is_last: bool, unit: fn([u8; 2]) -> u16, text: &mut Vec<u8>) -> usize {
    let mut units: Vec<u16> = bytes.chunks_exact(2).map(|pair| unit([pair[0], pair[1]])).collect();
    let is_half = units.last().is_some_and(|last| (0xd800..0xdc00).contains(last));
    if is_half && !is_last {
        units.pop();
    }
    for decoded in char::decode_utf16(units.iter().copied()) {
        match decoded {
            Ok('\u{feff}') => {}
            Ok(character) => push(character, text),
            Err(_) => text.push(0xff),
        }
    }
    let odd = is_last && bytes.len() % 2 == 1;
    if odd {
        text.push(0xff);
    }
    units.len() * 2 + usize::from(odd)
}

fn push(character: char, text: &mut Vec<u8>) {
    text.extend_from_slice(character.encode_utf8(&mut [0; 4]).as_bytes());
}
