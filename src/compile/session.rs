//! A thread's session with the database.

use super::backend::Backend;
use super::failure::{Focus, diagnose};
use crate::adapters::{
    Batch, BatchSchema, Cancel, Catalog, Column, Connection, DatabaseError, Destination, Dialect, ErrorKind,
    FileColumn, FileRows, Reading, Relation, Response, Rows, SeedTable, Survey, survey,
};
use crate::diagnostics::Result;
use crate::event::{Event, EventSink, NodeInfo};
use crate::files::{RawFile, ReadOptions};
use crate::jinja::MacroLibrary;
use crate::load::Output;
use std::fmt;
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::{Duration, Instant};

/// A thread's session with the database; connects when it is first used.
///
/// Adds the query comment to each statement, tells of each as an event, and turns a database's error into a
/// diagnostic at the template's line: of the node whose [`super::Compiler::context`] was made last.
pub struct Session {
    name: String,
    backend: Arc<Backend>,
    sink: Arc<dyn EventSink>,
    connection: Mutex<Option<Box<dyn Connection>>>,
    canceller: Mutex<Option<Arc<dyn Cancel>>>,
    cancelled: AtomicBool,
    /// Whether statements may be sent with those that follow.
    late: AtomicBool,
    behalf: Mutex<Behalf>,
}

/// On whose behalf statements are sent.
#[derive(Default)]
struct Behalf {
    info: Option<Arc<NodeInfo>>,
    focus: Focus,
    /// The query comment for it, once made.
    comment: Option<Arc<str>>,
}

impl Session {
    pub(super) fn new(name: &str, backend: Arc<Backend>, sink: Arc<dyn EventSink>) -> Self {
        Self {
            name: name.to_owned(),
            backend,
            sink,
            connection: Mutex::new(None),
            canceller: Mutex::new(None),
            cancelled: AtomicBool::new(false),
            late: AtomicBool::new(false),
            behalf: Mutex::default(),
        }
    }

    /// The name that logs show.
    pub fn name(&self) -> &str {
        &self.name
    }

    /// The output that it is with.
    pub fn output(&self) -> &Arc<Output> {
        &self.backend.output
    }

    /// The facts of the engine.
    pub fn dialect(&self) -> &'static Dialect {
        self.backend.output.dialect()
    }

    /// What exists in the database, as far as it was asked about.
    pub fn catalog(&self) -> &Catalog {
        &self.backend.catalog
    }

    /// The macros as nodes for the output see them.
    pub fn library(&self) -> &Arc<MacroLibrary> {
        self.backend.engine.library()
    }

    pub(super) fn backend(&self) -> &Arc<Backend> {
        &self.backend
    }

    /// Names the node that events of statements carry from now on.
    pub fn report_as(&self, node: Option<Arc<NodeInfo>>) {
        lock(&self.behalf).info = node;
    }

    /// Errors point at this template from now on, and the query comment names its node.
    pub(super) fn focus(&self, focus: Focus) {
        let mut behalf = lock(&self.behalf);
        if behalf.focus.node_id() != focus.node_id() {
            behalf.comment = None;
        }
        behalf.focus = focus;
    }

    /// Makes the query comment, so that one that cannot be made is told of before anything is sent.
    pub fn check_comment(&self) -> Result<()> {
        self.commented("").map(drop)
    }

    /// Runs one or more statements, without rows.
    pub fn execute(&self, sql: &str) -> Result<Response> {
        if self.late.load(Ordering::Relaxed) {
            let answer = |()| Response { message: "sent with what follows".to_owned(), ..Response::default() };
            let late = |connection: &mut dyn Connection, sql: &str| connection.execute_late(sql).map(answer);
            return self.send(sql, late, |response| response.message.clone());
        }
        self.send(sql, |connection, sql| connection.execute(sql), |response| response.message.clone())
    }

    /// Does `work`, whose statements nobody waits for: see [`Connection::execute_late`].
    pub fn late<T>(&self, work: impl FnOnce() -> T) -> T {
        self.late.store(true, Ordering::Relaxed);
        let done = work();
        self.late.store(false, Ordering::Relaxed);
        done
    }

    /// Runs one or more statements as a transaction; one that is open already is committed with them.
    pub fn execute_whole(&self, sql: &str) -> Result<Response> {
        if self.in_transaction() {
            let response = self.execute(sql)?;
            return self.commit().map(|()| response);
        }
        self.send(sql, |connection, sql| connection.execute_whole(sql), |response| response.message.clone())
    }

    /// Runs a query and takes its rows, with values as the engine writes them: see [`Connection::query_plain`].
    pub fn query_plain(&self, sql: &str) -> Result<(Response, Rows)> {
        self.send(sql, |connection, sql| connection.query_plain(sql), |(response, _)| response.message.clone())
    }

    /// Runs a statement and takes its rows, `limit` of them at most.
    pub fn query(&self, sql: &str, limit: Option<usize>) -> Result<(Response, Rows)> {
        self.send(sql, |connection, sql| connection.query(sql, limit), |(response, _)| response.message.clone())
    }

    /// The columns that a query would return.
    pub fn describe(&self, sql: &str) -> Result<Vec<Column>> {
        self.send(sql, |connection, sql| connection.describe(sql), |columns| format!("{} columns", columns.len()))
    }

    /// Starts a transaction, unless one is open.
    pub fn begin(&self) -> Result<()> {
        self.transact(
            "begin",
            |connection| if connection.in_transaction() { Ok(false) } else { connection.begin().map(|()| true) },
        )
    }

    /// Makes the open transaction's work visible; nothing without one.
    pub fn commit(&self) -> Result<()> {
        self.transact("commit", |connection| match connection.in_transaction() {
            true => connection.commit().map(|()| true),
            false => Ok(false),
        })
    }

    /// Undoes the open transaction's work; nothing without one.
    pub fn rollback(&self) -> Result<()> {
        if !self.in_transaction() {
            return Ok(());
        }
        self.transact("rollback", |connection| connection.rollback().map(|()| true))
    }

    /// Whether a transaction is open.
    pub fn in_transaction(&self) -> bool {
        lock(&self.connection).as_ref().is_some_and(|connection| connection.in_transaction())
    }

    /// Fills an existing table with a seed's rows; returns how many.
    pub fn load_seed(&self, relation: &Relation, seed: &SeedTable) -> Result<u64> {
        let started = Instant::now();
        let loaded = self.connected(|connection| connection.load_seed(relation, seed));
        let sql = format!("-- loads the seed into {relation}");
        self.tell(&sql, started.elapsed(), loaded.as_ref().map(|rows| format!("INSERT {rows}")));
        loaded.map_err(|error| diagnose(error, &sql, &lock(&self.behalf).focus))
    }

    /// Finds out which columns files have.
    pub fn survey(&self, files: &[RawFile], options: &ReadOptions, columns: &[FileColumn]) -> Result<Survey> {
        let started = Instant::now();
        let reading = Reading { files, options, columns, cancelled: &self.cancelled };
        let surveyed = survey(reading, self.dialect());
        let sql = format!("-- looks at {} files", files.len());
        let answer = |survey: &Survey| format!("{} columns", survey.columns.len());
        self.tell(&sql, started.elapsed(), surveyed.as_ref().map(answer));
        surveyed.map_err(|error| diagnose(error, &sql, &lock(&self.behalf).focus))
    }

    /// Adds the rows of files to existing tables; all columns have types.
    pub fn load_files(
        &self,
        files: &[RawFile],
        options: &ReadOptions,
        columns: &[FileColumn],
        destination: Destination<'_>,
    ) -> Result<Vec<FileRows>> {
        let started = Instant::now();
        let reading = Reading { files, options, columns, cancelled: &self.cancelled };
        let loaded = self.connected(|connection| connection.load_files(reading, destination));
        let sql = format!("-- loads {} files into {} and {}", files.len(), destination.rows, destination.rejects);
        self.tell(&sql, started.elapsed(), loaded.as_ref().map(|_| "INSERT".to_owned()));
        loaded.map_err(|error| diagnose(error, &sql, &lock(&self.behalf).focus))
    }

    /// Whether somebody asked to stop.
    pub fn is_cancelled(&self) -> bool {
        self.cancelled.load(Ordering::SeqCst)
    }

    /// The columns of a query's rows as they are moved to another engine.
    pub fn batch_schema(&self, sql: &str) -> Result<BatchSchema> {
        self.connected(|connection| connection.batch_schema(sql))
            .map_err(|error| diagnose(error, sql, &lock(&self.behalf).focus))
    }

    /// Hands on a query's rows, some thousand at a time; returns how many there were.
    pub fn read_batches(
        &self,
        sql: &str,
        take: &mut dyn FnMut(Batch) -> std::result::Result<(), DatabaseError>,
    ) -> Result<u64> {
        let started = Instant::now();
        let read = self.connected(|connection| connection.read_batches(sql, take));
        self.tell(sql, started.elapsed(), read.as_ref().map(|rows| format!("SELECT {rows}")));
        read.map_err(|error| diagnose(error, sql, &lock(&self.behalf).focus))
    }

    /// Adds rows to a table with these columns; returns how many.
    pub fn write_batches(
        &self,
        relation: &Relation,
        columns: &str,
        batches: &mut dyn Iterator<Item = std::result::Result<Batch, DatabaseError>>,
    ) -> Result<u64> {
        let started = Instant::now();
        let written = self.connected(|connection| connection.write_batches(relation, columns, batches));
        let sql = format!("-- loads the moved rows into {relation}");
        self.tell(&sql, started.elapsed(), written.as_ref().map(|rows| format!("INSERT {rows}")));
        written.map_err(|error| diagnose(error, &sql, &lock(&self.behalf).focus))
    }

    /// Gives the connection to `work`, for what has no method here (the catalog's queries).
    pub fn with_connection<T>(
        &self,
        work: impl FnOnce(&mut dyn Connection) -> std::result::Result<T, DatabaseError>,
    ) -> Result<T> {
        self.connected(work).map_err(|error| diagnose(error, "", &lock(&self.behalf).focus))
    }

    /// Stops the statement in flight, from another thread. Later statements fail as cancelled too.
    pub fn cancel(&self) {
        self.cancelled.store(true, Ordering::SeqCst);
        if let Some(canceller) = lock(&self.canceller).as_ref() {
            canceller.cancel();
        }
    }

    /// Closes the connection; an open transaction is undone. The session connects anew when it is used again.
    pub fn close(&self) {
        *lock(&self.canceller) = None;
        *lock(&self.connection) = None;
    }

    fn send<T>(
        &self,
        sql: &str,
        work: impl FnOnce(&mut dyn Connection, &str) -> std::result::Result<T, DatabaseError>,
        answer: impl FnOnce(&T) -> String,
    ) -> Result<T> {
        let sql = self.commented(sql)?;
        let started = Instant::now();
        let result = self.connected(|connection| work(connection, &sql));
        self.tell(&sql, started.elapsed(), result.as_ref().map(answer));
        result.map_err(|error| diagnose(error, &sql, &lock(&self.behalf).focus))
    }

    fn transact(
        &self,
        sql: &str,
        work: impl FnOnce(&mut dyn Connection) -> std::result::Result<bool, DatabaseError>,
    ) -> Result<()> {
        let started = Instant::now();
        let done = self.connected(work);
        if !matches!(done, Ok(false)) {
            self.tell(sql, started.elapsed(), done.as_ref().map(|_| sql.to_uppercase()));
        }
        done.map(drop).map_err(|error| diagnose(error, sql, &lock(&self.behalf).focus))
    }

    fn connected<T>(
        &self,
        work: impl FnOnce(&mut dyn Connection) -> std::result::Result<T, DatabaseError>,
    ) -> std::result::Result<T, DatabaseError> {
        if self.cancelled.load(Ordering::SeqCst) {
            return Err(DatabaseError::new(
                ErrorKind::Cancelled,
                "The run was cancelled before the statement was sent.",
            ));
        }
        let mut slot = lock(&self.connection);
        let connection = match slot.as_mut() {
            Some(connection) => connection,
            None => {
                let connection = self.backend.output.adapter.connect(&self.name)?;
                *lock(&self.canceller) = Some(connection.canceller());
                slot.insert(connection)
            }
        };
        work(connection.as_mut())
    }

    /// The statement with the query comment.
    fn commented(&self, sql: &str) -> Result<String> {
        let known = lock(&self.behalf).comment.clone();
        let comment = match known {
            Some(comment) => comment,
            None => {
                let node = lock(&self.behalf).focus.node().cloned();
                let made: Arc<str> = self.backend.comment.render(&self.name, node.as_deref())?.into();
                lock(&self.behalf).comment = Some(made.clone());
                made
            }
        };
        Ok(self.backend.comment.add(&comment, sql))
    }

    fn tell(&self, sql: &str, elapsed: Duration, outcome: std::result::Result<String, &DatabaseError>) {
        self.sink.emit(Event::Statement {
            node: lock(&self.behalf).info.clone(),
            connection: self.name.clone(),
            sql: sql.into(),
            outcome: outcome.map_err(|error| error.message.clone()),
            elapsed,
        });
    }
}

/// A lock whose last holder panicked is as good as any: what it guards is replaced whole.
fn lock<T>(mutex: &Mutex<T>) -> MutexGuard<'_, T> {
    mutex.lock().unwrap_or_else(PoisonError::into_inner)
}

impl fmt::Debug for Session {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "Session({})", self.name)
    }
}
