//! The built-in macros as one library: they can be read, and call nothing that is not there.

use serde_json::json;
use sqlbuild::adapters::registry::{self, Surroundings};
use sqlbuild::adapters::{BUILTIN_MACROS, MacroFile};
use sqlbuild::diagnostics::SourceFile;
use sqlbuild::jinja::{MacroDef, MacroLibrary, extract};
use sqlbuild::world::World;
use std::path::{Path, PathBuf};

/// The functions that the dbt context gives macros.
const FUNCTIONS: &[&str] = &[
    "caller",
    "diff_of_two_dicts",
    "load_agate_table",
    "load_result",
    "local_md5",
    "log",
    "namespace",
    "noop_statement",
    "range",
    "ref",
    "render",
    "return",
    "run_query",
    "source",
    "statement",
    "store_raw_result",
    "store_result",
    "tojson",
    "zip",
];

/// The library of an engine: its own macros over the built-in ones.
fn library(engine: &str) -> MacroLibrary {
    let world = World::fixed("/", Default::default(), jiff::Timestamp::UNIX_EPOCH);
    let surroundings = Surroundings { world: &world, project_dir: Path::new("/"), threads: 1 };
    let output = json!({
        "type": engine, "path": ":memory:", "host": "h", "user": "u", "dbname": "d", "schema": "s",
        "account": "a", "password": "p", "database": "memory",
    });
    let adapter = registry::adapter(output.as_object().unwrap(), surroundings).unwrap();
    let own = format!("dbt_{engine}");
    let mut library = MacroLibrary::new(
        "project",
        vec![own.clone(), "dbt".to_owned()],
        vec![engine.to_owned(), "default".to_owned()],
        Default::default(),
    );
    add(&mut library, "dbt", BUILTIN_MACROS);
    add(&mut library, &own, adapter.macros());
    library
}

fn add(library: &mut MacroLibrary, package: &str, files: &[MacroFile]) {
    for file in files {
        let source = SourceFile::new(PathBuf::from(package).join(file.path), file.text);
        let added = library.add(package, &source).unwrap_or_else(|error| panic!("{error:?}"));
        assert!(!added.is_empty(), "{package}/{} defines nothing", file.path);
    }
}

/// The literal first arguments of `adapter.dispatch`.
fn dispatched(def: &MacroDef) -> impl Iterator<Item = &str> {
    def.block.body.text().split("adapter.dispatch('").skip(1).filter_map(|rest| rest.split('\'').next())
}

/// Whether the macro itself gives the name a meaning: a parameter, or a variable that it sets.
fn is_local(def: &MacroDef, name: &str) -> bool {
    def.block.parameters.iter().any(|parameter| parameter == name)
        || def.block.body.text().contains(&format!("set {name} ="))
}

#[test]
fn every_call_has_a_callee() {
    for engine in registry::TYPES {
        let library = library(engine);
        let mut missing = vec![];
        for def in library.iter() {
            let found = extract(&def.block.body).unwrap_or_else(|error| panic!("{}: {error:?}", def.unique_id()));
            for (name, span) in found.calls.iter().filter(|(name, _)| !name.contains('.')) {
                let known = FUNCTIONS.contains(&name.as_str()) || is_local(def, name);
                if !known && library.find("project", name).is_none() {
                    missing.push(format!("{} calls {name} in line {}", def.unique_id(), span.position().line));
                }
            }
        }
        assert!(missing.is_empty(), "{engine}:\n{}", missing.join("\n"));
    }
}

#[test]
fn every_dispatch_finds_a_macro() {
    for engine in registry::TYPES {
        let library = library(engine);
        for def in library.iter() {
            for name in dispatched(def) {
                let found = library.dispatch("dbt", name, Some("dbt"));
                assert!(found.is_some(), "{engine}: {} dispatches {name}, which is nowhere", def.unique_id());
            }
        }
    }
}

/// What the program calls where an engine has it, without a macro that dispatches.
const CALLED: &[&str] = &["scalar_function_python", "aggregate_function_python"];

#[test]
fn an_engine_overrides_only_what_is_dispatched() {
    for engine in registry::TYPES {
        let library = library(engine);
        let prefix = format!("{engine}__");
        let names: Vec<&str> = library.iter().flat_map(|def| dispatched(def.as_ref())).collect();
        for def in library.iter().filter(|def| def.name.starts_with(&prefix)) {
            let name = &def.name[prefix.len()..];
            let called = library.iter().any(|other| other.block.body.text().contains(&format!("{}(", def.name)));
            assert!(called || names.contains(&name) || CALLED.contains(&name), "{} is never reached", def.unique_id());
        }
    }
}
