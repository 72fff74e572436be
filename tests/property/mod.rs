//! Cases against an oracle: projects that the binary runs on either engine, streams of cases from a seed, the smallest case
//! that fails, runs that are killed.
//!
//! - `SQLBUILD_TEST_CASES`: how many cases there are
//! - `SQLBUILD_TEST_SEED`: a number; another one gives other cases

use proptest::strategy::{Strategy, ValueTree};
use proptest::test_runner::{Config, RngAlgorithm, TestRng, TestRunner};
use serde_json::{Value as Json, json};
use sqlbuild::adapters::registry::{Surroundings, adapter};
use sqlbuild::adapters::{Cell, Connection};
use sqlbuild::world::World;
use std::io::Write;
use std::path::Path;
use std::process::{Command, Output};

/// What is easily confused when parts of keys are joined.
pub const KEY_PARTS: [&str; 9] = ["'a'", "'a|b'", "'b'", "''", "'^'", "'^N'", "'a^'", "'|'", "''''"];

#[derive(Debug, Clone, Copy, PartialEq)]
pub enum Engine {
    DuckDb,
    Postgres,
    /// An emulator of it, which not every test can use.
    #[allow(dead_code)]
    Snowflake,
}

/// A project in a directory of its own, with a schema of its own.
pub struct Project {
    place: tempfile::TempDir,
    output: Json,
    pub schema: String,
}

impl Project {
    pub fn new(engine: Engine, schema: &str) -> Self {
        let mut output = match engine {
            Engine::DuckDb => json!({"type": "duckdb", "path": "cases.duckdb"}),
            Engine::Postgres => server("SQLBUILD_TEST_POSTGRES", json!({"type": "postgres"})),
            Engine::Snowflake => server(
                "SQLBUILD_TEST_SNOWFLAKE",
                json!({
                    "type": "snowflake", "account": "emulated", "user": "cases", "password": "cases",
                    "database": format!("cases_{schema}"),
                }),
            ),
        };
        output["schema"] = schema.into();
        let project = Self { place: tempfile::tempdir().unwrap(), output, schema: schema.to_owned() };
        let profiles = json!({"cases": {"target": "dev", "outputs": {"dev": project.output}}});
        project.write("dbt_project.yml", "name: cases\nprofile: cases\n");
        project.write("profiles.yml", &profiles.to_string());
        project
    }

    pub fn path(&self) -> &Path {
        self.place.path()
    }

    pub fn write(&self, path: &str, text: &str) {
        let path = self.path().join(path);
        std::fs::create_dir_all(path.parent().unwrap()).unwrap();
        std::fs::write(path, text).unwrap();
    }

    /// The binary with arguments.
    pub fn command(&self, arguments: &[&str]) -> Command {
        let mut command = Command::new(env!("CARGO_BIN_EXE_sqlbuild"));
        command.args(arguments).current_dir(self.path()).env("NO_COLOR", "1").env("TZ", "UTC");
        command
    }

    /// Runs the binary; it is killed after so many statements.
    pub fn run(&self, arguments: &[&str], killed_after: Option<usize>) -> Output {
        let mut command = self.command(arguments);
        command.envs(killed_after.map(|count| ("SQLBUILD_TEST_KILL_AFTER", count.to_string())));
        command.output().unwrap()
    }

    /// Runs the binary, which must succeed.
    pub fn succeed(&self, arguments: &[&str]) {
        let output = self.run(arguments, None);
        assert!(
            output.status.success(),
            "{arguments:?} in {}: {}",
            self.schema,
            String::from_utf8_lossy(&output.stdout)
        );
    }

    /// Uses the database, which no run has open meanwhile.
    pub fn database<T>(&self, work: impl FnOnce(&mut dyn Connection) -> T) -> T {
        let world = World::real();
        let surroundings = Surroundings { world: &world, project_dir: self.path(), threads: 1 };
        let adapter = adapter(self.output.as_object().unwrap(), surroundings).unwrap();
        let result = work(adapter.connect("oracle").unwrap().as_mut());
        adapter.close();
        result
    }

    pub fn query(&self, sql: &str) -> Vec<Vec<Cell>> {
        self.database(|connection| connection.query(sql, None)).unwrap().1.rows
    }

    /// Whether there is such a table with such a column.
    pub fn has_column(&self, table: &str, column: &str) -> bool {
        let found = format!(
            "select 1 from information_schema.columns
             where lower(table_schema) = '{}' and lower(table_name) = '{table}' and lower(column_name) = '{column}'",
            self.schema
        );
        !self.query(&found).is_empty()
    }

    /// Remembers the tables of the schema as they are.
    pub fn keep(&self) {
        copy_tables(self, &self.schema, &format!("{}_kept", self.schema));
    }

    /// Puts them back.
    pub fn restore(&self) {
        copy_tables(self, &format!("{}_kept", self.schema), &self.schema);
    }

    /// Makes the schema anew, with one table of rows in it.
    pub fn load(&self, table: &str, columns: &str, rows: &[String]) {
        let schema = &self.schema;
        self.database(|connection| {
            connection
                .execute(&format!(
                    "drop schema if exists {schema} cascade; create schema {schema}; create table {schema}.{table} ({columns})"
                ))
                .unwrap();
            for rows in rows.chunks(1_000) {
                connection.execute(&format!("insert into {schema}.{table} values {}", rows.join(", "))).unwrap();
            }
        });
    }
}

fn copy_tables(project: &Project, from: &str, to: &str) {
    let tables =
        project.query(&format!("select table_name from information_schema.tables where table_schema = '{from}'"));
    let mut statements = vec![format!("drop schema if exists {to} cascade"), format!("create schema {to}")];
    statements.extend(tables.iter().map(|row| format!("create table {to}.{0} as select * from {from}.{0}", row[0])));
    project.database(|connection| connection.execute(&statements.join("; "))).unwrap();
}

/// The output of a profile, with the keys of the test server that a variable names.
fn server(variable: &str, mut output: Json) -> Json {
    let dsn =
        std::env::var(variable).unwrap_or_else(|_| panic!("{variable} names no server: run ./test, which starts one"));
    for (key, value) in dsn.split_whitespace().filter_map(|pair| pair.split_once('=')) {
        output[key] = value.parse::<i64>().map_or_else(|_| value.into(), Json::from);
    }
    output
}

fn environment_number(name: &str, default: u64) -> u64 {
    std::env::var(name).map_or(default, |text| text.parse().unwrap_or_else(|_| panic!("{name} is no number: {text}")))
}

/// How many cases are wanted.
pub fn wanted(default: u64) -> u64 {
    environment_number("SQLBUILD_TEST_CASES", default)
}

/// Cases of a strategy, the same for the same seed.
pub fn trees<S: Strategy>(strategy: &S, count: u64) -> Vec<S::Tree> {
    let mut seed = [0; 32];
    seed[..8].copy_from_slice(&environment_number("SQLBUILD_TEST_SEED", 1).to_le_bytes());
    let mut runner = TestRunner::new_with_rng(Config::default(), TestRng::from_seed(RngAlgorithm::ChaCha, &seed));
    (0..count).map(|_| strategy.new_tree(&mut runner).unwrap()).collect()
}

/// Says something even where the output of tests is captured.
fn tell(text: &str) {
    let _ = writeln!(std::io::stderr(), "{text}");
}

/// Panics with what is said of the smallest case that fails. `difference` takes numbered cases, and says which of them, by
/// its place, is not as it should be.
pub fn none_fails<T: ValueTree>(
    what: &str,
    mut trees: Vec<T>,
    difference: impl Fn(&[(usize, T::Value)]) -> Option<(usize, String)>,
) {
    let cases: Vec<_> = trees.iter().map(ValueTree::current).enumerate().collect();
    let Some((index, mut found)) = difference(&cases) else { return tell(&format!("{what}: {} cases", cases.len())) };
    let tree = &mut trees[index];
    let mut shrinks = tree.simplify();
    while shrinks {
        shrinks = match difference(&[(index, tree.current())]) {
            Some((_, smaller)) => {
                found = smaller;
                tree.simplify()
            }
            None => tree.complicate(),
        };
    }
    panic!("{found}");
}

/// Calls `attempt` with 1, 2 … as the statement after which its run is killed, until a run comes to its end alive.
pub fn for_each_statement(what: &str, attempt: impl Fn(usize) -> Output) {
    for statement in 1.. {
        if attempt(statement).status.success() {
            assert!(statement > 5, "{what}: only {statement} statements: the run is not killed at all");
            return tell(&format!("{what}: killed after each of {} statements", statement - 1));
        }
    }
}

/// Starts runs that write the same relation on PostgreSQL, and holds them until all of them wait; all must succeed.
pub fn succeed_together(project: &Project, relation: &str, commands: Vec<Command>) {
    let place = format!("{}.\"{}\".\"{relation}\"", project.output["dbname"], project.schema);
    let lock = format!("hashtextextended('sqlbuild {place}', 0)");
    let waiting = format!(
        "select count(*) from pg_locks
         where locktype = 'advisory' and not granted and (classid::bigint << 32) | objid::bigint = {lock}"
    );
    let ready = Cell::Integer(commands.len() as i128);
    let runs = project.database(|holder| {
        holder.begin().unwrap();
        holder.execute(&format!("select pg_advisory_xact_lock({lock})")).unwrap();
        let piped = |mut command: Command| command.stdout(std::process::Stdio::piped()).spawn().unwrap();
        let mut runs: Vec<_> = commands.into_iter().map(piped).collect();
        while holder.query(&waiting, None).unwrap().1.rows[0][0] != ready {
            assert!(runs.iter_mut().all(|run| run.try_wait().unwrap().is_none()), "a run did not wait");
        }
        holder.commit().unwrap();
        runs
    });
    for run in runs {
        let output = run.wait_with_output().unwrap();
        assert!(output.status.success(), "{}", String::from_utf8_lossy(&output.stdout));
    }
}

/// A small table of texts under their titles.
pub fn table(titles: &[&str], rows: impl Iterator<Item = Vec<String>>) -> String {
    let rows: Vec<Vec<String>> =
        std::iter::once(titles.iter().map(|title| (*title).to_owned()).collect()).chain(rows).collect();
    let width = |column: usize| rows.iter().map(|row| row[column].chars().count()).max().unwrap_or_default();
    let widths: Vec<usize> = (0..titles.len()).map(width).collect();
    let line = |row: &Vec<String>| {
        let cells = row.iter().zip(&widths).map(|(cell, width)| format!("{cell:width$}"));
        cells.collect::<Vec<_>>().join("  ").trim_end().to_owned() + "\n"
    };
    rows.iter().map(line).collect()
}

/// A value, or `-` where there is none.
pub fn text<T: ToString>(value: &Option<T>) -> String {
    value.as_ref().map_or("-".to_owned(), T::to_string)
}
