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

    /// The rows of the exported file.
    fn exported(&self) -> Vec<Vec<String>> {
        let file = self.path().join("output/consolidated_messages.csv");
        let mut reader = csv::Reader::from_path(file).unwrap();
        reader.records().map(|row| row.unwrap().iter().map(str::to_owned).collect()).collect()
    }
}

/// Builds, builds again, adds a late message that changes a conversation's customer, and starts over.
fn lives(showcase: &Showcase) {
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

#[test]
fn on_duckdb() {
    lives(&Showcase::new("dev", vec![]));
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
    lives(&Showcase::new("postgres", environment));
}
