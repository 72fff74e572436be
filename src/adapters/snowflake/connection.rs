//! Talking to an account.

use super::client::{Client, Statement};
use super::dialect::SNOWFLAKE;
use super::transaction::{Effect, binds_session};
use super::{batches, catalog, errors, export, files, seed};
use crate::adapters::{
    Batch, BatchSchema, Cancel, Cell, Column, Connection, DatabaseError, Destination, ExportFile, FileRows, Reading,
    Relation, Response, Rows, RowsColumn, SeedTable,
};
use crate::sql;
use duckdb::arrow::datatypes::Field;
use std::sync::Arc;

/// One thread's session.
///
/// Snowflake commits by itself before and after each statement that creates, changes or drops something. So a
/// transaction that was asked for begins with the first statement that writes rows, and ends before one of those.
pub(super) struct SnowflakeConnection {
    client: Arc<dyn Client>,
    /// Whether a transaction was asked for.
    wanted: bool,
    /// Whether Snowflake has one open.
    open: bool,
    /// Whether the session has what a new one would lack.
    bound: bool,
}

impl SnowflakeConnection {
    pub(super) fn new(client: Arc<dyn Client>) -> Self {
        Self { client, wanted: false, open: false, bound: false }
    }

    /// Sends one statement as it is.
    pub(super) fn send(
        &mut self,
        sql: &str,
        bindings: &[Vec<Option<String>>],
    ) -> Result<super::answer::Answer, DatabaseError> {
        self.ask(Statement { sql, bindings, describe_only: false, may_start_over: self.may_start_over() })
    }

    fn may_start_over(&self) -> bool {
        !self.open && !self.bound
    }

    /// After a session that is no more the next statement opens another.
    fn ask(&mut self, statement: Statement<'_>) -> Result<super::answer::Answer, DatabaseError> {
        let answer = self.client.run(&statement);
        if answer.as_ref().err().is_some_and(errors::is_gone) {
            (self.open, self.bound) = (false, false);
        }
        answer
    }

    fn plain(&mut self, sql: &str) -> Result<(), DatabaseError> {
        self.send(sql, &[]).map(drop)
    }

    /// Sends one statement, in a transaction where one was asked for and it takes part in such.
    pub(super) fn run(
        &mut self,
        statement: &str,
        bindings: &[Vec<Option<String>>],
    ) -> Result<super::answer::Answer, DatabaseError> {
        match Effect::of(statement) {
            Effect::Writes if self.wanted && !self.open => {
                self.plain("begin")?;
                self.open = true;
            }
            Effect::Commits if self.open => {
                self.open = false;
                self.plain("commit")?;
            }
            Effect::Begins => self.open = true,
            Effect::Ends => self.open = false,
            _ => {}
        }
        let answer = self.send(statement, bindings)?;
        self.bound |= binds_session(statement);
        Ok(answer)
    }

    /// Runs all statements but the last, which is returned with its place in the text.
    fn up_to_last<'a>(&mut self, sql: &'a str) -> Result<(&'a str, usize), DatabaseError> {
        let statements = sql::statements(sql, SNOWFLAKE.lexis);
        let Some((last, before)) = statements.split_last() else { return Ok(("", 0)) };
        let start = |statement: &str| statement.as_ptr() as usize - sql.as_ptr() as usize;
        for statement in before {
            self.run(statement, &[]).map_err(|error| moved(error, start(statement)))?;
        }
        Ok((last, start(last)))
    }

    /// A query of the program's own, every value as text, under its column's name in small letters.
    pub(super) fn texts(&mut self, sql: &str) -> Result<Vec<TextRow>, DatabaseError> {
        let answer = self.send(sql, &[])?;
        let names: Arc<[String]> = answer.columns.iter().map(|column| column.name.to_lowercase()).collect();
        let mut rows = vec![];
        for page in answer.pages {
            rows.extend(page?.into_iter().map(|cells| TextRow { names: names.clone(), cells }));
        }
        Ok(rows)
    }

    fn end(&mut self, verb: &str) -> Result<(), DatabaseError> {
        self.wanted = false;
        match std::mem::take(&mut self.open) {
            true => self.plain(verb),
            false => Ok(()),
        }
    }
}

/// A row of the catalog's.
pub(super) struct TextRow {
    names: Arc<[String]>,
    cells: Vec<Cell>,
}

impl TextRow {
    /// The value of a column; nothing where there is no such column.
    pub(super) fn get(&self, name: &str) -> String {
        let at = self.names.iter().position(|known| known == name);
        match at.and_then(|at| self.cells.get(at)) {
            None | Some(Cell::Null) => String::new(),
            Some(cell) => cell.to_string(),
        }
    }
}

/// An error of a part of the text, as one of the whole.
fn moved(error: DatabaseError, by: usize) -> DatabaseError {
    DatabaseError { offset: error.offset.map(|offset| offset + by), ..error }
}

impl Connection for SnowflakeConnection {
    fn execute(&mut self, sql: &str) -> Result<Response, DatabaseError> {
        let (statement, start) = self.up_to_last(sql)?;
        if statement.is_empty() {
            return Ok(Response::default());
        }
        self.run(statement, &[]).map_err(|error| moved(error, start))?.response()
    }

    fn query(&mut self, sql: &str, limit: Option<usize>) -> Result<(Response, Rows), DatabaseError> {
        let (statement, start) = self.up_to_last(sql)?;
        if statement.is_empty() {
            return Ok(Default::default());
        }
        let limit = limit.unwrap_or(usize::MAX);
        let mut answer = self.run(statement, &[]).map_err(|error| moved(error, start))?;
        let columns = answer
            .columns
            .iter()
            .map(|column| RowsColumn {
                name: column.name.clone(),
                kind: column.column_type(),
                data_type: column.type_name(),
            })
            .collect();
        let mut rows: Vec<Vec<Cell>> = vec![];
        while rows.len() < limit
            && let Some(page) = answer.pages.next().transpose()?
        {
            rows.extend(page.into_iter().take(limit - rows.len()));
        }
        Ok((answer.response()?, Rows { columns, rows }))
    }

    fn describe(&mut self, sql: &str) -> Result<Vec<Column>, DatabaseError> {
        let (statement, start) = self.up_to_last(sql)?;
        let may_start_over = self.may_start_over();
        let asked = Statement { sql: statement, bindings: &[], describe_only: true, may_start_over };
        let answer = self.ask(asked).map_err(|error| moved(error, start))?;
        Ok(answer.columns.iter().map(|column| Column::new(&column.name, column.type_name())).collect())
    }

    fn begin(&mut self) -> Result<(), DatabaseError> {
        self.wanted = true;
        Ok(())
    }

    fn commit(&mut self) -> Result<(), DatabaseError> {
        self.end("commit")
    }

    fn rollback(&mut self) -> Result<(), DatabaseError> {
        self.end("rollback")
    }

    fn in_transaction(&self) -> bool {
        self.wanted
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
        batches::schema(self, sql)
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

    fn list_schemas(&mut self, database: &str) -> Result<Vec<String>, DatabaseError> {
        catalog::list_schemas(self, database)
    }

    fn columns(&mut self, relation: &Relation) -> Result<Vec<Column>, DatabaseError> {
        catalog::columns_of(self, relation)
    }

    fn canceller(&self) -> Arc<dyn Cancel> {
        Arc::new(super::cancel::Abort(self.client.clone()))
    }
}
