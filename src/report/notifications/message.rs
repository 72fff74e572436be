//! What is told.

use super::account::Counted;
use super::delivery::Call;
use super::memory::Failing;
use crate::report::description::duration;

/// How many nodes are named; of the others the number is told.
const NODES: usize = 20;
/// How many characters of an error are told.
const WIDTH: usize = 300;

/// A message to people.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Message {
    /// In a line.
    pub title: String,
    /// The lines below it.
    pub body: String,
}

/// A call has failed. `fatal` is why it could not run, if it could not.
pub(super) fn failure(call: &Call<'_>, target: &str, counted: &Counted, fatal: Option<&str>) -> Message {
    let mut lines = vec![summary(counted)];
    if let Some(fatal) = fatal {
        lines.push(format!("could not run: {}", shortened(fatal.lines().next().unwrap_or_default())));
    }
    for failed in counted.failed.values().take(NODES) {
        lines.push(format!("- {}: {}", failed.title, shortened(&failed.message)));
    }
    if counted.failed.len() > NODES {
        lines.push(format!("- and {} more", counted.failed.len() - NODES));
    }
    Message { title: title(call, "failed", target), body: finished(call, lines) }
}

/// Nothing fails any more.
pub(super) fn recovery(call: &Call<'_>, target: &str, counted: &Counted, before: &Failing) -> Message {
    let mut lines = vec![summary(counted)];
    let names: Vec<_> = before.nodes.iter().take(NODES).map(String::as_str).collect();
    let what = match (names.is_empty(), before.nodes.len() - names.len()) {
        (true, _) => String::new(),
        (false, 0) => format!(": {}", names.join(", ")),
        (false, more) => format!(": {} and {more} more", names.join(", ")),
    };
    lines.push(format!("failing since {}{what}", before.since));
    Message { title: title(call, "is well again", target), body: finished(call, lines) }
}

fn title(call: &Call<'_>, what: &str, target: &str) -> String {
    format!("sqlbuild {} {what}: project {}, target {target}", call.verb, call.project)
}

fn summary(counted: &Counted) -> String {
    let tally = &counted.tally;
    let time = counted.elapsed.map(|elapsed| format!(" in {}", duration(elapsed))).unwrap_or_default();
    format!(
        "{} failed, {} skipped, {} warned, {} succeeded of {}{time}",
        tally.error,
        tally.skip,
        tally.warn,
        tally.pass,
        tally.total()
    )
}

fn finished(call: &Call<'_>, mut lines: Vec<String>) -> String {
    lines.push(format!("invocation {}", call.invocation_id));
    lines.join("\n")
}

fn shortened(text: &str) -> String {
    match text.char_indices().nth(WIDTH) {
        Some((end, _)) => format!("{}…", &text[..end]),
        None => text.to_owned(),
    }
}
