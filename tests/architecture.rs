//! Holds the imports of `src/` against the rank table of ARCHITECTURE.md.

use std::collections::BTreeMap;
use std::fs;
use std::path::{Path, PathBuf};

fn root() -> PathBuf {
    PathBuf::from(env!("CARGO_MANIFEST_DIR"))
}

/// Room → rank, read off the table.
fn ranks() -> BTreeMap<String, u32> {
    let text = fs::read_to_string(root().join("ARCHITECTURE.md")).unwrap();
    let mut ranks = BTreeMap::new();
    for line in text.lines() {
        let cells: Vec<&str> = line.split('|').map(str::trim).collect();
        if let [_, rank, room, ..] = cells.as_slice()
            && let Ok(rank) = rank.parse()
        {
            ranks.insert(room.trim_matches('`').to_owned(), rank);
        }
    }
    ranks
}

fn sources(dir: &Path, out: &mut Vec<PathBuf>) {
    for entry in fs::read_dir(dir).unwrap() {
        let path = entry.unwrap().path();
        if path.is_dir() {
            sources(&path, out);
        } else if path.extension().is_some_and(|ending| ending == "rs") {
            out.push(path);
        }
    }
}

/// Every room that a text names through `crate::`, with the line: `use` lists and paths in code alike.
fn imported_rooms(text: &str) -> Vec<(usize, String)> {
    let mut found = vec![];
    for (at, _) in text.match_indices("crate::") {
        let line = text[..at].matches('\n').count() + 1;
        let line_start = text[..at].rfind('\n').map_or(0, |newline| newline + 1);
        if text[line_start..at].contains("//") {
            continue;
        }
        let rest = &text[at + "crate::".len()..];
        let mut names = vec![];
        if let Some(list) = rest.strip_prefix('{') {
            // `use crate::{a::b, c::{d, e}}`: the names at depth one.
            let (mut depth, mut name) = (1, String::new());
            for c in list.chars() {
                match c {
                    '{' => depth += 1,
                    '}' => depth -= 1,
                    ',' if depth == 1 => names.push(std::mem::take(&mut name)),
                    _ if depth == 1 => name.push(c),
                    _ => {}
                }
                if depth == 0 {
                    names.push(name);
                    break;
                }
            }
        } else {
            names.push(rest.to_owned());
        }
        for name in names {
            let room: String = name.trim().chars().take_while(|c| c.is_alphanumeric() || *c == '_').collect();
            found.push((line, room));
        }
    }
    found
}

#[test]
fn rooms_import_only_lower_ranks() {
    let (ranks, src) = (ranks(), root().join("src"));
    let mut files = vec![];
    sources(&src, &mut files);
    let mut broken = vec![];
    for file in files {
        let relative = file.strip_prefix(&src).unwrap();
        let room =
            relative.components().next().unwrap().as_os_str().to_str().unwrap().trim_end_matches(".rs").to_owned();
        let Some(rank) = ranks.get(&room) else {
            if !["lib", "main"].contains(&room.as_str()) {
                broken.push(format!("{}: room '{room}' is not in ARCHITECTURE.md", relative.display()));
            }
            continue;
        };
        for (line, imported) in imported_rooms(&fs::read_to_string(&file).unwrap()) {
            let Some(other) = ranks.get(&imported) else { continue };
            if imported != room && other >= rank {
                broken.push(format!(
                    "src/{}:{line}: {room} (rank {rank}) imports {imported} (rank {other})",
                    relative.display()
                ));
            }
        }
    }
    assert!(broken.is_empty(), "imports against the ranks of ARCHITECTURE.md:\n{}", broken.join("\n"));
}

#[test]
fn the_table_lists_every_room() {
    let ranks = ranks();
    for entry in fs::read_dir(root().join("src")).unwrap() {
        let path = entry.unwrap().path();
        if path.is_dir() {
            let room = path.file_name().unwrap().to_str().unwrap();
            assert!(ranks.contains_key(room), "room '{room}' is not in ARCHITECTURE.md");
            assert!(!["core", "common", "utils", "types", "helpers"].contains(&room), "'{room}' names nothing");
        }
    }
}

#[test]
fn only_the_registry_names_an_engine() {
    let src = root().join("src");
    let mut files = vec![];
    sources(&src, &mut files);
    for file in files {
        let relative = file.strip_prefix(&src).unwrap().to_string_lossy().into_owned();
        if relative.starts_with("adapters/") {
            continue;
        }
        let text = fs::read_to_string(&file).unwrap();
        let code = text.split("#[cfg(test)]").next().unwrap();
        for (number, line) in code.lines().enumerate() {
            let code = line.split("//").next().unwrap();
            for engine in ["\"duckdb\"", "\"postgres\"", "\"snowflake\"", "adapters::duckdb", "adapters::postgres"] {
                assert!(!code.contains(engine), "src/{relative}:{}: names the engine {engine}", number + 1);
            }
        }
    }
}

#[test]
fn execute_and_report_never_meet() {
    for (room, other) in [("execute", "report"), ("report", "execute")] {
        let mut files = vec![];
        sources(&root().join("src").join(room), &mut files);
        for file in files {
            let rooms = imported_rooms(&fs::read_to_string(&file).unwrap());
            assert!(rooms.iter().all(|(_, name)| name != other), "{} imports {other}", file.display());
        }
    }
}

#[test]
fn artifact_structs_live_in_report_artifacts() {
    let src = root().join("src");
    let mut files = vec![];
    sources(&src, &mut files);
    for file in files {
        let relative = file.strip_prefix(&src).unwrap().to_string_lossy().into_owned();
        if !relative.starts_with("report/artifacts") {
            let text = fs::read_to_string(&file).unwrap();
            assert!(!text.contains("schemas.getdbt.com"), "src/{relative} writes an artifact");
        }
    }
}
