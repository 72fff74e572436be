//! The database of a golden run: a DuckDB file in the project, or a database of its own on the test server or on the
//! emulator of Snowflake.

use sqlbuild::adapters::registry::{Surroundings, adapter};
use sqlbuild::adapters::{Cell, Connection, Rows};
use sqlbuild::world::World;
use std::path::{Path, PathBuf};

/// An engine under test.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Engine {
    DuckDb,
    Postgres,
    Snowflake,
}

impl Engine {
    /// Where cases run that do not say.
    pub const DEFAULT: [Engine; 2] = [Engine::DuckDb, Engine::Postgres];

    pub const ALL: [Engine; 3] = [Engine::DuckDb, Engine::Postgres, Engine::Snowflake];

    pub fn name(self) -> &'static str {
        match self {
            Engine::DuckDb => "duckdb",
            Engine::Postgres => "postgres",
            Engine::Snowflake => "snowflake",
        }
    }

    pub fn parse(name: &str) -> Result<Self, String> {
        Self::ALL.into_iter().find(|engine| engine.name() == name).ok_or_else(|| format!("no such engine: {name}"))
    }
}

/// The database of one run; gone when dropped.
pub struct Database {
    engine: Engine,
    name: String,
    project: PathBuf,
    server: Vec<(String, String)>,
}

impl Database {
    /// An empty database for a case.
    pub fn create(engine: Engine, case: &str, project: &Path) -> Result<Self, String> {
        let server = match engine {
            Engine::DuckDb => vec![],
            Engine::Postgres => test_server("SQLBUILD_TEST_POSTGRES")?,
            Engine::Snowflake => test_server("SQLBUILD_TEST_SNOWFLAKE")?,
        };
        let name = match engine {
            Engine::DuckDb => "golden".to_owned(),
            Engine::Postgres | Engine::Snowflake => format!("golden_{case}"),
        };
        let database = Self { engine, name, project: project.to_owned(), server };
        if engine == Engine::Postgres {
            let mut connection = database.connect("postgres")?;
            let name = &database.name;
            connection
                .execute(&format!("drop database if exists \"{name}\" with (force)"))
                .and_then(|_| connection.execute(&format!("create database \"{name}\"")))
                .map_err(|error| error.to_string())?;
        }
        Ok(database)
    }

    /// A profiles.yml for the project. One thread, so that lines come in one order.
    pub fn profiles(&self) -> String {
        let output: Vec<String> =
            self.output(&self.name).into_iter().map(|(key, value)| format!("      {key}: {value}\n")).collect();
        format!("golden:\n  target: dev\n  outputs:\n    dev:\n{}", output.concat())
    }

    /// What the program is given beside the profile.
    pub fn environment(&self) -> Vec<(&'static str, String)> {
        let port = self.server.iter().find(|(key, _)| key == "port").map(|(_, port)| ("GOLDEN_PORT", port.clone()));
        [("NO_COLOR", "1".into()), ("COLUMNS", "100".into())].into_iter().chain(port).collect()
    }

    fn output(&self, database: &str) -> serde_json::Map<String, serde_json::Value> {
        let mut output = serde_json::Map::new();
        output.insert("type".into(), self.engine.name().into());
        output.insert("threads".into(), 1.into());
        output.insert("schema".into(), "analytics".into());
        match self.engine {
            Engine::DuckDb => {
                output.insert("path".into(), "golden.duckdb".into());
            }
            Engine::Postgres => {
                for (key, value) in &self.server {
                    let number = value.parse::<i64>().map(Into::into);
                    output.insert(key.clone(), number.unwrap_or_else(|_| value.clone().into()));
                }
                output.insert("dbname".into(), database.into());
            }
            Engine::Snowflake => {
                for (key, value) in [("account", "emulated"), ("user", "golden"), ("password", "golden")] {
                    output.insert(key.into(), value.into());
                }
                for (key, value) in &self.server {
                    output.insert(key.clone(), value.clone().into());
                }
                output.insert("database".into(), database.into());
            }
        }
        output
    }

    fn connect(&self, database: &str) -> Result<Box<dyn Connection>, String> {
        let world = World::real();
        let surroundings = Surroundings { world: &world, project_dir: &self.project, threads: 1 };
        adapter(&self.output(database), surroundings)
            .and_then(|adapter| adapter.connect("golden"))
            .map_err(|error| error.to_string())
    }

    /// Runs a statement.
    pub fn execute(&self, sql: &str) -> Result<(), String> {
        self.connect(&self.name)?.execute(sql).map(drop).map_err(|error| format!("{sql}: {error}"))
    }

    /// A query's rows as a table of text; an error as its message.
    pub fn query(&self, sql: &str) -> Result<String, String> {
        let answer = self.connect(&self.name)?.query(sql, None);
        Ok(answer.map(|(_, rows)| table(&rows)).unwrap_or_else(|error| format!("({error})\n")))
    }
}

impl Drop for Database {
    fn drop(&mut self) {
        if self.engine == Engine::Snowflake {
            // The emulator makes the databases that sessions name; those of a test go with it.
            let _ = self.execute(&format!("drop database {}", self.name));
        }
        if self.engine == Engine::Postgres
            && let Ok(mut connection) = self.connect("postgres")
        {
            // The server is thrown away anyway: a failure here is not the case's.
            let _ = connection.execute(&format!("drop database if exists \"{}\" with (force)", self.name));
        }
    }
}

/// The keys of the test server's connection string, as a profile names them.
fn test_server(variable: &str) -> Result<Vec<(String, String)>, String> {
    let text = std::env::var(variable)
        .map_err(|_| format!("{variable} is not set: run the tests with ./test, which starts a server"))?;
    Ok(text
        .split_whitespace()
        .filter_map(|pair| pair.split_once('='))
        .filter(|(key, _)| *key != "dbname")
        .map(|(key, value)| (key.to_owned(), value.to_owned()))
        .collect())
}

fn table(rows: &Rows) -> String {
    let mut lines = vec![rows.columns.iter().map(|column| column.name.clone()).collect::<Vec<_>>()];
    lines.extend(rows.rows.iter().map(|row| row.iter().map(text).collect()));
    let widths: Vec<usize> =
        (0..rows.columns.len()).map(|i| lines.iter().map(|line| line[i].chars().count()).max().unwrap_or(0)).collect();
    lines.insert(1, widths.iter().map(|width| "-".repeat(*width)).collect());
    let mut out = String::new();
    for line in lines {
        let cells: Vec<String> = line.iter().zip(&widths).map(|(cell, width)| format!("{cell:<width$}")).collect();
        out.push_str(cells.join(" | ").trim_end());
        out.push('\n');
    }
    out
}

fn text(cell: &Cell) -> String {
    match cell {
        Cell::Null => "null".into(),
        Cell::Boolean(value) => value.to_string(),
        Cell::Integer(value) => value.to_string(),
        Cell::Float(value) => value.to_string(),
        Cell::Decimal(value) | Cell::Text(value) => value.clone(),
        Cell::Date(value) => value.to_string(),
        Cell::Time(value) => value.to_string(),
        Cell::DateTime(value) => value.to_string().replace('T', " "),
        Cell::Timestamp(value) => value.to_string(),
        Cell::Nested(value) => value.to_string(),
        Cell::Bytes(value) => format!("{} bytes", value.len()),
    }
}
