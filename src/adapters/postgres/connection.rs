//! Connecting to a server and talking to it.

use super::cancel::CancelRequest;
use super::credentials::Credentials;
use super::dialect::POSTGRES;
use super::{batches, catalog, command, errors, export, files, seed, tls, values};
use crate::adapters::{
    Batch, BatchSchema, Cancel, Cell, Column, Connection, DatabaseError, Destination, ErrorKind, ExportFile, FileRows,
    Reading, Relation, Response, Rows, RowsColumn, SeedTable,
};
use crate::sql;
use duckdb::arrow::datatypes::Field;
use postgres::config::SslMode;
use postgres::{Client, SimpleQueryMessage};
use std::sync::Arc;
use std::time::Duration;
use tokio_postgres_rustls::MakeRustlsConnect;

/// One thread's connection. Outside [`Connection::begin`] each call commits by itself.
pub(super) struct PostgresConnection {
    client: Client,
    tls: MakeRustlsConnect,
    in_transaction: bool,
    /// What the server has not been told yet, and is with the next statement.
    late: Late,
}

/// Statements that wait for the next one, to be sent in one message with it.
#[derive(Default)]
struct Late {
    /// Whether the transaction is still to begin.
    begins: bool,
    /// What comes after that, each statement ended.
    text: String,
    /// How many statements it has.
    count: usize,
}

impl Late {
    fn is_empty(&self) -> bool {
        !self.begins && self.count == 0
    }

    fn add(&mut self, sql: &str) {
        for statement in sql::statements(sql, POSTGRES.lexis) {
            self.text.push_str(statement);
            // On a line of its own, for the statement may end with a comment.
            self.text.push_str("\n; ");
            self.count += 1;
        }
    }

    /// All of it as text, and how many answers come back.
    fn take(&mut self) -> (String, usize) {
        let Self { begins, text, count } = std::mem::take(self);
        if begins { (format!("begin; {text}"), count + 1) } else { (text, count) }
    }
}

impl PostgresConnection {
    /// Connects; what may pass by itself is tried again, ever later, as often as the profile says.
    pub(super) fn open(credentials: &Credentials) -> Result<Self, DatabaseError> {
        let tls = tls::connector(credentials.sslmode, &credentials.files)?;
        let mut attempt = 0;
        let client = loop {
            match connect(credentials, &tls) {
                Err(error) if error.kind == ErrorKind::Transient && attempt < credentials.retries => {
                    std::thread::sleep(Duration::from_secs(1 << attempt.min(5)));
                    attempt += 1;
                }
                outcome => break outcome?,
            }
        };
        let mut connection = Self { client, tls, in_transaction: false, late: Late::default() };
        connection.set_up(credentials)?;
        Ok(connection)
    }

    fn set_up(&mut self, credentials: &Credentials) -> Result<(), DatabaseError> {
        let mut statements = vec![values::OUTPUT_STYLE.to_owned()];
        if let Some(path) = &credentials.search_path {
            statements.push(format!("select pg_catalog.set_config('search_path', {}, false)", POSTGRES.literal(path)));
        }
        if let Some(role) = &credentials.role {
            // As SQL takes it: folded unless it is in quotes.
            let folded = if role.starts_with('"') { role.clone() } else { POSTGRES.quote(&role.to_lowercase()) };
            statements.push(format!("set role {folded}"));
        }
        let failed = |error| DatabaseError {
            kind: ErrorKind::Configuration,
            offset: None,
            ..errors::database_error(&error, "")
        };
        self.client.batch_execute(&statements.join("; ")).map_err(failed)
    }

    /// The driver, with everything sent that waited.
    pub(super) fn client(&mut self) -> Result<&mut Client, DatabaseError> {
        if !self.late.is_empty() {
            self.send("")?;
        }
        Ok(&mut self.client)
    }

    /// Sends a text, behind what waited for it, and returns what came back for it.
    fn send(&mut self, sql: &str) -> Result<Vec<SimpleQueryMessage>, DatabaseError> {
        if self.late.is_empty() {
            return self.client.simple_query(sql).map_err(|error| errors::database_error(&error, sql));
        }
        let (late, answers) = self.late.take();
        let whole = format!("{late}{sql}");
        let messages = self.client.simple_query(&whole).map_err(|error| {
            let error = errors::database_error(&error, &whole);
            DatabaseError { offset: error.offset.and_then(|offset| offset.checked_sub(late.len())), ..error }
        })?;
        let mut left = answers;
        let is_own = |message: &SimpleQueryMessage| {
            let own = left == 0;
            left -= usize::from(!own && matches!(message, SimpleQueryMessage::CommandComplete(_)));
            own
        };
        Ok(messages.into_iter().filter(is_own).collect())
    }

    /// Ends the transaction; of one that the server was not told of there is nothing to end.
    fn end(&mut self, verb: &str) -> Result<(), DatabaseError> {
        if !std::mem::take(&mut self.in_transaction) || self.late.begins && self.late.count == 0 {
            self.late = Late::default();
            return Ok(());
        }
        let outcome = self.send(verb);
        if outcome.is_err() {
            // What waited may have failed, and then the transaction is still open. That it is not is but a warning, and
            // a connection that is lost says so again when it is next used.
            let _ = self.client.simple_query("rollback");
        }
        outcome.map(drop)
    }

    /// A query of the program's own, every value as text.
    pub(super) fn texts(&mut self, sql: &str) -> Result<Vec<Vec<String>>, DatabaseError> {
        let row = |message| match message {
            SimpleQueryMessage::Row(row) => {
                Some((0..row.len()).map(|at| row.get(at).unwrap_or("").to_owned()).collect())
            }
            _ => None,
        };
        Ok(self.send(sql)?.into_iter().filter_map(row).collect())
    }

    /// Runs all statements but the last, which is returned with its place in the text.
    fn up_to_last<'a>(&mut self, sql: &'a str) -> Result<(&'a str, usize), DatabaseError> {
        let statements = sql::statements(sql, POSTGRES.lexis);
        let Some(last) = statements.last() else { return Ok(("", 0)) };
        let start = last.as_ptr() as usize - sql.as_ptr() as usize;
        if statements.len() > 1 {
            self.send(&sql[..start])?;
        }
        Ok((last, start))
    }

    fn prepare(&mut self, statement: &str, start: usize) -> Result<postgres::Statement, DatabaseError> {
        self.client()?.prepare(statement).map_err(|error| moved(errors::database_error(&error, statement), start))
    }
}

/// An error of a part of the text, as one of the whole.
fn moved(error: DatabaseError, by: usize) -> DatabaseError {
    DatabaseError { offset: error.offset.map(|offset| offset + by), ..error }
}

fn connect(credentials: &Credentials, tls: &MakeRustlsConnect) -> Result<Client, DatabaseError> {
    let attempts = if credentials.is_socket() { &[SslMode::Disable] } else { credentials.sslmode.attempts() };
    let mut refusal = None;
    for mode in attempts {
        match configuration(credentials, *mode).connect(tls.clone()) {
            Ok(client) => return Ok(client),
            Err(error) => {
                let about_encryption = error.code().is_some_and(|code| code.code() == "28000") || is_handshake(&error);
                refusal.get_or_insert(errors::connection_error(&error, credentials));
                if !about_encryption {
                    break;
                }
            }
        }
    }
    Err(refusal.unwrap_or_else(|| DatabaseError::new(ErrorKind::Transient, "No connection was tried.")))
}

fn is_handshake(error: &postgres::Error) -> bool {
    error.to_string().contains("TLS")
}

fn configuration(credentials: &Credentials, mode: SslMode) -> postgres::Config {
    let mut config = postgres::Config::new();
    config
        .host(&credentials.host)
        .port(credentials.port)
        .user(&credentials.user)
        .dbname(&credentials.database)
        .application_name(&credentials.application_name)
        .connect_timeout(credentials.connect_timeout)
        .ssl_mode(mode);
    if let Some(password) = &credentials.password {
        config.password(password);
    }
    if let Some(idle) = credentials.keepalives_idle {
        config.keepalives_idle(idle);
    }
    config
}

/// How many rows the last statement wrote or returned.
fn last_count(messages: &[SimpleQueryMessage]) -> u64 {
    let count = |message: &SimpleQueryMessage| match message {
        SimpleQueryMessage::CommandComplete(rows) => Some(*rows),
        _ => None,
    };
    messages.iter().rev().find_map(count).unwrap_or(0)
}

impl Connection for PostgresConnection {
    fn execute(&mut self, sql: &str) -> Result<Response, DatabaseError> {
        let Some(last) = sql::statements(sql, POSTGRES.lexis).last().copied() else { return Ok(Response::default()) };
        let messages = self.send(sql)?;
        Ok(command::response(last, last_count(&messages)))
    }

    fn query(&mut self, sql: &str, limit: Option<usize>) -> Result<(Response, Rows), DatabaseError> {
        let (statement, start) = self.up_to_last(sql)?;
        if statement.is_empty() {
            return Ok(Default::default());
        }
        let prepared = self.prepare(statement, start)?;
        let messages = self.send(statement).map_err(|error| moved(error, start))?;
        let columns = prepared.columns();
        let row = |message: &SimpleQueryMessage| match message {
            SimpleQueryMessage::Row(row) => {
                Some(columns.iter().enumerate().map(|(at, column)| values::cell(column.type_(), row.get(at))).collect())
            }
            _ => None,
        };
        let rows: Vec<Vec<Cell>> = messages.iter().filter_map(row).take(limit.unwrap_or(usize::MAX)).collect();
        let column = |column: &postgres::Column| RowsColumn {
            name: column.name().to_owned(),
            kind: values::column_type(column.type_()),
            data_type: values::type_name(column.type_()),
        };
        let response = command::response(statement, last_count(&messages));
        Ok((response, Rows { columns: columns.iter().map(column).collect(), rows }))
    }

    fn query_plain(&mut self, sql: &str) -> Result<(Response, Rows), DatabaseError> {
        let Some(last) = sql::statements(sql, POSTGRES.lexis).last().copied() else { return Ok(Default::default()) };
        let messages = self.send(sql)?;
        let cell = |text: Option<&str>| text.map_or(Cell::Null, |text| Cell::Text(text.to_owned()));
        let row = |message: &SimpleQueryMessage| match message {
            SimpleQueryMessage::Row(row) => Some((0..row.len()).map(|at| cell(row.get(at))).collect()),
            _ => None,
        };
        let rows = messages.iter().filter_map(row).collect();
        Ok((command::response(last, last_count(&messages)), Rows { columns: vec![], rows }))
    }

    fn execute_whole(&mut self, sql: &str) -> Result<Response, DatabaseError> {
        // The server takes the statements of one message as one transaction.
        self.execute(sql)
    }

    fn describe(&mut self, sql: &str) -> Result<Vec<Column>, DatabaseError> {
        let (statement, start) = self.up_to_last(sql)?;
        let prepared = self.prepare(statement, start)?;
        catalog::described(self, prepared.columns())
    }

    fn execute_late(&mut self, sql: &str) -> Result<(), DatabaseError> {
        if !self.in_transaction {
            return self.execute(sql).map(drop);
        }
        self.late.add(sql);
        Ok(())
    }

    fn begin(&mut self) -> Result<(), DatabaseError> {
        self.late.begins |= !self.in_transaction;
        self.in_transaction = true;
        Ok(())
    }

    fn commit(&mut self) -> Result<(), DatabaseError> {
        self.end("commit")
    }

    fn rollback(&mut self) -> Result<(), DatabaseError> {
        self.late = Late { begins: self.late.begins, ..Late::default() };
        self.end("rollback")
    }

    fn in_transaction(&self) -> bool {
        self.in_transaction
    }

    fn load_seed(&mut self, relation: &Relation, seed: &SeedTable) -> Result<u64, DatabaseError> {
        seed::load(self, relation, seed)
    }

    fn load_files(
        &mut self,
        reading: Reading<'_>,
        destination: Destination<'_>,
    ) -> Result<Vec<FileRows>, DatabaseError> {
        files::load_files(self, reading, destination)
    }

    fn batch_schema(&mut self, sql: &str) -> Result<BatchSchema, DatabaseError> {
        batches::plan(self, sql).map(|(schema, _)| schema)
    }

    fn read_batches(
        &mut self,
        sql: &str,
        take: &mut dyn FnMut(Batch) -> Result<(), DatabaseError>,
    ) -> Result<u64, DatabaseError> {
        batches::read(self, sql, take)
    }

    fn write_batches(
        &mut self,
        relation: &Relation,
        columns: &str,
        batches: &mut dyn Iterator<Item = Result<Batch, DatabaseError>>,
    ) -> Result<u64, DatabaseError> {
        batches::write(self, relation, columns, batches)
    }

    fn type_name(&self, field: &Field) -> String {
        batches::type_name(field)
    }

    fn export(&mut self, sql: &str, file: &ExportFile) -> Result<Option<i64>, DatabaseError> {
        export::export(self, sql, file)
    }

    fn list_relations(&mut self, database: &str, schema: &str) -> Result<Vec<Relation>, DatabaseError> {
        catalog::list_relations(self, database, schema)
    }

    fn list_schemas(&mut self, _: &str) -> Result<Vec<String>, DatabaseError> {
        catalog::list_schemas(self)
    }

    fn columns(&mut self, relation: &Relation) -> Result<Vec<Column>, DatabaseError> {
        catalog::columns_of(self, relation)
    }

    fn canceller(&self) -> Arc<dyn Cancel> {
        Arc::new(CancelRequest { token: self.client.cancel_token(), tls: self.tls.clone() })
    }
}
