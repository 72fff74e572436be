//! Snapshots against an oracle: whatever streams of rows come in whatever batches, the table is what the oracle says
//! after each of them, and recording a batch once more changes nothing. And whenever a run is killed, the table is what
//! it was before or will be after.
//!
//! A case is what is observed of one key. The cases of a configuration go through the same few runs of the binary, so
//! that thousands take seconds. A case that fails is shrunk and printed.
//!
//! `SQLBUILD_TEST_CASES`: how many cases a configuration gets on an engine (default 200; 40 on the emulator of
//! Snowflake, where only some configurations are tried). `SQLBUILD_TEST_ONLY`: the name of
//! one configuration.

#[path = "history/oracle.rs"]
mod oracle;
#[path = "history/project.rs"]
mod project;
mod property;

use oracle::{BATCHES, Deletes, Detection, Observation, Rules, described};
use project::{Project, Stream};
use property::{Engine, for_each_statement, none_fails, succeed_together, trees, wanted};
use proptest::prelude::*;
use proptest::strategy::ValueTree;
use sqlbuild::adapters::Cell;
use std::process::Command;

const PLAIN: Rules = Rules {
    name: "plain",
    strategy: Detection::Timestamp,
    deletes: Deletes::Ignore,
    full: false,
    single: false,
    restitch: false,
    type1: false,
    far_future: false,
    key: &["k1", "k2", "k3"],
};

/// A key that is one column, and one of parts that are never null.
const NUMBER: &[&str] = &["number"];
const WHOLE: &[&str] = &["k3", "number"];

/// Every way of keeping history.
const CONFIGURATIONS: [Rules; 23] = [
    PLAIN,
    Rules { name: "columns", strategy: Detection::TimestampAndColumns, type1: true, ..PLAIN },
    Rules { name: "flagged", deletes: Deletes::Invalidate, far_future: true, ..PLAIN },
    Rules { name: "flagged_columns", strategy: Detection::TimestampAndColumns, deletes: Deletes::NewRecord, ..PLAIN },
    Rules { name: "restitch", restitch: true, type1: true, ..PLAIN },
    Rules { name: "restitch_flagged", restitch: true, deletes: Deletes::NewRecord, far_future: true, ..PLAIN },
    Rules { name: "restitch_columns", restitch: true, strategy: Detection::TimestampAndColumns, type1: true, ..PLAIN },
    Rules { name: "restitch_ended", restitch: true, deletes: Deletes::Invalidate, ..PLAIN },
    Rules {
        name: "restitch_columns_flagged",
        restitch: true,
        strategy: Detection::TimestampAndColumns,
        deletes: Deletes::NewRecord,
        far_future: true,
        ..PLAIN
    },
    Rules { name: "restitch_missing", restitch: true, full: true, deletes: Deletes::NewRecord, type1: true, ..PLAIN },
    Rules {
        name: "restitch_columns_missing",
        restitch: true,
        full: true,
        strategy: Detection::TimestampAndColumns,
        deletes: Deletes::Invalidate,
        far_future: true,
        ..PLAIN
    },
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
    Rules { name: "number", key: NUMBER, full: true, deletes: Deletes::Invalidate, type1: true, ..PLAIN },
    Rules {
        name: "number_columns",
        key: NUMBER,
        strategy: Detection::TimestampAndColumns,
        deletes: Deletes::NewRecord,
        ..PLAIN
    },
    Rules { name: "whole", key: WHOLE, full: true, strategy: Detection::Columns, deletes: Deletes::NewRecord, ..PLAIN },
    Rules {
        name: "whole_restitch",
        key: WHOLE,
        restitch: true,
        full: true,
        strategy: Detection::TimestampAndColumns,
        deletes: Deletes::Invalidate,
        type1: true,
        ..PLAIN
    },
    Rules { name: "single", single: true, deletes: Deletes::Invalidate, type1: true, ..PLAIN },
    Rules {
        name: "single_columns",
        single: true,
        strategy: Detection::TimestampAndColumns,
        deletes: Deletes::NewRecord,
        far_future: true,
        ..PLAIN
    },
    Rules {
        name: "missing_columns",
        full: true,
        strategy: Detection::TimestampAndColumns,
        deletes: Deletes::Invalidate,
        ..PLAIN
    },
    Rules { name: "checked_ignore", full: true, strategy: Detection::AllColumns, far_future: true, ..PLAIN },
];

/// What is observed of a key: few values of each kind, so that ties, repeats, no-ops and late rows are common.
fn stream(rules: Rules) -> BoxedStrategy<Vec<Observation>> {
    let name = prop::option::weighted(0.8, prop::sample::select(vec!["", "a", "b"]));
    let small = || prop::option::weighted(0.7, 0..3u8);
    let (untimed, gone) = (prop::bool::weighted(0.1), prop::bool::weighted(0.25));
    let row = (0..BATCHES, 0..14u8, untimed, gone, name, small(), small(), small());
    let row = row.prop_map(|(batch, at, untimed, gone, name, amount, email, extra)| Observation {
        batch,
        at,
        untimed,
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
        row.untimed &= !rules.is_checked();
        let same_time = |one: &Observation, other: &Observation| match one.untimed || other.untimed {
            true => one.untimed && other.untimed,
            false => one.at == other.at,
        };
        if rules.restitch
            && let Some(first) = kept.iter().find(|other| same_time(other, &row))
        {
            row = Observation { batch: row.batch, ..first.clone() };
        }
        let one = rules.full || rules.single;
        let taken = |other: &Observation| other.batch == row.batch && (one || same_time(other, &row));
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
        let (again, text_again) = project.versions();
        if let Some(index) = streams.iter().position(|(key, _)| versions.get(&names[key]) != again.get(&names[key])) {
            let (key, rows) = &streams[index];
            let [once, twice] =
                [&versions, &again].map(|versions| versions.get(&names[key]).map_or(&[][..], Vec::as_slice));
            let about = format!("{} after batch {batch} came once more, key {}", rules.name, names[key]);
            return Some((index, format!("{about}\n{}", described(rows, once, twice))));
        }
        assert_eq!(text, text_again, "{}: batch {batch} once more", rules.name);
    }
    None
}

/// In the usual configurations, or in the one that is asked for.
fn in_configurations(engine: Engine, cases: u64, usual: impl Fn(&str) -> bool) {
    let only = std::env::var("SQLBUILD_TEST_ONLY").ok();
    let is_wanted = |name: &str| only.as_deref().map_or_else(|| usual(name), |only| only == name);
    for rules in CONFIGURATIONS.into_iter().filter(|rules| is_wanted(rules.name)) {
        let project = Project::new(engine, rules);
        let what = format!("snapshots {:?} {}", engine, rules.name);
        none_fails(&what, trees(&stream(rules), wanted(cases)), |streams| difference(&project, rules, streams));
    }
}

#[test]
fn on_duckdb_streams_become_what_the_oracle_says() {
    in_configurations(Engine::DuckDb, 200, |_| true);
}

#[test]
fn on_postgres_streams_become_what_the_oracle_says() {
    in_configurations(Engine::Postgres, 200, |_| true);
}

/// The emulator is slow: a configuration takes half a minute.
#[test]
fn on_snowflake_streams_become_what_the_oracle_says() {
    let few = ["restitch_columns_flagged", "missing_record", "checked_all", "single_columns"];
    in_configurations(Engine::Snowflake, 40, |name| few.contains(&name));
}

/// The versions of streams are those after one of some batches.
fn check(project: &Project, rules: Rules, streams: &[Stream], batches: &[u8], when: &str) {
    let names = project.keys(streams.iter().map(|(key, _)| *key));
    let (versions, _) = project.versions();
    let is = |batch: u8| {
        streams.iter().all(|(key, rows)| {
            let actual = versions.get(&names[key]).map_or(&[][..], Vec::as_slice);
            actual == rules.versions(rows)[usize::from(batch)]
        })
    };
    assert!(batches.iter().any(|batch| is(*batch)), "{}, {when}: {versions:?}", rules.name);
}

fn streams(rules: Rules, count: u64) -> Vec<Stream> {
    trees(&stream(rules), count).iter().map(ValueTree::current).enumerate().collect()
}

/// Kills a run after each of its statements; whatever is left, the next run makes it whole. The first batch makes the
/// table, the other one brings new and wider columns.
fn survives_death_anywhere(engine: Engine, rules: Rules) {
    let project = Project::new(engine, rules);
    let streams = streams(rules, 40);
    project.load(&streams);
    for batch in [0, oracle::EXTENDED] {
        (0..batch).for_each(|before| project.take(before));
        project.project.keep();
        let what = format!("snapshots {engine:?} {}, batch {batch}", rules.name);
        for_each_statement(&what, |statement| {
            project.project.restore();
            let killed = project.snapshot(batch, Some(statement));
            let both = [batch.saturating_sub(1), batch];
            if batch > 0 || project.project.has_column("versions", "k1") {
                check(&project, rules, &streams, &both, &format!("killed after statement {statement}"));
            }
            project.take(batch);
            check(&project, rules, &streams, &both[1..], &format!("killed after statement {statement}, and run again"));
            killed
        });
        project.project.restore();
    }
}

const KILLED: [Rules; 3] = [
    Rules { name: "killed", full: true, deletes: Deletes::NewRecord, type1: true, ..PLAIN },
    Rules {
        name: "killed_checked",
        full: true,
        strategy: Detection::AllColumns,
        deletes: Deletes::Invalidate,
        ..PLAIN
    },
    Rules {
        name: "killed_stitching",
        restitch: true,
        strategy: Detection::TimestampAndColumns,
        deletes: Deletes::Invalidate,
        type1: true,
        ..PLAIN
    },
];

#[test]
fn on_duckdb_a_killed_run_leaves_all_or_nothing() {
    KILLED.into_iter().for_each(|rules| survives_death_anywhere(Engine::DuckDb, rules));
}

#[test]
fn on_postgres_a_killed_run_leaves_all_or_nothing() {
    KILLED.into_iter().for_each(|rules| survives_death_anywhere(Engine::Postgres, rules));
}

/// The same where a macro of the project's own has dbt's queries decide: the oracle knows nothing of them, but a run that is not
/// killed tells what is right.
fn survives_death_by_own_macros(engine: Engine) {
    let rules = Rules {
        name: "killed_own",
        key: NUMBER,
        full: true,
        strategy: Detection::AllColumns,
        deletes: Deletes::Invalidate,
        ..PLAIN
    };
    let project = Project::new(engine, rules);
    project.project.write("macros/own.sql", "{% macro post_snapshot(staging) %}{% endmacro %}");
    let definition = std::fs::read_to_string(project.project.path().join("snapshots/versions.sql")).unwrap();
    project.project.write("snapshots/versions.sql", &definition.replace(", max_delete_ratio=1", ""));
    project.load(&streams(rules, 40));
    for batch in [0, oracle::EXTENDED] {
        (0..batch).for_each(|before| project.take(before));
        let before = (batch > 0).then(|| project.versions().1);
        project.project.keep();
        project.take(batch);
        let (_, after) = project.versions();
        assert_ne!(before.as_ref(), Some(&after));
        let what = format!("snapshots {engine:?} {}, batch {batch}", rules.name);
        for_each_statement(&what, |statement| {
            project.project.restore();
            let killed = project.snapshot(batch, Some(statement));
            if project.project.has_column("versions", "k1") {
                let (_, left) = project.versions();
                assert!(left == after || Some(&left) == before.as_ref(), "killed after statement {statement}: {left}");
            }
            project.take(batch);
            assert_eq!(project.versions().1, after, "killed after statement {statement}, and run again");
            killed
        });
        project.project.restore();
    }
}

#[test]
fn on_duckdb_a_killed_run_of_own_macros_leaves_all_or_nothing() {
    survives_death_by_own_macros(Engine::DuckDb);
}

#[test]
fn on_postgres_a_killed_run_of_own_macros_leaves_all_or_nothing() {
    survives_death_by_own_macros(Engine::Postgres);
}

/// A table that is being vacuumed or analyzed is not waited for: nobody writes its rows.
#[test]
fn on_postgres_a_run_does_not_wait_for_who_writes_no_rows() {
    let rules = Rules { name: "vacuumed", ..PLAIN };
    let project = Project::new(Engine::Postgres, rules);
    let streams = streams(rules, 5);
    project.load(&streams);
    project.take(0);
    project.project.database(|other| {
        other.begin().unwrap();
        other.execute("lock table history_vacuumed.versions in share update exclusive mode").unwrap();
        project.take(1);
        other.commit().unwrap();
    });
    check(&project, rules, &streams, &[1], "beside a vacuum");
}

/// Two runs of a batch together: the first time, and again.
#[test]
fn on_postgres_runs_of_a_snapshot_wait_for_each_other() {
    let rules = Rules { name: "waits", full: true, deletes: Deletes::Invalidate, ..PLAIN };
    let project = Project::new(Engine::Postgres, rules);
    let streams = streams(rules, 40);
    project.load(&streams);
    for batch in 0..2 {
        let run = || project.project.command(&project.arguments(batch).each_ref().map(String::as_str));
        succeed_together(&project.project, "versions", vec![run(), run()]);
        check(&project, rules, &streams, &[batch], "taken twice at once");
    }
}

/// A first run works while a second begins: its hook reads a pipe to which nothing is written yet.
#[test]
fn on_duckdb_a_second_run_is_told_who_is_first() {
    let rules = Rules { name: "held", ..PLAIN };
    let project = Project::new(Engine::DuckDb, rules);
    project.load(&streams(rules, 5));
    let pipe = project.project.path().join("pipe");
    assert!(Command::new("mkfifo").arg(&pipe).status().unwrap().success());
    let hook = format!("on-run-start: \"create table held as select * from read_text('{}')\"\n", pipe.display());
    project.project.write("dbt_project.yml", &format!("name: cases\nprofile: cases\n{hook}"));
    let mut first = project.project.command(&project.arguments(0).each_ref().map(String::as_str)).spawn().unwrap();
    // Opening a pipe waits until the other end is opened.
    let writer = std::fs::OpenOptions::new().write(true).open(&pipe).unwrap();
    let second = project.snapshot(0, None);
    let text = format!("{}{}", String::from_utf8_lossy(&second.stdout), String::from_utf8_lossy(&second.stderr));
    assert_eq!(second.status.code(), Some(2), "{text}");
    assert!(text.contains("SB0504") && text.contains(&first.id().to_string()), "{text}");
    drop(writer);
    assert!(first.wait().unwrap().success());
    assert_eq!(project.project.query("select count(*) from history_held.versions").len(), 1);
}

/// What a writer that knows nothing of the runs' own lock holds while it works.
#[test]
fn on_postgres_a_run_waits_for_another_writer_of_its_table() {
    let rules = Rules { name: "written", ..PLAIN };
    let project = Project::new(Engine::Postgres, rules);
    let streams = streams(rules, 5);
    project.load(&streams);
    project.take(0);
    project.project.database(|writer| {
        writer.begin().unwrap();
        writer.execute("lock table history_written.versions in share row exclusive mode").unwrap();
        std::thread::scope(|scope| {
            let run = scope.spawn(|| project.take(1));
            let waiting =
                "select count(*) from pg_locks where relation = 'history_written.versions'::regclass and not granted";
            while project.project.query(waiting)[0][0] == Cell::Integer(0) {
                assert!(!run.is_finished(), "the run did not wait");
            }
            writer.commit().unwrap();
            run.join().unwrap();
        });
    });
    check(&project, rules, &streams, &[1], "after another writer");
}

/// Batches that give what has changed look up its keys, however large the table is.
#[test]
fn on_postgres_a_small_batch_does_not_read_the_table() {
    const KEYS: i128 = 120_000;
    let project = property::Project::new(Engine::Postgres, "history_lookups");
    project.load("feed", "batch integer, id integer, name text, seen_at timestamp", &[]);
    project.database(|connection| {
        let changed = "(batch = 0 or id between batch * 100 and batch * 100 + 49)";
        connection
            .execute(&format!(
                "insert into history_lookups.feed
                 select batch, id, 'name ' || batch, timestamp '2024-01-01' + batch * interval '1 day'
                 from generate_series(0, 3) as batch, generate_series(1, {KEYS}) as id where {changed}"
            ))
            .unwrap();
    });
    project.write(
        "snapshots/versions.sql",
        "{% snapshot versions %}
         {{ config(unique_key='id', strategy='timestamp', updated_at='seen_at', type1_cols=['batch']) }}
         select * from history_lookups.feed where batch = {{ var('batch') }}
         {% endsnapshot %}",
    );
    // What a run has read and written is told when its session has ended, both at once.
    let read_after = |batch: i128| {
        project.succeed(&["snapshot", "--vars", &format!("{{batch: {batch}}}")]);
        loop {
            let told = project.query(
                "select seq_tup_read, n_tup_ins from pg_stat_user_tables where relid = 'history_lookups.versions'::regclass",
            );
            if told[0][1] == Cell::Integer(KEYS + 50 * batch) {
                return told[0][0].clone();
            }
        }
    };
    // The second run makes the index that the later ones use.
    let [.., before, after] = [0, 1, 2, 3].map(read_after);
    assert_eq!(before, after, "rows that were read in a row");
}
