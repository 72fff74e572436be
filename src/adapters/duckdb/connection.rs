//! Talking to the database.

use super::credentials::Credentials;
use super::dialect::DUCKDB;
use super::{batches, cancel::Interrupt, catalog, errors, export, files, in_place, seed, values};
use crate::adapters::{
    Batch, BatchSchema, Cancel, Column, Connection, DatabaseError, Destination, ErrorKind, ExportFile, FileRows,
    InPlace, Reading, Relation, Response, Rows, RowsColumn, SeedTable,
};
use crate::sql::{self, Piece, PieceKind};
use duckdb::arrow::array::{Array, ArrayRef, AsArray};
use duckdb::arrow::datatypes::Field;
use duckdb::arrow::datatypes::{Int64Type, Schema, SchemaRef};
use std::sync::Arc;
use std::time::Duration;

/// How often a statement runs again after a conflict; the last pause is a quarter of a second.
const CONFLICT_RETRIES: u64 = 8;

/// Takes a chunk of rows; returns whether it wants more.
type Take<'a> = &'a mut dyn FnMut(&SchemaRef, &[ArrayRef]) -> bool;

/// One thread's connection.
pub(super) struct DuckDbConnection {
    pub(super) inner: duckdb::Connection,
    credentials: Arc<Credentials>,
    in_transaction: bool,
}

impl DuckDbConnection {
    pub(super) fn new(inner: duckdb::Connection, credentials: Arc<Credentials>) -> Self {
        Self { inner, credentials, in_transaction: false }
    }

    /// Runs statements one by one and hands the last one's columns and chunks of rows to `take`, until it returns
    /// false. Returns the last one's columns; `None` when there is no statement.
    pub(super) fn run(
        &mut self,
        sql: &str,
        mut take: impl FnMut(&SchemaRef, &[ArrayRef]) -> bool,
    ) -> Result<Option<SchemaRef>, DatabaseError> {
        let statements = sql::statements(sql, DUCKDB.lexis);
        let mut schema = None;
        for (index, statement) in statements.iter().enumerate() {
            let start = statement.as_ptr() as usize - sql.as_ptr() as usize;
            let is_last = index + 1 == statements.len();
            let ran = self.run_patiently(statement, &mut |schema, columns| is_last && take(schema, columns));
            schema = Some(
                ran.map_err(|error| DatabaseError { offset: error.offset.map(|offset| offset + start), ..error })?,
            );
        }
        Ok(schema)
    }

    /// Runs a statement, and again when it failed for a reason that may pass. Outside a transaction it is one by
    /// itself, so a conflict with another thread's transaction (as when both create the same schema) left no trace.
    fn run_patiently(&mut self, statement: &str, take: Take<'_>) -> Result<SchemaRef, DatabaseError> {
        let mut attempts = 0;
        loop {
            let mut any_taken = false;
            let outcome = self.run_one(statement, &mut |schema, columns| {
                any_taken = true;
                take(schema, columns)
            });
            attempts += 1;
            let pause = match &outcome {
                // Rows that were taken cannot be taken back.
                _ if any_taken => return outcome,
                Err(error) if self.credentials.retries.allow(error, attempts) => {
                    Duration::from_secs(1 << attempts.min(5))
                }
                Err(error)
                    if error.kind == ErrorKind::Transient && !self.in_transaction && attempts <= CONFLICT_RETRIES =>
                {
                    Duration::from_millis(1 << attempts)
                }
                _ => return outcome,
            };
            std::thread::sleep(pause);
        }
    }

    fn run_one(&mut self, statement: &str, take: Take<'_>) -> Result<SchemaRef, DatabaseError> {
        let failed = |error: duckdb::Error| errors::database_error(&error, statement);
        // What is prepared is planned once more when another thread has changed the catalog meanwhile.
        if is_silent(statement) {
            self.inner.execute_batch(statement).map_err(failed)?;
            return Ok(Arc::new(Schema::empty()));
        }
        if let Some(table) = filled_table(statement) {
            self.inner.execute_batch(statement).map_err(failed)?;
            return self.run_one(&format!("select count(*) as \"Count\" from {table}"), take);
        }
        let mut prepared = self.inner.prepare(statement).map_err(failed)?;
        drop(prepared.stream_arrow([]).map_err(failed)?);
        let schema = prepared.schema();
        while let Some(chunk) = prepared.step().map_err(failed)? {
            if !take(&schema, chunk.columns()) {
                break;
            }
        }
        Ok(schema)
    }

    /// A query of the program's own, every row's first columns as text.
    pub(super) fn texts(&mut self, sql: &str) -> Result<Vec<Vec<String>>, DatabaseError> {
        let (_, rows) = self.query(sql, None)?;
        let text = |cell| match cell {
            crate::adapters::Cell::Text(text) => text,
            _ => String::new(),
        };
        Ok(rows.rows.into_iter().map(|row| row.into_iter().map(text).collect()).collect())
    }
}

/// Words between `create` and what is created.
const MODIFIERS: &[&str] = &["OR", "REPLACE", "TEMP", "TEMPORARY", "PERSISTENT"];

/// Whether a statement says nothing but that it is done: it defines, drops or sets something. A table that is created may be
/// filled, and then its rows are counted.
fn is_silent(statement: &str) -> bool {
    let words = sql::pieces(statement, DUCKDB.lexis).filter(|piece| piece.kind == PieceKind::Word);
    let mut words =
        words.map(|piece| statement[piece.range].to_uppercase()).filter(|word| !MODIFIERS.contains(&word.as_str()));
    match words.next().as_deref() {
        Some("CREATE") => words.next().is_some_and(|kind| kind != "TABLE"),
        Some(verb) => ["ALTER", "DROP", "COMMENT", "SET", "RESET", "USE"].contains(&verb),
        None => false,
    }
}

/// The table that a statement creates from a query, in the words of the statement; `None` where something else may be
/// there already.
fn filled_table(statement: &str) -> Option<&str> {
    let mut pieces = sql::pieces(statement, DUCKDB.lexis);
    let is_word = |piece: &Piece, word: &str| statement[piece.range.clone()].eq_ignore_ascii_case(word);
    let words = pieces.by_ref().filter(|piece| !matches!(piece.kind, PieceKind::Space | PieceKind::Comment));
    let head: Vec<_> = words.take_while(|piece| !is_word(piece, "table")).take(5).collect();
    let known = |piece: &Piece| MODIFIERS.iter().any(|modifier| is_word(piece, modifier));
    if !head.first().is_some_and(|first| is_word(first, "create")) || !head[1..].iter().all(known) {
        return None;
    }
    let name: Vec<_> = pieces.take_while(|piece| !is_word(piece, "as")).collect();
    let named = |piece: &Piece| match piece.kind {
        PieceKind::Space | PieceKind::Quoted => true,
        PieceKind::Word => !is_word(piece, "if"),
        PieceKind::Symbol => is_word(piece, "."),
        PieceKind::Comment => false,
    };
    let (first, last) = (name.first()?, name.last()?);
    name.iter().all(named).then(|| statement[first.range.start..last.range.end].trim())
}

/// DuckDB names no command; a lone column `Count` is the number of rows that were written.
fn response(rows_affected: Option<i64>) -> Response {
    Response { message: "OK".into(), code: String::new(), rows_affected, ..Response::default() }
}

impl Connection for DuckDbConnection {
    fn execute(&mut self, sql: &str) -> Result<Response, DatabaseError> {
        let mut written = None;
        self.run(sql, |schema, columns| {
            let is_count = schema.fields().len() == 1 && schema.field(0).name() == "Count";
            let count = columns.first().and_then(|column| column.as_primitive_opt::<Int64Type>());
            written = count.filter(|count| is_count && count.len() == 1).map(|count| count.value(0));
            true
        })?;
        Ok(response(written))
    }

    fn query(&mut self, sql: &str, limit: Option<usize>) -> Result<(Response, Rows), DatabaseError> {
        let limit = limit.unwrap_or(usize::MAX);
        let mut rows = vec![];
        let schema = self.run(sql, |schema, columns| {
            let length = columns.first().map_or(0, |column| column.len());
            rows.extend((0..length.min(limit - rows.len())).map(|row| {
                schema.fields().iter().zip(columns).map(|(field, column)| values::cell(column, field, row)).collect()
            }));
            rows.len() < limit
        })?;
        let column = |field: &duckdb::arrow::datatypes::Field| RowsColumn {
            name: field.name().clone(),
            kind: values::column_type(field),
            data_type: values::type_name(field),
        };
        let columns = schema.iter().flat_map(|schema| schema.fields().iter()).map(|field| column(field)).collect();
        Ok((response(None), Rows { columns, rows }))
    }

    fn execute_whole(&mut self, sql: &str) -> Result<Response, DatabaseError> {
        // A statement by itself is a transaction.
        if sql::statements(sql, DUCKDB.lexis).len() == 1 {
            return self.execute(sql);
        }
        self.begin()?;
        let response = self.execute(sql)?;
        self.commit()?;
        Ok(response)
    }

    fn describe(&mut self, sql: &str) -> Result<Vec<Column>, DatabaseError> {
        const VERB: &str = "DESCRIBE ";
        let Some(last) = sql::statements(sql, DUCKDB.lexis).last().copied() else { return Ok(vec![]) };
        let start = last.as_ptr() as usize - sql.as_ptr() as usize;
        self.execute(&sql[..start])?;
        let described = self.texts(&format!("{VERB}{last}")).map_err(|error| DatabaseError {
            offset: error.offset.map(|offset| (start + offset).saturating_sub(VERB.len())),
            ..error
        })?;
        Ok(catalog::columns(described))
    }

    fn begin(&mut self) -> Result<(), DatabaseError> {
        if !self.credentials.disable_transactions && !self.in_transaction {
            run_all(&self.inner, "BEGIN TRANSACTION")?;
            self.in_transaction = true;
        }
        Ok(())
    }

    fn commit(&mut self) -> Result<(), DatabaseError> {
        end_transaction(&self.inner, &mut self.in_transaction, "COMMIT")
    }

    fn rollback(&mut self) -> Result<(), DatabaseError> {
        end_transaction(&self.inner, &mut self.in_transaction, "ROLLBACK")
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
        files::load_files(&self.inner, reading, destination)
    }

    fn files_query(&mut self, reading: InPlace<'_>) -> Result<String, DatabaseError> {
        in_place::query(self, reading)
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
        _: &str,
        batches: &mut dyn Iterator<Item = Result<Batch, DatabaseError>>,
    ) -> Result<u64, DatabaseError> {
        batches::write(self, relation, batches)
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
        Arc::new(Interrupt(self.inner.interrupt_handle()))
    }
}

fn run_all(connection: &duckdb::Connection, sql: &str) -> Result<(), DatabaseError> {
    connection.execute_batch(sql).map_err(|error| errors::database_error(&error, sql))
}

/// Commits or rolls back. A hook may have ended the transaction already; a failed commit ends it too.
fn end_transaction(
    connection: &duckdb::Connection,
    in_transaction: &mut bool,
    verb: &str,
) -> Result<(), DatabaseError> {
    if !std::mem::take(in_transaction) {
        return Ok(());
    }
    match run_all(connection, verb) {
        Err(error) if error.message.contains("no transaction is active") => Ok(()),
        outcome => outcome,
    }
}

#[cfg(test)]
mod tests {
    use crate::adapters::registry::{Surroundings, adapter};
    use crate::adapters::{Adapter, Cell, ErrorKind, Relation, RelationKind, SeedColumn, SeedTable};
    use crate::world::World;
    use serde_json::json;
    use std::path::Path;
    use std::sync::Arc;

    fn open(output: serde_json::Value) -> Arc<dyn Adapter> {
        let world = World::fixed("/", Default::default(), jiff::Timestamp::UNIX_EPOCH);
        let surroundings = Surroundings { world: &world, project_dir: Path::new("/"), threads: 1 };
        adapter(output.as_object().unwrap(), surroundings).unwrap()
    }

    fn memory() -> Arc<dyn Adapter> {
        open(json!({"type": "duckdb"}))
    }

    #[test]
    fn runs_statements_and_counts_rows() {
        let adapter = memory();
        let mut connection = adapter.connect("a").unwrap();
        let written = connection.execute("create table t(a int);\n insert into t values (1), (2); -- done").unwrap();
        assert_eq!((written.message.as_str(), written.rows_affected), ("OK", Some(2)));
        assert_eq!(connection.execute("-- nothing\n").unwrap().rows_affected, None);
        let (_, rows) = connection.query("select a from t order by a desc", Some(1)).unwrap();
        assert_eq!(rows.rows, [[Cell::Integer(2)]]);
        let (_, rows) = connection.query("select * from range(10000)", Some(5000)).unwrap();
        assert_eq!(rows.rows.len(), 5000);
        let error = connection.execute("create table u as select 1;\n\nselect\n nope from t").unwrap_err();
        assert_eq!(error.offset, Some(37));
    }

    #[test]
    fn definitions_are_silent_and_filled_tables_are_counted() {
        let silent =
            ["/* a */ create or replace temp view v as select 1", "-- x\nAlter view a rename to b", "drop schema s"];
        assert!(silent.into_iter().all(super::is_silent));
        let told = ["create or replace temporary table t as select 1", "select 1", "with a as (select 1) select 1", ""];
        assert!(!told.into_iter().any(super::is_silent));
        let mut connection = memory().connect("a").unwrap();
        let error = connection.execute("select 1;\ncreate view v as select nope").unwrap_err();
        assert_eq!((error.kind, error.offset), (ErrorKind::Statement, Some(34)));
        for (sql, rows) in [
            ("/* q */ create table \"t t\" -- x\n as select * from range(3)", Some(3)),
            ("create or replace temporary table main2 as (select 1)", Some(1)),
            ("create table if not exists main2 as select * from range(9)", Some(9)),
            ("create table listed(a) as select * from range(2)", Some(2)),
            ("create table empty (a integer)", None),
        ] {
            assert_eq!(connection.execute(sql).unwrap().rows_affected, rows, "{sql}");
        }
        assert_eq!(super::filled_table("create table a.\"b as\" as select 1"), Some("a.\"b as\""));
        assert_eq!(super::filled_table("create or replace temporary table t as (select 1)"), Some("t"));
        for other in
            ["create table if not exists t as select 1", "create table t(a) as select 1", "create view table as"]
        {
            assert_eq!(super::filled_table(other), None, "{other}");
        }
    }

    #[test]
    fn connections_share_one_database_and_transactions_end() {
        let adapter = memory();
        let (mut a, mut b) = (adapter.connect("a").unwrap(), adapter.connect("b").unwrap());
        a.begin().unwrap();
        a.execute("create table t as select 1 as a").unwrap();
        assert!(a.in_transaction() && b.list_relations("memory", "main").unwrap().is_empty());
        a.rollback().unwrap();
        a.begin().unwrap();
        a.execute("create view MyView as select 1 as a").unwrap();
        a.execute("commit").unwrap();
        a.commit().unwrap();
        let found = b.list_relations("memory", "MAIN").unwrap();
        assert_eq!(found, [Relation::new("memory", "main", "MyView").with_kind(RelationKind::View)]);
    }

    #[test]
    fn conflicts_of_transactions_are_transient() {
        let adapter = memory();
        let (mut a, mut b) = (adapter.connect("a").unwrap(), adapter.connect("b").unwrap());
        a.begin().unwrap();
        a.execute("create schema s").unwrap();
        b.begin().unwrap();
        assert_eq!(b.execute("create schema s").unwrap_err().kind, ErrorKind::Transient);
        b.rollback().unwrap();
        a.rollback().unwrap();
        let threads: Vec<_> = (0..4)
            .map(|_| {
                let mut connection = adapter.connect("c").unwrap();
                std::thread::spawn(move || connection.execute("create schema if not exists raced"))
            })
            .collect();
        assert!(threads.into_iter().all(|thread| thread.join().unwrap().is_ok()));
    }

    #[test]
    fn describes_without_running() {
        let mut connection = memory().connect("a").unwrap();
        connection.execute("create table \"T x\"(a decimal(10,2), b varchar[])").unwrap();
        let relation = Relation::new("memory", "main", "T x");
        let shown = |columns: Vec<crate::adapters::Column>| {
            columns.into_iter().map(|column| format!("{} {}", column.name, column.data_type)).collect::<Vec<_>>()
        };
        assert_eq!(shown(connection.columns(&relation).unwrap()), ["a DECIMAL(10,2)", "b VARCHAR[]"]);
        assert_eq!(shown(connection.describe("-- q\nselect 1::hugeint as x;").unwrap()), ["x HUGEINT"]);
        let described = connection.describe("create temp table q as select 1 as y; select y from q").unwrap();
        assert_eq!(shown(described), ["y INTEGER"]);
        assert!(connection.columns(&relation.with_identifier("none")).unwrap().is_empty());
        assert_eq!(connection.describe("select nope").unwrap_err().offset, Some(7));
    }

    #[test]
    fn loads_seeds_by_the_types_given() {
        let mut connection = memory().connect("a").unwrap();
        connection.execute("create table s(id integer, \"when\" timestamp, note varchar)").unwrap();
        let column = |name: &str, data_type: &str| SeedColumn {
            name: name.into(),
            data_type: data_type.into(),
            keeps_words: name == "note",
            clean: |text| text.into(),
        };
        let folder = tempfile::tempdir().unwrap();
        let seed_of = |text: &str, is_plain: bool| {
            let path = folder.path().join("seed.csv");
            std::fs::write(&path, text).unwrap();
            let columns = vec![column("id", "integer"), column("when", "timestamp"), column("note", "varchar")];
            SeedTable { path, is_plain, delimiter: b',', columns }
        };
        let seed = |text: &str| seed_of(text, false);
        let relation = Relation::new("memory", "main", "s");
        let text = "id,when,note\n1,2024-01-02T03:04:05Z,\"a\n\"\"b\"\"\"\n,null,null\n,,\n";
        assert_eq!(connection.load_seed(&relation, &seed(text)).unwrap(), 3);
        let (_, rows) = connection.query("select id, \"when\"::varchar, note from s", None).unwrap();
        let text = |text: &str| Cell::Text(text.into());
        assert_eq!(rows.rows[0], [Cell::Integer(1), text("2024-01-02 03:04:05"), text("a\n\"b\"")]);
        assert_eq!(rows.rows[1], [Cell::Null, Cell::Null, text("null")]);
        assert_eq!(rows.rows[2], [Cell::Null, Cell::Null, Cell::Null]);
        let error = connection.load_seed(&relation, &seed("id,when,note\n1,,\"x\ny\"\n\none,,y\n")).unwrap_err();
        assert_eq!(
            error.message,
            "Line 5 of the seed: Error when converting column \"id\". Could not convert string \"one\" to 'INTEGER'"
        );
        let plain = |text: &str| seed_of(text, true);
        connection.execute("delete from s").unwrap();
        let text_of_seed = "id,when,note\n1,2024-01-02T03:04:05Z,\"a\n,b\"\n,,null\n,,";
        assert_eq!(connection.load_seed(&relation, &plain(text_of_seed)).unwrap(), 3);
        let (_, rows) = connection.query("select id, \"when\"::varchar, note from s", None).unwrap();
        assert_eq!(rows.rows[0], [Cell::Integer(1), text("2024-01-02 03:04:05"), text("a\n,b")]);
        assert_eq!(rows.rows[1], [Cell::Null, Cell::Null, text("null")]);
        assert_eq!(rows.rows[2], [Cell::Null, Cell::Null, Cell::Null]);
        let error = connection.load_seed(&relation, &plain("id,when,note\n1,,\"x\ny\"\none,,y\n")).unwrap_err();
        assert_eq!(
            error.message,
            "Line 4 of the seed: Error when converting column \"id\". Could not convert string \"one\" to 'INTEGER'"
        );
    }

    #[test]
    fn cancels_from_another_thread() {
        let mut connection = memory().connect("a").unwrap();
        let canceller = connection.canceller();
        let done = Arc::new(std::sync::atomic::AtomicBool::new(false));
        let watch = done.clone();
        // An interrupt before the statement is in flight is lost, so it is repeated.
        let stopper = std::thread::spawn(move || {
            while !watch.load(std::sync::atomic::Ordering::Relaxed) {
                canceller.cancel();
                std::thread::yield_now();
            }
        });
        let error = connection.execute("select count(*) from range(100000000000)").unwrap_err();
        done.store(true, std::sync::atomic::Ordering::Relaxed);
        stopper.join().unwrap();
        assert_eq!(error.kind, ErrorKind::Cancelled);
    }

    #[test]
    fn files_are_sought_in_the_projects_folder() {
        let folder = tempfile::tempdir().unwrap();
        std::fs::write(folder.path().join("data.csv"), "a\n1\n").unwrap();
        let world = World::fixed("/", Default::default(), jiff::Timestamp::UNIX_EPOCH);
        let surroundings = Surroundings { world: &world, project_dir: folder.path(), threads: 1 };
        let adapter = adapter(json!({"type": "duckdb"}).as_object().unwrap(), surroundings).unwrap();
        let (_, rows) = adapter.connect("a").unwrap().query("select a from 'data.csv'", None).unwrap();
        assert_eq!(rows.rows, [[Cell::Integer(1)]]);
    }

    #[test]
    fn settings_and_attachments_hold() {
        let folder = tempfile::tempdir().unwrap();
        let (main, other) = (folder.path().join("main.db"), folder.path().join("o.db"));
        let adapter = open(json!({
            "type": "duckdb", "path": main, "settings": {"TimeZone": "Asia/Tokyo", "memory_limit": "1GB"},
            "config_options": {"threads": 2}, "attach": [{"path": other, "alias": "o"}], "extensions": ["json"],
        }));
        let mut connection = adapter.connect("a").unwrap();
        connection.execute("create schema o.deep; create table o.deep.t as select 1 as a").unwrap();
        assert_eq!(connection.list_relations("o", "deep").unwrap().len(), 1);
        assert!(connection.list_schemas("O").unwrap().contains(&"deep".to_owned()));
        assert_eq!(adapter.database(), "main_db");
        let sql =
            "select current_setting('TimeZone'), ('2024-01-01 00:00:00+00'::timestamptz)::varchar, current_database()";
        let texts = connection.query(sql, None).unwrap().1.rows;
        assert_eq!(texts, [["Asia/Tokyo", "2024-01-01 09:00:00+09", "main_db"].map(|text| Cell::Text(text.into()))]);
    }
}
