//! notifications.yml → who is told when a run fails, and when it is well again.

use super::context::TextRenderer;
use crate::diagnostics::{Code, Diagnostic, Result};
use crate::jinja::has_tags;
use crate::world::World;
use crate::yaml::{self, Fields, FromYaml, OneOrMany, Yaml};
use std::path::{Path, PathBuf};
use std::time::Duration;

/// The file's name; it stands beside dbt_project.yml, where dbt does not look at it.
pub const FILE_NAME: &str = "notifications.yml";

/// What the file says.
#[derive(Debug)]
pub struct Notifications {
    /// Who is told.
    pub receivers: Vec<Receiver>,
    /// The file that remembers what has failed.
    pub state: PathBuf,
}

/// Somebody who is told.
#[derive(Debug, Clone)]
pub struct Receiver {
    /// What it is called in messages: its `name`, else its type.
    pub name: String,
    /// How it is reached.
    pub channel: Channel,
    /// Whether failures are told.
    pub on_failure: bool,
    /// Whether the first success after a failure is told.
    pub on_recovery: bool,
    /// The targets of which it is told; all if there are none.
    pub targets: Vec<String>,
    /// How long telling it may take.
    pub timeout: Duration,
    /// Who vouches for the server, in a file of PEM; else the authorities that are known.
    pub ca_file: Option<PathBuf>,
}

/// How a receiver is reached. Holds secrets: never print it.
#[derive(Clone)]
pub enum Channel {
    /// A POST of `{"text": …}`.
    Webhook {
        /// The address.
        url: String,
    },
    /// A mail.
    Email(Mail),
}

impl std::fmt::Debug for Channel {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str(match self {
            Channel::Webhook { .. } => "Webhook",
            Channel::Email(_) => "Email",
        })
    }
}

/// A mail's way and its ends.
#[derive(Clone)]
pub struct Mail {
    /// The SMTP server.
    pub host: String,
    /// Its port.
    pub port: u16,
    /// How the connection is protected.
    pub encryption: Encryption,
    /// User and password.
    pub login: Option<(String, String)>,
    /// The sender.
    pub from: String,
    /// The receivers.
    pub to: Vec<String>,
}

/// How a connection to an SMTP server is protected.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Encryption {
    /// TLS after a plain greeting; never without it.
    StartTls,
    /// TLS from the first byte.
    Tls,
    /// None.
    None,
}

/// Reads the file of the project in `dir`; `None` when there is none. Receivers without an address are left out: that
/// is how `env_var('…', '')` switches one off.
pub(super) fn read(world: &World, dir: &Path, renderer: &TextRenderer) -> Result<Option<Notifications>> {
    let path = dir.join(FILE_NAME);
    if !path.is_file() {
        return Ok(None);
    }
    let (file, _) = yaml::parse(&world.read(&path, Path::new(FILE_NAME))?)?;
    let mut fields = Fields::of(&file, FILE_NAME)?;
    let state: Option<String> = fields.take("state")?;
    let listed = fields.yaml("notifications");
    fields.refuse_unknown()?;
    let entries = listed.map(|listed| <Vec<&Yaml>>::from_yaml(listed, "'notifications'")).transpose()?;
    let mut receivers = vec![];
    for entry in entries.unwrap_or_default() {
        receivers.extend(receiver(entry, dir, renderer)?);
    }
    let state = dir.join(state.as_deref().unwrap_or("target/notification_state.json"));
    Ok(Some(Notifications { receivers, state }))
}

fn receiver(entry: &Yaml, dir: &Path, renderer: &TextRenderer) -> Result<Option<Receiver>> {
    check_secrets(entry)?;
    let rendered = entry.map_texts(&mut |_, text| renderer.render(text).map(Some))?;
    let mut fields = Fields::of(&rendered, "the notification")?;
    let kind: String = fields.require("type")?;
    let name: Option<String> = fields.take("name")?;
    let when: Option<OneOrMany<String>> = fields.take("when")?;
    let when = when.map_or_else(|| vec!["failure".to_owned(), "recovery".to_owned()], |when| when.0);
    if let Some(other) = when.iter().find(|when| !["failure", "recovery"].contains(&when.as_str())) {
        return Err(
            invalid(entry, format!("'when' has '{other}'.")).hint("Write failure, recovery, or both as a list.")
        );
    }
    let targets: Option<OneOrMany<String>> = fields.take("targets")?;
    let timeout: Option<i64> = fields.take("timeout")?;
    let ca_file: Option<String> = fields.take("ca_file")?;
    let channel = match kind.as_str() {
        "webhook" => webhook(&mut fields, entry)?,
        "email" => email(&mut fields, entry)?,
        other => {
            return Err(invalid(entry, format!("There is no notification of the type '{other}'."))
                .hint("The types are webhook and email."));
        }
    };
    fields.refuse_unknown()?;
    Ok(channel.map(|channel| Receiver {
        name: name.unwrap_or(kind),
        channel,
        on_failure: when.iter().any(|when| when == "failure"),
        on_recovery: when.iter().any(|when| when == "recovery"),
        targets: targets.map(|targets| targets.0).unwrap_or_default(),
        timeout: Duration::from_secs(timeout.unwrap_or(10).clamp(1, 120).unsigned_abs()),
        ca_file: ca_file.map(|path| dir.join(path)),
    }))
}

fn webhook(fields: &mut Fields<'_>, entry: &Yaml) -> Result<Option<Channel>> {
    let url: Option<String> = fields.take("url")?;
    let Some(url) = url.filter(|url| !url.is_empty()) else { return Ok(None) };
    if !url.starts_with("https://") && !url.starts_with("http://") {
        return Err(invalid(entry, "The 'url' of a webhook begins with neither https:// nor http://."));
    }
    Ok(Some(Channel::Webhook { url }))
}

fn email(fields: &mut Fields<'_>, entry: &Yaml) -> Result<Option<Channel>> {
    let encryption: Option<String> = fields.take("encryption")?;
    let encryption = match encryption.as_deref().unwrap_or("starttls") {
        "starttls" => Encryption::StartTls,
        "tls" => Encryption::Tls,
        "none" => Encryption::None,
        other => {
            return Err(invalid(entry, format!("'encryption' cannot be '{other}'."))
                .hint("Write starttls (port 587), tls (port 465) or none (port 25)."));
        }
    };
    let usual = match encryption {
        Encryption::StartTls => 587,
        Encryption::Tls => 465,
        Encryption::None => 25,
    };
    let port: Option<i64> = fields.take("port")?;
    let port =
        u16::try_from(port.unwrap_or(usual)).map_err(|_| invalid(entry, "'port' is a number from 1 to 65535."))?;
    let host: Option<String> = fields.take("host")?;
    let (user, password): (Option<String>, Option<String>) = (fields.take("user")?, fields.take("password")?);
    let from: String = fields.require("from")?;
    let to: OneOrMany<String> = fields.require("to")?;
    if encryption == Encryption::None && password.is_some() {
        return Err(invalid(entry, "A password is not sent over a connection that anybody can read.")
            .hint("Set 'encryption' to starttls or tls."));
    }
    let Some(host) = host.filter(|host| !host.is_empty()) else { return Ok(None) };
    Ok(Some(Channel::Email(Mail { host, port, encryption, login: user.zip(password), from, to: to.0 })))
}

/// What is secret comes from the environment, not from a file that others read. The error does not show the place: that
/// would show the secret.
fn check_secrets(entry: &Yaml) -> Result<()> {
    for key in ["url", "password"] {
        let is_written = |value: &&Yaml| value.as_str().is_some_and(|text| !has_tags(text) && !text.is_empty());
        if let Some(value) = entry.get(key).filter(is_written) {
            let message =
                format!("The '{key}' of a notification is a secret, and stands in the file ({}).", value.span);
            return Err(Diagnostic::error(Code::NOTIFICATIONS_INVALID, message)
                .hint(format!("Write {key}: \"{{{{ env_var('DBT_ENV_SECRET_…') }}}}\".")));
        }
    }
    Ok(())
}

fn invalid(entry: &Yaml, message: impl Into<String>) -> Box<Diagnostic> {
    Diagnostic::error(Code::NOTIFICATIONS_INVALID, message).at(&entry.span)
}
