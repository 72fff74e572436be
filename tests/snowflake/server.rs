//! A server on loopback that plays Snowflake's part: what it answers, byte by byte, a test says.

use serde_json::Value as Json;
use std::collections::VecDeque;
use std::io::{BufRead, BufReader, Read, Write};
use std::net::{SocketAddr, TcpListener, TcpStream};
use std::sync::{Arc, Mutex};

/// What a client asked.
#[derive(Debug, Clone)]
pub struct Request {
    pub method: String,
    /// The path, and what stands behind it.
    pub target: String,
    headers: Vec<(String, String)>,
    pub body: Vec<u8>,
}

impl Request {
    pub fn path(&self) -> &str {
        self.target.split('?').next().unwrap_or_default()
    }

    pub fn header(&self, name: &str) -> Option<&str> {
        self.headers.iter().find(|(known, _)| known.eq_ignore_ascii_case(name)).map(|(_, value)| value.as_str())
    }

    /// The body; null when it is no JSON.
    pub fn json(&self) -> Json {
        serde_json::from_slice(&self.body).unwrap_or_default()
    }

    /// The statement that is to run; empty for other requests.
    pub fn sql(&self) -> String {
        self.json()["sqlText"].as_str().unwrap_or_default().to_owned()
    }

    fn is_logout(&self) -> bool {
        self.path() == "/session"
    }
}

/// What is sent back.
#[derive(Debug, Clone)]
pub enum Answer {
    /// These bytes; then the connection is ready for another request.
    Whole(Vec<u8>),
    /// These bytes; then the connection is closed.
    Cut(Vec<u8>),
}

/// An answer in JSON, with HTTP's status 200.
pub fn json(body: &Json) -> Answer {
    bytes("200 OK", &[], body.to_string().as_bytes())
}

/// An answer with a status and headers of its own.
pub fn bytes(status: &str, headers: &[(&str, &str)], body: &[u8]) -> Answer {
    let headers: String = headers.iter().map(|(name, value)| format!("{name}: {value}\r\n")).collect();
    let head = format!("HTTP/1.1 {status}\r\n{headers}Content-Length: {}\r\n\r\n", body.len());
    Answer::Whole([head.as_bytes(), body].concat())
}

/// The first so many bytes of an answer's body; then the line is cut.
pub fn cut(answer: &Answer, after: usize) -> Answer {
    let (Answer::Whole(bytes) | Answer::Cut(bytes)) = answer;
    let body = bytes.windows(4).position(|window| window == b"\r\n\r\n").map_or(0, |at| at + 4);
    Answer::Cut(bytes[..body + after].to_vec())
}

/// The server; it works as long as the test does.
pub struct Server {
    address: SocketAddr,
    requests: Arc<Mutex<Vec<Request>>>,
}

impl Server {
    /// Answers each request as `answer` says; logging out always works.
    pub fn start(answer: impl Fn(&Request) -> Answer + Send + Sync + 'static) -> Self {
        let listener = TcpListener::bind("127.0.0.1:0").unwrap();
        let server = Self { address: listener.local_addr().unwrap(), requests: Arc::default() };
        let (requests, answer) = (server.requests.clone(), Arc::new(answer));
        std::thread::spawn(move || {
            for stream in listener.incoming().map_while(Result::ok) {
                let (requests, answer) = (requests.clone(), answer.clone());
                std::thread::spawn(move || serve(stream, &requests, answer.as_ref()));
            }
        });
        server
    }

    /// Gives the answers one after the other, then none: connections are closed.
    pub fn play(answers: Vec<Answer>) -> Self {
        let answers = Mutex::new(VecDeque::from(answers));
        Self::start(move |_| answers.lock().unwrap().pop_front().unwrap_or(Answer::Cut(vec![])))
    }

    pub fn port(&self) -> u16 {
        self.address.port()
    }

    /// What was asked so far.
    pub fn requests(&self) -> Vec<Request> {
        self.requests.lock().unwrap().clone()
    }

    /// All requests as text; ids are numbered in the order in which they appear.
    pub fn transcript(&self) -> String {
        let shown = |request: &Request| {
            let mut text = format!("{} {}\n", request.method, request.target);
            for name in ["authorization", "x-amz-server-side-encryption-customer-key", "x-key"] {
                if let Some(value) = request.header(name) {
                    text += &format!("  {name}: {value}\n");
                }
            }
            if !request.body.is_empty() {
                text += &format!("  {}\n", String::from_utf8_lossy(&request.body));
            }
            text
        };
        let text: String = self.requests().iter().map(shown).collect();
        numbered(&text.replace(&self.port().to_string(), "<port>").replace(std::env::consts::OS, "<os>"))
    }
}

/// Ids as the order in which they appear.
fn numbered(text: &str) -> String {
    const LENGTH: usize = 36;
    let (mut seen, mut out, mut rest): (Vec<&str>, _, _) = (vec![], String::new(), text);
    while let Some(next) = rest.chars().next() {
        match rest.get(..LENGTH).filter(|id| id.contains('-') && uuid::Uuid::try_parse(id).is_ok()) {
            Some(id) => {
                let known = seen.iter().position(|known| *known == id);
                let at = known.unwrap_or_else(|| {
                    seen.push(id);
                    seen.len() - 1
                });
                out += &format!("<id {}>", at + 1);
                rest = &rest[LENGTH..];
            }
            None => {
                out.push(next);
                rest = &rest[next.len_utf8()..];
            }
        }
    }
    out
}

fn serve(stream: TcpStream, requests: &Mutex<Vec<Request>>, answer: &(dyn Fn(&Request) -> Answer + Send + Sync)) {
    let mut writer = stream.try_clone().unwrap();
    let mut reader = BufReader::new(stream);
    while let Some(request) = read(&mut reader) {
        requests.lock().unwrap().push(request.clone());
        let answer = match request.is_logout() {
            true => json(&serde_json::json!({"success": true})),
            false => answer(&request),
        };
        let (Answer::Whole(bytes) | Answer::Cut(bytes)) = &answer;
        if writer.write_all(bytes).is_err() || matches!(answer, Answer::Cut(_)) {
            return;
        }
    }
}

/// The next request of a connection; `None` when it is closed.
fn read(reader: &mut BufReader<TcpStream>) -> Option<Request> {
    let line = |reader: &mut BufReader<TcpStream>| {
        let mut line = String::new();
        reader.read_line(&mut line).ok().filter(|length| *length > 0)?;
        Some(line.trim_end().to_owned())
    };
    let first = line(reader)?;
    let mut words = first.split(' ').map(str::to_owned);
    let (method, target) = (words.next()?, words.next()?);
    let mut headers = vec![];
    loop {
        let header = line(reader)?;
        if header.is_empty() {
            break;
        }
        let (name, value) = header.split_once(": ")?;
        headers.push((name.to_owned(), value.to_owned()));
    }
    let mut request = Request { method, target, headers, body: vec![] };
    let length = request.header("content-length").and_then(|length| length.parse().ok()).unwrap_or(0);
    request.body.resize(length, 0);
    reader.read_exact(&mut request.body).ok()?;
    Some(request)
}
