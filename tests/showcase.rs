//! The repository's own project, built by the real binary on both engines.

use std::path::{Path, PathBuf};
use std::process::{Command, Output};

/// A copy of the project in a temporary folder, so that no database file of an earlier build is met.
struct Showcase {
    place: tempfile::TempDir,
    target: &'static str,
    environment: Vec<(String, String)>,
}

impl Showcase {
    fn new(target: &'static str, environment: Vec<(String, String)>) -> Self {
        let root = PathBuf::from(env!("CARGO_MANIFEST_DIR"));
        let place = tempfile::tempdir().unwrap();
        for part in ["models", "seeds", "macros", "snapshots", "tests", "data", "dbt_project.yml", "profiles.yml"] {
            for entry in walkdir::WalkDir::new(root.join(part)) {
                let entry = entry.unwrap();
                let to = place.path().join(entry.path().strip_prefix(&root).unwrap());
                if entry.file_type().is_dir() {
                    std::fs::create_dir_all(to).unwrap();
                } else {
                    std::fs::copy(entry.path(), to).unwrap();
                }
            }
        }
        Self { place, target, environment }
    }

    fn path(&self) -> &Path {
        self.place.path()
    }

    fn sqlbuild(&self, arguments: &[&str]) -> Output {
        Command::new(env!("CARGO_BIN_EXE_sqlbuild"))
            .args(arguments)
            .args(["--target", self.target])
            .current_dir(self.path())
            .env("NO_COLOR", "1")
            .envs(self.environment.iter().cloned())
            .output()
            .unwrap()
    }

    fn build(&self, arguments: &[&str]) {
        let output = self.sqlbuild(&[&["build"], arguments].concat());
        let text = String::from_utf8_lossy(&output.stdout);
        assert!(output.status.success(), "{text}\n{}", String::from_utf8_lossy(&output.stderr));
        assert!(text.contains("ERROR=0") && !text.contains("TOTAL=0"), "{text}");
    }

    /// The rows of a query in a template, their values after each other with a blank between them; nothing for null.
    fn rows(&self, query: &str) -> Vec<String> {
        let output = self.sqlbuild(&["show", "--inline", query, "--limit", "-1", "--output", "json"]);
        assert!(output.status.success(), "{}", String::from_utf8_lossy(&output.stderr));
        let shown: serde_json::Value = serde_json::from_slice(&output.stdout).unwrap();
        let text = |value: &serde_json::Value| match value {
            serde_json::Value::Null => String::new(),
            serde_json::Value::String(text) => text.clone(),
            value => value.to_string(),
        };
        let row = |row: &serde_json::Value| row.as_object().unwrap().values().map(text).collect::<Vec<_>>().join(" ");
        shown["show"].as_array().unwrap().iter().map(row).collect()
    }

    fn write(&self, file: &str, text: &str) {
        std::fs::write(self.path().join(file), text).unwrap();
    }

    fn replace(&self, file: &str, from: &str, to: &str) {
        let text = std::fs::read_to_string(self.path().join(file)).unwrap();
        assert!(text.contains(from), "{file} has no {from}");
        self.write(file, &text.replace(from, to));
    }

    /// The rows of the exported file.
    fn exported(&self) -> Vec<Vec<String>> {
        let file = self.path().join("output/consolidated_messages.csv");
        let mut reader = csv::Reader::from_path(file).unwrap();
        reader.records().map(|row| row.unwrap().iter().map(str::to_owned).collect()).collect()
    }
}

/// Builds, builds again, adds a late message that changes a conversation's customer, and starts over.
fn conversations(showcase: &Showcase) {
    showcase.build(&[]);
    let first = showcase.exported();
    assert_eq!(first.len(), 11, "{first:#?}");
    showcase.build(&[]);
    assert_eq!(showcase.exported(), first, "the same files again change nothing");

    let parts = showcase.path().join("seeds/conversations/conversation_parts.csv");
    let mut text = std::fs::read_to_string(&parts).unwrap();
    text.push_str("1012,101,grace@example.com,comment,I wrote before the start,1704060000\n");
    std::fs::write(&parts, text).unwrap();
    showcase.build(&[]);
    let late = showcase.exported();
    assert_eq!(late.len(), first.len() + 1);
    let of_101: Vec<_> = late.iter().filter(|row| row[1] == "101").collect();
    assert!(of_101.iter().all(|row| row[2] == "2"), "the customer of all is the one who wrote first: {of_101:#?}");

    showcase.build(&["--full-refresh"]);
    assert_eq!(showcase.exported(), late, "a full refresh gives what the batches gave");
}

const ANALYTICS: &str = "select call_id, agent_name, conversion_phrase, upsell_product,
    cast(upsell_amount * 100 as integer) as cents, sentiment, positive_keywords_count, negative_keywords_count,
    call_duration_seconds from {{ ref('gold_call_analytics') }} order by call_id";

const QUARANTINED_CALLS: &str = "select replace(file_name, 'data/call_center/', '') as file_name, call_id, reason
    from {{ ref('quarantined_calls') }} order by file_name";

/// Builds, then edits files and patterns in place, and starts over.
fn call_center(showcase: &Showcase) {
    let select = ["--select", "tag:call_center"];
    showcase.build(&select);
    let analytics = [
        "CALL-1 Jane Doe takes the offer Premium plan 4999 positive 3 0 7",
        "CALL-2 Sean O'brien-smith ready to buy  0 negative 0 1 8",
        "CALL-3 Jane Doe  Extended warranty 2000 neutral 0 0 6",
        "CALL-4 Unknown Agent  Extended warranty 129950 neutral 0 0 39",
        "CALL-5 Unknown Agent   0 negative 1 2 6",
        "CALL-6 Ravi   0 neutral 3 2 3",
        "CALL-8 Ravi  Set-up 3300 neutral 0 0 4",
        "CALL-9 Ravi   0 neutral 0 0 3",
    ];
    assert_eq!(showcase.rows(ANALYTICS), analytics);
    let quarantined = [
        "bad_everything.json  missing_call_id",
        "bad_file.json  not_json",
        "bad_no_id.json  missing_call_id",
        "bad_silence.json CALL-12 empty_transcript",
        "bad_time.json CALL-11 bad_timestamp",
    ];
    assert_eq!(showcase.rows(QUARANTINED_CALLS), quarantined);

    showcase.replace("data/call_center/call_007.json", "09:00:01Z", "08:59:59Z");
    showcase.replace("data/call_center/call_002.json", "transcript_text", "text");
    showcase.replace("data/call_center/call_003.json", "}", "");
    showcase.replace("data/call_center/bad_time.json", "02-30", "02-29");
    showcase.replace("seeds/call_center/conversion_patterns.csv", "1,takes", "0,happy,happy\n1,takes");
    showcase.replace("seeds/call_center/sentiment_words.csv", "slow,negative", "slow,positive");
    showcase.build(&select);
    let edited = [
        "CALL-1 Jane Doe   0 neutral 0 0 2",
        "CALL-11 Ravi   0 neutral 0 0 3",
        "CALL-4 Unknown Agent  Extended warranty 129950 neutral 0 0 39",
        "CALL-5 Unknown Agent   0 negative 1 2 6",
        "CALL-6 Ravi happy  0 positive 4 1 3",
        "CALL-8 Ravi  Set-up 3300 neutral 0 0 4",
        "CALL-9 Ravi   0 neutral 0 0 3",
    ];
    assert_eq!(showcase.rows(ANALYTICS), edited);
    let requarantined = [
        "bad_everything.json  missing_call_id",
        "bad_file.json  not_json",
        "bad_no_id.json  missing_call_id",
        "bad_silence.json CALL-12 empty_transcript",
        "call_002.json CALL-2 empty_transcript",
        "call_003.json  not_json",
    ];
    assert_eq!(showcase.rows(QUARANTINED_CALLS), requarantined);

    showcase.build(&[&select[..], &["--full-refresh"]].concat());
    assert_eq!(showcase.rows(ANALYTICS), edited);
    assert_eq!(showcase.rows(QUARANTINED_CALLS), requarantined);
}

const SESSIONS: &str = "select user_id, session_id, count(*) as events from {{ ref('fact_events') }}
    group by user_id, session_id order by session_id";

const VERSIONS: &str = "select item_id, item_name, case when is_current then 'now' end as is_current
    from {{ ref('dim_items') }} order by item_id, first_seen_at";

const DEAD_LETTERS: &str =
    "select message_id, reason from {{ ref('dead_letters') }} order by coalesce(message_id, ''), reason";

const PRODUCTS: &str = "select item_id, item_name, impressions, views, purchases, cast(revenue as integer) as revenue,
    rank from {{ ref('product_performance') }} order by rank";

const BEST_PRODUCTS: &str = "select item_id, cast(rate * 10000 as integer) as rate, rank
    from {{ ref('best_products_by_view_to_purchase') }} order by rank, item_id";

/// Builds the star alone, then all; then an event comes late, a message is mended, and all starts over.
fn events(showcase: &Showcase) {
    showcase.build(&["--select", "tag:event_star"]);
    assert_eq!(showcase.rows(BEST_PRODUCTS), ["sku-2 5000 1", "sku-1 2500 2"]);

    let select = ["--select", "tag:ecommerce", "tag:event_star"];
    showcase.build(&select);
    let sessions = ["ada ada-1 3", "ada ada-2 1", "bob bob-1 3", "bob bob-2 1", "cleo cleo-1 1", "cleo cleo-2 3"];
    assert_eq!(showcase.rows(SESSIONS), sessions);
    let versions = ["sku-1 Runner ", "sku-1 Runner 2 ", "sku-1 Runner now", "sku-2 Sandal now", "sku-3 Cap now"];
    assert_eq!(showcase.rows(VERSIONS), versions);
    let dead = [
        " not_json",
        "d-01 bad_body",
        "d-02 missing_user",
        "d-03 missing_timestamp",
        "d-04 unknown_event",
        "d-05 bad_items",
        "d-06 missing_user",
    ];
    assert_eq!(showcase.rows(DEAD_LETTERS), dead);
    assert_eq!(
        showcase.rows(PRODUCTS),
        ["sku-2 Sandal 1 2 1 107 1", "sku-1 Runner 1 4 1 150 2", "sku-3 Cap 1 0 0 0 3"]
    );

    // Between two sessions of Ada, and in the middle of the first version of the runner.
    let late = r#"{"message_id": "m-14", "body": {"event_timestamp": 1714567800000000, "user_id": "ada", "platform": "IOS",
        "event_name": "view_item", "items": [{"item_id": "sku-1", "item_name": "Runner!"}]}}"#;
    showcase.write("data/ecommerce/events/late.json", late);
    showcase.replace("data/ecommerce/events/2024/05/03/d-04.json", "app_open", "purchase");
    showcase.build(&select);
    let sessions = ["ada ada-1 5", "bob bob-1 3", "bob bob-2 1", "cleo cleo-1 1", "cleo cleo-2 3", "dan dan-1 1"];
    let versions = [
        "sku-1 Runner ",
        "sku-1 Runner! ",
        "sku-1 Runner ",
        "sku-1 Runner 2 ",
        "sku-1 Runner now",
        "sku-2 Sandal now",
        "sku-3 Cap now",
    ];
    let expect_late = || {
        assert_eq!(showcase.rows(SESSIONS), sessions);
        assert_eq!(showcase.rows(VERSIONS), versions);
        assert_eq!(showcase.rows(DEAD_LETTERS).len(), dead.len() - 1);
        assert_eq!(showcase.rows(BEST_PRODUCTS), ["sku-2 5000 1", "sku-1 4000 2"]);
    };
    expect_late();
    showcase.build(&[&select[..], &["--full-refresh"]].concat());
    expect_late();
}

/// Raw data that the project grows itself is loaded like any other.
fn generator(showcase: &Showcase) {
    let calls = "select count(*) as calls, count(distinct sentiment) as moods from {{ ref('gold_call_analytics') }}";
    let events = "select count(*) as events from {{ ref('silver_events') }}";
    let (known_calls, known_events) = (showcase.rows(calls), showcase.rows(events));
    assert_eq!((&known_calls[0][..], &known_events[0][..]), ("7 2", "14"));

    let grown = ["--select", "grown_calls", "grown_events", "--vars", "grow_rows: 1000"];
    let output = showcase.sqlbuild(&[&["run"], &grown[..]].concat());
    assert!(output.status.success(), "{}", String::from_utf8_lossy(&output.stdout));
    showcase.build(&["--select", "tag:call_center", "tag:ecommerce", "--exclude", "resource_type:unit_test"]);
    // Ten messages tell of an event again, one is no event.
    assert_eq!((&showcase.rows(calls)[0][..], &showcase.rows(events)[0][..]), ("1007 3", "1003"));
}

fn systems(showcase: &Showcase) {
    conversations(showcase);
    call_center(showcase);
    events(showcase);
    generator(showcase);
}

#[test]
fn on_duckdb() {
    systems(&Showcase::new("dev", vec![]));
}

#[test]
fn on_postgres() {
    let server = std::env::var("SQLBUILD_TEST_POSTGRES").expect("SQLBUILD_TEST_POSTGRES: run the tests with ./test");
    let environment = server
        .split_whitespace()
        .filter_map(|pair| pair.split_once('='))
        .map(|(key, value)| {
            let name = if key == "dbname" { "PGDATABASE".into() } else { format!("PG{}", key.to_uppercase()) };
            (name, value.to_owned())
        })
        .collect();
    systems(&Showcase::new("postgres", environment));
}
