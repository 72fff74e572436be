//! Mails over SMTP.

use super::message::Message;
use crate::load::{Encryption, Mail};
use lettre::message::header::ContentType;
use lettre::transport::smtp::authentication::Credentials;
use lettre::transport::smtp::client::{Certificate, Tls, TlsParameters};
use lettre::{SmtpTransport, Transport};
use std::error::Error;
use std::path::Path;
use std::time::Duration;

/// Sends a message; the error is one for people.
pub(super) fn send(mail: &Mail, message: &Message, timeout: Duration, ca_file: Option<&Path>) -> Result<(), String> {
    let letter = letter(mail, message)?;
    let mut transport =
        SmtpTransport::builder_dangerous(&mail.host).port(mail.port).timeout(Some(timeout)).tls(tls(mail, ca_file)?);
    if let Some((user, password)) = &mail.login {
        transport = transport.credentials(Credentials::new(user.clone(), password.clone()));
    }
    transport.build().send(&letter).map(drop).map_err(|error| with_causes(&error))
}

fn letter(mail: &Mail, message: &Message) -> Result<lettre::Message, String> {
    let address = |text: &str| text.parse().map_err(|_| format!("'{text}' is no mail address"));
    let mut builder = lettre::Message::builder().from(address(&mail.from)?).subject(message.title.clone());
    for to in &mail.to {
        builder = builder.to(address(to)?);
    }
    builder.header(ContentType::TEXT_PLAIN).body(message.body.clone()).map_err(|error| error.to_string())
}

fn tls(mail: &Mail, ca_file: Option<&Path>) -> Result<Tls, String> {
    if mail.encryption == Encryption::None {
        return Ok(Tls::None);
    }
    let mut parameters = TlsParameters::builder(mail.host.clone());
    if let Some(path) = ca_file {
        let unreadable = |why: String| format!("its ca_file cannot be read: {why}");
        let pem = std::fs::read(path).map_err(|error| unreadable(error.to_string()))?;
        let certificate = Certificate::from_pem(&pem).map_err(|error| unreadable(error.to_string()))?;
        parameters = parameters.add_root_certificate(certificate);
    }
    let parameters = parameters.build().map_err(|error| with_causes(&error))?;
    Ok(match mail.encryption {
        Encryption::Tls => Tls::Wrapper(parameters),
        _ => Tls::Required(parameters),
    })
}

fn with_causes(error: &dyn Error) -> String {
    let mut text = error.to_string();
    let mut cause = error.source();
    while let Some(error) = cause {
        let said = error.to_string();
        if !text.contains(&said) {
            text = format!("{text}: {said}");
        }
        cause = error.source();
    }
    text
}
