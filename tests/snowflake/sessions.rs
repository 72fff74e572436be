//! Sessions: logging in, sending statements, waiting, fetching rows; and all that can go wrong on the way.

use crate::server::{Answer, Request, Server, bytes, cut, json};
use arrow::array::{ArrayRef, Int64Array, RecordBatch, StringArray};
use arrow::ipc::writer::StreamWriter;
use base64::Engine as _;
use base64::engine::general_purpose::{STANDARD, URL_SAFE_NO_PAD};
use flate2::Compression;
use flate2::write::GzEncoder;
use jiff::Timestamp;
use serde_json::{Value as Json, json as value};
use sqlbuild::adapters::registry::{Surroundings, adapter};
use sqlbuild::adapters::{Cell, Connection, DatabaseError, ErrorKind};
use sqlbuild::world::World;
use std::io::Write;
use std::path::Path;
use std::sync::Arc;
use std::sync::Mutex;
use std::sync::mpsc::channel;

const PLAIN_KEY: &str = include_str!("key.p8");
const ENCRYPTED_KEY: &str = include_str!("key_aes.p8");
const NOON: &str = "2024-06-01T12:00:00Z";

/// A user of the server's: who connects, by which clock.
struct User {
    output: Json,
    world: World,
}

impl User {
    fn of(server: &Server, more: Json) -> Self {
        let mut output = value!({
            "type": "snowflake", "account": "ab12345.eu-central-1", "user": "ann", "password": "hush",
            "database": "D", "schema": "S", "host": "127.0.0.1", "port": server.port(), "protocol": "http",
        });
        for (key, value) in more.as_object().unwrap() {
            output[key] = value.clone();
        }
        let now: Timestamp = NOON.parse().unwrap();
        Self { output, world: World::fixed("/", Default::default(), now) }
    }

    fn connect(&self) -> Result<Box<dyn Connection>, DatabaseError> {
        let surroundings = Surroundings { world: &self.world, project_dir: Path::new("/"), threads: 1 };
        adapter(self.output.as_object().unwrap(), surroundings)?.connect("test")
    }

    /// How long was waited, in milliseconds.
    fn waited(&self) -> i64 {
        self.world.now().as_millisecond() - NOON.parse::<Timestamp>().unwrap().as_millisecond()
    }
}

/// What a user who may log in at once sees of the server's further answers.
fn connected(answers: Vec<Answer>) -> (Server, Box<dyn Connection>, User) {
    let server = Server::play([vec![logged_in("1")], answers].concat());
    let user = User::of(&server, value!({}));
    let connection = user.connect().unwrap();
    (server, connection, user)
}

/// A login that succeeded; `name` tells sessions apart.
pub fn logged_in(name: &str) -> Answer {
    let data = value!({"token": format!("session {name}"), "masterToken": format!("master {name}"), "sessionId": 1});
    json(&value!({"data": data, "code": null, "message": null, "success": true}))
}

fn refused(code: &str, message: &str) -> Answer {
    json(&value!({"data": {"queryId": "01b2-0000"}, "code": code, "message": message, "success": false}))
}

fn renewed() -> Answer {
    json(&value!({"data": {"sessionToken": "session 2", "masterToken": "master 2"}, "success": true}))
}

fn in_progress(code: &str) -> Answer {
    let data = value!({"queryId": "01b2-0000", "getResultUrl": "/queries/01b2-0000/result"});
    json(&value!({"data": data, "code": code, "message": "Query execution in progress.", "success": false}))
}

fn rowtype() -> Json {
    value!([
        {"name": "ID", "type": "fixed", "precision": 38, "scale": 0, "nullable": true},
        {"name": "NAME", "type": "text", "length": 10, "nullable": true},
    ])
}

/// A result that came whole, in JSON.
pub fn rows(rows: Json) -> Answer {
    let total = rows.as_array().map_or(0, Vec::len);
    let data = value!({"rowtype": rowtype(), "rowset": rows, "total": total, "queryId": "01b2-0000"});
    json(&value!({"data": data, "code": null, "message": null, "success": true}))
}

fn arrow_rows(rows: &[(i64, &str)]) -> Vec<u8> {
    let ids: ArrayRef = Arc::new(Int64Array::from(rows.iter().map(|(id, _)| *id).collect::<Vec<_>>()));
    let names: ArrayRef = Arc::new(StringArray::from(rows.iter().map(|(_, name)| *name).collect::<Vec<_>>()));
    let batch = RecordBatch::try_from_iter([("ID", ids), ("NAME", names)]).unwrap();
    let mut writer = StreamWriter::try_new(vec![], &batch.schema()).unwrap();
    writer.write(&batch).unwrap();
    writer.into_inner().unwrap()
}

fn zipped(bytes: &[u8]) -> Vec<u8> {
    let mut encoder = GzEncoder::new(vec![], Compression::default());
    encoder.write_all(bytes).unwrap();
    encoder.finish().unwrap()
}

/// Three rows in Arrow's format: one came with the answer, the others wait in chunks.
pub fn in_chunks(port: u16, more: Json) -> Answer {
    let link = |name: &str| value!({"url": format!("http://127.0.0.1:{port}/{name}"), "rowCount": 1});
    let mut data = value!({
        "rowtype": rowtype(), "rowsetBase64": STANDARD.encode(arrow_rows(&[(1, "a")])), "total": 3,
        "queryResultFormat": "arrow", "queryId": "01b2-0000", "chunks": [link("chunk_0"), link("chunk_1")],
    });
    for (key, value) in more.as_object().unwrap() {
        data[key] = value.clone();
    }
    json(&value!({"data": data, "code": null, "message": null, "success": true}))
}

/// A server whose storage gives the bodies in turn; it may log in, and its first statement has chunks.
fn storage(more: Json, bodies: Vec<Answer>) -> (Server, Box<dyn Connection>, User) {
    let (port, ports) = channel::<u16>();
    let (ports, bodies) = (Mutex::new(ports), Mutex::new(bodies.into_iter()));
    let server = Server::start(move |request| match request.path() {
        "/session/v1/login-request" => logged_in("1"),
        "/queries/v1/query-request" => in_chunks(ports.lock().unwrap().recv().unwrap(), more.clone()),
        _ => bodies.lock().unwrap().next().unwrap_or(Answer::Cut(vec![])),
    });
    port.send(server.port()).unwrap();
    let user = User::of(&server, value!({}));
    let connection = user.connect().unwrap();
    (server, connection, user)
}

pub fn chunk(rows: &[(i64, &str)]) -> Answer {
    bytes("200 OK", &[("Content-Encoding", "gzip")], &zipped(&arrow_rows(rows)))
}

fn names(connection: &mut dyn Connection) -> Result<String, DatabaseError> {
    let (_, rows) = connection.query("select id, name from t", None)?;
    Ok(rows.rows.iter().map(|row| row[1].to_string()).collect())
}

fn shown(error: &DatabaseError) -> String {
    let DatabaseError { kind, message, detail, hint, code, .. } = error;
    let more = [detail, hint].into_iter().flatten().map(|line| format!("\n  {line}"));
    format!("{kind:?} {}: {message}{}\n", code.as_deref().unwrap_or("-"), more.collect::<String>())
}

fn count(server: &Server, path: &str) -> usize {
    server.requests().iter().filter(|request| request.path() == path).count()
}

pub const LOGIN: &str = "/session/v1/login-request";
pub const QUERY: &str = "/queries/v1/query-request";

#[test]
fn a_login_tells_who_asks_and_what_the_session_begins_with() {
    let server = Server::play(vec![logged_in("1"), rows(value!([["1", "a"]]))]);
    let more = value!({"role": "R&D", "warehouse": "W", "query_tag": "nightly", "client_session_keep_alive": false});
    let mut connection = User::of(&server, more).connect().unwrap();
    assert_eq!(names(connection.as_mut()).unwrap(), "a");
    drop(connection);
    insta::assert_snapshot!(server.transcript());
}

/// The token that a login request holds: its claims, after its signature was checked.
fn claims(request: &Request) -> Json {
    let body = request.json();
    assert_eq!(body["data"]["AUTHENTICATOR"], "SNOWFLAKE_JWT");
    let token = body["data"]["TOKEN"].as_str().unwrap().to_owned();
    let (signed, signature) = token.rsplit_once('.').unwrap();
    let key: String = PLAIN_KEY.lines().filter(|line| !line.starts_with('-')).collect();
    let pair = ring::signature::RsaKeyPair::from_pkcs8(&STANDARD.decode(key).unwrap()).unwrap();
    let algorithm = &ring::signature::RSA_PKCS1_2048_8192_SHA256;
    ring::signature::UnparsedPublicKey::new(algorithm, pair.public().as_ref())
        .verify(signed.as_bytes(), &URL_SAFE_NO_PAD.decode(signature).unwrap())
        .unwrap();
    serde_json::from_slice(&URL_SAFE_NO_PAD.decode(signed.split_once('.').unwrap().1).unwrap()).unwrap()
}

fn by_key(server: &Server) -> User {
    let more = value!({"password": null, "private_key": ENCRYPTED_KEY, "private_key_passphrase": "open sesame"});
    User::of(server, more)
}

#[test]
fn a_key_signs_the_login() {
    let server = Server::play(vec![logged_in("1")]);
    by_key(&server).connect().unwrap();
    let claims = claims(&server.requests()[0]);
    let noon = NOON.parse::<Timestamp>().unwrap().as_second();
    assert_eq!(claims["sub"], "AB12345.ANN");
    assert!(claims["iat"].as_i64().unwrap() <= noon && noon < claims["exp"].as_i64().unwrap());
}

#[test]
fn a_wrong_clock_gives_way_to_the_servers() {
    let late = value!({"data": {}, "code": "390144", "message": "JWT token is invalid.", "success": false});
    let late = |date: &str| bytes("200 OK", &[("Date", date)], late.to_string().as_bytes());
    let server = Server::play(vec![late("Sat, 01 Jun 2024 15:00:00 GMT"), logged_in("1")]);
    by_key(&server).connect().unwrap();
    let requests = server.requests();
    let [first, second] = [0, 1].map(|at| claims(&requests[at])["iat"].as_i64().unwrap());
    assert_eq!(second - first, 3 * 60 * 60);

    // Where the clocks agree, something else is wrong: nothing is tried again.
    let server = Server::play(vec![late("Sat, 01 Jun 2024 12:00:05 GMT"), logged_in("1")]);
    let error = by_key(&server).connect().err().unwrap();
    assert_eq!((error.kind, count(&server, LOGIN)), (ErrorKind::Refused, 1));
}

#[test]
fn tokens_log_in() {
    let access = json(&value!({"access_token": "short lived", "token_type": "Bearer", "expires_in": 599}));
    let server = Server::play(vec![logged_in("1"), logged_in("2"), logged_in("3"), access, logged_in("4")]);
    let outputs = [
        value!({"password": null, "authenticator": "oauth", "token": "from elsewhere"}),
        value!({"password": null, "authenticator": "jwt", "token": "signed", "user": null}),
        value!({"password": null, "authenticator": "programmatic_access_token", "token": "long lived"}),
        value!({"password": null, "authenticator": "oauth", "token": "refresh", "oauth_client_id": "me",
            "oauth_client_secret": "mine"}),
    ];
    for output in outputs {
        User::of(&server, output).connect().unwrap();
    }
    insta::assert_snapshot!(server.transcript());
}

#[test]
fn a_refused_login_says_why() {
    let cases: [(Answer, Json); 10] = [
        (bytes("404 Not Found", &[], b"no such account"), value!({})),
        (bytes("403 Forbidden", &[], b"<html>"), value!({})),
        (refused("390100", "Incorrect username or password was specified."), value!({})),
        (refused("390144", "JWT token is invalid."), value!({"password": null, "private_key": PLAIN_KEY})),
        (
            refused("390189", "Role 'NOBODY' specified in the connect string does not exist."),
            value!({"role": "NOBODY"}),
        ),
        (refused("390303", "Invalid OAuth access token."), value!({"authenticator": "oauth", "token": "old"})),
        (refused("390422", "Incoming request with IP is not allowed to access Snowflake."), value!({})),
        (
            json(&value!({"error": "invalid_grant"})),
            value!({"authenticator": "oauth", "token": "old", "oauth_client_id": "me", "oauth_client_secret": "mine"}),
        ),
        (
            logged_in("1"),
            value!({"password": null, "private_key": ENCRYPTED_KEY, "private_key_passphrase": "hush hush"}),
        ),
        (logged_in("1"), value!({"host": "no-such-account.invalid", "connect_retries": 0})),
    ];
    let mut text = String::new();
    for (answer, output) in cases {
        let server = Server::play(vec![answer]);
        let error = User::of(&server, output).connect().err().unwrap();
        text += &shown(&error).replace(&server.port().to_string(), "<port>");
    }
    // What the resolver says is the machine's own.
    let text: String =
        text.lines().filter(|line| !line.contains("no-such-account")).map(|line| format!("{line}\n")).collect();
    assert!(!text.contains("hush"));
    insta::assert_snapshot!(text);
}

/// How many logins were tried, and how long was waited in all, with a server that always answers the same.
fn tried(answer: &Answer, output: Json) -> (usize, i64) {
    let answer = answer.clone();
    let server = Server::start(move |_| answer.clone());
    let user = User::of(&server, output);
    assert!(user.connect().is_err());
    (count(&server, LOGIN), user.waited())
}

#[test]
fn logins_are_tried_again_as_the_profile_says() {
    // Each of them is a request that is repeated six times, after 0.25, 0.5, … 8 seconds.
    let busy = bytes("503 Service Unavailable", &[], b"");
    assert_eq!(tried(&busy, value!({"connect_retries": 0})), (7, 15_750));
    assert_eq!(tried(&busy, value!({})), (14, 2 * 15_750 + 1_000));
    assert_eq!(tried(&busy, value!({"connect_retries": 2})), (21, 3 * 15_750 + 1_000 + 2_000));
    let wrong = refused("390100", "Incorrect username or password was specified.");
    assert_eq!(tried(&wrong, value!({"connect_retries": 3})), (1, 0));
    assert_eq!(tried(&wrong, value!({"connect_retries": 3, "retry_on_database_errors": true})), (4, 7_000));
    let elsewhere = bytes("404 Not Found", &[], b"");
    assert_eq!(tried(&elsewhere, value!({"retry_on_database_errors": true})), (1, 0));
    assert_eq!(tried(&elsewhere, value!({"retry_all": true})), (2, 1_000));
}

#[test]
fn an_expired_session_is_renewed() {
    let answers = vec![refused("390112", "Your session has expired."), renewed(), rows(value!([["1", "a"]]))];
    let (server, mut connection, _) = connected(answers);
    assert_eq!(names(connection.as_mut()).unwrap(), "a");
    insta::assert_snapshot!(server.transcript());
}

#[test]
fn an_expired_master_token_means_another_login() {
    let expired = refused("390112", "Your session has expired.");
    let gone = refused("390114", "Authentication token has expired.");
    let answers =
        vec![expired, gone.clone(), logged_in("2"), rows(value!([["1", "a"]])), gone, logged_in("3"), rows(value!([]))];
    let (server, mut connection, _) = connected(answers);
    assert_eq!(names(connection.as_mut()).unwrap(), "a");
    assert_eq!(names(connection.as_mut()).unwrap(), "");
    assert_eq!(count(&server, LOGIN), 3);
    let tokens: Vec<_> =
        server.requests().iter().filter_map(|it| it.header("authorization").map(str::to_owned)).collect();
    assert_eq!(tokens.last().unwrap(), "Snowflake Token=\"session 3\"");
}

#[test]
fn what_only_the_old_session_has_is_not_pretended() {
    let gone = refused("390111", "Session no longer exists.");
    let done = || rows(value!([]));
    let answers = vec![done(), gone.clone(), gone.clone(), logged_in("2"), done(), done(), gone];
    let (server, mut connection, _) = connected(answers);
    // A transaction is open: its first half is lost.
    connection.begin().unwrap();
    let error = connection.execute("insert into t select 1").unwrap_err();
    assert_eq!(
        shown(&error).lines().next().unwrap(),
        "Transient 390111: The session has ended, and what was done in it is undone."
    );
    // Nothing of it is left in the session that the next statement opens.
    connection.rollback().unwrap();
    connection.execute("select 1").unwrap();
    connection.execute("create temporary table t (a int)").unwrap();
    assert!(connection.execute("select * from t").is_err());
    assert_eq!(count(&server, LOGIN), 2);
}

#[test]
fn long_statements_are_asked_for_until_they_are_done() {
    let answers = vec![in_progress("333334"), in_progress("333333"), in_progress("333333"), rows(value!([["1", "a"]]))];
    let (server, mut connection, user) = connected(answers);
    assert_eq!(names(connection.as_mut()).unwrap(), "a");
    assert_eq!(user.waited(), 50 + 100);
    insta::assert_snapshot!(server.transcript());
}

#[test]
fn a_session_may_expire_while_a_statement_runs() {
    let answers = vec![in_progress("333334"), refused("390112", "expired"), renewed(), rows(value!([["1", "a"]]))];
    let (server, mut connection, _) = connected(answers);
    assert_eq!(names(connection.as_mut()).unwrap(), "a");
    assert_eq!((count(&server, QUERY), count(&server, LOGIN)), (1, 1));
}

#[test]
fn requests_are_repeated_under_their_id() {
    let busy = |status: &str| bytes(status, &[], b"");
    let answers = vec![
        busy("429 Too Many Requests"),
        busy("503 Service Unavailable"),
        Answer::Cut(vec![]),
        cut(&rows(value!([["1", "a"]])), 20),
        rows(value!([["1", "a"]])),
    ];
    let (server, mut connection, user) = connected(answers);
    assert_eq!(names(connection.as_mut()).unwrap(), "a");
    assert_eq!(user.waited(), 250 + 500 + 1_000 + 2_000);
    insta::assert_snapshot!(server.transcript());
}

#[test]
fn a_server_that_stays_away_is_a_transient_error() {
    let (server, mut connection, _) = connected(vec![]);
    let error = names(connection.as_mut()).unwrap_err();
    assert_eq!((error.kind, count(&server, QUERY)), (ErrorKind::Transient, 7));
    // Once the statement runs, its id is known.
    let (_, mut connection, _) = connected(vec![in_progress("333334")]);
    let error = names(connection.as_mut()).unwrap_err();
    assert_eq!(error.detail.as_deref(), Some("Query id: 01b2-0000"));
}

#[test]
fn chunks_are_fetched_in_order_with_the_headers_they_need() {
    let headers = value!({"chunkHeaders": {"x-key": "k"}, "qrmk": "unused"});
    let (server, mut connection, _) = storage(headers, vec![chunk(&[(2, "b")]), chunk(&[(3, "c")])]);
    assert_eq!(names(connection.as_mut()).unwrap(), "abc");
    insta::assert_snapshot!(server.transcript());
    let (server, mut connection, _) = storage(value!({"qrmk": "secret"}), vec![chunk(&[(2, "b")]), chunk(&[(3, "c")])]);
    assert_eq!(names(connection.as_mut()).unwrap(), "abc");
    let last = server.requests().pop().unwrap();
    assert_eq!(last.header("x-amz-server-side-encryption-customer-key"), Some("secret"));
    assert_eq!(last.header("x-amz-server-side-encryption-customer-algorithm"), Some("AES256"));
    assert_eq!(last.header("authorization"), None, "storage is not Snowflake");
}

#[test]
fn chunks_may_come_in_json_and_packed_or_not() {
    let more = value!({"queryResultFormat": "json", "rowsetBase64": null, "rowset": [["1", "a"]]});
    let packed = bytes("200 OK", &[], &zipped(br#"["2", "b"]"#));
    let plain = bytes("200 OK", &[], br#"["3", null]"#);
    let (_, mut connection, _) = storage(more, vec![packed, plain]);
    let (_, rows) = connection.query("select id, name from t", None).unwrap();
    assert_eq!(rows.rows[1], [Cell::Integer(2), Cell::Text("b".into())]);
    assert_eq!(rows.rows[2], [Cell::Integer(3), Cell::Null]);
}

#[test]
fn a_damaged_chunk_is_fetched_again() {
    let whole = chunk(&[(2, "b")]);
    let half_zipped = bytes("200 OK", &[], &zipped(&arrow_rows(&[(2, "b")]))[..60]);
    let too_few = chunk(&[]);
    let busy = bytes("503 Slow Down", &[], b"");
    let bodies = vec![cut(&whole, 30), half_zipped, too_few, busy, whole, chunk(&[(3, "c")])];
    let (server, mut connection, _) = storage(value!({}), bodies);
    assert_eq!(names(connection.as_mut()).unwrap(), "abc");
    assert_eq!((count(&server, "/chunk_0"), count(&server, "/chunk_1"), count(&server, QUERY)), (5, 1, 1));
}

#[test]
fn a_chunk_that_never_comes_whole_names_the_query() {
    let mut text = String::new();
    let few: Vec<_> = std::iter::repeat_n(chunk(&[]), 7).collect();
    let expired = vec![bytes("403 Forbidden", &[], b"<Code>AccessDenied</Code>")];
    for bodies in [few, expired, vec![]] {
        let (_, mut connection, _) = storage(value!({}), bodies);
        let error = names(connection.as_mut()).unwrap_err();
        // How the end of a line is told is the library's.
        text +=
            shown(&error).lines().filter(|line| !line.contains("disconnect")).collect::<Vec<_>>().join("\n").as_str();
        text += "\n";
    }
    insta::assert_snapshot!(text);
}

#[test]
fn refused_statements_name_the_query() {
    let answers = vec![
        refused("000606", "No active warehouse selected in the current session."),
        refused("090073", "Warehouse 'W' cannot be resumed because resource monitor 'M' has exceeded its quota."),
        refused("003001", "SQL access control error:\nInsufficient privileges to operate on schema 'S'"),
        refused("002003", "SQL compilation error:\nObject 'T' does not exist or not authorized."),
        refused("000625", "Statement has locked table 'T' in transaction that has not yet committed or rolled back."),
    ];
    let count = answers.len();
    let (_, mut connection, _) = connected(answers);
    let errors: String = (0..count).map(|_| shown(&names(connection.as_mut()).unwrap_err())).collect();
    insta::assert_snapshot!(errors);
}

#[test]
fn a_statement_that_fails_halfway_is_placed_and_undone() {
    let done = || rows(value!([]));
    let bad = refused("000904", "SQL compilation error: error line 2 at position 7\ninvalid identifier 'NOPE'");
    let (server, mut connection, _) = connected(vec![done(), done(), bad, done()]);
    connection.begin().unwrap();
    let sql = "insert into t values ('it\\'s; fine');\ninsert into t\nselect nope;\ndelete from t";
    let error = connection.execute(sql).unwrap_err();
    assert_eq!(&sql[error.offset.unwrap()..][..4], "nope");
    connection.rollback().unwrap();
    let sent: Vec<String> = server.requests().iter().map(Request::sql).filter(|sql| !sql.is_empty()).collect();
    assert_eq!(sent, ["begin", "insert into t values ('it\\'s; fine')", "insert into t\nselect nope", "rollback"]);
}

#[test]
fn a_statement_in_flight_is_aborted() {
    let (aborted, wait) = channel();
    let (polled, running) = channel();
    let (wait, polled, aborted) = (Mutex::new(wait), Mutex::new(polled), Mutex::new(aborted));
    let server = Server::start(move |request| match request.path() {
        LOGIN => logged_in("1"),
        QUERY => in_progress("333334"),
        "/queries/v1/abort-request" => {
            aborted.lock().unwrap().send(()).unwrap();
            json(&value!({"data": null, "success": true}))
        }
        _ => {
            polled.lock().unwrap().send(()).unwrap();
            wait.lock().unwrap().recv().unwrap();
            refused("000604", "SQL execution canceled")
        }
    });
    let mut connection = User::of(&server, value!({})).connect().unwrap();
    let canceller = connection.canceller();
    let error = std::thread::scope(|scope| {
        let statement = scope.spawn(|| connection.execute("call system$wait(60)").unwrap_err());
        running.recv().unwrap();
        canceller.cancel();
        statement.join().unwrap()
    });
    assert_eq!(shown(&error), "Cancelled 000604: SQL execution canceled\n  Query id: 01b2-0000\n");
    drop((connection, canceller));
    insta::assert_snapshot!(server.transcript());
}

#[test]
fn a_session_that_is_kept_alive_says_so() {
    let (beat, beats) = channel();
    let beat = Mutex::new(beat);
    let expired = Mutex::new(Some(refused("390112", "expired")));
    let server = Server::start(move |request| match request.path() {
        LOGIN => logged_in("1"),
        "/session/token-request" => renewed(),
        _ => {
            // Nobody listens any more when the test is over.
            let _ = beat.lock().unwrap().send(request.header("authorization").unwrap().to_owned());
            expired.lock().unwrap().take().unwrap_or_else(|| json(&value!({"success": true})))
        }
    });
    let connection = User::of(&server, value!({"client_session_keep_alive": true})).connect().unwrap();
    let tokens: Vec<String> = beats.iter().take(3).collect();
    assert_eq!(tokens, ["1", "2", "2"].map(|session| format!("Snowflake Token=\"session {session}\"")));
    drop(connection);
}

#[test]
fn a_proxy_is_asked_for_everything() {
    let server = Server::start(|request| match request.method.as_str() {
        "CONNECT" => Answer::Whole(b"HTTP/1.1 200 Connection established\r\n\r\n".to_vec()),
        _ if request.path() == LOGIN => logged_in("1"),
        _ => rows(value!([["1", "a"]])),
    });
    let more = value!({"host": "ab12345.example", "port": 80, "proxy_host": "127.0.0.1", "proxy_port": server.port()});
    let mut connection = User::of(&server, more).connect().unwrap();
    assert_eq!(names(connection.as_mut()).unwrap(), "a");
    let first = server.requests().remove(0);
    assert_eq!(format!("{} {}", first.method, first.target), "CONNECT ab12345.example:80");
}
