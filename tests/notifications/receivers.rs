//! Receivers on this machine: a web server and a mail server, each for as many calls as come.

use rustls::pki_types::pem::PemObject;
use rustls::pki_types::{CertificateDer, PrivateKeyDer};
use rustls::{ServerConfig, ServerConnection, StreamOwned};
use std::io::{BufRead, BufReader, Read, Write};
use std::net::{TcpListener, TcpStream};
use std::path::PathBuf;
use std::sync::Arc;
use std::sync::mpsc::{Receiver, Sender, channel};
use std::thread;
use std::time::Duration;

/// A file of `tests/tls`.
pub fn tls_file(name: &str) -> PathBuf {
    PathBuf::from(env!("CARGO_MANIFEST_DIR")).join("tests/tls").join(name)
}

fn listen<T: Send + 'static>(serve: impl Fn(TcpStream, &Sender<T>) + Send + 'static) -> (u16, Receiver<T>) {
    let listener = TcpListener::bind("127.0.0.1:0").unwrap();
    let port = listener.local_addr().unwrap().port();
    let (sender, receiver) = channel();
    thread::spawn(move || {
        for stream in listener.incoming() {
            let stream = stream.unwrap();
            stream.set_read_timeout(Some(Duration::from_secs(20))).unwrap();
            serve(stream, &sender);
        }
    });
    (port, receiver)
}

/// Answers every request with a status; gives the bodies.
pub fn web(status: &'static str) -> (u16, Receiver<String>) {
    listen(move |stream, bodies| {
        let mut reader = BufReader::new(stream);
        let mut length = 0;
        loop {
            let mut line = String::new();
            if reader.read_line(&mut line).unwrap() == 0 {
                return;
            }
            if let Some(value) = line.to_lowercase().strip_prefix("content-length:") {
                length = value.trim().parse().unwrap();
            }
            if line.trim().is_empty() {
                break;
            }
        }
        let mut body = vec![0; length];
        reader.read_exact(&mut body).unwrap();
        bodies.send(String::from_utf8(body).unwrap()).unwrap();
        let answer = format!("HTTP/1.1 {status}\r\nContent-Length: 0\r\nConnection: close\r\n\r\n");
        reader.get_mut().write_all(answer.as_bytes()).unwrap();
    })
}

/// Takes connections and never says a word.
pub fn silent() -> u16 {
    let (port, _) = listen(|stream, _: &Sender<()>| {
        thread::spawn(move || {
            let mut stream = stream;
            let mut rest = vec![];
            let _ = stream.read_to_end(&mut rest);
        });
    });
    port
}

/// How a mail server wants to be spoken to.
#[derive(Clone, Copy, PartialEq, Eq)]
pub enum Protection {
    /// In plain at first; it offers STARTTLS.
    StartTls,
    /// In TLS from the first byte.
    Tls,
    /// In plain, for it knows nothing else.
    None,
}

/// Takes mails; gives all that was said to it, and how: `plain` or `tls` before each line.
pub fn mail(protection: Protection) -> (u16, Receiver<Vec<String>>) {
    let key = PrivateKeyDer::from_pem_file(tls_file("local.key")).unwrap();
    let chain = vec![CertificateDer::from_pem_file(tls_file("local.crt")).unwrap()];
    let provider = Arc::new(rustls::crypto::ring::default_provider());
    let config = ServerConfig::builder_with_provider(provider).with_safe_default_protocol_versions().unwrap();
    let config = Arc::new(config.with_no_client_auth().with_single_cert(chain, key).unwrap());
    listen(move |stream, sessions| {
        let mut said = vec![];
        let encrypted = |stream| StreamOwned::new(ServerConnection::new(config.clone()).unwrap(), stream);
        if protection == Protection::Tls {
            converse(encrypted(stream), "tls", false, true, &mut said);
        } else {
            let upgrade = stream.try_clone().unwrap();
            if converse(stream, "plain", protection == Protection::StartTls, true, &mut said) {
                converse(encrypted(upgrade), "tls", false, false, &mut said);
            }
        }
        let _ = sessions.send(said);
    })
}

/// Speaks SMTP until the end, or until TLS is to begin: then true.
fn converse(stream: impl Read + Write, how: &str, offers_tls: bool, greets: bool, said: &mut Vec<String>) -> bool {
    let mut reader = BufReader::new(stream);
    let mut answer = if greets { "220 localhost ready\r\n".to_owned() } else { String::new() };
    let mut is_text = false;
    loop {
        if reader.get_mut().write_all(answer.as_bytes()).and_then(|()| reader.get_mut().flush()).is_err() {
            return false;
        }
        let mut line = String::new();
        if !matches!(reader.read_line(&mut line), Ok(1..)) {
            return false;
        }
        let line = line.trim_end().to_owned();
        said.push(format!("{how} {line}"));
        let word = line.split_whitespace().next().unwrap_or_default().to_uppercase();
        answer = match word.as_str() {
            "." if is_text => {
                is_text = false;
                "250 taken\r\n".to_owned()
            }
            _ if is_text => String::new(),
            "EHLO" if offers_tls => "250-localhost\r\n250 STARTTLS\r\n".to_owned(),
            "EHLO" => "250-localhost\r\n250 AUTH PLAIN LOGIN\r\n".to_owned(),
            "STARTTLS" => {
                let _ = reader.get_mut().write_all(b"220 go ahead\r\n");
                return true;
            }
            "AUTH" => "235 welcome\r\n".to_owned(),
            "DATA" => {
                is_text = true;
                "354 go on\r\n".to_owned()
            }
            "QUIT" => {
                let _ = reader.get_mut().write_all(b"221 bye\r\n");
                return false;
            }
            _ => "250 fine\r\n".to_owned(),
        };
    }
}
