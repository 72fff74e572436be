//! Requests over HTTP, each repeated when it fails for a reason that may pass.

use super::credentials::Endpoint;
use crate::adapters::{DatabaseError, ErrorKind};
use crate::world::Clock;
use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use serde_json::Value as Json;
use std::time::Duration;
use uuid::Uuid;

/// How often a request is repeated; the first pause is a quarter of a second, each further one twice as long.
const RETRIES: u32 = 6;
const PAUSE: Duration = Duration::from_millis(250);
/// Snowflake answers within 45 seconds, if only that a statement goes on.
const PATIENCE: Duration = Duration::from_secs(300);
/// The longest answer that is read, in bytes.
const LONGEST: u64 = 2 << 30;

/// Talks to one account.
pub(super) struct Http {
    agent: ureq::Agent,
    url: String,
    clock: Clock,
}

/// What came back.
pub(super) struct Reply {
    pub body: Json,
    /// When the server sent it, by its own clock, in seconds since 1970.
    pub date: Option<i64>,
}

/// Why a try failed.
struct Failure {
    /// HTTP's status; 0 when nothing came back.
    status: u16,
    reason: String,
    passes: bool,
}

impl Http {
    pub(super) fn new(endpoint: &Endpoint, clock: Clock) -> Result<Self, DatabaseError> {
        let mut config = ureq::Agent::config_builder()
            .timeout_connect(Some(endpoint.connect_timeout))
            .timeout_recv_response(Some(PATIENCE))
            .http_status_as_error(false)
            .user_agent(concat!("sqlbuild/", env!("CARGO_PKG_VERSION")));
        if let Some(proxy) = &endpoint.proxy {
            let invalid = |error| {
                DatabaseError::new(ErrorKind::Configuration, format!("The proxy {proxy} cannot be used: {error}."))
            };
            config = config.proxy(Some(ureq::Proxy::new(proxy).map_err(invalid)?));
        }
        Ok(Self { agent: config.build().into(), url: endpoint.url.clone(), clock })
    }

    /// Where the account is, for messages.
    pub(super) fn place(&self) -> &str {
        self.url.split_once("://").map_or(&self.url, |(_, place)| place)
    }

    /// Sends a request; `token` is of the session or its master. A request that is repeated is known by `id`, so that a
    /// statement never runs twice.
    pub(super) fn send(
        &self,
        path: &str,
        id: Uuid,
        token: Option<&str>,
        body: Option<&Json>,
    ) -> Result<Reply, DatabaseError> {
        let body = body.map(Json::to_string);
        let separator = if path.contains('?') { '&' } else { '?' };
        let first = format!("{}{path}{separator}requestId={id}", self.url);
        let authorization = token.map(|token| format!("Snowflake Token=\"{token}\""));
        let sent = self.persistently(|repeated| {
            let mut url = format!("{first}&request_guid={}", Uuid::new_v4());
            if let Some((count, status)) = repeated {
                url.push_str(&format!("&retryCount={count}&retryReason={status}"));
            }
            let headers = [("Accept", "application/snowflake"), ("Content-Type", "application/json")];
            let headers = headers.into_iter().chain(authorization.as_deref().map(|token| ("Authorization", token)));
            let sent = match &body {
                Some(body) => with(self.agent.post(&url), headers).send(body.as_bytes()),
                None => with(self.agent.get(&url), headers).call(),
            };
            let mut response = sent.map_err(unanswered)?;
            let date = response.headers().get("date").and_then(|date| date.to_str().ok()).and_then(seconds);
            let bytes = read(&mut response)?;
            let body = serde_json::from_slice(&bytes);
            body.map(|body| Reply { body, date }).map_err(|_| Failure {
                status: response.status().as_u16(),
                reason: format!("the answer, with HTTP status {}, is not one of Snowflake's", response.status()),
                passes: response.status().is_success(),
            })
        });
        sent.map_err(|failure| self.unreachable(&failure))
    }

    /// An access token for a refresh token, from the account itself.
    pub(super) fn access_token(&self, client: &str, secret: &str, refresh: &str) -> Result<String, DatabaseError> {
        let url = format!("{}/oauth/token-request", self.url);
        let form = [
            ("grant_type", "refresh_token"),
            ("refresh_token", refresh),
            // Never followed: asking for a refresh needs one all the same.
            ("redirect_uri", "http://localhost:9999"),
        ];
        let login = format!("Basic {}", STANDARD.encode(format!("{client}:{secret}")));
        let answered = self.persistently(|_| {
            let request = self.agent.post(&url).header("Authorization", &login);
            let mut response = request.send_form(form).map_err(unanswered)?;
            Ok(serde_json::from_slice(&read(&mut response)?).unwrap_or_default())
        });
        let answer: Json = answered.map_err(|failure| self.unreachable(&failure))?;
        let refused = || DatabaseError {
            hint: Some("Log in at the identity provider again, and take its new refresh token.".into()),
            ..DatabaseError::new(ErrorKind::Refused, "The refresh token gives no access token: it may have expired.")
        };
        answer["access_token"].as_str().map(str::to_owned).ok_or_else(refused)
    }

    /// Logs out; nobody waits for the answer long.
    pub(super) fn leave(&self, token: &str) {
        let url = format!("{}/session?delete=true&requestId={}", self.url, Uuid::new_v4());
        let request = self.agent.post(&url).config().timeout_global(Some(Duration::from_secs(2))).build();
        let _ = request.header("Authorization", format!("Snowflake Token=\"{token}\"")).send_empty();
    }

    /// What `decode` makes of what a link of the server's own leads to: a chunk of rows. What cannot be decoded was
    /// damaged on the way, and is fetched again.
    pub(super) fn fetch<T>(
        &self,
        url: &str,
        headers: &[(String, String)],
        decode: impl Fn(Vec<u8>) -> Result<T, String>,
    ) -> Result<T, DatabaseError> {
        let fetched = self.persistently(|_| {
            let headers = headers.iter().map(|(name, value)| (name.as_str(), value.as_str()));
            let mut response = with(self.agent.get(url), headers).call().map_err(unanswered)?;
            decode(read(&mut response)?).map_err(|reason| Failure { status: 0, reason, passes: true })
        });
        fetched.map_err(|Failure { reason, .. }| {
            DatabaseError::new(ErrorKind::Transient, format!("Rows of the result cannot be fetched: {reason}"))
        })
    }

    /// Tries until it succeeds, fails for good, or has failed too often. From the second time on `attempt` is told how
    /// many came before and the last status.
    fn persistently<T>(&self, attempt: impl Fn(Option<(u32, u16)>) -> Result<T, Failure>) -> Result<T, Failure> {
        let mut repeated = None;
        loop {
            let failure = match attempt(repeated) {
                Ok(done) => return Ok(done),
                Err(failure) => failure,
            };
            let count = repeated.map_or(0, |(count, _)| count);
            if !failure.passes || count == RETRIES {
                return Err(failure);
            }
            self.clock.sleep(PAUSE * (1 << count));
            repeated = Some((count + 1, failure.status));
        }
    }

    fn unreachable(&self, Failure { status, reason, .. }: &Failure) -> DatabaseError {
        let (kind, hint) = match status {
            403 | 404 => (ErrorKind::Configuration, "Is 'account' right, with its region where it needs one?"),
            0 => (ErrorKind::Transient, "Are 'account', 'host' and 'port' right, and is there a network?"),
            _ => (ErrorKind::Transient, "Snowflake tells at https://status.snowflake.com of what does not work."),
        };
        let message = format!("Snowflake at {} cannot be reached: {reason}", self.place());
        DatabaseError { hint: Some(hint.into()), ..DatabaseError::new(kind, message) }
    }
}

fn with<'a, B>(
    request: ureq::RequestBuilder<B>,
    headers: impl Iterator<Item = (&'a str, &'a str)>,
) -> ureq::RequestBuilder<B> {
    headers.fold(request, |request, (name, value)| request.header(name, value))
}

/// The whole body. What was cut off in the middle is asked for again; so is what the server was too busy for.
fn read(response: &mut ureq::http::Response<ureq::Body>) -> Result<Vec<u8>, Failure> {
    let status = response.status();
    // Snowflake also wraps its own refusals in these two.
    if !status.is_success() && !matches!(status.as_u16(), 400 | 401) {
        let passes = status.is_server_error() || matches!(status.as_u16(), 408 | 429);
        return Err(Failure { status: status.as_u16(), reason: format!("HTTP status {status}"), passes });
    }
    response.body_mut().with_config().limit(LONGEST).read_to_vec().map_err(|error| Failure {
        status: 0,
        reason: format!("the answer was cut off: {error}"),
        passes: true,
    })
}

/// No answer at all. A certificate that is wrong stays wrong, and a host that is not there stays away.
fn unanswered(error: ureq::Error) -> Failure {
    use ureq::Error::{BadUri, HostNotFound, Rustls, Tls};
    let passes = !matches!(error, Rustls(_) | Tls(_) | BadUri(_) | HostNotFound);
    Failure { status: 0, reason: error.to_string(), passes }
}

/// A date as HTTP writes it: `Sun, 06 Nov 1994 08:49:37 GMT`.
fn seconds(date: &str) -> Option<i64> {
    let parsed = jiff::fmt::rfc2822::DateTimeParser::new().parse_timestamp(date.replace("GMT", "+0000")).ok()?;
    Some(parsed.as_second())
}

#[cfg(test)]
mod tests {
    #[test]
    fn dates_are_read() {
        assert_eq!(super::seconds("Sun, 06 Nov 1994 08:49:37 GMT"), Some(784_111_777));
        assert_eq!(super::seconds("soon"), None);
    }
}
