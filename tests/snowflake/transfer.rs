//! Rows on their way out of an account into another engine.

use crate::server::{Server, bytes};
use crate::sessions::{LOGIN, QUERY, chunk, in_chunks, logged_in, rows};
use serde_json::json as value;
use std::path::Path;
use std::process::{Command, Output};
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Arc, OnceLock};

/// An account whose table has three rows: one comes with the answer, the others in chunks, of which the last is there only
/// while the flag is true.
fn account(is_whole: Arc<AtomicBool>) -> Server {
    let port = Arc::new(OnceLock::new());
    let own = port.clone();
    let server = Server::start(move |request| match request.path() {
        LOGIN => logged_in("1"),
        QUERY if request.json()["describeOnly"] == true => rows(value!([])),
        QUERY => in_chunks(*own.wait(), value!({})),
        "/chunk_1" if !is_whole.load(Ordering::SeqCst) => bytes("403 Forbidden", &[], b"<Code>AccessDenied</Code>"),
        path => chunk(&[(if path == "/chunk_0" { 2 } else { 3 }, "b")]),
    });
    port.set(server.port()).unwrap();
    server
}

fn sqlbuild(place: &Path, arguments: &[&str]) -> Output {
    let mut command = Command::new(env!("CARGO_BIN_EXE_sqlbuild"));
    command.args(arguments).current_dir(place).env("NO_COLOR", "1").output().unwrap()
}

/// A query's rows in the engine that the rows go to.
fn found(place: &Path, query: &str) -> serde_json::Value {
    let output = sqlbuild(place, &["show", "--quiet", "--inline", query, "--output", "json"]);
    let text = String::from_utf8_lossy(&output.stdout);
    serde_json::from_str::<serde_json::Value>(&text).unwrap_or_else(|_| panic!("{text}"))["show"].clone()
}

#[test]
fn rows_that_stop_halfway_replace_nothing() {
    let is_whole = Arc::new(AtomicBool::new(true));
    let server = account(is_whole.clone());
    let project = tempfile::tempdir().unwrap();
    let place = project.path();
    let write = |name: &str, text: &str| std::fs::write(place.join(name), text).unwrap();
    let outputs = value!({
        "dev": {"type": "duckdb", "path": "shop.duckdb", "schema": "main"},
        "account": {
            "type": "snowflake", "account": "ab12345", "user": "ann", "password": "hush", "database": "D", "schema": "S",
            "host": "127.0.0.1", "port": server.port(), "protocol": "http",
        },
    });
    write("profiles.yml", &value!({"shop": {"target": "dev", "outputs": outputs}}).to_string());
    write("dbt_project.yml", "name: shop\nprofile: shop\n");
    std::fs::create_dir(place.join("models")).unwrap();
    write("models/sources.yml", "sources: [{name: raw, config: {target: account}, tables: [{name: orders}]}]\n");
    write("models/orders.sql", "select * from {{ source('raw', 'orders') }}\n");

    let first = sqlbuild(place, &["run"]);
    assert!(first.status.success(), "{}", String::from_utf8_lossy(&first.stdout));
    let moved = "select id, name from main_transfers.account__shop__raw__orders order by id";
    let three = value!([{"ID": 1, "NAME": "a"}, {"ID": 2, "NAME": "b"}, {"ID": 3, "NAME": "b"}]);
    assert_eq!(found(place, moved), three);

    is_whole.store(false, Ordering::SeqCst);
    let second = sqlbuild(place, &["run"]);
    let text = String::from_utf8_lossy(&second.stdout);
    assert_eq!(second.status.code(), Some(1), "{text}");
    assert!(text.contains("Query id: 01b2-0000") && text.contains("SKIP"), "{text}");
    assert_eq!(found(place, moved), three);
    let tables = "select table_name from information_schema.tables where table_schema = 'main_transfers'";
    assert_eq!(found(place, tables), value!([{"table_name": "account__shop__raw__orders"}]));
}
