//! The PostgreSQL adapter against a real server.

use serde_json::{Value as Json, json};
use sqlbuild::adapters::registry::{Surroundings, adapter};
use sqlbuild::adapters::{
    Adapter, Catalog, Cell, ColumnType, Connection, DatabaseError, ErrorKind, Relation, RelationKind, SeedColumn,
    SeedTable,
};
use sqlbuild::world::World;
use std::path::Path;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};

/// An output of a profile for the server that `./test` starts, with some keys of the test's own.
fn output(changes: Json) -> Json {
    let dsn = std::env::var("SQLBUILD_TEST_POSTGRES")
        .expect("SQLBUILD_TEST_POSTGRES names no server: run ./test, which starts one");
    let mut output = json!({"type": "postgres", "schema": "public"});
    for (key, value) in dsn.split_whitespace().filter_map(|pair| pair.split_once('=')) {
        output[key] = value.into();
    }
    for (key, value) in changes.as_object().unwrap() {
        output[key] = value.clone();
    }
    output
}

fn prepare(changes: Json) -> Arc<dyn Adapter> {
    let world = World::fixed("/", Default::default(), jiff::Timestamp::UNIX_EPOCH);
    let surroundings = Surroundings { world: &world, project_dir: Path::new("/"), threads: 1 };
    adapter(output(changes).as_object().unwrap(), surroundings).unwrap()
}

fn connect() -> Box<dyn Connection> {
    prepare(json!({})).connect("test").unwrap()
}

fn refused(changes: Json) -> DatabaseError {
    match prepare(changes).connect("test") {
        Ok(_) => panic!("connected"),
        Err(error) => error,
    }
}

/// A connection and a schema of the test's own, empty.
fn schema(name: &str) -> Box<dyn Connection> {
    let mut connection = connect();
    connection.execute(&format!("drop schema if exists {name} cascade; create schema {name}")).unwrap();
    connection
}

fn text(text: &str) -> Cell {
    Cell::Text(text.into())
}

#[test]
fn responses_are_the_servers_tags() {
    let mut connection = schema("responses");
    for sql in [
        "create table responses.t as select 1 as a union select 2",
        "insert into responses.t values (3); -- done",
        "with x as (select 1) update responses.t set a = a",
        "create view responses.v as select * from responses.t",
        "create materialized view responses.m as select * from responses.t",
        "select * from responses.t",
        "delete from responses.t where a > 1",
    ] {
        let response = connection.execute(sql).unwrap();
        let expected = match sql.split_whitespace().next().unwrap() {
            "create" if sql.contains("view responses.v") => ("CREATE VIEW", "CREATE VIEW", -1),
            "create" if sql.contains("responses.m") => ("SELECT 3", "SELECT", 3),
            "create" => ("SELECT 2", "SELECT", 2),
            "insert" => ("INSERT 0 1", "INSERT", 1),
            "with" => ("UPDATE 3", "UPDATE", 3),
            "delete" => ("DELETE 2", "DELETE", 2),
            _ => ("SELECT 3", "SELECT", 3),
        };
        assert_eq!((response.message.as_str(), response.code.as_str()), (expected.0, expected.1), "{sql}");
        assert_eq!(response.rows_affected, Some(expected.2), "{sql}");
    }
    assert_eq!(connection.execute("-- nothing").unwrap().message, "");
}

#[test]
fn values_of_every_kind() {
    let mut connection = schema("kinds");
    connection
        .execute("create type kinds.mood as enum ('calm'); create domain kinds.small as int check (value < 10)")
        .unwrap();
    let (_, rows) = connection
        .query(
            "set local timezone = 'Asia/Tokyo'; select true as a, 9223372036854775807 as b, 0.1::float4 as c,
             123456789012345678901234567890.10 as d, 'x'::varchar(3) as e, date '2024-02-29' as f,
             timestamptz '2024-01-02 03:04:05.5+00' as g, timestamp '2024-01-02 03:04:05' as h, time '01:02' as i,
             interval '1 day 2 hours' as j, '\\x00ff'::bytea as k, array[1, null] as l, '{\"a\": [1]}'::jsonb as m,
             'calm'::kinds.mood as n, 7::kinds.small as o, row(1, 'x') as p, int4range(1, 5) as q, null::uuid as r,
             date 'infinity' as s, array['a,b', '\"'] as t",
            None,
        )
        .unwrap();
    let cells = rows.rows[0]
        .iter()
        .zip(&rows.columns)
        .map(|(cell, column)| format!("{} {}: {cell:?}", column.name, column.data_type));
    insta::assert_snapshot!(cells.collect::<Vec<_>>().join("\n"));
    assert_eq!(rows.columns[3].kind, ColumnType::Number);
}

#[test]
fn rows_are_limited_and_errors_point_into_the_text() {
    let mut connection = connect();
    let (response, rows) = connection.query("select * from generate_series(1, 9) as g", Some(2)).unwrap();
    assert_eq!((response.message.as_str(), rows.rows.len()), ("SELECT 9", 2));
    for sql in ["select 'é';\nselect nope", "select 'é', nope"] {
        let by_query = connection.query(sql, None).unwrap_err();
        let by_execute = connection.execute(sql).unwrap_err();
        for error in [by_query, by_execute] {
            assert_eq!(error.code.as_deref(), Some("42703"));
            assert_eq!(error.offset, sql.find("nope"), "{sql}");
        }
    }
    let error = connection.query("select nosuch(1)", None).unwrap_err();
    assert!(error.hint.is_some() && error.kind == ErrorKind::Statement);
}

#[test]
fn a_transaction_is_undone_whole() {
    let mut connection = schema("undone");
    connection.begin().unwrap();
    connection.execute("create table undone.t (a int)").unwrap();
    assert!(connection.in_transaction() && connection.execute("select nope").is_err());
    connection.rollback().unwrap();
    assert!(!connection.in_transaction());
    connection.commit().unwrap();
    assert!(connection.list_relations("db", "undone").unwrap().is_empty());
    connection.begin().unwrap();
    connection.execute("create table undone.t (a int)").unwrap();
    connection.commit().unwrap();
    assert_eq!(connect().list_relations("db", "undone").unwrap().len(), 1);
}

#[test]
fn the_catalog_tells_kinds_and_full_types() {
    let mut connection = schema("listed");
    connection
        .execute(
            "create table listed.\"T x\" (a varchar(256), b numeric(10,2), c int[], dropped int);
             alter table listed.\"T x\" drop column dropped;
             create view listed.v as select 1 as a; create materialized view listed.m as select 1 as a",
        )
        .unwrap();
    let adapter = prepare(json!({}));
    let catalog = Catalog::new(adapter.dialect());
    let place = Relation::new("db", "listed", "");
    let mut kinds: Vec<_> = catalog
        .list(connection.as_mut(), &place)
        .unwrap()
        .into_iter()
        .map(|relation| (relation.name().to_owned(), relation.kind.unwrap()))
        .collect();
    kinds.sort_by(|a, b| a.0.cmp(&b.0));
    let expected = [("T x", RelationKind::Table), ("m", RelationKind::MaterializedView), ("v", RelationKind::View)];
    assert_eq!(kinds, expected.map(|(name, kind)| (name.to_owned(), kind)));
    let shown = |columns: Vec<sqlbuild::adapters::Column>| {
        columns.into_iter().map(|column| format!("{} {}", column.name, column.data_type)).collect::<Vec<_>>()
    };
    let columns = connection.columns(&Relation::new("db", "listed", "T x")).unwrap();
    assert_eq!(shown(columns), ["a character varying(256)", "b numeric(10,2)", "c integer[]"]);
    let described = connection.describe("select *, null as n from listed.\"T x\" -- all\n;").unwrap();
    assert_eq!(shown(described), ["a character varying(256)", "b numeric(10,2)", "c integer[]", "n text"]);
    assert!(connection.list_schemas("db").unwrap().contains(&"listed".to_owned()));
    assert!(connection.columns(&Relation::new("db", "listed", "none")).unwrap().is_empty());

    connection.execute("create temp table listed_temp (a int)").unwrap();
    let temporary = Relation { schema: None, ..Relation::new("", "", "listed_temp") };
    assert_eq!(shown(connection.columns(&temporary).unwrap()), ["a integer"]);
}

#[test]
fn a_transaction_begins_with_its_first_statement() {
    let mut connection = schema("late");
    connection.begin().unwrap();
    connection.rollback().unwrap();
    connection.begin().unwrap();
    assert_eq!(connection.execute("select 1;\nselect nope").unwrap_err().offset, Some(17));
    connection.rollback().unwrap();
    connection.begin().unwrap();
    connection.execute("create table late.gone (id integer)").unwrap();
    connection.rollback().unwrap();
    connection.begin().unwrap();
    assert_eq!(connection.describe("select 1 as one").unwrap().len(), 1);
    connection.execute("create table late.kept (id integer)").unwrap();
    connection.commit().unwrap();
    let kept = connection.list_relations("", "late").unwrap();
    assert_eq!(kept.iter().map(Relation::name).collect::<Vec<_>>(), ["kept"]);
}

#[test]
fn late_statements_go_with_the_next_one() {
    let mut connection = schema("later");
    let mut other = connect();
    connection.execute("create sequence later.s; create table later.t (id integer)").unwrap();
    let mut is_called = || other.query_plain("select is_called from later.s").unwrap().1.rows[0][0].clone();
    connection.begin().unwrap();
    connection.execute_late("insert into later.t values (1); select nextval('later.s') -- not yet").unwrap();
    assert_eq!(is_called(), text("f"));
    let (response, rows) = connection.query_plain("select id from later.t").unwrap();
    assert_eq!((response.message.as_str(), rows.rows), ("SELECT 1", vec![vec![text("1")]]));
    assert_eq!(is_called(), text("t"));
    connection.execute_late("insert into later.t values (2)").unwrap();
    connection.commit().unwrap();
    connection.begin().unwrap();
    connection.execute_late("insert into later.t values (3)").unwrap();
    connection.rollback().unwrap();
    connection.begin().unwrap();
    connection.execute_late("insert into later.t values (4)").unwrap();
    let error = connection.execute("select nope").unwrap_err();
    assert_eq!(error.offset, Some(7));
    connection.rollback().unwrap();
    connection.begin().unwrap();
    connection.execute("insert into later.t values (5)").unwrap();
    connection.execute_late("select nope").unwrap();
    let error = connection.commit().unwrap_err();
    assert_eq!((error.code.as_deref(), error.offset), (Some("42703"), None));
    assert!(!connection.in_transaction());
    let (_, rows) = connection.query_plain("select count(*) from later.t").unwrap();
    assert_eq!(rows.rows, [[text("2")]]);
}

#[test]
fn statements_that_are_sent_whole_are_one_transaction() {
    let mut connection = schema("whole");
    let response = connection.execute_whole("create table whole.t as select 1 as id union all select 2").unwrap();
    assert_eq!((response.message.as_str(), response.rows_affected), ("SELECT 2", Some(2)));
    assert!(!connection.in_transaction());
    connection.execute_whole("create table whole.u (id integer); select 1 / 0").unwrap_err();
    connection.rollback().unwrap();
    let kept = connection.list_relations("", "whole").unwrap();
    assert_eq!(kept.iter().map(Relation::name).collect::<Vec<_>>(), ["t"]);
}

#[test]
fn a_plain_query_gives_texts() {
    let (response, rows) = connect().query_plain("select 7, true, null, 1.50").unwrap();
    assert_eq!(response.message, "SELECT 1");
    assert_eq!(rows.rows, [[text("7"), text("t"), Cell::Null, text("1.50")]]);
}

#[test]
fn seeds_are_copied_and_errors_name_the_files_line() {
    let mut connection = schema("seeded");
    connection.execute("create table seeded.s (id integer, note text)").unwrap();
    let column = |name: &str, data_type: &str| SeedColumn {
        name: name.into(),
        data_type: data_type.into(),
        keeps_words: name == "note",
        clean: |text| text.into(),
    };
    let folder = tempfile::tempdir().unwrap();
    let seed_of = |text: &str, is_plain: bool| {
        let path = folder.path().join("seed.csv");
        std::fs::write(&path, text).unwrap();
        let columns = vec![column("id", "integer"), column("note", "text")];
        SeedTable { path, is_plain, delimiter: b';', columns }
    };
    let seed = |text: &str| seed_of(text, false);
    let relation = Relation::new("", "seeded", "s");
    let text_of_seed = "id;note\n1;\"a\n\"\"b\"\"\"\nNull;null\n";
    assert_eq!(connection.load_seed(&relation, &seed(text_of_seed)).unwrap(), 2);
    let (_, rows) = connection.query("select * from seeded.s", None).unwrap();
    assert_eq!(rows.rows, [[Cell::Integer(1), text("a\n\"b\"")], [Cell::Null, text("null")]]);
    let error = connection.load_seed(&relation, &seed("id;note\n1;\"x\ny\"\n\none;z\n")).unwrap_err();
    assert_eq!(error.message, "Line 5 of the seed, column \"id\": invalid input syntax for type integer: \"one\"");
    let plain = |text: &str| seed_of(text, true);
    connection.execute("truncate seeded.s").unwrap();
    assert_eq!(connection.load_seed(&relation, &plain("id;note\n1;\"a\n;b\"\n;null")).unwrap(), 2);
    let (_, rows) = connection.query("select * from seeded.s", None).unwrap();
    assert_eq!(rows.rows, [[Cell::Integer(1), text("a\n;b")], [Cell::Null, text("null")]]);
    let error = connection.load_seed(&relation, &plain("id;note\n1;\"x\ny\"\none;z\n")).unwrap_err();
    assert_eq!(error.message, "Line 4 of the seed, column \"id\": invalid input syntax for type integer: \"one\"");
    connection.execute("select 1").unwrap();
}

#[test]
fn a_statement_is_cancelled_from_another_thread() {
    let mut connection = connect();
    let canceller = connection.canceller();
    let done = Arc::new(AtomicBool::new(false));
    let watch = done.clone();
    // A request that arrives before the statement is in flight does nothing, so it is repeated.
    let stopper = std::thread::spawn(move || {
        while !watch.load(Ordering::Relaxed) {
            canceller.cancel();
        }
    });
    let error = connection.execute("select pg_sleep(600)").unwrap_err();
    done.store(true, Ordering::Relaxed);
    stopper.join().unwrap();
    assert_eq!(error.kind, ErrorKind::Cancelled);
}

#[test]
fn session_settings_hold() {
    connect()
        .execute("do $$ begin create role \"settings role\"; exception when duplicate_object then null; end $$")
        .unwrap();
    let adapter = prepare(json!({
        "search_path": "nowhere, public", "role": "\"settings role\"", "application_name": "test of settings",
    }));
    let sql = "select current_setting('search_path'), current_user::text, current_setting('application_name')";
    let (_, rows) = adapter.connect("test").unwrap().query(sql, None).unwrap();
    assert_eq!(rows.rows, [[text("nowhere, public"), text("settings role"), text("test of settings")]]);
}

#[test]
fn failures_to_connect_say_what_to_do() {
    let nobody = refused(json!({"port": 1, "retries": 0}));
    assert_eq!(nobody.kind, ErrorKind::Transient);
    assert!(nobody.message.contains("127.0.0.1:1 cannot be reached"), "{}", nobody.message);

    let missing = refused(json!({"dbname": "no such database"}));
    assert_eq!((missing.kind, missing.code.as_deref()), (ErrorKind::Configuration, Some("3D000")));

    let unencrypted = refused(json!({"sslmode": "require"}));
    assert_eq!(unencrypted.kind, ErrorKind::Configuration);
    assert!(unencrypted.message.starts_with("No encrypted connection"), "{}", unencrypted.message);
}

#[test]
fn a_wrong_password_is_refused_at_once() {
    connect()
        .execute(
            "do $$ begin create role needs_password login password 'right'; exception when duplicate_object then null; \
             end $$",
        )
        .unwrap();
    let wrong = refused(json!({"user": "needs_password", "password": "wrong", "retries": 5}));
    assert_eq!((wrong.kind, wrong.code.as_deref()), (ErrorKind::Refused, Some("28P01")));
    assert!(!format!("{wrong:?}").contains("'wrong'"), "{wrong:?}");
    let none = refused(json!({"user": "needs_password"}));
    assert!(none.message.contains("asks for the password of user 'needs_password'"), "{}", none.message);
    prepare(json!({"user": "needs_password", "password": "right"})).connect("test").unwrap();
}

/// A server that answers each login with an error of this SQLSTATE; gives how many there were.
fn refusing(code: &'static str) -> (u16, Arc<std::sync::atomic::AtomicUsize>) {
    use std::io::{Read, Write};
    let listener = std::net::TcpListener::bind("127.0.0.1:0").unwrap();
    let port = listener.local_addr().unwrap().port();
    let logins = Arc::new(std::sync::atomic::AtomicUsize::new(0));
    let counted = logins.clone();
    std::thread::spawn(move || {
        for stream in listener.incoming() {
            let mut stream = stream.unwrap();
            let mut length = [0; 4];
            stream.read_exact(&mut length).unwrap();
            let mut startup = vec![0; u32::from_be_bytes(length) as usize - 4];
            stream.read_exact(&mut startup).unwrap();
            counted.fetch_add(1, Ordering::SeqCst);
            let fields = format!("SFATAL\0VFATAL\0C{code}\0Mnot now\0\0");
            stream.write_all(b"E").unwrap();
            stream.write_all(&(fields.len() as u32 + 4).to_be_bytes()).unwrap();
            stream.write_all(fields.as_bytes()).unwrap();
        }
    });
    (port, logins)
}

#[test]
fn a_login_is_tried_again_when_that_may_help() {
    for (code, kind, logins) in [("57P03", ErrorKind::Transient, 2), ("28P01", ErrorKind::Refused, 1)] {
        let (port, counted) = refusing(code);
        let error = refused(json!({"host": "127.0.0.1", "port": port, "sslmode": "disable", "retries": 1}));
        assert_eq!((error.kind, counted.load(Ordering::SeqCst)), (kind, logins), "{}", error.message);
    }
}
