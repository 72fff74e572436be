//! Webhooks, in the form that Slack takes.

use super::message::Message;
use serde_json::{Value as Json, json};
use std::path::Path;
use std::sync::Arc;
use std::time::Duration;
use ureq::tls::{Certificate, PemItem, RootCerts, TlsConfig, parse_pem};

/// Posts a message; the error is one for people and holds nothing of the address.
pub(super) fn post(url: &str, message: &Message, timeout: Duration, ca_file: Option<&Path>) -> Result<(), String> {
    let tls = match ca_file {
        Some(path) => TlsConfig::builder().root_certs(RootCerts::Specific(Arc::new(certificates(path)?))).build(),
        None => TlsConfig::default(),
    };
    let agent: ureq::Agent = ureq::Agent::config_builder()
        .timeout_global(Some(timeout))
        .http_status_as_error(false)
        .max_redirects(0)
        .tls_config(tls)
        .user_agent(concat!("sqlbuild/", env!("CARGO_PKG_VERSION")))
        .build()
        .into();
    let response = agent.post(url).send_json(payload(message)).map_err(|error| match error {
        ureq::Error::Timeout(_) => "no answer in time".to_owned(),
        error => error.to_string().replace(url, "the address"),
    })?;
    match response.status().as_u16() {
        200..=299 => Ok(()),
        status => Err(format!("it answers with HTTP status {status}")),
    }
}

fn payload(message: &Message) -> Json {
    json!({"text": format!("*{}*\n{}", escaped(&message.title), escaped(&message.body))})
}

/// These three have a meaning of their own in Slack's texts.
fn escaped(text: &str) -> String {
    text.replace('&', "&amp;").replace('<', "&lt;").replace('>', "&gt;")
}

fn certificates(path: &Path) -> Result<Vec<Certificate<'static>>, String> {
    let unreadable = |why: String| format!("its ca_file cannot be read: {why}");
    let pem = std::fs::read(path).map_err(|error| unreadable(error.to_string()))?;
    let items: Vec<_> = parse_pem(&pem).collect::<Result<_, _>>().map_err(|error| unreadable(error.to_string()))?;
    let certificates = items.into_iter().filter_map(|item| match item {
        PemItem::Certificate(certificate) => Some(certificate),
        _ => None,
    });
    Ok(certificates.collect())
}
