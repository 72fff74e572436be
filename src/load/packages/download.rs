//! Getting things over HTTP.

use super::request::invalid;
use crate::diagnostics::Result;
use std::io::Read;
use std::time::Duration;

/// How often a request is tried that fails for reasons that may pass.
const TRIES: u32 = 3;
/// Longest answer that is read, in bytes.
const MAX_BYTES: u64 = 512 * 1024 * 1024;

/// The bytes at an address; `None` if there is nothing (404).
pub fn get(url: &str) -> Result<Option<Vec<u8>>> {
    let agent: ureq::Agent = ureq::Agent::config_builder()
        .timeout_connect(Some(Duration::from_secs(30)))
        .timeout_recv_response(Some(Duration::from_secs(30)))
        .http_status_as_error(false)
        .user_agent(concat!("sqlbuild/", env!("CARGO_PKG_VERSION")))
        .build()
        .into();
    let mut failure = String::new();
    for attempt in 1..=TRIES {
        match fetch(&agent, url) {
            Ok(Answer::Found(bytes)) => return Ok(Some(bytes)),
            Ok(Answer::Nothing) => return Ok(None),
            Ok(Answer::Refused(status)) => {
                return Err(invalid(format!("{} answers with HTTP status {status}.", without_login(url))));
            }
            Err(reason) => failure = reason,
        }
        if attempt < TRIES {
            std::thread::sleep(Duration::from_millis(500) * attempt);
        }
    }
    Err(invalid(format!("Cannot download {}: {failure}.", without_login(url))).hint(
        "Is the network there? A proxy is taken from HTTPS_PROXY, another hub from DBT_PACKAGE_HUB_URL. Packages may also \
         be folders: 'local: path'.",
    ))
}

enum Answer {
    Found(Vec<u8>),
    Nothing,
    Refused(u16),
}

/// One try; an error may pass.
fn fetch(agent: &ureq::Agent, url: &str) -> Result<Answer, String> {
    let mut response = agent.get(url).call().map_err(|error| error.to_string())?;
    match response.status().as_u16() {
        200 => {}
        404 | 410 => return Ok(Answer::Nothing),
        status @ (429 | 500..) => return Err(format!("HTTP status {status}")),
        status => return Ok(Answer::Refused(status)),
    }
    let mut bytes = vec![];
    let mut body = response.body_mut().with_config().limit(MAX_BYTES).reader();
    body.read_to_end(&mut bytes).map_err(|error| error.to_string())?;
    Ok(Answer::Found(bytes))
}

/// An address without a user name and password.
pub fn without_login(url: &str) -> String {
    match url.split_once("://").and_then(|(scheme, rest)| Some((scheme, rest, rest.find('@')?))) {
        Some((scheme, rest, at)) if !rest[..at].contains('/') => format!("{scheme}://{}", &rest[at + 1..]),
        _ => url.to_owned(),
    }
}
