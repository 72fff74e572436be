//! The statements that are sent, word by word, for what no emulator does, or does not do as Snowflake does it.

use crate::account::Account;

/// A project of one model.
fn model(config: &str, sql: &str) -> Account {
    let account = Account::new();
    account.write("models/orders.sql", &format!("{{{{ config({config}) }}}}\n{sql}\n"));
    account
}

const QUERY: &str = "select id, name, updated_at, gone from raw.orders";

#[test]
fn tables_are_transient_clustered_tagged_and_granted() {
    let config = "materialized='table', cluster_by=['name', 'to_date(updated_at)'], automatic_clustering=true, \
        copy_grants=true, row_access_policy='secrets.mine on (id)', table_tag=\"team = 'sales'\", \
        snowflake_warehouse='BUILDING', query_tag=\"ann's\", grants={'select': ['READER', 'WRITER']}";
    let account = model(config, QUERY);
    account.knows("select current_warehouse()", &["CURRENT_WAREHOUSE()"], &[&["LOADING"]]);
    account.knows("show parameters", &["key", "value"], &[&["QUERY_TAG", "nightly"]]);
    insta::assert_snapshot!(account.sent(&["run"]));
}

#[test]
fn tables_may_be_permanent_and_hold_a_contract() {
    let account =
        model("materialized='table', transient=false, persist_docs={'relation': true, 'columns': true}", QUERY);
    account.write(
        "models/orders.yml",
        "models:
  - name: orders
    description: What was \"ordered\", in 'EUR' \\ and $
    config: {contract: {enforced: true}}
    constraints:
      - {type: primary_key, columns: [id]}
      - {type: check, expression: id > 0}
      - {type: foreign_key, columns: [name], expression: 'raw.names (name)'}
    columns:
      - {name: id, data_type: 'number(38,0)', description: Its number, constraints: [{type: not_null}, {type: unique}]}
      - {name: name, data_type: varchar, quote: true}
      - {name: updated_at, data_type: timestamp_ntz}
      - {name: gone, data_type: boolean}
",
    );
    insta::assert_snapshot!(account.sent(&["run"]));
}

#[test]
fn views_are_secure_and_describe_their_columns() {
    let account = model("secure=true, copy_grants=true, persist_docs={'relation': true, 'columns': true}", QUERY);
    account.has("TABLE", "ORDERS", &[]);
    account.write(
        "models/orders.yml",
        "models:
  - name: orders
    description: All of them
    columns: [{name: id, description: Its number}, {name: name, description: \"The buyer's\"}]
",
    );
    insta::assert_snapshot!(account.sent(&["run"]));
}

fn incremental(strategy: &str) -> String {
    let config = format!("materialized='incremental', {strategy}");
    let account = model(&config, QUERY);
    let first = account.sent(&["run"]);
    account.has("TABLE", "ORDERS", &[]);
    format!("-- the first time\n{first}-- then\n{}", account.sent(&["run"]))
}

#[test]
fn rows_are_merged() {
    insta::assert_snapshot!(incremental("unique_key=['id', 'name'], merge_exclude_columns=['gone'], cluster_by='id'"));
}

#[test]
fn some_columns_are_updated() {
    insta::assert_snapshot!(incremental("unique_key='id', merge_update_columns=['name']"));
}

#[test]
fn bad_rows_are_quarantined() {
    let rules = "[{'reason': 'no_name', 'when': 'name is null'}, \
        {'reason': 'unknown', 'column': 'name', 'to': \"source('raw', 'names')\", 'field': 'name'}]";
    let account = model(&format!("materialized='table', quarantine={{'rules': {rules}}}"), QUERY);
    account.write("models/raw.yml", "sources: [{name: raw, tables: [{name: names}]}]\n");
    insta::assert_snapshot!(account.sent(&["run"]));
}

#[test]
fn rows_are_appended() {
    insta::assert_snapshot!(incremental("incremental_strategy='append', on_schema_change='append_new_columns'"));
}

#[test]
fn rows_are_deleted_and_inserted_in_one_transaction() {
    insta::assert_snapshot!(incremental("incremental_strategy='delete+insert', unique_key='id'"));
}

#[test]
fn rows_are_overwritten() {
    insta::assert_snapshot!(incremental("incremental_strategy='insert_overwrite', overwrite_columns=['id', 'name']"));
}

#[test]
fn batches_replace_their_time() {
    let config = "materialized='incremental', incremental_strategy='microbatch', event_time='updated_at', \
        batch_size='day', begin='2024-05-31', lookback=1";
    let account = model(config, QUERY);
    account.has("TABLE", "ORDERS", &[]);
    insta::assert_snapshot!(account.sent(&[
        "run",
        "--event-time-start",
        "2024-05-31",
        "--event-time-end",
        "2024-06-02"
    ]));
}

#[test]
fn facts_accumulate() {
    let strategy = "incremental_strategy='accumulating', unique_key='id', sequence_by='updated_at', \
        milestones={'updated_at': 'last'}, derived={'age': \"datediff('day', updated_at, updated_at)\"}";
    let account = model(&format!("materialized='incremental', {strategy}"), QUERY);
    let first = account.sent(&["run"]);
    account.has("TABLE", "ORDERS", &[("AGE", "NUMBER(38,0)")]);
    account.knows(
        "select written - already",
        &["inserted", "changed", "unchanged", "repeated"],
        &[&["1", "0", "0", "0"]],
    );
    insta::assert_snapshot!(format!("-- the first time\n{first}-- then\n{}", account.sent(&["run"])));
}

const VERSIONS: [(&str, &str); 4] = [
    ("DBT_SCD_ID", "VARCHAR(16777216)"),
    ("DBT_UPDATED_AT", "TIMESTAMP_NTZ(9)"),
    ("DBT_VALID_FROM", "TIMESTAMP_NTZ(9)"),
    ("DBT_VALID_TO", "TIMESTAMP_NTZ(9)"),
];

fn snapshot(config: &str) -> String {
    let account = Account::new();
    account.write(
        "snapshots/history.sql",
        &format!("{{% snapshot history %}}{{{{ config({config}) }}}}\n{QUERY}\n{{% endsnapshot %}}\n"),
    );
    account.knows("select count(*) from", &["count"], &[&["3"]]);
    account.knows("select count(case when dbt_change_type", &["a", "b", "c", "d"], &[&["0", "0", "0", "0"]]);
    account.knows(
        "select count(*), count(case",
        &["all", "no_key", "keys", "gone", "half", "endless"],
        &[&["3", "0", "3", "0", "0", "0"]],
    );
    account.knows(
        "select count(case when (sqlbuild_key_1) is null",
        &["half", "several", "followed", "recorded"],
        &[&["0", "0", "3", "3"]],
    );
    let take = |day: &str| account.sent(&["snapshot", "--as-of", day]);
    let first = take("2024-06-01");
    account.has("TABLE", "HISTORY", &VERSIONS);
    format!("-- the first time\n{first}-- then\n{}", take("2024-06-02"))
}

#[test]
fn versions_are_recorded_by_time() {
    insta::assert_snapshot!(snapshot(
        "strategy='timestamp', updated_at='updated_at', unique_key='id', type1_cols=['gone']"
    ));
}

#[test]
fn versions_are_recorded_by_columns() {
    insta::assert_snapshot!(snapshot(
        "strategy='check', check_cols='all', unique_key=['id', 'name'], hard_deletes='invalidate'"
    ));
}

#[test]
fn late_versions_go_where_their_time_belongs() {
    insta::assert_snapshot!(snapshot(
        "strategy='timestamp', updated_at='updated_at', unique_key='id', late_arriving='restitch', deleted_when='gone', hard_deletes='invalidate'"
    ));
}

#[test]
fn seeds_go_as_bound_values() {
    let account = Account::new();
    account.write("seeds/countries.csv", "code,name,people\nDE,\"Deutschland\",84\nAT,\"a \\ 'b'\",\n");
    account.write("seeds/countries.yml", "seeds:\n  - name: countries\n    config: {column_types: {code: char(2)}}\n");
    let first = account.sent(&["seed"]);
    account.has("TABLE", "COUNTRIES", &[]);
    let columns: [&[&str]; 3] = [&["CODE", "VARCHAR(2)"], &["NAME", "VARCHAR(16777216)"], &["PEOPLE", "NUMBER(38,0)"]];
    account.knows("describe table D.S.countries", &["name", "type"], &columns);
    insta::assert_snapshot!(format!("-- the first time\n{first}-- then\n{}", account.sent(&["seed"])));
}

const DYNAMIC: &str = "materialized='dynamic_table', snowflake_warehouse='BUILDING', target_lag='1 hour', \
    refresh_mode='INCREMENTAL', initialize='ON_SCHEDULE', cluster_by='id', snowflake_initialization_warehouse='LARGE'";

fn dynamic(config: &str, standing: &[&str; 3]) -> Account {
    let account = model(config, QUERY);
    account.has("DYNAMIC TABLE", "ORDERS", &[]);
    let columns = ["name", "target_lag", "warehouse", "refresh_mode"];
    let [lag, warehouse, mode] = standing;
    account.knows("show dynamic tables", &columns, &[&["ORDERS", lag, warehouse, mode]]);
    account
}

#[test]
fn dynamic_tables_are_created_changed_and_replaced() {
    let created = model(DYNAMIC, QUERY).sent(&["run"]);
    let instead = model(DYNAMIC, QUERY);
    instead.has("VIEW", "ORDERS", &[]);
    let same = dynamic(DYNAMIC, &["1 hour", "BUILDING", "INCREMENTAL"]);
    let lag = dynamic(DYNAMIC, &["2 hours", "OTHER", "INCREMENTAL"]);
    let mode = dynamic(DYNAMIC, &["1 hour", "BUILDING", "FULL"]);
    let unscheduled = model("materialized='dynamic_table', snowflake_warehouse='BUILDING'", QUERY);
    insta::assert_snapshot!(
        [
            ("created", created),
            ("in the place of a view", instead.sent(&["run"])),
            ("nothing has changed", same.sent(&["run"])),
            ("built anew", same.sent(&["run", "--full-refresh"])),
            ("another lag and warehouse", lag.sent(&["run"])),
            ("another way to refresh", mode.sent(&["run"])),
            ("refreshed by each run", unscheduled.sent(&["run"])),
        ]
        .map(|(about, text)| format!("-- {about}\n{text}"))
        .concat()
    );
}

#[test]
fn changed_dynamic_tables_may_stay_or_fail() {
    let policy = |policy: &str| {
        dynamic(&format!("{DYNAMIC}, on_configuration_change='{policy}'"), &["2 hours", "BUILDING", "INCREMENTAL"])
    };
    insta::assert_snapshot!(policy("continue").sent(&["run"]));
    let output = policy("fail").run(&["run"]);
    assert_eq!(output.status.code(), Some(1));
}

#[test]
fn tables_are_cloned_without_copying() {
    let account = model("materialized='table', copy_grants=true", QUERY);
    account.write("models/names.sql", "select name from {{ ref('orders') }}");
    account.sent(&["parse"]);
    std::fs::rename(account.path().join("target"), account.path().join("state")).unwrap();
    let manifest = std::fs::read_to_string(account.path().join("state/manifest.json")).unwrap();
    let manifest = manifest.replace("D.S.", "D.PROD.").replace("\"schema\": \"S\"", "\"schema\": \"PROD\"");
    account.write("state/manifest.json", &manifest.replace("\"schema\":\"S\"", "\"schema\":\"PROD\""));
    let columns = ["name", "database_name", "schema_name", "kind", "is_dynamic"];
    let rows: [&[&str]; 2] = [&["ORDERS", "D", "PROD", "TABLE", "N"], &["NAMES", "D", "PROD", "VIEW", "N"]];
    account.knows("show objects in schema \"D\".\"PROD\"", &columns, &rows);
    insta::assert_snapshot!(account.sent(&["clone", "--state", "state"]));
}

#[test]
fn the_catalog_is_read_in_pages() {
    let account = model("materialized='table'", QUERY);
    let names: Vec<String> = (0..10_000).map(|number| format!("T{number:05}")).collect();
    let rows: Vec<[&str; 2]> = names.iter().map(|name| [name.as_str(), "TABLE"]).collect();
    let rows: Vec<&[&str]> = rows.iter().map(<[&str; 2]>::as_slice).collect();
    account.knows("show objects in schema \"D\".\"S\" limit 10000", &["name", "kind"], &rows);
    account.knows(
        "show objects in schema \"D\".\"S\" limit 10000 from 'T09999'",
        &["name", "kind"],
        &[&["ORDERS", "VIEW"]],
    );
    // The view of the second page is seen, and makes way.
    insta::assert_snapshot!(account.sent(&["run"]));
}

#[test]
fn the_documentation_reads_the_information_schema() {
    let account = model("materialized='table'", QUERY);
    account.has("TABLE", "ORDERS", &[]);
    insta::assert_snapshot!(account.sent(&["docs", "generate"]));
}

#[test]
fn tests_count_and_store_what_fails() {
    let account = model("materialized='table'", QUERY);
    account.has("TABLE", "ORDERS", &[]);
    account.write(
        "models/orders.yml",
        "models:
  - name: orders
    columns:
      - name: id
        data_tests:
          - unique
          - not_null: {config: {store_failures: true}}
",
    );
    account.knows("select count(*)", &["failures", "should_warn", "should_error"], &[&["0", "false", "false"]]);
    insta::assert_snapshot!(account.sent(&["test"]));
}

#[test]
fn sources_are_as_fresh_as_the_catalog_says() {
    let account = Account::new();
    account.write(
        "models/raw.yml",
        "sources:
  - name: raw
    tables:
      - name: orders
        config: {freshness: {warn_after: {count: 1, period: day}}}
",
    );
    let columns = ["schema", "identifier", "last_modified", "snapshotted_at"];
    let row: &[&str] = &["RAW", "ORDERS", "2024-06-01 11:00:00", "2024-06-01 12:00:00"];
    account.knows("select table_schema", &columns, &[row]);
    insta::assert_snapshot!(account.sent(&["source", "freshness"]));
}

#[test]
fn iceberg_tables_say_where_their_files_are() {
    let config =
        "table_format='iceberg', external_volume='lake', base_location_root='shop', base_location_subpath='v1'";
    let table = model(&format!("materialized='table', cluster_by='id', {config}"), QUERY);
    let dynamic =
        model(&format!("materialized='dynamic_table', snowflake_warehouse='W', target_lag='1 day', {config}"), QUERY);
    insta::assert_snapshot!(format!("{}{}", table.sent(&["run"]), dynamic.sent(&["run"])));
}

#[test]
fn catalogs_say_what_iceberg_tables_have_in_common() {
    let account = model("materialized='table', catalog_name='Lake', iceberg_version=3, partition_by=['id']", QUERY);
    let catalogs = "catalogs:
  - name: LAKE
    active_write_integration: open
    write_integrations:
      - {name: closed, catalog_type: iceberg_rest}
      - name: open
        catalog_type: built_in
        table_format: iceberg
        external_volume: \"{{ env_var('VOLUME', 'lake') }}\"
        adapter_properties: {iceberg_version: 2, storage_serialization_policy: COMPATIBLE, data_retention_time_in_days: 3}
";
    account.write("catalogs.yml", catalogs);
    let built = account.sent(&["run"]);
    account.write("catalogs.yml", &catalogs.replace("LAKE", "OCEAN"));
    insta::assert_snapshot!(format!("{built}---\n{}", told(&account, &["run"])));
}

/// What the user is told, and what was sent from the first statement on.
fn failed(account: &Account, arguments: &[&str]) -> String {
    format!("{}---\n{}", told(account, arguments), account.statements(0))
}

/// What the user is told of a run that fails.
fn told(account: &Account, arguments: &[&str]) -> String {
    let output = account.run(arguments);
    assert_eq!(output.status.code(), Some(1));
    let told = format!("{}{}", String::from_utf8_lossy(&output.stdout), String::from_utf8_lossy(&output.stderr));
    let lines = told.lines().filter(|line| !line.contains("Completed") && !line.contains(" Error in "));
    let told: String = lines.map(|line| format!("{}\n", line.trim_end())).collect();
    let clock = fancy_regex::Regex::new(r"\d+(\.\d+)? ?m?s\b|\d{2}:\d{2}:\d{2} +").unwrap();
    clock.replace_all(&told, "<time>").into_owned()
}

#[test]
fn half_of_a_change_is_undone() {
    let account = model("materialized='incremental', incremental_strategy='delete+insert', unique_key='id'", QUERY);
    account.has("TABLE", "ORDERS", &[]);
    account.refuses("insert into", "100038", "Numeric value 'x' is not recognized");
    insta::assert_snapshot!(failed(&account, &["run"]));
}

#[test]
fn what_cannot_be_built_leaves_what_is_there() {
    let account = model("materialized='table'", QUERY);
    account.has("TABLE", "ORDERS", &[]);
    account.refuses("create or replace", "000606", "No active warehouse selected in the current session.");
    insta::assert_snapshot!(failed(&account, &["run"]));
}

#[test]
fn long_values_go_in_statements_of_their_own() {
    let account = Account::new();
    let long = "x".repeat(5 << 20);
    account.write("seeds/texts.csv", &format!("id,text\n1,{long}\n2,{long}\n3,{long}\n4,{long}\n5,short\n"));
    assert_eq!(account.sent(&["seed"]).matches("insert into").count(), 3);
}

#[test]
fn functions_are_created_in_sql_and_python() {
    let account = model("materialized='table'", "select {{ function('cents') }}(amount) as cents from raw.orders");
    account.write("functions/cents.sql", "round(amount * factor)");
    account.write(
        "functions/initials.py",
        "def initials(name):\n    return ''.join(word[0] for word in name.split()) or '$$'\n",
    );
    account.write("functions/middle.py", "class Middle:\n    def __init__(self):\n        self.seen = []\n");
    account.write(
        "functions/functions.yml",
        "functions:
  - name: cents
    arguments: [{name: amount, data_type: 'number(10,2)'}, {name: factor, data_type: integer, default_value: 100}]
    returns: {data_type: integer}
    config: {volatility: deterministic}
  - name: initials
    arguments: [{name: name, data_type: varchar}]
    returns: {data_type: varchar}
    config: {runtime_version: '3.11', entry_point: initials, packages: [numpy, pandas==2.2]}
  - name: middle
    arguments: [{name: value, data_type: float}]
    returns: {data_type: float}
    config: {type: aggregate, runtime_version: '3.11', entry_point: Middle}
",
    );
    insta::assert_snapshot!(account.sent(&["build"]));
}

const SCRIPT: &str = "def model(dbt, session):
    dbt.config(materialized='table', packages=['pandas'])
    return dbt.source('raw', 'orders').filter('gone')
";

/// A project of one model in Python.
fn script(text: &str) -> Account {
    let account = Account::new();
    account.write("models/raw.yml", "sources: [{name: raw, tables: [{name: orders}]}]\n");
    account.write("models/orders.py", text);
    account
}

#[test]
fn models_in_python_run_as_procedures_of_the_caller() {
    let account = script(SCRIPT);
    insta::assert_snapshot!(account.sent(&["run"]));
}

#[test]
fn models_in_python_are_added_to() {
    let config = "'incremental', unique_key='id', python_version='3.11', use_anonymous_sproc=False, \
        imports=['@files/a.py'], external_access_integrations=['web'], secrets={'key': 'vault.key'}";
    let account = script(&SCRIPT.replace("'table'", config));
    account.has("TABLE", "ORDERS", &[]);
    insta::assert_snapshot!(account.sent(&["run"]));
}

#[test]
fn some_models_cannot_be_in_python() {
    let refused = |config: &str| {
        let output = script(&SCRIPT.replace("'table'", config)).run(&["run"]);
        assert_eq!(output.status.code(), Some(1));
        let text = String::from_utf8_lossy(&output.stdout);
        let told = text.lines().filter(|line| line.trim_start().starts_with('×')).map(str::trim);
        told.collect::<Vec<_>>().join("\n")
    };
    let accumulating = "'incremental', incremental_strategy='accumulating', unique_key='id', sequence_by='updated_at'";
    let configs = [
        "'view'",
        "'table', table_format='iceberg'",
        "'table', quarantine={'rules': [{'reason': 'gone', 'when': 'gone'}]}",
        accumulating,
    ];
    insta::assert_snapshot!(configs.map(refused).join("\n"));
}
