//! Accumulating facts against an oracle: whatever order and whatever batches observations come in, the table is what
//! folding all of them at once gives. And whenever a run is killed, the table is what it was before or will be after.
//!
//! A case is the stream of observations of one instance. All cases go through the same few runs of the binary, so that
//! thousands of them take seconds. A case that fails is shrunk and printed.
//!
//! - `SQLBUILD_TEST_CASES`: how many cases an engine gets (default 2,000)
//! - `SQLBUILD_TEST_SEED`: a number; another one gives other cases

use proptest::prelude::*;
use proptest::strategy::ValueTree;
use proptest::test_runner::{Config, RngAlgorithm, TestRng, TestRunner};
use serde_json::{Value as Json, json};
use sqlbuild::adapters::registry::{Surroundings, adapter};
use sqlbuild::adapters::{Cell, Connection};
use sqlbuild::world::World;
use std::fmt::Write as _;
use std::process::{Command, Output};

const BATCHES: u8 = 4;
/// The batch from which on the model has its later columns.
const EXTENDED_FROM: u8 = 2;

/// How an instance looked at some time. Days count from an arbitrary one; `None` is null.
#[derive(Debug, Clone, PartialEq)]
struct Observation {
    batch: u8,
    sequence: Option<u8>,
    status: Option<&'static str>,
    first_day: Option<u8>,
    last_day: Option<u8>,
    /// A column and a milestone that the model gets later.
    note: Option<u8>,
    blocked_day: Option<u8>,
}

/// The streams: few values of each kind, so that ties, repeats and late arrivals are common.
fn stream() -> impl Strategy<Value = Vec<Observation>> {
    let day = || prop::option::weighted(0.6, 0..6u8);
    let status = prop::option::weighted(0.8, prop::sample::select(vec!["", "a", "b", "a|b", "'"]));
    let sequence = prop::option::weighted(0.9, 0..5u8);
    let note = prop::option::weighted(0.5, 0..3u8);
    let observation = (0..BATCHES, sequence, status, day(), day(), note, day()).prop_map(
        |(batch, sequence, status, first_day, last_day, note, blocked_day)| Observation {
            batch,
            sequence,
            status,
            first_day,
            last_day,
            note,
            blocked_day,
        },
    );
    let repeats = prop::collection::vec((any::<prop::sample::Index>(), 0..BATCHES), 0..3);
    (prop::collection::vec(observation, 1..8), repeats).prop_map(|(mut observations, repeats)| {
        for (which, batch) in repeats {
            let again = Observation { batch, ..which.get(&observations).clone() };
            observations.push(again);
        }
        observations
    })
}

/// A row of the table: sequence, status, first_on, last_on, days, note, blocked_on.
type Row = [Option<String>; 7];

/// All observations of one instance, folded. Before the model had them, nothing was seen of the later columns.
fn oracle(observations: &[Observation], extended_from: u8) -> Row {
    let seen: Vec<Observation> = observations
        .iter()
        .map(|observation| match observation.batch >= extended_from {
            true => observation.clone(),
            false => Observation { note: None, blocked_day: None, ..observation.clone() },
        })
        .collect();
    let newest = seen.iter().max_by_key(|it| (it.sequence, it.status, it.note)).unwrap();
    let first = seen.iter().filter_map(|it| it.first_day).min();
    let last = seen.iter().filter_map(|it| it.last_day).max();
    let blocked = seen.iter().filter_map(|it| it.blocked_day).min();
    let days = first.zip(last).map(|(first, last)| i16::from(last) - i16::from(first));
    let date = |day: Option<u8>| day.map(|day| format!("2024-01-{:02}", day + 1));
    [
        newest.sequence.map(|it| it.to_string()),
        newest.status.map(str::to_owned),
        date(first),
        date(last),
        days.map(|days| days.to_string()),
        newest.note.map(|it| it.to_string()),
        date(blocked),
    ]
}

/// A project whose model folds what one batch, or all, gives.
struct Project {
    place: tempfile::TempDir,
    output: Json,
    schema: &'static str,
}

const SETTINGS: &str = "materialized='incremental', incremental_strategy='accumulating', \
    unique_key=['stream', 'part'], sequence_by='sequence'";

impl Project {
    fn new(mut output: Json, schema: &'static str) -> Self {
        output["schema"] = schema.into();
        let place = tempfile::tempdir().unwrap();
        let profiles = json!({"facts": {"target": "dev", "outputs": {"dev": output}}});
        std::fs::create_dir(place.path().join("models")).unwrap();
        std::fs::write(place.path().join("dbt_project.yml"), "name: facts\nprofile: facts\n").unwrap();
        std::fs::write(place.path().join("profiles.yml"), profiles.to_string()).unwrap();
        let source = format!("sources:\n  - name: feed\n    schema: {schema}\n    tables: [{{name: observations}}]\n");
        std::fs::write(place.path().join("models/feed.yml"), source).unwrap();
        Self { place, output, schema }
    }

    fn duckdb(schema: &'static str) -> Self {
        Self::new(json!({"type": "duckdb", "path": "facts.duckdb"}), schema)
    }

    fn postgres(schema: &'static str) -> Self {
        let dsn = std::env::var("SQLBUILD_TEST_POSTGRES")
            .expect("SQLBUILD_TEST_POSTGRES names no server: run ./test, which starts one");
        let mut output = json!({"type": "postgres"});
        for (key, value) in dsn.split_whitespace().filter_map(|pair| pair.split_once('=')) {
            output[key] = value.into();
        }
        Self::new(output, schema)
    }

    /// Uses the database, which no run has open meanwhile.
    fn database<T>(&self, work: impl FnOnce(&mut dyn Connection) -> T) -> T {
        let world = World::real();
        let surroundings = Surroundings { world: &world, project_dir: self.place.path(), threads: 1 };
        let adapter = adapter(self.output.as_object().unwrap(), surroundings).unwrap();
        let result = work(adapter.connect("oracle").unwrap().as_mut());
        adapter.close();
        result
    }

    fn write_model(&self, extended: bool) {
        let (milestone, columns) = if extended { (", 'blocked_on': 'first'", "note, blocked_on,") } else { ("", "") };
        let model = format!(
            "{{{{ config({SETTINGS}, milestones={{'first_on': 'first', 'last_on': 'last'{milestone}}},
                 derived={{'days': \"datediff('day', first_on, last_on)\"}}) }}}}
             select stream, part, status, first_on, last_on, {columns} sequence
             from {{{{ source('feed', 'observations') }}}}
             where {{{{ var('batch') }}}} in (batch, -1)"
        );
        std::fs::write(self.place.path().join("models/facts.sql"), model).unwrap();
    }

    fn start(&self, batch: i8, arguments: &[&str], environment: &[(&str, String)]) -> Output {
        let vars = format!("{{batch: {batch}}}");
        let mut command = Command::new(env!("CARGO_BIN_EXE_sqlbuild"));
        command.args(["run", "--vars", &vars]).args(arguments).current_dir(self.place.path()).env("NO_COLOR", "1");
        command.envs(environment.iter().cloned()).output().unwrap()
    }

    fn run(&self, batch: i8, arguments: &[&str]) {
        let output = self.start(batch, arguments, &[]);
        assert!(output.status.success(), "{}", String::from_utf8_lossy(&output.stdout));
    }

    /// Puts the observations of all streams where the model reads them.
    fn load(&self, streams: &[Vec<Observation>]) {
        let date = |day: Option<u8>| day.map_or("null".to_owned(), |day| format!("date '2024-01-{:02}'", day + 1));
        let number = |number: Option<u8>| number.map_or("null".to_owned(), |number| number.to_string());
        let text = |text: Option<&str>| text.map_or("null".to_owned(), |it| format!("'{}'", it.replace('\'', "''")));
        let mut rows = vec![];
        for (stream, observations) in streams.iter().enumerate() {
            for it in observations {
                let key = format!("{}, '{}|'", stream / 2, stream % 2);
                let (first, last, blocked) = (date(it.first_day), date(it.last_day), date(it.blocked_day));
                let (status, sequence, note) = (text(it.status), number(it.sequence), number(it.note));
                rows.push(format!("({}, {key}, {sequence}, {status}, {first}, {last}, {note}, {blocked})", it.batch));
            }
        }
        let schema = self.schema;
        self.database(|connection| {
            connection
                .execute(&format!(
                    "drop schema if exists {schema} cascade; create schema {schema};
                     create table {schema}.observations (
                         batch integer, stream integer, part text, sequence integer, status text,
                         first_on date, last_on date, note integer, blocked_on date
                     )"
                ))
                .unwrap();
            for rows in rows.chunks(1_000) {
                connection.execute(&format!("insert into {schema}.observations values {}", rows.join(", "))).unwrap();
            }
        });
    }

    /// What the table has of each stream.
    fn rows(&self) -> Vec<Row> {
        let query = format!(
            "select sequence, status, first_on, last_on, days, note, blocked_on from {}.facts order by stream, part",
            self.schema
        );
        let (_, rows) = self.database(|connection| connection.query(&query, None)).unwrap();
        let text = |cell: &Cell| (*cell != Cell::Null).then(|| cell.to_string());
        rows.rows.iter().map(|row| std::array::from_fn(|column| text(&row[column]))).collect()
    }

    /// What the streams become batch after batch, and then by a full refresh.
    fn build(&self, streams: &[Vec<Observation>]) -> (Vec<Row>, Vec<Row>) {
        self.load(streams);
        for batch in 0..BATCHES {
            self.write_model(batch >= EXTENDED_FROM);
            self.run(batch as i8, &[]);
        }
        let batch_by_batch = self.rows();
        self.run(-1, &["--full-refresh"]);
        (batch_by_batch, self.rows())
    }

    /// The first difference between what the streams become and what the oracle says.
    fn difference(&self, streams: &[Vec<Observation>]) -> Option<(usize, String)> {
        let (batch_by_batch, refreshed) = self.build(streams);
        assert_eq!((batch_by_batch.len(), refreshed.len()), (streams.len(), streams.len()));
        for (index, stream) in streams.iter().enumerate() {
            let both = [("batch by batch", &batch_by_batch, EXTENDED_FROM), ("full refresh", &refreshed, 0)];
            for (how, rows, extended_from) in both {
                let expected = oracle(stream, extended_from);
                if rows[index] != expected {
                    return Some((index, described(how, stream, &expected, &rows[index])));
                }
            }
        }
        None
    }
}

fn described(how: &str, stream: &[Observation], expected: &Row, actual: &Row) -> String {
    let mut out = format!("{how}\nbatch sequence status first last note blocked\n");
    let number = |number: Option<u8>| number.map_or("-".to_owned(), |number| number.to_string());
    let mut stream = stream.to_vec();
    stream.sort_by_key(|it| it.batch);
    for it in &stream {
        let status = it.status.map_or("-".to_owned(), |status| format!("{status:?}"));
        let (sequence, first, last) = (number(it.sequence), number(it.first_day), number(it.last_day));
        let (note, blocked) = (number(it.note), number(it.blocked_day));
        let _ = writeln!(out, "{:5} {sequence:8} {status:6} {first:5} {last:4} {note:4} {blocked:7}", it.batch);
    }
    let line = |row: &Row| row.iter().map(|it| it.as_deref().unwrap_or("-")).collect::<Vec<_>>().join(" ");
    out + "columns  sequence status first_on last_on days note blocked_on\n"
        + &format!("expected {}\nactual   {}\n", line(expected), line(actual))
}

fn environment_number(name: &str, default: u64) -> u64 {
    std::env::var(name).map_or(default, |text| text.parse().unwrap_or_else(|_| panic!("{name} is no number: {text}")))
}

fn cases(count: u64) -> Vec<impl ValueTree<Value = Vec<Observation>>> {
    let mut seed = [0; 32];
    seed[..8].copy_from_slice(&environment_number("SQLBUILD_TEST_SEED", 1).to_le_bytes());
    let mut runner = TestRunner::new_with_rng(Config::default(), TestRng::from_seed(RngAlgorithm::ChaCha, &seed));
    (0..count).map(|_| stream().new_tree(&mut runner).unwrap()).collect()
}

fn streams_become_what_the_oracle_says(project: &Project) {
    let mut trees = cases(environment_number("SQLBUILD_TEST_CASES", 2_000));
    let streams: Vec<_> = trees.iter().map(ValueTree::current).collect();
    let Some((index, mut found)) = project.difference(&streams) else { return };
    // The smallest stream that fails still.
    let tree = &mut trees[index];
    let mut shrinks = tree.simplify();
    while shrinks {
        shrinks = match project.difference(&[tree.current()]) {
            Some((_, smaller)) => {
                found = smaller;
                tree.simplify()
            }
            None => tree.complicate(),
        };
    }
    panic!("{found}");
}

#[test]
fn on_duckdb_any_order_gives_the_same_table() {
    streams_become_what_the_oracle_says(&Project::duckdb("accumulating"));
}

#[test]
fn on_postgres_any_order_gives_the_same_table() {
    streams_become_what_the_oracle_says(&Project::postgres("accumulating"));
}

/// Kills the run of the second batch after its first, second … statement.
fn survives_death_anywhere(project: &Project) {
    let streams: Vec<_> = cases(40).iter().map(ValueTree::current).collect();
    let expected = |batches: u8| -> Vec<Row> {
        let seen =
            |stream: &Vec<Observation>| stream.iter().filter(|it| it.batch < batches).cloned().collect::<Vec<_>>();
        streams.iter().map(seen).filter(|seen| !seen.is_empty()).map(|seen| oracle(&seen, 0)).collect()
    };
    let (before, after) = (expected(1), expected(2));
    assert_ne!(before, after);
    project.write_model(true);
    for statement in 1.. {
        project.load(&streams);
        project.run(0, &[]);
        let killed = project.start(1, &[], &[("SQLBUILD_TEST_KILL_AFTER", statement.to_string())]);
        let rows = project.rows();
        assert!(rows == before || rows == after, "killed after statement {statement}: {rows:?}");
        project.run(1, &[]);
        assert_eq!(project.rows(), after, "killed after statement {statement}, and run again");
        if killed.status.success() {
            assert!(statement > 8, "only {statement} statements: the run is not killed at all");
            return;
        }
    }
}

#[test]
fn on_duckdb_a_killed_run_leaves_all_or_nothing() {
    survives_death_anywhere(&Project::duckdb("accumulating_killed"));
}

#[test]
fn on_postgres_a_killed_run_leaves_all_or_nothing() {
    survives_death_anywhere(&Project::postgres("accumulating_killed"));
}
