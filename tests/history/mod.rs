//! A project with one snapshot, on an engine, whose query gives one batch after another.

use super::oracle::{Deletes, Observation, Rules, Version};
use serde_json::{Value as Json, json};
use sqlbuild::adapters::registry::{Surroundings, adapter};
use sqlbuild::adapters::{Cell, Connection};
use sqlbuild::world::World;
use std::collections::BTreeMap;
use std::process::{Command, Output};

/// A key and what is observed of it.
pub type Stream = (usize, Vec<Observation>);

/// Parts of keys that are easily confused when they are joined.
const PARTS: [&str; 10] = ["null", "'a'", "'a|b'", "'b'", "''", "'^'", "'^N'", "'a^'", "'|'", "''''"];

pub struct Project {
    pub place: tempfile::TempDir,
    output: Json,
    schema: String,
    rules: Rules,
}

impl Project {
    pub fn duckdb(rules: Rules) -> Self {
        Self::new(json!({"type": "duckdb", "path": "history.duckdb"}), rules)
    }

    pub fn postgres(rules: Rules) -> Self {
        let dsn = std::env::var("SQLBUILD_TEST_POSTGRES")
            .expect("SQLBUILD_TEST_POSTGRES names no server: run ./test, which starts one");
        let mut output = json!({"type": "postgres"});
        for (key, value) in dsn.split_whitespace().filter_map(|pair| pair.split_once('=')) {
            output[key] = value.parse::<i64>().map_or_else(|_| value.into(), Json::from);
        }
        Self::new(output, rules)
    }

    fn new(mut output: Json, rules: Rules) -> Self {
        let schema = format!("history_{}", rules.name);
        output["schema"] = schema.as_str().into();
        let place = tempfile::tempdir().unwrap();
        let profiles = json!({"history": {"target": "dev", "outputs": {"dev": output}}});
        std::fs::create_dir(place.path().join("snapshots")).unwrap();
        let write = |path: &str, text: String| std::fs::write(place.path().join(path), text).unwrap();
        write("dbt_project.yml", "name: history\nprofile: history\n".into());
        write("profiles.yml", profiles.to_string());
        write("snapshots/versions.sql", snapshot(&rules, &schema));
        Self { place, output, schema, rules }
    }

    /// Uses the database, which no run has open meanwhile.
    pub fn database<T>(&self, work: impl FnOnce(&mut dyn Connection) -> T) -> T {
        let world = World::real();
        let surroundings = Surroundings { world: &world, project_dir: self.place.path(), threads: 1 };
        let adapter = adapter(self.output.as_object().unwrap(), surroundings).unwrap();
        let result = work(adapter.connect("oracle").unwrap().as_mut());
        adapter.close();
        result
    }

    /// Puts what is observed of all streams where the snapshot reads it.
    pub fn load(&self, streams: &[Stream]) {
        let number = |number: Option<u8>| number.map_or("null".to_owned(), |number| number.to_string());
        let mut rows = vec![];
        for (key, observations) in streams {
            for it in observations {
                let time = format!("timestamp '2024-01-01' + interval '{} days'", it.at);
                let name = it.name.map_or("null".to_owned(), |name| format!("'{name}'"));
                let (amount, email, extra) = (number(it.amount), number(it.email), number(it.extra));
                let operation = if it.gone { "D" } else { "U" };
                rows.push(format!(
                    "({}, {}, '{operation}', {time}, {name}, {amount}, {email}, {extra})",
                    it.batch,
                    key_parts(*key)
                ));
            }
        }
        let schema = &self.schema;
        self.database(|connection| {
            connection
                .execute(&format!(
                    "drop schema if exists {schema} cascade; create schema {schema};
                     create table {schema}.feed (
                         batch integer, k1 text, k2 text, k3 integer, op text, seen_at timestamp, name text,
                         amount integer, email integer, extra integer
                     )"
                ))
                .unwrap();
            for rows in rows.chunks(1_000) {
                connection.execute(&format!("insert into {schema}.feed values {}", rows.join(", "))).unwrap();
            }
        });
    }

    /// Takes the snapshot of a batch at its clock.
    pub fn snapshot(&self, batch: u8, environment: &[(&str, String)]) -> Output {
        let clock = format!("2024-01-{:02}T12:00:00", self.rules.clock(batch) / 2 + 1);
        Command::new(env!("CARGO_BIN_EXE_sqlbuild"))
            .args(["snapshot", "--as-of", &clock, "--vars", &format!("{{batch: {batch}}}")])
            .current_dir(self.place.path())
            .env("NO_COLOR", "1")
            .env("TZ", "UTC")
            .envs(environment.iter().cloned())
            .output()
            .unwrap()
    }

    /// The same; it must succeed.
    pub fn take(&self, batch: u8) {
        let output = self.snapshot(batch, &[]);
        assert!(output.status.success(), "{}: {}", self.rules.name, String::from_utf8_lossy(&output.stdout));
    }

    /// What the table has of each key, and all of it as text.
    pub fn versions(&self) -> (BTreeMap<String, Vec<Version>>, String) {
        let extended = self.has_column("extra");
        let deleted = if self.rules.deletes == Deletes::NewRecord { "dbt_is_deleted = 'True'" } else { "false" };
        let microseconds =
            |column: &str| format!("cast(extract(epoch from {column} - timestamp '2024-01-01') * 1000000 as bigint)");
        let sql = format!(
            "select k1, k2, k3, name, amount, email, {}, {deleted} as deleted, {} as begins, {} as ends, dbt_scd_id
             from {}.versions order by k1, k2, k3, dbt_valid_from, dbt_valid_to, deleted, name, amount",
            if extended { "extra" } else { "null as extra" },
            microseconds("dbt_valid_from"),
            microseconds(self.rules.ends()),
            self.schema
        );
        let (_, rows) = self.database(|connection| connection.query(&sql, None)).unwrap();
        let number = |cell: &Cell| match cell {
            Cell::Null => None,
            Cell::Integer(number) => Some(*number as i64),
            other => panic!("no number: {other:?}"),
        };
        let mut versions: BTreeMap<String, Vec<Version>> = BTreeMap::new();
        let mut text = String::new();
        for row in &rows.rows {
            let key = row[..3].iter().map(|cell| format!("{cell:?}")).collect::<Vec<_>>().join(", ");
            text.push_str(&format!("{row:?}\n"));
            versions.entry(key).or_default().push(Version {
                name: (row[3] != Cell::Null).then(|| row[3].to_string()),
                amount: number(&row[4]),
                email: number(&row[5]),
                extra: number(&row[6]),
                deleted: row[7] == Cell::Boolean(true),
                begins: number(&row[8]).unwrap(),
                ends: number(&row[9]),
            });
        }
        (versions, text)
    }

    /// How keys are told in what `versions` returns.
    pub fn keys(&self, keys: impl Iterator<Item = usize>) -> BTreeMap<usize, String> {
        let queries: Vec<String> = keys.map(|key| format!("select {key} as number, {}", key_columns(key))).collect();
        let mut names = BTreeMap::new();
        for queries in queries.chunks(500) {
            let (_, rows) = self.database(|connection| connection.query(&queries.join(" union all "), None)).unwrap();
            for row in rows.rows {
                let number: usize = row[0].to_string().parse().unwrap();
                names.insert(number, row[1..].iter().map(|cell| format!("{cell:?}")).collect::<Vec<_>>().join(", "));
            }
        }
        names
    }

    fn has_column(&self, name: &str) -> bool {
        let table = sqlbuild::adapters::Relation::new(self.database_name(), &self.schema, "versions");
        let columns = self.database(|connection| connection.columns(&table)).unwrap();
        columns.iter().any(|column| column.name == name)
    }

    fn database_name(&self) -> &str {
        match self.output["type"].as_str() {
            Some("duckdb") => "history",
            _ => self.output["dbname"].as_str().unwrap(),
        }
    }
}

fn key_parts(key: usize) -> String {
    let (group, key) = (key / 99, key % 99 + 1);
    format!("{}, {}, {group}", PARTS[key / 10], PARTS[key % 10])
}

fn key_columns(key: usize) -> String {
    let parts = key_parts(key);
    let parts: Vec<&str> = parts.splitn(3, ", ").collect();
    format!("cast({} as text) as k1, cast({} as text) as k2, cast({} as integer) as k3", parts[0], parts[1], parts[2])
}

fn snapshot(rules: &Rules, schema: &str) -> String {
    format!(
        "{{% snapshot versions %}}
         {{{{ config(unique_key=['k1', 'k2', 'k3'], {}) }}}}
         select
           k1, k2, k3, {} name, email,
           cast(amount as {{{{ 'integer' if var('batch') < 2 else 'bigint' }}}}) as amount
           {{%- if var('batch') >= 2 %}}, extra{{% endif %}}
         from {schema}.feed
         where batch = {{{{ var('batch') }}}}
         {{% endsnapshot %}}",
        rules.config(),
        if rules.is_checked() { "" } else { "op, seen_at," },
    )
}
