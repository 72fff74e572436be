//! The repository's own project, built by the real binary on both engines.

use std::path::{Path, PathBuf};
use std::process::{Command, Output};

/// A copy of the project in a temporary folder, so that no database file of an earlier build is met.
struct Showcase {
    place: tempfile::TempDir,
    target: &'static str,
    /// The output that the star of `telecoms` belongs to.
    gold: &'static str,
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
        Self { place, target, gold: target, environment }
    }

    fn path(&self) -> &Path {
        self.place.path()
    }

    fn sqlbuild(&self, arguments: &[&str]) -> Output {
        Command::new(env!("CARGO_BIN_EXE_sqlbuild"))
            .args(arguments)
            .args(["--target", self.target])
            .args((self.gold != self.target).then(|| format!("--vars=telecoms_gold: {}", self.gold)))
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

const LIFECYCLE: &str = "select complaints.complaint_type, complaints.complaint_id, lifecycle.resolution_status,
    cast(backlog_date as varchar) as backlog_date, cast(resolved_date as varchar) as resolved_date, status_changes,
    case when is_reopened then 'reopened' end as is_reopened, case when met_resolution_sla then 'in time' end as in_time
    from {{ ref('fct_complaint_lifecycle') }} as lifecycle
    join {{ ref('complaint_records') }} as complaints
      on complaints.complaint_key = lifecycle.complaint_key and complaints.updated_at = lifecycle.updated_at
    where complaint_id in ('1', '2', '3') order by 1, 2";

const ADDRESSES: &str = "select customer_id, cast(cast(valid_from as date) as varchar) as valid_from, address,
    case when is_current then 'now' end as is_current
    from {{ ref('dim_customers') }} where customer_id in ('1', '5') order by customer_id, valid_from";

const QUARANTINED_RECORDS: &str = "select table_name, issue_type, record_key
    from {{ ref('data_quality_quarantine') }} order by table_name, issue_type, record_key";

const COMPLAINTS_BY_VERSION: &str = "select customers.customer_id, customers.version_number, count(*) as complaints
    from {{ ref('fct_unified_complaints') }} as complaints
    join {{ ref('dim_customers') }} as customers on customers.customer_key = complaints.customer_key
    group by 1, 2 order by 1, 2";

/// Builds; then a customer moves, one leaves and one is known at last, a complaint is edited in place and one comes late;
/// the customer returns; and all starts over, from the files alone.
fn telecoms(showcase: &Showcase) {
    let select = ["--select", "tag:telecoms"];
    showcase.build(&select);
    let quarantined = [
        "agents missing_natural_key ",
        "customers missing_natural_key ",
        "social_media unknown_customer 3",
        "web_complaints missing_natural_key ",
        "web_complaints unknown_agent 5",
        "web_complaints unknown_customer 4",
        "web_complaints unknown_customer 7",
        "web_complaints unknown_status 6",
    ];
    assert_eq!(showcase.rows(QUARANTINED_RECORDS), quarantined);
    assert_eq!(showcase.rows(COMPLAINTS_BY_VERSION), ["1 1 4", "2 1 2", "3 1 1", "4 1 1", "5 1 1"]);
    assert_eq!(
        showcase.rows(LIFECYCLE),
        [
            "call_log 1 resolved  2024-04-02 0  in time",
            "call_log 2 backlog 2024-04-03  0  ",
            "call_log 3 in_progress   0  ",
            "social_media 1 in_progress 2024-03-01 2024-03-04 3 reopened in time",
            "social_media 2 resolved  2024-03-03 0  ",
            "web_form 1 in_progress   0  ",
            "web_form 2 resolved  2024-03-07 0  in time",
            "web_form 3 backlog 2024-03-05  0  ",
        ]
    );

    let ada = "12 Harbour St, Troy ny 12180\",2024-01-01 08:00:00";
    let gone = "5,margaret hamilton,,,2023-05-15,nobody,,2024-01-05 12:00:00\n";
    showcase.replace("seeds/telecoms/customers.csv", ada, "1 Byron Rd, Utica NY 13501\",2024-03-05 14:00:00");
    showcase.replace("seeds/telecoms/customers.csv", gone, "77,late comer,,,2024-03-01,,,2024-03-20 12:00:00\n");
    let web = "seeds/telecoms/web_complaints.csv";
    showcase.replace(
        web,
        "1,1,billing,10,In Progress,2024-03-01,,2024-03-02",
        "1,1,billing,10,Resolved,2024-03-01,,2024-03-04",
    );
    let late = r#"[{"complaint_id": 2, "customer_id": 5, "complaint_category": "handover", "agent_id": 10,
        "resolution_status": "backlog", "request_date": "2024-02-27", "updated_at": "2024-02-27 09:00:00"},
        {"complaint_id": 1, "customer_id": 1, "complaint_category": "billing", "agent_id": 11,
        "resolution_status": "blocked", "request_date": "2024-03-01", "updated_at": "2024-03-01 09:00:00"}]"#;
    showcase.write("data/telecoms/social_media/media_complaint_day_03.json", late);
    showcase.build(&select);
    let requarantined: Vec<_> = showcase.rows(QUARANTINED_RECORDS);
    assert!(
        !requarantined.contains(&"social_media unknown_customer 3".to_owned()),
        "its customer is known: {requarantined:#?}"
    );
    let of_gone = requarantined.iter().filter(|row| *row == "social_media unknown_customer 2").count();
    assert_eq!(of_gone, 2, "both rows of the complaint of the customer who left: {requarantined:#?}");
    let addresses =
        ["1 2023-01-10 12 Harbour St, Troy ny 12180 ", "1 2024-03-05 1 Byron Rd, Utica NY 13501 now", "5 2023-05-15  "];
    assert_eq!(showcase.rows(ADDRESSES), addresses);
    let by_version = ["1 1 3", "1 2 1", "2 1 2", "3 1 1", "4 1 1", "77 1 1"];
    assert_eq!(
        showcase.rows(COMPLAINTS_BY_VERSION),
        by_version,
        "the request of the day of the move is of the old address"
    );
    let lifecycle = showcase.rows(LIFECYCLE);
    assert!(
        lifecycle.contains(&"social_media 1 in_progress 2024-03-01 2024-03-04 4 reopened in time".into()),
        "{lifecycle:#?}"
    );
    assert!(lifecycle.contains(&"web_form 1 resolved  2024-03-04 1  in time".into()), "{lifecycle:#?}");

    let back = "5,margaret hamilton,,,2023-05-15,nobody,,2024-03-30 12:00:00\n77,late";
    showcase.replace("seeds/telecoms/customers.csv", "77,late", back);
    showcase.build(&select);
    let lifecycle = showcase.rows(LIFECYCLE);
    assert!(lifecycle.contains(&"social_media 2 resolved 2024-02-27 2024-03-03 1  ".into()), "{lifecycle:#?}");
    assert_eq!(showcase.rows(ADDRESSES)[2..], ["5 2023-05-15  ", "5 2024-03-30  now"]);

    showcase.build(&[&select[..], &["--full-refresh"]].concat());
    let addresses = ["1 2023-01-10 1 Byron Rd, Utica NY 13501 now", "5 2023-05-15  now"];
    assert_eq!(showcase.rows(ADDRESSES), addresses, "history is what the files tell now");
    let lifecycle = showcase.rows(LIFECYCLE);
    assert!(lifecycle.contains(&"web_form 1 resolved  2024-03-04 0  in time".into()), "{lifecycle:#?}");
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
    let calls = "select count(*) as calls from {{ ref('gold_call_analytics') }}";
    let events = "select count(*) as events from {{ ref('silver_events') }}";
    let (known_calls, known_events) = (showcase.rows(calls), showcase.rows(events));
    assert_eq!((&known_calls[0][..], &known_events[0][..]), ("7", "14"));

    let grown = ["--select", "grown_calls", "grown_events", "--vars", "grow_rows: 1000"];
    let output = showcase.sqlbuild(&[&["run"], &grown[..]].concat());
    assert!(output.status.success(), "{}", String::from_utf8_lossy(&output.stdout));
    showcase.build(&["--select", "tag:call_center", "tag:ecommerce", "--exclude", "resource_type:unit_test"]);
    // Ten messages tell of an event again, one is no event.
    assert_eq!((&showcase.rows(calls)[0][..], &showcase.rows(events)[0][..]), ("1007", "1003"));
}

fn systems(showcase: &Showcase) {
    conversations(showcase);
    call_center(showcase);
    telecoms(showcase);
    events(showcase);
    generator(showcase);
}

#[test]
fn on_duckdb() {
    systems(&Showcase::new("dev", vec![]));
}

/// What every relation of the star holds.
fn star(showcase: &Showcase) -> Vec<(&'static str, Vec<String>)> {
    // All but when a row was seen first and last, which every build sees for itself.
    let lifecycle = "complaint_key, complaint_type, complaint_category, request_date, resolution_status, backlog_date,
        in_progress_date, resolved_date, blocked_date, status_changes, updated_at, days_to_in_progress,
        days_to_resolved, days_in_progress_to_resolved, met_resolution_sla, is_reopened";
    let relations = [
        ("dim_agents", "*"),
        ("dim_customers", "*"),
        ("dim_date", "*"),
        ("fct_complaint_lifecycle", lifecycle),
        ("fct_complaint_status_durations", "*"),
        ("fct_unified_complaints", "*"),
        ("complaint_features", "*"),
    ];
    let rows = |(name, columns): (&'static str, &str)| {
        let mut rows = showcase.rows(&format!("select {columns} from {{{{ ref('{name}') }}}}"));
        rows.sort();
        assert!(!rows.is_empty(), "{name} is empty");
        (name, rows)
    };
    relations.map(rows).to_vec()
}

/// Silver on PostgreSQL and gold on DuckDB, batch after batch; in the end the star holds what one build of the same files
/// on DuckDB alone gives.
#[test]
fn on_postgres_and_duckdb() {
    let mut showcase = Showcase { gold: "dev", ..Showcase::new("postgres", postgres("with_duckdb")) };
    telecoms(&showcase);
    let of_both = star(&showcase);
    (showcase.target, showcase.environment) = ("dev", vec![]);
    showcase.build(&["--select", "tag:telecoms", "--full-refresh"]);
    assert_eq!(of_both, star(&showcase));
}

/// The same with gold on Snowflake, as far as it is emulated: without comments on columns.
#[test]
fn on_postgres_and_snowflake() {
    let server = std::env::var("SQLBUILD_TEST_SNOWFLAKE").expect("SQLBUILD_TEST_SNOWFLAKE: run the tests with ./test");
    let mut showcase = Showcase { gold: "emulator", ..Showcase::new("postgres", postgres("with_snowflake")) };
    let pairs = server.split_whitespace().filter_map(|pair| pair.split_once('='));
    let keys: String = pairs.map(|(key, value)| format!("      {key}: {value}\n")).collect();
    let output = "    emulator:\n      type: snowflake\n      account: emulated\n      user: showcase\n      password: showcase\n      database: showcase\n      schema: gold\n";
    let profiles = std::fs::read_to_string(showcase.path().join("profiles.yml")).unwrap();
    showcase.write("profiles.yml", &format!("{profiles}{output}{keys}"));
    showcase.replace("dbt_project.yml", "+persist_docs: {relation: true, columns: true}", "+persist_docs: {}");
    let select = ["--select", "tag:telecoms"];
    showcase.build(&select);
    let of_both = star(&showcase);
    showcase.gold = "postgres";
    showcase.build(&select);
    assert_eq!(of_both, star(&showcase));
}

/// A database of the server's for one test alone, as libpq's variables.
fn postgres(database: &str) -> Vec<(String, String)> {
    let server = std::env::var("SQLBUILD_TEST_POSTGRES").expect("SQLBUILD_TEST_POSTGRES: run the tests with ./test");
    let mut client = postgres::Client::connect(&server, postgres::NoTls).unwrap();
    client.batch_execute(&format!("drop database if exists {database}")).unwrap();
    client.batch_execute(&format!("create database {database}")).unwrap();
    let pairs = server.split_whitespace().filter_map(|pair| pair.split_once('='));
    let others = pairs.filter(|(key, _)| *key != "dbname");
    let variables = others.map(|(key, value)| (format!("PG{}", key.to_uppercase()), value.to_owned()));
    variables.chain([("PGDATABASE".to_owned(), database.to_owned())]).collect()
}

#[test]
fn on_postgres() {
    systems(&Showcase::new("postgres", postgres("showcase")));
}
