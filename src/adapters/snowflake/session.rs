//! A session of Snowflake's: logging in, sending statements, stopping them.

use super::answer::{self, Answer};
use super::client::{Client, Statement};
use super::credentials::{Credentials, Login};
use super::errors;
use super::http::Http;
use crate::adapters::{DatabaseError, ErrorKind};
use crate::world::Clock;
use serde_json::{Map, Value as Json, json};
use std::sync::atomic::{AtomicBool, AtomicU64, Ordering};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError, Weak};
use std::time::{Duration, Instant};
use uuid::Uuid;

/// The statement goes on; its result is to be asked for.
const IN_PROGRESS: [&str; 2] = ["333333", "333334"];
/// The session's token has expired; its master token gives another.
const EXPIRED: &str = "390112";
/// The signed token of a login is not accepted, perhaps for its time.
const TOKEN_REFUSED: &str = "390144";
/// Clocks that are so far apart, in seconds, are not the reason for a refusal.
const SKEW: i64 = 20;
/// How often a session that is to be kept alive tells so.
const HEARTBEAT: Duration = Duration::from_secs(15 * 60);
/// Rows come in Arrow's format to clients that say they are one of Snowflake's own; this one's sends what is sent here.
const CLIENT: (&str, &str) = ("Go", "1.13.0");

/// One session. Statements are sent one at a time; stopping them is another thread's.
pub(super) struct Session {
    http: Arc<Http>,
    credentials: Arc<Credentials>,
    tokens: Mutex<Tokens>,
    in_flight: Mutex<Option<InFlight>>,
    /// Whether nobody wants the rows of the last statement any more.
    stopped: Arc<AtomicBool>,
    sequence: AtomicU64,
}

struct Tokens {
    session: String,
    master: String,
}

#[derive(Clone, Copy)]
struct InFlight {
    id: Uuid,
    cancelled: bool,
}

impl Session {
    /// Logs in; what may pass by itself is tried again, as often as the profile says.
    pub(super) fn open(credentials: Arc<Credentials>) -> Result<Arc<Self>, DatabaseError> {
        let http = Http::new(&credentials.endpoint, credentials.clock.clone())?;
        let mut attempt = 0;
        let tokens = loop {
            match log_in(&http, &credentials) {
                Err(error) if attempt < credentials.retries.tries && is_retried(&error, &credentials) => {
                    credentials.clock.sleep(Duration::from_secs(1 << attempt.min(5)));
                    attempt += 1;
                }
                outcome => break outcome?,
            }
        };
        let session = Arc::new(Self {
            http: Arc::new(http),
            credentials,
            tokens: Mutex::new(tokens),
            in_flight: Mutex::default(),
            stopped: Arc::default(),
            sequence: AtomicU64::new(0),
        });
        if session.credentials.keep_alive {
            let (session, clock) = (Arc::downgrade(&session), session.credentials.clock.clone());
            std::thread::spawn(move || keep_alive(&session, &clock));
        }
        Ok(session)
    }

    fn tokens(&self) -> MutexGuard<'_, Tokens> {
        self.tokens.lock().unwrap_or_else(PoisonError::into_inner)
    }

    fn in_flight(&self) -> MutexGuard<'_, Option<InFlight>> {
        self.in_flight.lock().unwrap_or_else(PoisonError::into_inner)
    }

    fn is_cancelled(&self) -> bool {
        self.in_flight().is_some_and(|statement| statement.cancelled)
    }

    fn token(&self) -> String {
        self.tokens().session.clone()
    }

    /// Sends a statement and waits for its result, however long it takes.
    fn result_of(&self, id: Uuid, statement: &Statement<'_>) -> Result<Json, DatabaseError> {
        let mut body = json!({
            "sqlText": statement.sql,
            "asyncExec": false,
            "sequenceId": self.sequence.fetch_add(1, Ordering::Relaxed) + 1,
            "describeOnly": statement.describe_only,
            "isInternal": false,
        });
        if !statement.bindings.is_empty() {
            body["bindings"] = bindings(statement.bindings);
        }
        let mut reply = self.authorized("/queries/v1/query-request", id, Some(&body), statement.may_start_over)?;
        let mut pause = Duration::ZERO;
        let query_id = errors::query_id(&reply).to_owned();
        let failed = |error| errors::of_query(error, &query_id);
        while IN_PROGRESS.contains(&errors::code(&reply).as_str()) {
            if self.is_cancelled() {
                return Err(failed(errors::cancelled()));
            }
            self.credentials.clock.sleep(pause);
            let Some(path) = reply["data"]["getResultUrl"].as_str().map(str::to_owned) else {
                let message = "Snowflake does not say where the result will be.";
                return Err(failed(DatabaseError::new(ErrorKind::Transient, message)));
            };
            let asked = Instant::now();
            reply = self.authorized(&path, id, None, false).map_err(failed)?;
            // The server holds the answer back while there is none; where it does not, it is not hurried.
            let hurried = asked.elapsed() < Duration::from_secs(1);
            pause = if hurried { (pause * 2).clamp(Duration::from_millis(50), Duration::from_secs(5)) } else { pause };
        }
        Ok(reply)
    }

    /// A request of the session's; its token is renewed when it has expired. A session that is no more is opened anew
    /// where nothing depends on the old one.
    fn authorized(
        &self,
        path: &str,
        id: Uuid,
        body: Option<&Json>,
        may_start_over: bool,
    ) -> Result<Json, DatabaseError> {
        let reply = self.http.send(path, id, Some(&self.token()), body)?.body;
        match errors::code(&reply).as_str() {
            EXPIRED => self.renew(may_start_over)?,
            code if errors::GONE.contains(&code) && may_start_over => self.start_over()?,
            code if errors::GONE.contains(&code) => return Err(errors::gone(code)),
            _ => return Ok(reply),
        }
        Ok(self.http.send(path, id, Some(&self.token()), body)?.body)
    }

    /// A new session token for the master token.
    fn renew(&self, may_start_over: bool) -> Result<(), DatabaseError> {
        let (session, master) = {
            let tokens = self.tokens();
            (tokens.session.clone(), tokens.master.clone())
        };
        let body = json!({"oldSessionToken": session, "requestType": "RENEW"});
        let reply = self.http.send("/session/token-request", Uuid::new_v4(), Some(&master), Some(&body))?.body;
        let token = |name: &str| reply["data"][name].as_str().map(str::to_owned);
        match (reply["success"].as_bool(), token("sessionToken"), token("masterToken")) {
            (Some(true), Some(session), Some(master)) => {
                *self.tokens() = Tokens { session, master };
                Ok(())
            }
            _ if may_start_over => self.start_over(),
            _ => Err(errors::gone(errors::GONE[0])),
        }
    }

    fn start_over(&self) -> Result<(), DatabaseError> {
        let tokens = log_in(&self.http, &self.credentials)?;
        *self.tokens() = tokens;
        Ok(())
    }
}

impl Client for Session {
    fn run(&self, statement: &Statement<'_>) -> Result<Answer, DatabaseError> {
        let id = Uuid::new_v4();
        *self.in_flight() = Some(InFlight { id, cancelled: false });
        self.stopped.store(false, Ordering::SeqCst);
        let result = self.result_of(id, statement);
        let stopped = self.in_flight().take().is_some_and(|statement| statement.cancelled);
        let reply = result?;
        if reply["success"].as_bool() != Some(true) {
            let error = errors::statement_error(&reply, statement.sql);
            let kind = if stopped { ErrorKind::Cancelled } else { error.kind };
            return Err(DatabaseError { kind, ..error });
        }
        answer::read(reply, &self.http, &self.stopped)
    }

    fn cancel(&self) {
        self.stopped.store(true, Ordering::SeqCst);
        let running = self.in_flight().as_mut().map(|statement| {
            statement.cancelled = true;
            statement.id
        });
        if let Some(id) = running {
            let body = json!({"sqlText": "", "requestId": id.to_string()});
            // A request that cannot be delivered is dropped: the statement then ends by itself.
            let _ = self.http.send("/queries/v1/abort-request", Uuid::new_v4(), Some(&self.token()), Some(&body));
        }
    }
}

impl Drop for Session {
    fn drop(&mut self) {
        self.http.leave(&self.token());
    }
}

fn keep_alive(session: &Weak<Session>, clock: &Clock) {
    loop {
        clock.sleep(HEARTBEAT);
        let Some(session) = session.upgrade() else { return };
        // A heartbeat that fails is made up for by the next one, or by the statement that finds the session gone.
        let _ = session.authorized("/session/heartbeat", Uuid::new_v4(), Some(&json!({})), false);
    }
}

fn is_retried(error: &DatabaseError, credentials: &Credentials) -> bool {
    let retries = credentials.retries;
    retries.all || error.kind == ErrorKind::Transient || retries.on_database_errors && error.kind == ErrorKind::Refused
}

/// `{"1": {"type": "TEXT", "value": [a column's values]}, …}`
fn bindings(columns: &[Vec<Option<String>>]) -> Json {
    let column =
        |(at, values): (usize, &Vec<Option<String>>)| ((at + 1).to_string(), json!({"type": "TEXT", "value": values}));
    Json::Object(columns.iter().enumerate().map(column).collect())
}

fn log_in(http: &Http, credentials: &Credentials) -> Result<Tokens, DatabaseError> {
    let mut now = credentials.clock.now().as_second();
    let mut corrected = false;
    loop {
        let body = login_body(http, credentials, now)?;
        let reply = http.send(&login_path(credentials), Uuid::new_v4(), None, Some(&body))?;
        let token = |name: &str| reply.body["data"][name].as_str().map(str::to_owned);
        if let (Some(true), Some(session)) = (reply.body["success"].as_bool(), token("token")) {
            return Ok(Tokens { session, master: token("masterToken").unwrap_or_default() });
        }
        let late = errors::code(&reply.body) == TOKEN_REFUSED;
        match reply.date.filter(|date| late && !corrected && (date - now).abs() > SKEW) {
            // This machine's clock is wrong: the server's counts.
            Some(date) => (now, corrected) = (date, true),
            None => return Err(errors::login_error(&reply.body, http.place())),
        }
    }
}

fn login_path(credentials: &Credentials) -> String {
    let names = [
        ("databaseName", Some(&credentials.database)),
        ("schemaName", Some(&credentials.schema)),
        ("warehouse", credentials.warehouse.as_ref()),
        ("roleName", credentials.role.as_ref()),
    ];
    let pairs: Vec<String> =
        names.into_iter().filter_map(|(name, value)| Some(format!("{name}={}", encoded(value?)))).collect();
    format!("/session/v1/login-request?{}", pairs.join("&"))
}

/// A text as a part of an address.
pub(super) fn encoded(text: &str) -> String {
    let byte = |byte: u8| match byte {
        b'a'..=b'z' | b'A'..=b'Z' | b'0'..=b'9' | b'-' | b'_' | b'.' | b'~' => char::from(byte).to_string(),
        _ => format!("%{byte:02X}"),
    };
    text.bytes().map(byte).collect()
}

fn login_body(http: &Http, credentials: &Credentials, now: i64) -> Result<Json, DatabaseError> {
    let mut data = json!({
        "CLIENT_APP_ID": CLIENT.0,
        "CLIENT_APP_VERSION": CLIENT.1,
        "ACCOUNT_NAME": credentials.account.split('.').next().unwrap_or_default().to_uppercase(),
        "LOGIN_NAME": credentials.user,
        "CLIENT_ENVIRONMENT": {"APPLICATION": "sqlbuild", "OS": std::env::consts::OS},
        "SESSION_PARAMETERS": session_parameters(credentials),
    });
    match &credentials.login {
        Login::Password(password) => data["PASSWORD"] = password.as_str().into(),
        Login::PasswordMfa(password) => {
            data["PASSWORD"] = password.as_str().into();
            data["AUTHENTICATOR"] = "USERNAME_PASSWORD_MFA".into();
            data["EXT_AUTHN_DUO_METHOD"] = "push".into();
        }
        Login::KeyPair(key) => {
            data["AUTHENTICATOR"] = "SNOWFLAKE_JWT".into();
            data["TOKEN"] = key.token(&credentials.account, &credentials.user, now)?.into();
        }
        Login::OAuth(token) => {
            data["AUTHENTICATOR"] = "OAUTH".into();
            data["TOKEN"] = token.as_str().into();
        }
        Login::OAuthRefresh { client, secret, refresh_token } => {
            data["AUTHENTICATOR"] = "OAUTH".into();
            data["TOKEN"] = http.access_token(client, secret, refresh_token)?.into();
        }
        Login::AccessToken(token) => {
            data["AUTHENTICATOR"] = "PROGRAMMATIC_ACCESS_TOKEN".into();
            data["TOKEN"] = token.as_str().into();
        }
    }
    Ok(json!({"data": data}))
}

fn session_parameters(credentials: &Credentials) -> Map<String, Json> {
    let mut parameters = Map::new();
    parameters.insert("CLIENT_SESSION_KEEP_ALIVE".into(), credentials.keep_alive.into());
    if let Some(tag) = &credentials.query_tag {
        parameters.insert("QUERY_TAG".into(), tag.as_str().into());
    }
    parameters
}
