//! Golden projects: each folder of `golden/` is a small dbt project with a `script` of commands. The real binary runs it
//! on every engine; what it printed and what the database then holds is one readable text, kept by insta in
//! `tests/golden/`. CONTRIBUTING.md says how to add one.

mod golden_case;

use golden_case::{Case, Engine};
use libtest_mimic::{Arguments, Failed, Trial};
use std::path::Path;
use std::process::ExitCode;

fn main() -> ExitCode {
    let arguments = Arguments::from_args();
    let root = Path::new(env!("CARGO_MANIFEST_DIR")).join("golden");
    let mut folders: Vec<_> = std::fs::read_dir(&root)
        .expect("the folder golden/ exists")
        .map(|entry| entry.expect("golden/ can be listed").path())
        .filter(|path| path.join("script").is_file())
        .collect();
    folders.sort();
    let trials = folders.into_iter().map(|folder| {
        let name = folder.file_name().expect("a folder has a name").to_string_lossy().into_owned();
        Trial::test(name, move || check(&folder))
    });
    libtest_mimic::run(&arguments, trials.collect()).exit_code()
}

/// Runs a case on its engines and compares the text with the one that was blessed.
fn check(folder: &Path) -> Result<(), Failed> {
    let case = Case::read(folder)?;
    let mut texts: Vec<(Vec<Engine>, String)> = vec![];
    for engine in &case.engines {
        let text = case.run(*engine)?;
        match texts.iter_mut().find(|(_, other)| *other == text) {
            Some((engines, _)) => engines.push(*engine),
            None => texts.push((vec![*engine], text)),
        }
    }
    let mut whole = String::new();
    for (engines, text) in texts {
        let names: Vec<_> = engines.iter().map(|engine| engine.name()).collect();
        whole.push_str(&format!("=== on {} ===\n{text}\n", names.join(" and ")));
    }
    let settings = {
        let mut settings = insta::Settings::clone_current();
        settings.set_snapshot_path(Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/golden"));
        settings.set_prepend_module_to_snapshot(false);
        settings.set_omit_expression(true);
        settings.set_description(case.about.clone());
        settings
    };
    let compare = || settings.bind(|| insta::assert_snapshot!(case.name.as_str(), whole));
    // The settings are thrown away after a panic: nothing half-changed is seen.
    let compared = std::panic::catch_unwind(std::panic::AssertUnwindSafe(compare));
    compared
        .map_err(|_| Failed::from("the text differs from the blessed one; bless it with INSTA_UPDATE=always ./test"))
}
