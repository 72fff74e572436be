//! A DuckDB file that another process holds: said who holds it, nothing changed.

use sqlbuild::adapters::registry::{Surroundings, adapter};
use sqlbuild::world::World;
use std::process::Command;

#[test]
fn the_holder_of_a_locked_file_is_named() {
    let place = tempfile::tempdir().unwrap();
    let project = place.path();
    std::fs::create_dir(project.join("models")).unwrap();
    std::fs::write(project.join("dbt_project.yml"), "name: locked\nprofile: locked\n").unwrap();
    std::fs::write(project.join("models/a.sql"), "select 1 as id").unwrap();
    let profiles = "locked:\n  outputs:\n    dev: {type: duckdb, path: held.duckdb}\n  target: dev\n";
    std::fs::write(project.join("profiles.yml"), profiles).unwrap();

    let world = World::real();
    let output = serde_json::json!({"type": "duckdb", "path": "held.duckdb"});
    let surroundings = Surroundings { world: &world, project_dir: project, threads: 1 };
    let holder = adapter(output.as_object().unwrap(), surroundings).unwrap();
    let _held = holder.connect("holder").unwrap();

    let run = Command::new(env!("CARGO_BIN_EXE_sqlbuild")).arg("run").current_dir(project).output().unwrap();
    let text = format!("{}{}", String::from_utf8_lossy(&run.stdout), String::from_utf8_lossy(&run.stderr));
    assert_eq!(run.status.code(), Some(2), "{text}");
    assert!(text.contains("SB0504"), "{text}");
    assert!(text.contains(&format!("{}", std::process::id())), "{text}");
}
