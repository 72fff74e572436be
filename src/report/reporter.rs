//! The sink of a whole call.

use super::deprecations::Deprecations;
use super::line::{CallFacts, Format};
use super::log_file::LogFile;
use super::progress::Progress;
use super::record::{self, Record, Times};
use super::summary::Finished;
use super::table::table;
use super::tally::Tally;
use super::text::Look;
use super::warnings::{Rules, Treatment};
use crate::diagnostics::{Diagnostic, Severity};
use crate::event::{Event, EventSink, Level, NodeInfo, NodeResult, Preview, Status};
use crate::load::{Flags, custom_variables, scrub, secrets};
use crate::resolve::{Node, NodeKind};
use crate::world::World;
use jiff::Timestamp;
use serde_json::{Value as Json, json};
use std::collections::{HashMap, HashSet};
use std::io::{IsTerminal, Write};
use std::path::Path;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::Duration;

/// Wide enough for any message.
const UNWRAPPED: usize = 10_000;

/// Passes events to the console and the log file.
pub struct Reporter {
    facts: CallFacts,
    world: Arc<World>,
    secrets: Vec<String>,
    rules: Rules,
    print: bool,
    console: Console,
    log_format: Format,
    log_level: Option<Level>,
    log_max_bytes: u64,
    state: Mutex<State>,
}

/// How much a verb says.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Voice {
    /// Each node as it is done.
    Progress,
    /// Only nodes that fail, and the totals: nothing is built.
    Findings,
    /// Its output is data: messages go to standard error, and only those that warn.
    Data,
}

/// How the console is written.
struct Console {
    format: Format,
    level: Option<Level>,
    look: Look,
    voice: Voice,
}

/// The log file; where it is becomes known only when the project has been read.
enum Log {
    Waiting(Vec<String>),
    Open(LogFile),
    Off,
}

/// What changes while events come in.
struct State {
    log: Log,
    progress: Option<Progress>,
    started: HashMap<Arc<str>, Timestamp>,
    tally: Tally,
    troubles: Vec<Finished>,
    quarantined: Vec<Finished>,
    warned: HashSet<String>,
    deprecations: Deprecations,
    escalated: Option<Box<Diagnostic>>,
}

impl Reporter {
    /// A reporter as the settings say.
    pub fn new(flags: &Flags, invocation_id: &str, world: Arc<World>, voice: Voice) -> Self {
        let format = Format::parse(&flags.log_format, if flags.debug { Format::Debug } else { Format::Text });
        let terminal = std::io::stdout().is_terminal();
        let color = flags.use_colors.unwrap_or(terminal && world.env("NO_COLOR").is_none_or(str::is_empty));
        let (_, columns) = console::Term::stdout().size();
        let width = if terminal { usize::from(columns).clamp(60, 120) } else { flags.printer_width.max(80) };
        // In a file or a pipe a message stays on one line: people and programs search there.
        let wrap = if terminal { width } else { UNWRAPPED };
        let live = terminal && format == Format::Text && voice == Voice::Progress && !flags.quiet;
        let level = match (flags.quiet, flags.debug) {
            (true, _) => Some(Level::Error),
            (false, true) => Some(Level::Debug),
            // Progress is noise beside data that somebody reads or pipes.
            (false, false) if voice == Voice::Data => level(&flags.log_level).map(|level| level.max(Level::Warn)),
            (false, false) => level(&flags.log_level),
        };
        Self {
            facts: CallFacts { invocation_id: invocation_id.to_owned(), extra: custom_variables(&world) },
            secrets: secrets(&world, &flags.vars),
            rules: Rules::of(flags),
            print: flags.print,
            console: Console {
                format,
                level,
                look: Look { color: color && format != Format::Json, width, wrap },
                voice,
            },
            log_format: Format::parse(&flags.log_format_file, Format::Debug),
            log_level: self::level(&flags.log_level_file),
            log_max_bytes: flags.log_file_max_bytes,
            state: Mutex::new(State {
                log: if flags.log_level_file == "none" { Log::Off } else { Log::Waiting(vec![]) },
                progress: live.then(Progress::new),
                started: HashMap::new(),
                tally: Tally::default(),
                troubles: vec![],
                quarantined: vec![],
                warned: HashSet::new(),
                deprecations: Deprecations::new(flags.show_all_deprecations),
                escalated: None,
            }),
            world,
        }
    }

    /// Writes everything to this log file, too: what was told before, and from now on. A file that cannot be written
    /// is warned about. Only the first call counts.
    pub fn log_to(&self, path: &Path) {
        let mut state = self.lock();
        let Log::Waiting(lines) = &mut state.log else { return };
        let lines = std::mem::take(lines);
        match LogFile::open(path, self.log_max_bytes) {
            Ok(mut log) => {
                lines.into_iter().for_each(|line| log.write(line));
                state.log = Log::Open(log);
            }
            Err(warning) => {
                state.log = Log::Off;
                drop(state);
                self.emit(Event::Warned(warning));
            }
        }
    }

    /// Tells that the call begins, with these words.
    pub fn begins(&self, command_line: &str) {
        self.tell_aside(Record::begins(command_line));
    }

    /// Tells that the call is over.
    pub fn ends(&self, command_line: &str, exit_code: u8, elapsed: Duration) {
        self.tell_deprecations();
        self.tell_aside(Record::ends(command_line, exit_code, elapsed));
    }

    /// Tells how often each deprecation came.
    fn tell_deprecations(&self) {
        let mut state = self.lock();
        if let Some(record) = state.deprecations.summary() {
            self.tell(&mut state, record);
        }
    }

    /// Tells what only machines and log files want to know.
    fn tell_aside(&self, mut record: Record<'_>) {
        if self.console.format != Format::Json {
            record.level = Level::Debug;
        }
        self.tell(&mut self.lock(), record);
    }

    /// The error that a warning has become by `--warn-error`, the first one; it is told once.
    pub fn escalated(&self) -> Option<Box<Diagnostic>> {
        self.lock().escalated.take()
    }

    /// Tells of the error that ends the call.
    pub fn fatal(&self, error: &Diagnostic) {
        let mut state = self.lock();
        state.progress.iter_mut().for_each(Progress::finish);
        self.tell(&mut state, Record::fatal(error, self.console.look));
    }

    /// Tells of a warning that comes when the call has ended: no setting makes it an error.
    pub fn afterthought(&self, warning: &Diagnostic) {
        self.tell(&mut self.lock(), Record::warning(warning, Level::Warn, self.console.look));
    }

    /// A diagnostic as the console draws it.
    pub fn draw(&self, diagnostic: &Diagnostic) -> String {
        super::summary::draw(diagnostic, self.console.look)
    }

    /// Tells something to people.
    pub fn note(&self, text: &str) {
        self.tell(&mut self.lock(), Record::note(Level::Info, text));
    }

    /// Writes a verb's own output to standard output, whatever is silenced.
    pub fn data(&self, text: &str) {
        self.output(&mut self.lock(), Record::printed(text));
    }

    /// Shows rows of a node (or of an `--inline` query), as a table or as JSON.
    pub fn preview(&self, node: &Node, preview: &Preview, as_json: bool) {
        let is_inline = matches!(node.kind, NodeKind::SqlOperation);
        let rows: Vec<Json> = preview.rows.iter().map(|row| object(&preview.columns, row)).collect();
        let (shown, message) = if as_json {
            let document = match is_inline {
                true => json!({"show": rows}),
                false => json!({"node": node.name, "show": rows}),
            };
            (Json::from(rows).to_string(), serde_json::to_string_pretty(&document).unwrap_or_default())
        } else {
            let title = if is_inline { String::new() } else { format!("{}\n", node.name) };
            let table = table(preview);
            (table.clone(), format!("{title}{}", table.trim_end()))
        };
        let data = || {
            json!({
                "node_name": node.name,
                "unique_id": &*node.unique_id,
                "preview": shown,
                "is_inline": is_inline,
                "output_format": if as_json { "json" } else { "text" },
                "quiet": false,
            })
        };
        self.output(&mut self.lock(), Record::new(Level::Info, ("ShowNode", "Q041"), message, data));
    }

    /// Shows a node's compiled SQL, as text or as JSON.
    pub fn compiled(&self, node: &Node, sql: &str, as_json: bool) {
        let is_inline = matches!(node.kind, NodeKind::SqlOperation);
        let message = match (as_json, is_inline) {
            (true, true) => serde_json::to_string_pretty(&json!({"compiled": sql})).unwrap_or_default(),
            (true, false) => {
                serde_json::to_string_pretty(&json!({"node": node.name, "compiled": sql})).unwrap_or_default()
            }
            (false, _) => sql.to_owned(),
        };
        let data = || {
            json!({
                "node_name": node.name,
                "unique_id": &*node.unique_id,
                "compiled": sql,
                "is_inline": is_inline,
                "output_format": if as_json { "json" } else { "text" },
                "quiet": false,
            })
        };
        self.output(&mut self.lock(), Record::new(Level::Info, ("CompiledNode", "Q042"), message, data));
    }

    fn lock(&self) -> MutexGuard<'_, State> {
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Passes a record on to the console and the log file.
    fn tell(&self, state: &mut State, record: Record<'_>) {
        if self.console.level.is_some_and(|least| record.level >= least) {
            let line = self.line(self.console.format, &record);
            let to_stderr = self.console.voice == Voice::Data && self.console.format != Format::Json;
            above(state, || {
                if to_stderr { write_line(std::io::stderr(), &line) } else { write_line(std::io::stdout(), &line) }
            });
        }
        self.log(state, record);
    }

    /// Adds a record to the log file.
    fn log(&self, state: &mut State, mut record: Record<'_>) {
        if self.log_level.is_none_or(|least| record.level < least) {
            return;
        }
        if record.message.contains('\u{1b}') {
            record.message = console::strip_ansi_codes(&record.message).into_owned();
        }
        let line = self.line(self.log_format, &record);
        match &mut state.log {
            Log::Waiting(lines) => lines.push(line),
            Log::Open(log) => log.write(line),
            Log::Off => {}
        }
    }

    fn line(&self, format: Format, record: &Record<'_>) -> String {
        scrub(format.line(record, self.world.now(), &self.facts), &self.secrets)
    }

    /// Writes what somebody asked for to standard output.
    fn output(&self, state: &mut State, record: Record<'_>) {
        let line = match self.console.format {
            Format::Json => self.line(Format::Json, &record),
            Format::Text | Format::Debug => scrub(record.message.clone(), &self.secrets),
        };
        above(state, || write_line(std::io::stdout(), &line));
        self.log(state, record);
    }

    /// A warning is told once, however often it comes.
    fn warned(&self, state: &mut State, warning: Box<Diagnostic>) {
        if !state.warned.insert(warning.to_string()) {
            return;
        }
        let treatment = self.rules.treat(&warning);
        if treatment != Treatment::Silence && !state.deprecations.admit(&warning) {
            return;
        }
        match treatment {
            Treatment::Silence => {}
            Treatment::Warn => self.tell(state, Record::warning(&warning, Level::Warn, self.console.look)),
            Treatment::Error => {
                let error = Box::new(Diagnostic { severity: Severity::Error, ..*warning });
                state.escalated.get_or_insert(error);
            }
        }
    }

    /// Whether an event is only for machines and for finding faults: that a node starts is seen by its end, and nodes
    /// that are only looked at matter when something is wrong with them.
    fn is_hidden(&self, event: &Event) -> bool {
        match event {
            _ if self.console.format == Format::Json => false,
            Event::NodeStarted(_) => true,
            Event::NodeFinished(_, result) => match self.console.voice {
                Voice::Progress => false,
                Voice::Findings => !result.status.is_failure(),
                Voice::Data => true,
            },
            Event::RunStarted { .. } | Event::RunFinished { .. } => self.console.voice != Voice::Progress,
            _ => false,
        }
    }

    fn node_started(&self, state: &mut State, node: &Arc<NodeInfo>) {
        state.started.insert(node.unique_id.clone(), self.world.now());
        if let Some(progress) = &mut state.progress {
            progress.node_started(node);
        }
    }

    fn node_finished(&self, state: &mut State, node: &Arc<NodeInfo>, result: &Arc<NodeResult>) {
        if let Some(progress) = &mut state.progress {
            progress.node_finished(node);
        }
        if node.index > 0 || result.status.is_failure() {
            state.tally.add(result);
        }
        if result.status.is_failure() || result.status == Status::Warn || result.diagnostic.is_some() {
            state.troubles.push((node.clone(), result.clone()));
        }
        if result.quarantined.as_ref().is_some_and(|quarantined| quarantined.rows() > 0) {
            state.quarantined.push((node.clone(), result.clone()));
        }
    }
}

impl EventSink for Reporter {
    fn refuses(&self, warning: &Diagnostic) -> bool {
        self.rules.treat(warning) == Treatment::Error
    }

    fn emit(&self, event: Event) {
        let state = &mut *self.lock();
        let mut times = Times::default();
        match &event {
            Event::Printed(_) if !self.print => return,
            Event::Printed(text) => {
                return self.output(state, Record::printed(text));
            }
            Event::Warned(warning) => return self.warned(state, warning.clone()),
            Event::RunStarted { total, .. } => state.progress.iter_mut().for_each(|progress| progress.start(*total)),
            Event::NodeStarted(node) => {
                self.node_started(state, node);
                times.started = state.started.get(&node.unique_id).copied();
            }
            Event::NodeFinished(node, result) => {
                self.node_finished(state, node, result);
                times = Times { started: state.started.remove(&node.unique_id), finished: Some(self.world.now()) };
            }
            Event::RunFinished { elapsed, cancelled } => {
                state.progress.iter_mut().for_each(Progress::finish);
                let (troubles, tally) = (std::mem::take(&mut state.troubles), std::mem::take(&mut state.tally));
                let quarantined = std::mem::take(&mut state.quarantined);
                let closing = record::closing(&troubles, &tally, *cancelled, *elapsed, self.console.look);
                for mut record in quarantined.iter().map(record::quarantined).chain(closing) {
                    // Data has its errors told by the verb; what is only looked at has totals that nobody needs.
                    if self.console.voice == Voice::Data || self.is_hidden(&event) && record.level == Level::Info {
                        record.level = Level::Debug;
                    }
                    self.tell(state, record);
                }
                return;
            }
            _ => {}
        }
        let hidden = self.is_hidden(&event);
        if let Some(mut record) = record::record(&event, self.console.look, times) {
            if hidden {
                record.level = Level::Debug;
            }
            self.tell(state, record);
        }
    }
}

/// Runs `write` with the live lines out of the way.
fn above(state: &State, write: impl FnOnce()) {
    match &state.progress {
        Some(progress) => progress.above(write),
        None => write(),
    }
}

/// A reader that went away (`| head`) is no reason to fail.
fn write_line(mut to: impl Write, line: &str) {
    let _ = writeln!(to, "{line}").and_then(|()| to.flush());
}

fn level(name: &str) -> Option<Level> {
    match name {
        "debug" => Some(Level::Debug),
        "warn" => Some(Level::Warn),
        "error" => Some(Level::Error),
        "none" => None,
        _ => Some(Level::Info),
    }
}

fn object(columns: &[String], row: &[Json]) -> Json {
    Json::Object(columns.iter().cloned().zip(row.iter().cloned()).collect())
}
