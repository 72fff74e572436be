//! Who is told what, and that it takes no longer than it may.

use super::account::Account;
use super::memory::{Memory, Outcome};
use super::message::{self, Message};
use super::{email, webhook};
use crate::diagnostics::{Code, Diagnostic, Severity};
use crate::load::{CallVariables, Channel, Notifications, Receiver, scrub, secrets};
use crate::world::World;
use std::sync::mpsc;
use std::thread;

/// The call that people are told of.
#[derive(Debug, Clone, Copy)]
pub struct Call<'a> {
    /// Such as `build`.
    pub verb: &'a str,
    /// The project's name.
    pub project: &'a str,
    /// The target, where the run did not get as far as to say it.
    pub target: &'a str,
    /// Its id.
    pub invocation_id: &'a str,
    /// `--vars`, whose secrets are not told.
    pub vars: &'a CallVariables,
    /// Whether it ended with exit code 0.
    pub is_well: bool,
    /// Why it could not run, if it could not.
    pub fatal: Option<&'a Diagnostic>,
}

/// Tells everybody who is to be told of a call. A warning for each who could not be.
pub fn tell(world: &World, notifications: &Notifications, account: &Account, call: &Call<'_>) -> Vec<Box<Diagnostic>> {
    let counted = account.counted();
    let target = counted.target.as_deref().unwrap_or(call.target);
    let outcome = if call.is_well { Outcome::Well } else { Outcome::Failed };
    let mut memory = Memory::read(&notifications.state);
    let remembered = memory.clone();
    let now = world.now().strftime("%Y-%m-%dT%H:%M:%SZ").to_string();
    let recovered = memory.take(target, &counted, outcome, |id| account.may_have(id), &now);
    let mut warnings = vec![];
    if memory != remembered {
        warnings.extend(memory.write(world, &notifications.state).err().map(|mut error| {
            error.severity = Severity::Warning;
            error
        }));
    }
    let message = match (&recovered, outcome) {
        (Some(before), _) => message::recovery(call, target, &counted, before),
        (None, Outcome::Failed) => {
            let fatal = call.fatal.map(|fatal| fatal.message.as_str());
            message::failure(call, target, &counted, fatal)
        }
        (None, Outcome::Well) => return warnings,
    };
    let concerned = |receiver: &&Receiver| {
        let wants = if recovered.is_some() { receiver.on_recovery } else { receiver.on_failure };
        wants && (receiver.targets.is_empty() || receiver.targets.iter().any(|name| name == target))
    };
    let receivers: Vec<_> = notifications.receivers.iter().filter(concerned).collect();
    let secrets = secrets(world, call.vars);
    warnings.extend(send(&secrets, &receivers, message));
    warnings
}

/// Sends a message to all at once.
fn send(secrets: &[String], receivers: &[&Receiver], message: Message) -> Vec<Box<Diagnostic>> {
    let message = Message { title: scrub(&message.title, secrets), body: scrub(&message.body, secrets) };
    let under_way: Vec<_> = receivers.iter().map(|receiver| (*receiver, start(receiver, &message))).collect();
    let failed = under_way.into_iter().filter_map(|(receiver, answer)| {
        let outcome = answer.recv_timeout(receiver.timeout).unwrap_or_else(|_| Err("no answer in time".to_owned()));
        let why = scrub(&outcome.err()?, secrets);
        Some(Diagnostic::warning(
            Code::NOTIFICATION_FAILED,
            format!("The notification '{}' could not be delivered: {why}.", receiver.name),
        ))
    });
    failed.collect()
}

/// A thread that outlives its time is left to itself: the program ends soon.
fn start(receiver: &Receiver, message: &Message) -> mpsc::Receiver<Result<(), String>> {
    let (answer, answered) = mpsc::channel();
    let (receiver, message) = (receiver.clone(), message.clone());
    thread::spawn(move || {
        let (timeout, ca_file) = (receiver.timeout, receiver.ca_file.as_deref());
        let _ = answer.send(match &receiver.channel {
            Channel::Webhook { url } => webhook::post(url, &message, timeout, ca_file),
            Channel::Email(mail) => email::send(mail, &message, timeout, ca_file),
        });
    });
    answered
}
