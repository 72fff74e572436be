//! Accumulating facts against an oracle: whatever order and whatever batches observations come in, the table is what
//! folding all of them at once gives. And whenever a run is killed, the table is what it was before or will be after.
//!
//! A case is the stream of observations of one instance. All cases go through the same few runs of the binary, so that
//! thousands of them take seconds. A case that fails is shrunk and printed.
//! `SQLBUILD_TEST_CASES`: how many cases an engine gets (default 2,000, 300 on the emulator of Snowflake).

mod property;

use property::{
    Engine, KEY_PARTS, Project, for_each_statement, none_fails, succeed_together, table, text, trees, wanted,
};
use proptest::prelude::*;
use proptest::strategy::ValueTree;
use sqlbuild::adapters::Cell;
use std::process::Command;

const BATCHES: u8 = 4;
/// The batch from which on the model has its later columns, and wider ones.
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

/// A model that folds what one batch, or all, gives.
struct Facts(Project);

const SETTINGS: &str = "materialized='incremental', incremental_strategy='accumulating', \
    unique_key=['stream', 'part'], sequence_by='sequence'";

impl Facts {
    fn new(engine: Engine, schema: &str) -> Self {
        let project = Project::new(engine, schema);
        let source = format!("sources:\n  - name: feed\n    schema: {schema}\n    tables: [{{name: observations}}]\n");
        project.write("models/feed.yml", &source);
        Self(project)
    }

    fn write_model(&self, extended: bool) {
        let (milestone, columns) = if extended { (", 'blocked_on': 'first'", "note, blocked_on,") } else { ("", "") };
        let (number, label) = if extended { ("bigint", "varchar(20)") } else { ("integer", "varchar(5)") };
        let model = format!(
            "{{{{ config({SETTINGS}, milestones={{'first_on': 'first', 'last_on': 'last'{milestone}}},
                 derived={{'days': \"datediff('day', first_on, last_on)\"}}) }}}}
             select stream, part, cast(status as {label}) as status, first_on, last_on, {columns}
                 cast(sequence as {number}) as sequence
             from {{{{ source('feed', 'observations') }}}}
             where {{{{ var('batch') }}}} in (batch, -1)"
        );
        self.0.write("models/facts.sql", &model);
    }

    fn command(&self, batch: i8) -> Command {
        self.0.command(&["run", "--vars", &format!("{{batch: {batch}}}")])
    }

    fn run(&self, batch: i8, arguments: &[&str]) {
        self.0.succeed(&[&["run", "--vars", &format!("{{batch: {batch}}}")], arguments].concat());
    }

    /// Puts the observations of all streams where the model reads them.
    fn load(&self, streams: &[(usize, Vec<Observation>)]) {
        let date = |day: Option<u8>| day.map_or("null".to_owned(), |day| format!("date '2024-01-{:02}'", day + 1));
        let number = |number: Option<u8>| number.map_or("null".to_owned(), |number| number.to_string());
        let quoted = |text: Option<&str>| text.map_or("null".to_owned(), |it| format!("'{}'", it.replace('\'', "''")));
        let mut rows = vec![];
        for (stream, observations) in streams {
            for it in observations {
                let key = format!("{}, {}", stream / KEY_PARTS.len(), KEY_PARTS[stream % KEY_PARTS.len()]);
                let (first, last, blocked) = (date(it.first_day), date(it.last_day), date(it.blocked_day));
                let (status, sequence, note) = (quoted(it.status), number(it.sequence), number(it.note));
                rows.push(format!("({}, {key}, {sequence}, {status}, {first}, {last}, {note}, {blocked})", it.batch));
            }
        }
        let columns = "batch integer, stream integer, part text, sequence integer, status text, first_on date, \
                       last_on date, note integer, blocked_on date";
        self.0.load("observations", columns, &rows);
    }

    /// What the table has of each stream, in the order of the streams.
    fn rows(&self) -> Vec<Row> {
        let order = KEY_PARTS.iter().enumerate().map(|(place, part)| format!("when {part} then {place} "));
        let later = if self.0.has_column("facts", "note") { "note, blocked_on" } else { "null, null" };
        let query = format!(
            "select sequence, status, first_on, last_on, days, {later} from {}.facts
             order by stream, case part {}end",
            self.0.schema,
            order.collect::<String>()
        );
        let text = |cell: &Cell| (*cell != Cell::Null).then(|| cell.to_string());
        self.0.query(&query).iter().map(|row| std::array::from_fn(|column| text(&row[column]))).collect()
    }

    /// What the streams become batch after batch, and then by a full refresh.
    fn build(&self, streams: &[(usize, Vec<Observation>)]) -> (Vec<Row>, Vec<Row>) {
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
    fn difference(&self, streams: &[(usize, Vec<Observation>)]) -> Option<(usize, String)> {
        let (batch_by_batch, refreshed) = self.build(streams);
        assert_eq!((batch_by_batch.len(), refreshed.len()), (streams.len(), streams.len()));
        for (index, (_, stream)) in streams.iter().enumerate() {
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
    let mut stream = stream.to_vec();
    stream.sort_by_key(|it| it.batch);
    let seen = stream.iter().map(|it| {
        let numbers = [it.sequence, it.first_day, it.last_day, it.note, it.blocked_day].map(|number| text(&number));
        let [sequence, first, last, note, blocked] = numbers;
        vec![it.batch.to_string(), sequence, text(&it.status.map(|it| format!("{it:?}"))), first, last, note, blocked]
    });
    let seen = table(&["batch", "sequence", "status", "first", "last", "note", "blocked"], seen);
    let row = |title: &str, row: &Row| std::iter::once(title.to_owned()).chain(row.iter().map(text)).collect();
    let titles = ["row", "sequence", "status", "first_on", "last_on", "days", "note", "blocked_on"];
    format!("{how}\n{seen}{}", table(&titles, [row("expected", expected), row("actual", actual)].into_iter()))
}

fn streams_become_what_the_oracle_says(engine: Engine, cases: u64) {
    let facts = Facts::new(engine, "accumulating");
    let what = format!("accumulating facts {engine:?}");
    none_fails(&what, trees(&stream(), wanted(cases)), |streams| facts.difference(streams));
}

#[test]
fn on_duckdb_any_order_gives_the_same_table() {
    streams_become_what_the_oracle_says(Engine::DuckDb, 2_000);
}

#[test]
fn on_postgres_any_order_gives_the_same_table() {
    streams_become_what_the_oracle_says(Engine::Postgres, 2_000);
}

/// The emulator is slow.
#[test]
fn on_snowflake_any_order_gives_the_same_table() {
    streams_become_what_the_oracle_says(Engine::Snowflake, 300);
}

/// The rows after the first batches.
fn expected(streams: &[(usize, Vec<Observation>)], batches: u8, extended_from: u8) -> Vec<Row> {
    let seen = |stream: &Vec<Observation>| stream.iter().filter(|it| it.batch < batches).cloned().collect::<Vec<_>>();
    let seen = streams.iter().map(|(_, stream)| seen(stream));
    seen.filter(|seen| !seen.is_empty()).map(|seen| oracle(&seen, extended_from)).collect()
}

fn streams(count: u64) -> Vec<(usize, Vec<Observation>)> {
    trees(&stream(), count).iter().map(ValueTree::current).enumerate().collect()
}

/// Kills the run of a batch after its first, second … statement: the first batch makes the table, the second brings new
/// and wider columns, the third none.
fn survives_death_anywhere(engine: Engine) {
    let facts = Facts::new(engine, "accumulating_killed");
    let streams = streams(40);
    facts.load(&streams);
    for batch in 0..3 {
        facts.write_model(batch > 0);
        facts.0.keep();
        let (before, after) = (expected(&streams, batch, 1), expected(&streams, batch + 1, 1));
        assert_ne!(before, after);
        for_each_statement(&format!("accumulating facts {engine:?}, batch {batch}"), |statement| {
            facts.0.restore();
            let killed = facts.0.run(&["run", "--vars", &format!("{{batch: {batch}}}")], Some(statement));
            if batch > 0 || facts.0.has_column("facts", "stream") {
                let rows = facts.rows();
                assert!(rows == before || rows == after, "killed after statement {statement}: {rows:?}");
            }
            facts.run(batch as i8, &[]);
            assert_eq!(facts.rows(), after, "killed after statement {statement}, and run again");
            killed
        });
    }
}

#[test]
fn on_duckdb_a_killed_run_leaves_all_or_nothing() {
    survives_death_anywhere(Engine::DuckDb);
}

#[test]
fn on_postgres_a_killed_run_leaves_all_or_nothing() {
    survives_death_anywhere(Engine::Postgres);
}

/// Two batches at once, whichever is the first to create the table.
#[test]
fn on_postgres_runs_of_a_model_wait_for_each_other() {
    let facts = Facts::new(Engine::Postgres, "accumulating_waits");
    let streams = streams(40);
    facts.write_model(true);
    facts.load(&streams);
    succeed_together(&facts.0, "facts", vec![facts.command(0), facts.command(1)]);
    assert_eq!(facts.rows(), expected(&streams, 2, 0));
    succeed_together(&facts.0, "facts", vec![facts.command(3), facts.command(2)]);
    assert_eq!(facts.rows(), expected(&streams, 4, 0));
}

/// The same of incremental models of other strategies.
#[test]
fn on_postgres_runs_of_an_incremental_model_wait_for_each_other() {
    for (schema, strategy, rows) in [("append_waits", "append", [2, 4]), ("replace_waits", "delete+insert", [1, 1])] {
        let project = Project::new(Engine::Postgres, schema);
        project.load("unused", "id integer", &[]);
        let config = format!("materialized='incremental', incremental_strategy='{strategy}', unique_key='id'");
        project.write("models/numbers.sql", &format!("{{{{ config({config}) }}}} select 1 as id"));
        for rows in rows {
            succeed_together(&project, "numbers", vec![project.command(&["run"]), project.command(&["run"])]);
            assert_eq!(project.query(&format!("select id from {schema}.numbers")).len(), rows, "{strategy}");
        }
    }
}

/// The same of a microbatch model, each of whose batches is a transaction of its own.
#[test]
fn on_postgres_runs_of_a_microbatch_model_wait_for_each_other() {
    let project = Project::new(Engine::Postgres, "microbatch_waits");
    project.load("observations", "seen_at timestamp", &["('2024-01-01')".into(), "('2024-01-02')".into()]);
    let source = "sources:\n  - name: feed\n    schema: microbatch_waits\n    tables:\n      - name: observations\n        \
                  config: {event_time: seen_at}\n";
    project.write("models/feed.yml", source);
    project.write(
        "models/days.sql",
        "{{ config(materialized='incremental', incremental_strategy='microbatch', event_time='seen_at',
                   batch_size='day', begin='2024-01-01') }}
         select seen_at from {{ source('feed', 'observations') }}",
    );
    let run = || project.command(&["run", "--event-time-start", "2024-01-01", "--event-time-end", "2024-01-03"]);
    for _ in 0..2 {
        succeed_together(&project, "days", vec![run(), run()]);
        assert_eq!(project.query("select seen_at from microbatch_waits.days").len(), 2);
    }
}
