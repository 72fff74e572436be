//! What is understood with the help of an earlier call is what is understood without: over random edits of a project, the
//! manifest made from what is kept equals the one that is made anew.
//!
//! `SQLBUILD_TEST_CASES` edits (default 80) are made, beginning from `SQLBUILD_TEST_SEED`.

use serde_json::Value as Json;
use std::path::{Path, PathBuf};
use std::process::{Command, Output};

/// A project, and how it is called.
struct Project {
    dir: tempfile::TempDir,
    vars: u64,
    target: &'static str,
    color: u64,
}

impl Project {
    fn new() -> Self {
        let project = Self { dir: tempfile::tempdir().unwrap(), vars: 0, target: "dev", color: 0 };
        project.write("dbt_project.yml", "name: shop\nprofile: shop\nflags: {send_anonymous_usage_stats: false}\n");
        project.write(
            "profiles.yml",
            "shop:\n  target: dev\n  outputs:\n    dev: {type: duckdb, path: ':memory:', schema: main}\n    prod: {type: duckdb, path: ':memory:', schema: live}\n",
        );
        project.write("seeds/raw.csv", "id\n1\n");
        project.write("macros/m.sql", "{% macro cents(x) %}{{ x }} * 100{% endmacro %}\n");
        project.write(
            "models/a.sql",
            "{{ config(tags=[env_var('COLOR', 'none')], meta={'n': var('n', 0)}) }} select 1 as id from {{ ref('raw') }}",
        );
        project.write("models/b.sql", "select {{ cents('id') }} as id from {{ ref('a') }}");
        project.write("models/c.sql", "select * from {{ ref('b') }} join {{ source('s', 't') }} using (id)");
        project.write(
            "models/schema.yml",
            "models:\n- name: b\n  description: \"{{ doc('about') }}\"\n  columns: [{name: id, data_tests: [unique, {accepted_values: {arguments: {values: [100]}}}]}]\n",
        );
        project.write("models/sources.yml", "sources: [{name: s, schema: main, tables: [{name: t}]}]\n");
        project.write("models/about.md", "{% docs about %}First.{% enddocs %}");
        project
    }

    /// With resources of more kinds, and models that depend on what is rendered.
    fn with_more() -> Self {
        let project = Self::new();
        project.write(
            "models/groups.yml",
            "groups: [{name: g, owner: {name: o}}]\nexposures: [{name: e, type: dashboard, owner: {name: o}, depends_on: [\"ref('d')\"]}]\n",
        );
        project.write(
            "models/unit.yml",
            "unit_tests: [{name: u, model: d, given: [{input: \"ref('a')\", rows: [{id: 1}]}], expect: {rows: [{id: 1}]}}]\n",
        );
        project.write("models/versions.yml", "models: [{name: v, versions: [{v: 1}, {v: 2}]}]\n");
        project.write("models/v_v1.sql", "select 1 as id from {{ ref('d') }}");
        project.write("models/v_v2.sql", "select 2 as id from {{ ref('d') }}");
        let mut dice = Dice(1);
        write_model(&project, &mut dice);
        write_properties(&project, &mut dice);
        write_others(&project, &mut dice);
        project
    }

    fn path(&self, name: &str) -> PathBuf {
        self.dir.path().join(name)
    }

    fn write(&self, name: &str, text: &str) {
        let path = self.path(name);
        std::fs::create_dir_all(path.parent().unwrap()).unwrap();
        std::fs::write(path, text).unwrap();
    }

    /// Changes the digits in a file: it stays as long as it is.
    fn edit_in_place(&self, name: &str) {
        let next = |digit: char| if digit == '9' { '0' } else { char::from(digit as u8 + 1) };
        self.edit(name, |text| text.chars().map(|c| if c.is_ascii_digit() { next(c) } else { c }).collect());
    }

    /// When a file was written, as anybody can set it.
    fn modified(&self, name: &str) -> std::time::SystemTime {
        std::fs::metadata(self.path(name)).unwrap().modified().unwrap()
    }

    fn set_modified(&self, name: &str, time: std::time::SystemTime) {
        let file = std::fs::File::options().write(true).open(self.path(name)).unwrap();
        file.set_modified(time).unwrap();
    }

    fn edit(&self, name: &str, change: impl FnOnce(String) -> String) {
        if let Ok(text) = std::fs::read_to_string(self.path(name)) {
            self.write(name, &change(text));
        }
    }

    fn call(&self, words: &[&str]) -> Output {
        let output = Command::new(env!("CARGO_BIN_EXE_sqlbuild"))
            .args(words)
            .args(["--target", self.target, "--vars", &format!("n: {}", self.vars)])
            .current_dir(self.dir.path())
            .env("COLOR", self.color.to_string())
            .env_remove("NO_COLOR")
            .output();
        output.unwrap()
    }

    /// What is kept and what is not give the same manifest, or the same errors.
    fn check(&self, edit: &str) {
        let warm = self.call(&["parse"]);
        let cold = self.call(&["parse", "--no-partial-parse", "--target-path", "cold"]);
        let text = |output: &Output| {
            let text = String::from_utf8_lossy(&output.stdout).into_owned() + &String::from_utf8_lossy(&output.stderr);
            // Each line begins with the time.
            text.lines().map(|line| line.get(10..).unwrap_or(line).to_owned()).collect::<Vec<_>>()
        };
        assert_eq!(warm.status, cold.status, "after {edit}: {:?} {:?}", text(&warm), text(&cold));
        assert_eq!(text(&warm), text(&cold), "after {edit}");
        if warm.status.success() {
            assert!(
                manifest(&self.path("target")) == manifest(&self.path("cold")),
                "after {edit} the manifests differ"
            );
        }
    }
}

/// A manifest without what is another in each call.
fn manifest(folder: &Path) -> Json {
    fn timeless(json: &mut Json) {
        match json {
            Json::Object(map) => {
                map.remove("created_at");
                map.values_mut().for_each(timeless);
            }
            Json::Array(items) => items.iter_mut().for_each(timeless),
            _ => {}
        }
    }
    let text = std::fs::read_to_string(folder.join("manifest.json")).unwrap();
    let mut json: Json = serde_json::from_str(&text).unwrap();
    let metadata = json["metadata"].as_object_mut().unwrap();
    for key in ["generated_at", "invocation_id", "invocation_started_at", "run_started_at"] {
        assert!(metadata.remove(key).is_some(), "{key}");
    }
    timeless(&mut json);
    json
}

/// Numbers that look random, the same for the same seed.
struct Dice(u64);

impl Dice {
    fn roll(&mut self, sides: u64) -> u64 {
        self.0 = self.0.wrapping_mul(6364136223846793005).wrapping_add(1442695040888963407);
        (self.0 >> 33) % sides
    }
}

/// A model that says any of many things.
fn write_model(project: &Project, dice: &mut Dice) {
    let number = dice.roll(3);
    let config = [
        String::new(),
        format!("{{{{ config(materialized='table', tags=['t{number}']) }}}}"),
        format!("{{{{ config(meta={{'n': var('n', 0) + {number}}}) }}}}"),
        "{{ config(group='g', access='private') }}".to_owned(),
        format!("{{{{ config(enabled={}) }}}}", number > 0),
        format!("{{{{ config(alias='d{number}') }}}}"),
        format!("{{{{ config(event_time='at{number}', pre_hook='select {{{{ cents({number}) }}}}') }}}}"),
        "{{ config(materialized='incremental', unique_key='id') }}{% if is_incremental() %}-- more{% endif %}"
            .to_owned(),
    ];
    let parents = [
        format!("{{{{ ref('a') }}}} -- {number}"),
        format!(
            "{{% if var('n', 0) > 0 %}}{{{{ ref('a') }}}}{{% else %}}{{{{ ref('raw') }}}}{{% endif %}} -- {number}"
        ),
        "{{ ref('a') }} join {{ ref('raw') }} using (id)".to_owned(),
        "{{ source('s', 't') }} join {{ ref('a') }} using (id)".to_owned(),
        format!("{{{{ ref('a') }}}} where id > {{{{ env_var('COLOR', '0') }}}} + {number}"),
        format!("(select {{{{ cents({number}) }}}} as id from {{{{ ref(['a', 'raw'][{}]) }}}})", number % 2),
        "{{ ref('c') }} where id < {{ adapter.dispatch('cents', 'shop')(1) }}".to_owned(),
        "{{ ref('v') }} -- a circle".to_owned(),
    ];
    let one = |of: &[String], at: u64| of[at as usize % of.len()].clone();
    let text = format!("{}select id from {}", one(&config, dice.roll(16)), one(&parents, dice.roll(15)));
    project.write("models/d.sql", &text);
}

/// What is said of that model, and of others.
fn write_properties(project: &Project, dice: &mut Dice) {
    let number = dice.roll(3);
    let more = [
        String::new(),
        "  config: {group: g}\n".to_owned(),
        "  config: {contract: {enforced: true}, materialized: table}\n".to_owned(),
        "  deprecation_date: 2020-01-01\n".to_owned(),
        format!("  config: {{tags: [y{number}], meta: {{m: \"{{{{ var('n', 0) }}}}\"}}}}\n"),
        format!("  constraints: [{{type: primary_key, columns: [id{number}]}}]\n"),
        "  # a line more\n".to_owned(),
        "  nothing: like this\n".to_owned(),
    ];
    let tests = [
        "[unique, not_null]".to_owned(),
        format!("[unique, {{not_null: {{config: {{severity: warn, where: 'id > {number}'}}}}}}]"),
        format!("[unique, not_null, {{accepted_values: {{arguments: {{values: [{number}]}}}}}}]"),
        "[{relationships: {arguments: {to: \"ref('a')\", field: id}}}, not_null]".to_owned(),
    ];
    let one = |of: &[String], at: u64| of[at as usize % of.len()].clone();
    let text = format!(
        "models:\n- name: d\n  description: \"{{{{ doc('about') }}}} {number}\"\n{}  columns:\n  - {{name: id, data_type: integer, description: is {number}, data_tests: {}}}\nsnapshots:\n- name: s\n  description: about s {number}\n",
        one(&more, dice.roll(16)),
        one(&tests, dice.roll(8)),
    );
    project.write("models/of_d.yml", &text);
}

/// A snapshot, an analysis, a data test.
fn write_others(project: &Project, dice: &mut Dice) {
    let (number, parent) = (dice.roll(3), ["a", "b", "c", "d"][dice.roll(4) as usize]);
    let config = format!("{{{{ config(strategy='check', check_cols='all', unique_key='id{number}') }}}}");
    let block = format!("{{% snapshot s %}}{config} select * from {{{{ ref('{parent}') }}}}{{% endsnapshot %}}");
    project.write("snapshots/s.sql", &block);
    project.write("analyses/an.sql", &format!("select {number} from {{{{ ref('{parent}') }}}}"));
    project.write("tests/positive.sql", &format!("select * from {{{{ ref('{parent}') }}}} where id < {number}"));
}

/// Changes something; answers with what.
fn edit(project: &mut Project, dice: &mut Dice) -> String {
    let model = ["a", "b", "c"][dice.roll(3) as usize];
    let file = format!("models/{model}.sql");
    let number = dice.roll(1000);
    let exists = project.path(&file).exists();
    match dice.roll(32) {
        23 | 24 => write_model(project, dice),
        25..=27 => write_properties(project, dice),
        28 | 29 => write_others(project, dice),
        30 => {
            write_model(project, dice);
            write_properties(project, dice);
        }
        31 => project.edit_in_place("models/unit.yml"),
        0 => project.edit(&file, |text| format!("{text}\n-- {number}")),
        1 => project.edit(&file, |text| format!("-- {number}\n{text}")),
        2 => {
            project.edit(&file, |text| format!("{{{{ config(materialized='table', meta={{'m': {number}}}) }}}}{text}"))
        }
        3 => project.edit(&file, |text| format!("{text} -- {{{{ ref('raw') }}}}")),
        4 => project.edit(&file, |text| text.replace("ref('raw')", "ref('gone')")),
        5 => project.edit(&file, |text| text.replace("ref('gone')", "ref('raw')")),
        6 => project.edit("models/schema.yml", |text| format!("{text}- name: c\n  description: about {number}\n")),
        7 => project.edit("models/schema.yml", |text| text.lines().take(4).map(|line| format!("{line}\n")).collect()),
        8 => project.edit("models/about.md", |_| format!("{{% docs about %}}{number}{{% enddocs %}}")),
        9 => {
            project.edit("macros/m.sql", |_| format!("{{% macro cents(x) %}}{{{{ x }}}} * {number}{{% endmacro %}}\n"))
        }
        10 => project.edit("seeds/raw.csv", |text| format!("{text}{number}\n")),
        11 => project.edit("dbt_project.yml", |text| {
            let kept = text.lines().take(3).collect::<Vec<_>>().join("\n");
            format!("{kept}\nmodels: {{shop: {{+tags: [t{number}]}}}}\n")
        }),
        12 => {
            let (from, to) = (project.path(&file), project.path(&format!("models/deep/{model}.sql")));
            std::fs::create_dir_all(project.path("models/deep")).unwrap();
            let _ = if from.exists() { std::fs::rename(from, to) } else { std::fs::rename(to, from) };
        }
        13 => project.write(&format!("models/extra_{}.sql", number % 3), "select 1 as id from {{ ref('a') }}"),
        14 => drop(std::fs::remove_file(project.path(&format!("models/extra_{}.sql", number % 3)))),
        15 => project.vars = number % 2,
        16 => project.color = number % 2,
        17 => project.edit_in_place(&file),
        18 if exists => {
            let time = project.modified(&file);
            project.edit_in_place(&file);
            project.set_modified(&file, time);
        }
        19 if exists => {
            // Another file takes its place, with the same size and time.
            let (time, aside) = (project.modified(&file), project.path("aside"));
            std::fs::copy(project.path(&file), &aside).unwrap();
            project.edit_in_place("aside");
            project.set_modified("aside", time);
            std::fs::rename(aside, project.path(&file)).unwrap();
        }
        20 if exists && project.path("models/extra_0.sql").exists() => {
            let (one, other, aside) = (project.path(&file), project.path("models/extra_0.sql"), project.path("aside"));
            std::fs::rename(&one, &aside).unwrap();
            std::fs::rename(&other, one).unwrap();
            std::fs::rename(aside, other).unwrap();
        }
        21 if exists => project.set_modified(&file, std::time::SystemTime::now()),
        _ => project.target = if project.target == "dev" { "prod" } else { "dev" },
    }
    format!("an edit of {file} or so, number {number}")
}

fn setting(name: &str, default: u64) -> u64 {
    std::env::var(name).ok().and_then(|text| text.parse().ok()).unwrap_or(default)
}

#[test]
fn what_is_kept_gives_what_is_made_anew() {
    let mut project = Project::with_more();
    let mut dice = Dice(setting("SQLBUILD_TEST_SEED", 7));
    project.check("nothing");
    for round in 0..setting("SQLBUILD_TEST_CASES", 80) {
        let edit = edit(&mut project, &mut dice);
        project.check(&format!("round {round}: {edit}"));
    }
}

impl Project {
    /// When the node was made that is in the manifest.
    fn created(&self, id: &str) -> Json {
        let text = std::fs::read_to_string(self.path("target/manifest.json")).unwrap();
        serde_json::from_str::<Json>(&text).unwrap()["nodes"][id]["created_at"].clone()
    }

    /// When the graph was kept.
    fn kept(&self) -> std::time::SystemTime {
        std::fs::metadata(self.path("target/partial_parse/graph")).unwrap().modified().unwrap()
    }
}

#[test]
fn an_unchanged_project_is_not_understood_again() {
    let project = Project::new();
    project.check("nothing");
    let (first, kept) = (project.created("model.shop.a"), project.kept());
    project.check("nothing");
    assert_eq!((project.created("model.shop.a"), project.kept()), (first, kept));
}

#[test]
fn an_edit_right_after_a_call_is_seen() {
    let project = Project::new();
    for round in 0..20 {
        for name in ["models/b.sql", "models/c.sql", "macros/m.sql", "models/schema.yml"] {
            if round % 2 == 0 || name == "models/b.sql" {
                project.edit_in_place(name);
            }
        }
        assert!(project.call(&["parse"]).status.success());
        let (manifest, text) = (manifest(&project.path("target")), |name| std::fs::read_to_string(project.path(name)));
        let raw = &manifest["nodes"]["model.shop.b"]["raw_code"];
        assert_eq!(raw.as_str().unwrap(), text("models/b.sql").unwrap(), "round {round}");
        let cents = manifest["macros"]["macro.shop.cents"]["macro_sql"].as_str().unwrap();
        assert_eq!(cents, text("macros/m.sql").unwrap().trim(), "round {round}");
    }
    project.check("many edits");
}

#[test]
fn an_edited_model_is_put_into_what_is_kept() {
    let project = Project::new();
    project.check("nothing");
    let (a, b, kept) = (project.created("model.shop.a"), project.created("model.shop.b"), project.kept());
    project.edit("models/b.sql", |text| format!("-- an edit\n{text} where id > 0"));
    project.check("an edit of the SQL");
    assert_eq!((project.created("model.shop.a"), project.kept()), (a.clone(), kept));
    assert_ne!(project.created("model.shop.b"), b);
}

#[test]
fn what_edited_files_declare_is_put_into_what_is_kept() {
    let project = Project::new();
    project.check("nothing");
    let (c, kept) = (project.created("model.shop.c"), project.kept());
    let edits = [
        ("models/b.sql", "", " -- {{ ref('raw') }}"),
        ("models/b.sql", "", "{{ config(materialized='table', meta={'n': 1}) }}"),
        // This one is rendered to be understood.
        ("models/a.sql", "select 1", "select {{ env_var('COLOR', '1') }}"),
        ("models/schema.yml", "doc('about')", "doc('about') ~ '.'"),
        ("models/schema.yml", "[unique,", "[{unique: {config: {severity: warn}}},"),
        ("seeds/raw.csv", "1", "2"),
    ];
    for (name, from, to) in edits {
        project.edit(name, |text| if from.is_empty() { text + to } else { text.replace(from, to) });
        project.check(to);
        assert_eq!((project.created("model.shop.c"), project.kept()), (c.clone(), kept), "{name}: {to}");
    }
    // What others see of a node makes them other ones.
    for (name, from, to) in [
        ("models/b.sql", "'table'", "'ephemeral'"),
        ("macros/m.sql", "100", "10"),
        ("models/about.md", "First", "Last"),
    ] {
        let kept = project.kept();
        project.edit(name, |text| text.replace(from, to));
        project.check(to);
        assert_ne!(project.kept(), kept, "{name}: {to}");
    }
}

#[test]
fn rows_of_a_large_seed_that_a_unit_test_takes_are_seen() {
    let project = Project::new();
    // Of a seed of this size, the manifest says where it is, not what it holds.
    let rows = |id: u8| format!("id\n{id}\n{}", "\n".repeat(1_100_000));
    project.write("seeds/raw.csv", &rows(1));
    project.write(
        "models/unit.yml",
        "unit_tests:\n- {name: t, model: a, given: [{input: \"ref('raw')\", format: dict}], expect: {format: dict, rows: [{id: 1}]}}\n",
    );
    project.check("nothing");
    project.write("seeds/raw.csv", &rows(2));
    project.check("an edit of a large seed");
    let manifest = manifest(&project.path("target"));
    assert_eq!(manifest["unit_tests"]["unit_test.shop.a.t"]["given"][0]["rows"][0]["id"], "2");
}

#[test]
fn what_cannot_be_read_is_made_anew() {
    let project = Project::new();
    project.check("nothing");
    let kept = project.path("target/partial_parse/graph");
    let whole = std::fs::read(&kept).unwrap();
    let mut flipped = whole.clone();
    let mut broken =
        vec![vec![], whole[..whole.len() / 2].to_vec(), [&[0xff; 12], &whole[whole.len() - 16..]].concat()];
    for place in 0..16 {
        flipped[whole.len() * place / 16] ^= 1;
        broken.push(flipped.clone());
    }
    for (round, broken) in broken.iter().enumerate() {
        std::fs::write(&kept, broken).unwrap();
        // `ls` needs the graph, `parse` may do without.
        if round % 2 == 0 {
            assert!(project.call(&["ls"]).status.success());
        }
        project.check("damage");
    }
    let files = project.path("target/partial_parse/files");
    for half in [vec![], std::fs::read(&files).unwrap()[..100].to_vec()] {
        std::fs::write(&files, half).unwrap();
        project.check("damage of what is known of files");
    }
}

#[test]
fn what_others_write_into_artifacts_does_not_come_back() {
    let project = Project::new();
    project.check("nothing");
    let written = project.path("target/manifest.json");
    let whole = std::fs::read_to_string(&written).unwrap();
    // In its place, and not beside it.
    for text in
        [whole.replace("\"description\":\"First.\"", "\"description\":\"Spoilt\""), "{}".to_owned(), String::new()]
    {
        assert_ne!(text, whole);
        std::fs::write(&written, text).unwrap();
        project.check("a manifest of another program");
    }
}

#[test]
fn a_kept_manifest_that_is_not_whole_is_made_anew() {
    let project = Project::new();
    project.check("nothing");
    let names = || std::fs::read_dir(project.path("target/partial_parse")).unwrap().map(|entry| entry.unwrap().path());
    let kept = names().find(|path| path.file_name().unwrap().to_str().unwrap().starts_with("manifest.")).unwrap();
    let whole = std::fs::read(&kept).unwrap();
    for half in [0, 10, whole.len() / 2, whole.len() - 1] {
        std::fs::write(&kept, &whole[..half]).unwrap();
        project.check("a base that was cut off");
        assert!(std::fs::read(&kept).unwrap() == whole, "after {half} bytes");
    }
    // A graph that is made anew has its own, and there is no other.
    project.edit("macros/m.sql", |text| text.replace("100", "10"));
    project.check("an edit of a macro");
    assert_eq!((names().count(), kept.exists()), (3, false));
}

#[test]
fn a_template_that_sees_the_call_is_read_in_each_call() {
    let project = Project::new();
    project.write("models/d.sql", "{{ config(meta={'call': invocation_id}) }} select 1 as id");
    let mut seen = vec![];
    for _ in 0..2 {
        assert!(project.call(&["parse"]).status.success());
        let text = std::fs::read_to_string(project.path("target/manifest.json")).unwrap();
        let manifest: Json = serde_json::from_str(&text).unwrap();
        assert_eq!(manifest["nodes"]["model.shop.d"]["config"]["meta"]["call"], manifest["metadata"]["invocation_id"]);
        seen.push(manifest["metadata"]["invocation_id"].clone());
    }
    assert_ne!(seen[0], seen[1]);
}

#[test]
fn results_are_put_into_the_manifest_that_is_kept() {
    let project = Project::new();
    project.write("models/c.sql", "select * from {{ ref('b') }}");
    project.check("nothing");
    for (folder, more) in [("target", &[][..]), ("cold", &["--no-partial-parse", "--target-path", "cold"][..])] {
        let words = [&["build", "--select", "raw", "b", "a"], more].concat();
        let output = project.call(&words);
        assert!(output.status.success(), "{folder}: {}", String::from_utf8_lossy(&output.stdout));
    }
    let text = serde_json::to_string(&manifest(&project.path("cold"))).unwrap().replace("cold/", "target/");
    assert_eq!(serde_json::from_str::<Json>(&text).unwrap(), manifest(&project.path("target")));
}
