//! An account that knows what a test says exists, remembers every statement, and does nothing.

use crate::server::{Answer, Request, Server, json};
use serde_json::{Value as Json, json as value};
use std::path::Path;
use std::process::{Command, Output};
use std::sync::{Arc, Mutex};

/// Statements that are refused: what they contain, the code and the message.
type Refused = Arc<Mutex<Vec<(String, &'static str, &'static str)>>>;

/// What the account answers to statements that begin so: columns, and rows of texts.
struct Known {
    beginning: String,
    columns: Vec<String>,
    rows: Vec<Vec<Json>>,
}

impl Known {
    fn fits(&self, sql: &str) -> bool {
        let (sql, beginning) = (plain(sql), plain(&self.beginning));
        if sql.starts_with("describe") { sql == beginning } else { sql.starts_with(&beginning) }
    }
}

/// In one line, in small letters, without quotes around names.
fn plain(sql: &str) -> String {
    sql.split_whitespace().collect::<Vec<_>>().join(" ").replace('"', "").to_lowercase()
}

/// A project in a folder of its own, on an account of its own.
pub struct Account {
    server: Server,
    known: Arc<Mutex<Vec<Known>>>,
    refused: Refused,
    place: tempfile::TempDir,
}

/// The columns of every query and relation: their names, their types in a result and in the catalog.
const COLUMNS: [[&str; 3]; 4] = [
    ["ID", "fixed", "NUMBER(38,0)"],
    ["NAME", "text", "VARCHAR(16777216)"],
    ["UPDATED_AT", "timestamp_ntz", "TIMESTAMP_NTZ(9)"],
    ["GONE", "boolean", "BOOLEAN"],
];

impl Account {
    /// With an empty project.
    pub fn new() -> Self {
        let known: Arc<Mutex<Vec<Known>>> = Arc::default();
        let refused: Refused = Arc::default();
        let (answers, refusals) = (known.clone(), refused.clone());
        let server = Server::start(move |request| answer(request, &answers.lock().unwrap(), &refusals.lock().unwrap()));
        let account = Self { server, known, refused, place: tempfile::tempdir().unwrap() };
        account.write(
            "dbt_project.yml",
            "name: shop\nprofile: shop\nquery-comment: null\nflags:\n  send_anonymous_usage_stats: false\n",
        );
        let output = value!({
            "type": "snowflake", "account": "ab12345", "user": "ann", "password": "hush", "warehouse": "LOADING",
            "database": "D", "schema": "S", "host": "127.0.0.1", "port": account.server.port(), "protocol": "http",
            "threads": 1,
        });
        account.write("profiles.yml", &value!({"shop": {"target": "dev", "outputs": {"dev": output}}}).to_string());
        account
    }

    /// Makes the account answer statements that begin so with rows; what is said last counts.
    pub fn knows(&self, beginning: &str, columns: &[&str], rows: &[&[&str]]) {
        let rows = rows.iter().map(|row| row.iter().map(|text| (*text).into()).collect()).collect();
        let columns = columns.iter().map(|name| (*name).to_owned()).collect();
        self.known.lock().unwrap().insert(0, Known { beginning: beginning.to_owned(), columns, rows });
    }

    /// A relation of schema `S`, with the columns of every query and more.
    pub fn has(&self, kind: &str, name: &str, more: &[(&str, &str)]) {
        let mut objects: Vec<Vec<Json>> = {
            let mut known = self.known.lock().unwrap();
            let at = known.iter().position(|known| known.beginning.starts_with("show objects in schema"));
            at.map(|at| known.remove(at).rows).unwrap_or_default()
        };
        let is_dynamic = if kind == "DYNAMIC TABLE" { "Y" } else { "N" };
        let kind = if is_dynamic == "Y" { "TABLE" } else { kind };
        objects.push([name, "D", "S", kind, is_dynamic].map(Json::from).to_vec());
        let columns = ["name", "database_name", "schema_name", "kind", "is_dynamic"].map(str::to_owned).to_vec();
        let beginning = "show objects in schema \"D\".\"S\"".to_owned();
        self.known.lock().unwrap().push(Known { beginning, columns, rows: objects });
        let all = COLUMNS.iter().map(|[name, _, kind]| [*name, *kind]);
        let rows: Vec<[&str; 2]> = all.chain(more.iter().map(|(name, kind)| [*name, *kind])).collect();
        let rows: Vec<&[&str]> = rows.iter().map(<[&str; 2]>::as_slice).collect();
        self.knows(&format!("describe table D.S.{name}"), &["name", "type"], &rows);
    }

    /// Makes the account refuse statements that begin so.
    pub fn refuses(&self, beginning: &str, code: &'static str, message: &'static str) {
        self.refused.lock().unwrap().push((beginning.to_owned(), code, message));
    }

    pub fn write(&self, path: &str, text: &str) {
        let path = self.place.path().join(path);
        std::fs::create_dir_all(path.parent().unwrap()).unwrap();
        std::fs::write(path, text).unwrap();
    }

    pub fn path(&self) -> &Path {
        self.place.path()
    }

    /// Runs the binary.
    pub fn run(&self, arguments: &[&str]) -> Output {
        let mut command = Command::new(env!("CARGO_BIN_EXE_sqlbuild"));
        command.args(arguments).current_dir(self.path()).env("NO_COLOR", "1").env("COLUMNS", "100").output().unwrap()
    }

    /// What a run that succeeds sends: its statements, each with the values that are bound to it.
    pub fn sent(&self, arguments: &[&str]) -> String {
        let before = self.server.requests().len();
        let output = self.run(arguments);
        let text = String::from_utf8_lossy(&output.stdout);
        assert!(output.status.success(), "{arguments:?}: {text}{}", String::from_utf8_lossy(&output.stderr));
        self.statements(before)
    }

    /// What was sent from some request on.
    pub fn statements(&self, from: usize) -> String {
        let shown = |request: &Request| {
            let body = request.json();
            let mut text = tidy(&request.sql());
            if body["describeOnly"] == true {
                text.insert_str(0, "-- describe only\n");
            }
            if let Some(bindings) = body["bindings"].as_object() {
                let lines: String = bindings.values().map(|list| format!("\n-- ? {}", list["value"])).collect();
                text += &lines;
            }
            format!("{text}\n\n")
        };
        let requests = self.server.requests();
        requests[from..].iter().filter(|request| !request.sql().is_empty()).map(shown).collect()
    }
}

/// Without empty lines, and moved to the left as far as it goes.
fn tidy(sql: &str) -> String {
    let lines: Vec<&str> = sql.lines().map(str::trim_end).filter(|line| !line.is_empty()).collect();
    let indent = |line: &&str| line.len() - line.trim_start().len();
    let least = lines.iter().skip(1).map(indent).min().unwrap_or(0);
    let moved = |(at, line): (usize, &&str)| if at == 0 { line.trim_start() } else { &line[least..] }.to_owned();
    lines.iter().enumerate().map(moved).collect::<Vec<_>>().join("\n")
}

fn answer(request: &Request, known: &[Known], refused: &[(String, &str, &str)]) -> Answer {
    if request.path() == "/session/v1/login-request" {
        let data = value!({"token": "session", "masterToken": "master", "sessionId": 1});
        return json(&value!({"data": data, "success": true}));
    }
    let sql = request.sql();
    let query_id = "01b2-0000";
    if let Some((_, code, message)) =
        refused.iter().find(|(beginning, ..)| sql.trim_start().starts_with(beginning.as_str()))
    {
        return json(&value!({"data": {"queryId": query_id}, "code": code, "message": message, "success": false}));
    }
    let texts = |columns: &[&str]| -> Vec<Json> {
        columns.iter().map(|name| value!({"name": name, "type": "text", "length": 100})).collect()
    };
    let typed = |known: &Known| -> Vec<Json> {
        let is_number =
            |at: usize| known.rows.iter().all(|row| row[at].as_str().is_some_and(|it| it.parse::<i64>().is_ok()));
        let names = known.columns.iter().enumerate();
        names.map(|(at, name)| value!({"name": name, "type": if is_number(at) { "fixed" } else { "text" }, "length": 100})).collect()
    };
    let found = known.iter().find(|known| known.fits(&sql));
    let (rowtype, rows): (Vec<Json>, Vec<Vec<Json>>) = match found {
        _ if request.json()["describeOnly"] == true => (described(&sql), vec![]),
        _ if sql.trim_end().ends_with("limit 0") => (described(&sql), vec![]),
        Some(known) => (typed(known), known.rows.clone()),
        None if sql.starts_with("describe table") => {
            let rows = COLUMNS.iter().map(|[name, _, kind]| vec![(*name).into(), (*kind).into()]);
            (texts(&["name", "type"]), rows.collect())
        }
        None => (texts(&["status"]), vec![]),
    };
    let data = value!({"rowtype": rowtype, "rowset": rows, "total": rows.len(), "queryId": query_id});
    json(&value!({"data": data, "success": true}))
}

/// The columns of a query: one time where it is a time that is asked for, else those of every query.
fn described(sql: &str) -> Vec<Json> {
    let column = |[name, kind, _]: &[&str; 3]| match *kind {
        "fixed" => value!({"name": name, "type": kind, "precision": 38, "scale": 0}),
        "text" => value!({"name": name, "type": kind, "length": 16_777_216}),
        kind => value!({"name": name, "type": kind, "scale": 9}),
    };
    match sql.contains(" as sqlbuild_seen") {
        true => COLUMNS[2..3].iter().map(column).collect(),
        false => COLUMNS.iter().map(column).collect(),
    }
}
