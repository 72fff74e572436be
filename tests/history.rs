//! Snapshots against an oracle: whatever streams of rows come in whatever batches, the table is what the oracle says
//! after each of them, and recording a batch once more changes nothing. And whenever a run is killed, the table is what
//! it was before or will be after.
//!
//! A case is what is observed of one key. The cases of a configuration go through the same few runs of the binary, so
//! that thousands take seconds. A case that fails is shrunk and printed.
//!
//! - `SQLBUILD_TEST_CASES`: how many cases a configuration gets on an engine (default 300)
//! - `SQLBUILD_TEST_SEED`: a number; another one gives other cases

#[path = "history/oracle.rs"]
mod oracle;
#[path = "history/mod.rs"]
mod project;

use oracle::{BATCHES, Deletes, Detection, Observation, Rules, described};
use project::{Project, Stream};
use proptest::prelude::*;
use proptest::strategy::ValueTree;
use proptest::test_runner::{Config, RngAlgorithm, TestRng, TestRunner};
use sqlbuild::adapters::Cell;

const PLAIN: Rules = Rules {
    name: "plain",
    strategy: Detection::Timestamp,
    deletes: Deletes::Ignore,
    full: false,
    restitch: false,
    type1: false,
    far_future: false,
};

/// Every way of keeping history.
const CONFIGURATIONS: [Rules; 11] = [
    PLAIN,
    Rules { name: "columns", strategy: Detection::TimestampAndColumns, type1: true, ..PLAIN },
    Rules { name: "flagged", deletes: Deletes::Invalidate, far_future: true, ..PLAIN },
    Rules { name: "flagged_columns", strategy: Detection::TimestampAndColumns, deletes: Deletes::NewRecord, ..PLAIN },
    Rules { name: "restitch", restitch: true, type1: true, ..PLAIN },
    Rules { name: "restitch_flagged", restitch: true, deletes: Deletes::NewRecord, far_future: true, ..PLAIN },
    Rules { name: "missing", full: true, deletes: Deletes::Invalidate, type1: true, ..PLAIN },
    Rules { name: "missing_record", full: true, deletes: Deletes::NewRecord, far_future: true, ..PLAIN },
    Rules { name: "checked", full: true, strategy: Detection::Columns, deletes: Deletes::Invalidate, ..PLAIN },
    Rules {
        name: "checked_all",
        full: true,
        strategy: Detection::AllColumns,
        deletes: Deletes::NewRecord,
        type1: true,
        ..PLAIN
    },
    Rules { name: "checked_ignore", full: true, strategy: Detection::AllColumns, far_future: true, ..PLAIN },
];

/// What is observed of a key: few values of each kind, so that ties, repeats, no-ops and late rows are common.
fn stream(rules: Rules) -> BoxedStrategy<Vec<Observation>> {
    let name = prop::option::weighted(0.8, prop::sample::select(vec!["", "a", "b"]));
    let small = || prop::option::weighted(0.7, 0..3u8);
    let row = (0..BATCHES, 0..14u8, prop::bool::weighted(0.25), name, small(), small(), small());
    let row = row.prop_map(|(batch, at, gone, name, amount, email, extra)| Observation {
        batch,
        at,
        gone,
        name,
        amount,
        email,
        extra,
    });
    let repeats = prop::collection::vec((any::<prop::sample::Index>(), 0..BATCHES), 0..3);
    let most = if rules.full { 5 } else { 9 };
    (prop::collection::vec(row, 1..most), repeats)
        .prop_map(move |(mut rows, repeats)| {
            for (which, batch) in repeats {
                let again = Observation { batch, ..which.get(&rows).clone() };
                rows.push(again);
            }
            distinct(rows, rules)
        })
        .boxed()
}

/// Without rows that a batch cannot hold: two of a key, or two of a key and time. Where rows are put where their time
/// belongs, different ones cannot have the same time, whatever their batches.
fn distinct(rows: Vec<Observation>, rules: Rules) -> Vec<Observation> {
    let mut kept: Vec<Observation> = vec![];
    for mut row in rows {
        row.gone &= !rules.full && rules.deletes != Deletes::Ignore;
        if rules.restitch
            && let Some(first) = kept.iter().find(|other| other.at == row.at)
        {
            row = Observation { batch: row.batch, ..first.clone() };
        }
        let taken = |other: &Observation| other.batch == row.batch && (rules.full || other.at == row.at);
        if !kept.iter().any(taken) {
            kept.push(row);
        }
    }
    kept
}

/// The first difference between what the table has and what the oracle says, after each batch.
fn difference(project: &Project, rules: Rules, streams: &[Stream]) -> Option<(usize, String)> {
    project.load(streams);
    let names = project.keys(streams.iter().map(|(key, _)| *key));
    let expected: Vec<_> = streams.iter().map(|(_, rows)| rules.versions(rows)).collect();
    for batch in 0..BATCHES {
        project.take(batch);
        let (versions, text) = project.versions();
        for (index, (key, rows)) in streams.iter().enumerate() {
            let actual = versions.get(&names[key]).map_or(&[][..], Vec::as_slice);
            let expected = &expected[index][usize::from(batch)];
            if actual != expected {
                let about = format!("{} after batch {batch}, key {}", rules.name, names[key]);
                return Some((index, format!("{about}\n{}", described(rows, expected, actual))));
            }
        }
        project.take(batch);
        assert_eq!(text, project.versions().1, "{}: batch {batch} once more", rules.name);
    }
    None
}

fn environment_number(name: &str, default: u64) -> u64 {
    std::env::var(name).map_or(default, |text| text.parse().unwrap_or_else(|_| panic!("{name} is no number: {text}")))
}

fn runner() -> TestRunner {
    let mut seed = [0; 32];
    seed[..8].copy_from_slice(&environment_number("SQLBUILD_TEST_SEED", 1).to_le_bytes());
    TestRunner::new_with_rng(Config::default(), TestRng::from_seed(RngAlgorithm::ChaCha, &seed))
}

fn streams_become_what_the_oracle_says(rules: Rules, project: &Project) {
    let mut runner = runner();
    let cases = environment_number("SQLBUILD_TEST_CASES", 300);
    let mut trees: Vec<_> = (0..cases).map(|_| stream(rules).new_tree(&mut runner).unwrap()).collect();
    let streams: Vec<Stream> = trees.iter().map(ValueTree::current).enumerate().collect();
    let Some((index, mut found)) = difference(project, rules, &streams) else { return };
    // The smallest stream that fails still, alone.
    let tree = &mut trees[index];
    let mut shrinks = tree.simplify();
    while shrinks {
        shrinks = match difference(project, rules, &[(index, tree.current())]) {
            Some((_, smaller)) => {
                found = smaller;
                tree.simplify()
            }
            None => tree.complicate(),
        };
    }
    panic!("{found}");
}

fn in_all_configurations(project: fn(Rules) -> Project) {
    let wanted = std::env::var("SQLBUILD_TEST_ONLY").ok();
    for rules in CONFIGURATIONS.into_iter().filter(|rules| wanted.as_deref().is_none_or(|name| name == rules.name)) {
        streams_become_what_the_oracle_says(rules, &project(rules));
    }
}

#[test]
fn on_duckdb_streams_become_what_the_oracle_says() {
    in_all_configurations(Project::duckdb);
}

#[test]
fn on_postgres_streams_become_what_the_oracle_says() {
    in_all_configurations(Project::postgres);
}

/// Kills a run after each of its statements; whatever is left, the next run makes it whole.
fn survives_death_anywhere(rules: Rules, project: &Project) {
    let mut runner = runner();
    let streams: Vec<Stream> =
        (0..40).map(|key| (key, stream(rules).new_tree(&mut runner).unwrap().current())).collect();
    let names = project.keys(streams.iter().map(|(key, _)| *key));
    let check = |batches: &[u8], when: &str| {
        let (versions, _) = project.versions();
        let is = |batch: u8| {
            streams.iter().all(|(key, rows)| {
                let actual = versions.get(&names[key]).map_or(&[][..], Vec::as_slice);
                actual == rules.versions(rows)[usize::from(batch)]
            })
        };
        assert!(batches.iter().any(|batch| is(*batch)), "{}, killed after statement {when}: {versions:?}", rules.name);
    };
    for statement in 1.. {
        project.load(&streams);
        (0..oracle::EXTENDED).for_each(|batch| project.take(batch));
        let killed = project.snapshot(oracle::EXTENDED, &[("SQLBUILD_TEST_KILL_AFTER", statement.to_string())]);
        check(&[oracle::EXTENDED - 1, oracle::EXTENDED], &statement.to_string());
        project.take(oracle::EXTENDED);
        check(&[oracle::EXTENDED], &format!("{statement}, and run again"));
        if killed.status.success() {
            assert!(statement > 10, "only {statement} statements: the run is not killed at all");
            return;
        }
    }
}

const KILLED: Rules = Rules { name: "killed", full: true, deletes: Deletes::NewRecord, type1: true, ..PLAIN };

#[test]
fn on_duckdb_a_killed_run_leaves_all_or_nothing() {
    survives_death_anywhere(KILLED, &Project::duckdb(KILLED));
}

#[test]
fn on_postgres_a_killed_run_leaves_all_or_nothing() {
    survives_death_anywhere(KILLED, &Project::postgres(KILLED));
}

/// What a run of the same snapshot holds while it works.
const HELD: &str = "lock table history_waits.versions in share row exclusive mode";

#[test]
fn on_postgres_a_second_run_waits_for_the_first() {
    let rules = Rules { name: "waits", ..PLAIN };
    let project = Project::postgres(rules);
    let row = Observation { batch: 0, at: 1, gone: false, name: Some("a"), amount: None, email: None, extra: None };
    project.load(&[(0, vec![row.clone(), Observation { batch: 1, at: 2, name: Some("b"), ..row }])]);
    project.take(0);
    project.database(|first| {
        first.begin().unwrap();
        first.execute(HELD).unwrap();
        std::thread::scope(|scope| {
            let second = scope.spawn(|| project.take(1));
            let waiting =
                "select count(*) from pg_locks where relation = 'history_waits.versions'::regclass and not granted";
            while project.database(|other| other.query(waiting, None)).unwrap().1.rows[0][0] == Cell::Integer(0) {
                assert!(!second.is_finished(), "the second run did not wait");
            }
            first.commit().unwrap();
            second.join().unwrap();
        });
    });
    assert_eq!(project.versions().0.values().next().unwrap().len(), 2);
}
