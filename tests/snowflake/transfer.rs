//! Rows on their way out of an account into another engine.

use crate::server::{Answer, Server, bytes, json};
use crate::sessions::{LOGIN, QUERY, chunk, in_chunks, logged_in, rows};
use serde_json::{Value as Json, json as value};
use std::process::{Command, Output, Stdio};
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::mpsc::channel;
use std::sync::{Arc, Mutex, OnceLock};

/// An account whose table has three rows: one comes with the answer, the others in chunks, of which the last is what the
/// test says.
fn account(last: impl Fn() -> Answer + Send + Sync + 'static) -> Server {
    let port = Arc::new(OnceLock::new());
    let own = port.clone();
    let server = Server::start(move |request| match request.path() {
        LOGIN => logged_in("1"),
        QUERY if request.json()["describeOnly"] == true => rows(value!([])),
        QUERY => in_chunks(*own.wait(), value!({})),
        "/chunk_0" => chunk(&[(2, "b")]),
        "/chunk_1" => last(),
        _ => json(&value!({"data": null, "success": true})),
    });
    port.set(server.port()).unwrap();
    server
}

/// A project on DuckDB with a model that reads the account's table.
struct Project(tempfile::TempDir);

impl Project {
    fn new(account: &Server) -> Self {
        let project = Self(tempfile::tempdir().unwrap());
        let write = |name: &str, text: &str| std::fs::write(project.0.path().join(name), text).unwrap();
        let outputs = value!({
            "dev": {"type": "duckdb", "path": "shop.duckdb", "schema": "main"},
            "account": {
                "type": "snowflake", "account": "ab12345", "user": "ann", "password": "hush", "database": "D", "schema": "S",
                "host": "127.0.0.1", "port": account.port(), "protocol": "http",
            },
        });
        write("profiles.yml", &value!({"shop": {"target": "dev", "outputs": outputs}}).to_string());
        write("dbt_project.yml", "name: shop\nprofile: shop\n");
        std::fs::create_dir(project.0.path().join("models")).unwrap();
        write("models/sources.yml", "sources: [{name: raw, config: {target: account}, tables: [{name: orders}]}]\n");
        write("models/orders.sql", "select * from {{ source('raw', 'orders') }}\n");
        project
    }

    fn command(&self, arguments: &[&str]) -> Command {
        let mut command = Command::new(env!("CARGO_BIN_EXE_sqlbuild"));
        command.args(arguments).current_dir(self.0.path()).env("NO_COLOR", "1").stdout(Stdio::piped());
        command
    }

    fn run(&self) -> Output {
        self.command(&["run"]).output().unwrap()
    }

    /// A query's rows on DuckDB.
    fn found(&self, query: &str) -> Json {
        let output = self.command(&["show", "--quiet", "--inline", query, "--output", "json"]).output().unwrap();
        let text = String::from_utf8_lossy(&output.stdout);
        serde_json::from_str::<Json>(&text).unwrap_or_else(|_| panic!("{text}"))["show"].take()
    }

    /// That the rows which were moved first are there, and nothing besides.
    fn holds_the_first_rows(&self) {
        let moved = "select id, name from main_transfers.account__shop__raw__orders order by id";
        let first = value!([{"ID": 1, "NAME": "a"}, {"ID": 2, "NAME": "b"}, {"ID": 3, "NAME": "c"}]);
        assert_eq!(self.found(moved), first);
        let tables = "select table_name from information_schema.tables where table_schema = 'main_transfers'";
        assert_eq!(self.found(tables), value!([{"table_name": "account__shop__raw__orders"}]));
    }
}

#[test]
fn rows_that_stop_halfway_replace_nothing() {
    let is_whole = Arc::new(AtomicBool::new(true));
    let there = is_whole.clone();
    let account = account(move || match there.load(Ordering::SeqCst) {
        true => chunk(&[(3, "c")]),
        false => bytes("403 Forbidden", &[], b"<Code>AccessDenied</Code>"),
    });
    let project = Project::new(&account);
    assert!(project.run().status.success());
    project.holds_the_first_rows();

    is_whole.store(false, Ordering::SeqCst);
    let second = project.run();
    let text = String::from_utf8_lossy(&second.stdout);
    assert_eq!(second.status.code(), Some(1), "{text}");
    assert!(text.contains("Query id: 01b2-0000") && text.contains("SKIP"), "{text}");
    project.holds_the_first_rows();
}

/// The last rows do not come: the account is asked for them, and says nothing.
#[test]
fn a_move_that_is_cancelled_replaces_nothing() {
    let (asked, asks) = channel();
    let (asked, is_first) = (Mutex::new(asked), AtomicBool::new(true));
    let account = account(move || {
        if !is_first.swap(false, Ordering::SeqCst) {
            asked.lock().unwrap().send(()).unwrap();
            loop {
                std::thread::park();
            }
        }
        chunk(&[(3, "c")])
    });
    let project = Project::new(&account);
    assert!(project.run().status.success());

    let run = project.command(&["run"]).spawn().unwrap();
    asks.recv().unwrap();
    assert!(Command::new("kill").args(["-INT", &run.id().to_string()]).status().unwrap().success());
    let output = run.wait_with_output().unwrap();
    let text = String::from_utf8_lossy(&output.stdout);
    assert_eq!(output.status.code(), Some(1), "{text}");
    assert!(text.contains("Cancelled in") && text.contains("SKIP"), "{text}");
    project.holds_the_first_rows();
}
