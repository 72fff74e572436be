//! A file's bytes.

use super::Encoding;
use super::encoding::{Recode, Recoded, latin1, utf16_big_endian, utf16_little_endian};
use flate2::read::MultiGzDecoder;
use sha2::{Digest, Sha256};
use std::fs::File;
use std::io::{self, BufRead, BufReader, Read};
use std::path::Path;

const BUFFER: usize = 1 << 16;

/// A file that may be read more than once.
pub(super) struct Reopen<'a> {
    pub(super) path: &'a Path,
    pub(super) encoding: Encoding,
}

impl Reopen<'_> {
    /// From its beginning.
    pub(super) fn open(&self) -> io::Result<Box<dyn BufRead>> {
        open(self.path, self.encoding)
    }
}

/// A file's bytes from its beginning, without a byte order mark.
///
/// # Errors
/// It cannot be opened or read.
pub fn open_text(path: &Path) -> io::Result<Box<dyn BufRead>> {
    open(path, Encoding::Utf8)
}

/// A file's text after decompression, as UTF-8 unless it is broken, without a byte order mark.
fn open(path: &Path, encoding: Encoding) -> io::Result<Box<dyn BufRead>> {
    let file = File::open(path)?;
    let is_compressed = path.extension().is_some_and(|ending| ending.eq_ignore_ascii_case("gz"));
    let mut bytes: Box<dyn BufRead> = match is_compressed {
        true => Box::new(BufReader::with_capacity(BUFFER, MultiGzDecoder::new(file))),
        false => Box::new(BufReader::with_capacity(BUFFER, file)),
    };
    if bytes.fill_buf()?.starts_with(b"\xef\xbb\xbf") {
        bytes.consume(3);
        return Ok(bytes);
    }
    Ok(match encoding {
        Encoding::Utf8 => bytes,
        Encoding::Latin1 => Box::new(BufReader::with_capacity(BUFFER, Recoded::new(bytes, latin1))),
        Encoding::Utf16 => {
            let is_big_endian = bytes.fill_buf()?.starts_with(b"\xfe\xff");
            let recode: Recode = if is_big_endian { utf16_big_endian } else { utf16_little_endian };
            Box::new(BufReader::with_capacity(BUFFER, Recoded::new(bytes, recode)))
        }
    })
}

/// A hash of a file's bytes, in hexadecimal.
///
/// # Errors
/// The file cannot be read, or `is_cancelled` became true ([`io::ErrorKind::Interrupted`]).
pub fn content_hash(path: &Path, is_cancelled: &dyn Fn() -> bool) -> io::Result<String> {
    let mut file = File::open(path)?;
    let (mut hasher, mut buffer) = (Sha256::new(), vec![0; BUFFER]);
    loop {
        match file.read(&mut buffer)? {
            0 => return Ok(hasher.finalize().iter().map(|byte| format!("{byte:02x}")).collect()),
            _ if is_cancelled() => return Err(io::ErrorKind::Interrupted.into()),
            length => hasher.update(&buffer[..length]),
        }
    }
}
