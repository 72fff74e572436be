//! Serves the files of a folder over HTTP.

use std::io::{self, BufRead, BufReader, Read, Write};
use std::net::{TcpListener, TcpStream};
use std::path::{Path, PathBuf};
use std::time::Duration;

/// How long a request may be, in bytes: a longer one is answered as a wrong one.
const LONGEST_REQUEST: u64 = 16 << 10;

/// How long a browser may take over a request.
const PATIENCE: Duration = Duration::from_secs(10);

/// Serves the folder until the program ends. What lies outside of it cannot be asked for.
pub fn serve(listener: &TcpListener, folder: &Path) -> io::Result<()> {
    let folder = folder.canonicalize()?;
    std::thread::scope(|scope| {
        for connection in listener.incoming() {
            let folder = &folder;
            // A connection that breaks off concerns nobody else.
            scope.spawn(move || connection.and_then(|connection| answer(connection, folder)));
        }
    });
    Ok(())
}

fn answer(mut connection: TcpStream, folder: &Path) -> io::Result<()> {
    connection.set_read_timeout(Some(PATIENCE))?;
    connection.set_write_timeout(Some(PATIENCE))?;
    let mut request = String::new();
    let mut lines = BufReader::new(connection.try_clone()?.take(LONGEST_REQUEST));
    lines.read_line(&mut request)?;
    while lines.read_line(&mut String::new())? > 2 {}
    let (status, kind, body) = match asked(&request).map(|path| found(folder, path)) {
        Some(Some(path)) => ("200 OK", kind(&path), std::fs::read(&path)?),
        Some(None) => ("404 Not Found", "text/plain", b"There is no such file.\n".to_vec()),
        None => ("400 Bad Request", "text/plain", b"Only GET and HEAD are understood.\n".to_vec()),
    };
    let length = body.len();
    write!(
        connection,
        "HTTP/1.1 {status}\r\nContent-Type: {kind}\r\nContent-Length: {length}\r\n\
         Cache-Control: no-store\r\nX-Content-Type-Options: nosniff\r\nConnection: close\r\n\r\n"
    )?;
    if request.starts_with("HEAD ") { Ok(()) } else { connection.write_all(&body) }
}

/// The path that a request line asks for.
fn asked(request: &str) -> Option<&str> {
    let mut words = request.split_ascii_whitespace();
    words.next().filter(|method| matches!(*method, "GET" | "HEAD"))?;
    words.next()?.split(['?', '#']).next()
}

/// The file of a path, if it is in the folder.
fn found(folder: &Path, asked: &str) -> Option<PathBuf> {
    let path = unescaped(asked)?;
    let mut file = folder.join(path.trim_start_matches('/')).canonicalize().ok()?;
    if file.is_dir() {
        file.push("index.html");
    }
    let file = file.canonicalize().ok()?;
    (file.starts_with(folder) && file.is_file()).then_some(file)
}

/// `a%20b` → `a b`.
fn unescaped(path: &str) -> Option<String> {
    let mut bytes = vec![];
    let mut rest = path.bytes();
    while let Some(byte) = rest.next() {
        if byte != b'%' {
            bytes.push(byte);
            continue;
        }
        let digits = [rest.next()?, rest.next()?];
        bytes.push(u8::from_str_radix(std::str::from_utf8(&digits).ok()?, 16).ok()?);
    }
    String::from_utf8(bytes).ok()
}

fn kind(path: &Path) -> &'static str {
    match path.extension().and_then(|extension| extension.to_str()) {
        Some("html") => "text/html; charset=utf-8",
        Some("json") => "application/json",
        Some("css") => "text/css",
        Some("js") => "text/javascript",
        Some("svg") => "image/svg+xml",
        Some("png") => "image/png",
        Some("jpg" | "jpeg") => "image/jpeg",
        Some("gif") => "image/gif",
        Some("ico") => "image/x-icon",
        Some("sql" | "txt" | "md") => "text/plain; charset=utf-8",
        _ => "application/octet-stream",
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn files_of_the_folder_are_served_and_no_others() {
        let outer = tempfile::tempdir().unwrap();
        let folder = outer.path().join("target");
        std::fs::create_dir_all(folder.join("my assets")).unwrap();
        std::fs::write(outer.path().join("secret"), "no").unwrap();
        std::fs::write(folder.join("index.html"), "<p>hello").unwrap();
        std::fs::write(folder.join("my assets/a.svg"), "<svg/>").unwrap();
        let listener = TcpListener::bind("127.0.0.1:0").unwrap();
        let address = listener.local_addr().unwrap();
        std::thread::spawn(move || serve(&listener, &folder));
        let answer = |request: &str| {
            let mut connection = TcpStream::connect(address).unwrap();
            write!(connection, "{request} HTTP/1.1\r\nHost: x\r\n\r\n").unwrap();
            let mut text = String::new();
            connection.read_to_string(&mut text).unwrap();
            let status = text[9..12].to_owned();
            (status, text.split("\r\n\r\n").nth(1).unwrap_or("").to_owned())
        };
        assert_eq!(answer("GET /"), ("200".into(), "<p>hello".into()));
        assert_eq!(answer("HEAD /index.html"), ("200".into(), String::new()));
        assert_eq!(answer("GET /my%20assets/a.svg?x=1"), ("200".into(), "<svg/>".into()));
        for other in ["GET /../secret", "GET /%2e%2e/secret", "GET //etc/passwd", "GET /none", "GET /%zz"] {
            assert_eq!(answer(other).0, "404", "{other}");
        }
        assert_eq!(answer("POST /").0, "400");
    }
}
