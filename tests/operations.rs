//! The files for operations, of which not all can be run here, fit the program and the repository.

use serde_json::Value as Json;
use sqlbuild::diagnostics::SourceFile;
use std::path::{Path, PathBuf};
use std::process::Command;

fn root() -> PathBuf {
    PathBuf::from(env!("CARGO_MANIFEST_DIR"))
}

fn read(name: &str) -> String {
    std::fs::read_to_string(root().join(name)).unwrap()
}

fn yaml(name: &str) -> Json {
    sqlbuild::yaml::parse(&SourceFile::new(name, read(name))).unwrap().0.to_json()
}

/// The program knows a command line: with `--help` it checks the words before it and does nothing.
fn check_command(line: &str) {
    let mut words = line.split_whitespace();
    assert_eq!(words.next(), Some("sqlbuild"), "{line}");
    let output = Command::new(env!("CARGO_BIN_EXE_sqlbuild")).args(words).arg("--help").output().unwrap();
    assert!(output.status.success(), "{line}\n{}", String::from_utf8_lossy(&output.stderr));
    let wrong = Command::new(env!("CARGO_BIN_EXE_sqlbuild"))
        .args(line.split_whitespace().skip(1))
        .args(["--no-such-option", "--help"])
        .output();
    assert!(!wrong.unwrap().status.success(), "{line}: the check finds nothing wrong with anything");
}

#[test]
fn what_the_dockerfile_copies_is_there() {
    let text = read("Dockerfile");
    let setup = read("setup");
    assert!(setup.contains("lib/duckdb") && setup.contains("libduckdb.so"));
    let copied: Vec<_> = text.lines().filter_map(|line| line.strip_prefix("COPY --from=build ")).collect();
    assert_eq!(
        copied,
        [
            "/source/target/release/sqlbuild /usr/local/bin/sqlbuild",
            "/source/lib/duckdb/libduckdb.so /usr/local/lib/libduckdb.so"
        ]
    );
    // The program looks for the library beside its own folder: see build.rs.
    assert!(read("build.rs").contains("$ORIGIN/../lib"));
    let user = text.lines().find_map(|line| line.strip_prefix("USER ")).unwrap();
    assert!(user.parse::<u32>().unwrap() > 0);
    let ignored = read(".dockerignore");
    for part in ["Cargo.toml", "Cargo.lock", "build.rs", "setup", ".cargo", "src", "tests", "benches"] {
        assert!(root().join(part).exists(), "{part}");
        assert!(!ignored.lines().any(|line| line == part), "{part} is needed to build");
    }
}

#[test]
fn the_compose_file_runs_the_project_on_its_server() {
    let file = yaml("compose.yaml");
    let services = file["services"].as_object().unwrap();
    let sqlbuild = &services["sqlbuild"];
    assert_eq!(sqlbuild["environment"]["PGHOST"], "postgres");
    for (own, server) in
        [("PGUSER", "POSTGRES_USER"), ("PGDATABASE", "POSTGRES_DB"), ("PGPASSWORD", "POSTGRES_PASSWORD")]
    {
        assert_eq!(sqlbuild["environment"][own], services["postgres"]["environment"][server], "{own}");
    }
    assert_eq!(sqlbuild["depends_on"]["postgres"]["condition"], "service_healthy");
    let profile = read("profiles.yml");
    for name in ["PGHOST", "PGUSER", "PGPASSWORD", "PGDATABASE"] {
        assert!(profile.contains(&format!("env_var('{name}'")), "profiles.yml does not read {name}");
    }
    let words: Vec<_> = sqlbuild["command"].as_array().unwrap().iter().map(|word| word.as_str().unwrap()).collect();
    check_command(&format!("sqlbuild {}", words.join(" ")));
}

#[test]
fn the_workflow_calls_commands_that_exist() {
    let file = yaml("examples/github-actions/sqlbuild.yml");
    let mut commands = vec![];
    for job in file["jobs"].as_object().unwrap().values() {
        commands.extend(job["steps"].as_array().unwrap().iter().filter_map(|step| step["run"].as_str()));
    }
    assert!(commands.len() >= 5, "{commands:?}");
    commands.into_iter().for_each(check_command);
}

/// Stands in for Airflow: prints the script of each operator, for the first try and for a second one.
const AIRFLOW: &str = r#"
import json, re, runpy, sys, types

FIRST = re.compile(r"{% if task_instance.try_number == 1 %}(.*?){% endif %}")
tasks = {}

class Operator:
    def __init__(self, task_id, bash_command, cwd):
        tasks[task_id] = [FIRST.sub(r"\1", bash_command), FIRST.sub("", bash_command)]
    def __rshift__(self, other):
        return other

class DAG:
    def __init__(self, **arguments):
        assert arguments["dag_id"]
    def __enter__(self):
        return self
    def __exit__(self, *error):
        return False

for name in ["airflow", "airflow.operators", "airflow.operators.bash"]:
    sys.modules[name] = types.ModuleType(name)
sys.modules["airflow"].DAG = DAG
sys.modules["airflow.operators.bash"].BashOperator = Operator
runpy.run_path(sys.argv[1])
print(json.dumps(tasks))
"#;

/// The scripts of the DAG's tasks, for the first try and for a second one.
fn tasks() -> Json {
    let output = Command::new("python3")
        .args(["-B", "-c", AIRFLOW])
        .arg(root().join("examples/airflow/sqlbuild_dag.py"))
        .output()
        .expect("python3 is needed to try the Airflow example");
    assert!(output.status.success(), "{}", String::from_utf8_lossy(&output.stderr));
    serde_json::from_slice(&output.stdout).unwrap()
}

#[test]
fn the_dag_calls_commands_that_exist() {
    let tasks = tasks();
    let scripts = tasks.as_object().unwrap().values().map(|scripts| scripts[0].as_str().unwrap());
    let commands: Vec<_> =
        scripts.flat_map(str::lines).map(str::trim).filter(|line| line.starts_with("sqlbuild ")).collect();
    assert_eq!(commands.len(), 5, "{commands:?}");
    commands.into_iter().for_each(check_command);
}

/// A build that could not begin leaves no results; those of the night before are not taken for its own.
#[test]
fn a_second_try_of_the_dag_goes_on_with_what_the_first_has_left() {
    let tasks = tasks();
    let place = tempfile::tempdir().unwrap();
    let results = place.path().join("target/run_results.json");
    std::fs::create_dir(place.path().join("target")).unwrap();
    let tried = |number: usize| {
        let script = format!("sqlbuild() {{ echo \"$1\"; }}\n{}", tasks["build"][number - 1].as_str().unwrap());
        let output = Command::new("bash").args(["-c", &script]).current_dir(place.path()).output().unwrap();
        String::from_utf8(output.stdout).unwrap().trim().to_owned()
    };
    std::fs::write(&results, "last night's").unwrap();
    assert_eq!((tried(1), results.exists()), ("build".to_owned(), false));
    assert_eq!(tried(2), "build");
    std::fs::write(&results, "the first try's").unwrap();
    assert_eq!(tried(2), "retry");
}

#[test]
fn the_notifications_of_the_example_are_read_and_off_without_secrets() {
    let place = tempfile::tempdir().unwrap();
    let copy = |from: &str, to: &str| std::fs::copy(root().join(from), place.path().join(to)).unwrap();
    copy("examples/notifications.yml", "notifications.yml");
    let write = |name: &str, text: &str| std::fs::write(place.path().join(name), text).unwrap();
    write("dbt_project.yml", "name: shop\nprofile: shop\n");
    write("profiles.yml", "shop: {target: postgres, outputs: {postgres: {type: duckdb, path: shop.duckdb}}}\n");
    std::fs::create_dir(place.path().join("models")).unwrap();
    write("models/broken.sql", "select no_such_column");
    let names = ["DBT_ENV_SECRET_SLACK_WEBHOOK", "SMTP_HOST", "SMTP_USER", "DBT_ENV_SECRET_SMTP_PASSWORD"];
    let mut command = Command::new(env!("CARGO_BIN_EXE_sqlbuild"));
    for name in names {
        command.env_remove(name);
    }
    let output = command.arg("build").current_dir(place.path()).output().unwrap();
    let text = String::from_utf8_lossy(&output.stdout).into_owned();
    assert_eq!(output.status.code(), Some(1), "{text}");
    assert!(!text.contains("SB09"), "{text}");
    assert!(Path::new(&place.path().join("target/notification_state.json")).exists());
}
