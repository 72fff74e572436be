//! Installing from folders, tarballs, git repositories and a hub on this machine.

use super::*;
use crate::diagnostics::{Style, render};
use crate::event::Silent;
use crate::load::scrub;
use crate::load::trial::Trial;
use flate2::{Compression, write::GzEncoder};
use std::collections::HashMap;
use std::io::{BufRead, BufReader, Write};
use std::net::TcpListener;
use std::process::Command;

fn run(trial: &Trial, how: &Install) -> Result<()> {
    install(&trial.world, &trial.invocation, how, &Silent)
}

/// A `.tar.gz` of a package without models.
fn tarball(name: &str, packages: &str) -> Vec<u8> {
    let mut builder = tar::Builder::new(GzEncoder::new(vec![], Compression::fast()));
    for (path, text) in [("dbt_project.yml", format!("name: {name}\n")), ("packages.yml", packages.to_owned())] {
        let mut header = tar::Header::new_gnu();
        header.set_size(text.len() as u64);
        header.set_mode(0o644);
        builder.append_data(&mut header, format!("{name}-1/{path}"), text.as_bytes()).unwrap();
    }
    builder.into_inner().unwrap().finish().unwrap()
}

/// Serves these bodies by path, each on a connection of its own, until the test ends; returns its address.
fn serve(bodies: impl FnOnce(&str) -> HashMap<String, Vec<u8>>) -> String {
    let listener = TcpListener::bind("127.0.0.1:0").unwrap();
    let address = format!("http://{}/", listener.local_addr().unwrap());
    let bodies = bodies(&address);
    std::thread::spawn(move || {
        for stream in listener.incoming() {
            let Ok(mut stream) = stream else { break };
            let mut lines = BufReader::new(stream.try_clone().unwrap()).lines().map_while(|line| line.ok());
            let path = lines.next().and_then(|line| line.split(' ').nth(1).map(str::to_owned)).unwrap_or_default();
            lines.take_while(|line| !line.is_empty()).for_each(drop);
            let (status, body) = match bodies.get(path.trim_start_matches('/')) {
                Some(body) => ("200 OK", body.as_slice()),
                None => ("404 Not Found", &b""[..]),
            };
            let head = format!("HTTP/1.1 {status}\r\nContent-Length: {}\r\nConnection: close\r\n\r\n", body.len());
            let _ = stream.write_all(head.as_bytes()).and_then(|()| stream.write_all(body));
        }
    });
    address
}

/// A hub with `acme/one` in several versions, which asks for `acme/two` below 2.0.0.
fn hub() -> String {
    serve(|address| {
        let versions = |name: &str, all: &[(&str, &str)]| {
            let versions: serde_json::Map<_, _> = all
                .iter()
                .map(|(version, needs)| {
                    let tarball = format!("{address}{name}-{version}.tar.gz");
                    let facts = serde_json::json!({"name": name, "packages": [], "require_dbt_version": needs, "downloads": {"tarball": tarball}});
                    ((*version).to_owned(), facts)
                })
                .collect();
            serde_json::json!({"name": name, "versions": versions}).to_string().into_bytes()
        };
        let one = [("1.0.0", ""), ("1.1.0", ""), ("1.2.0", ">=9.0.0"), ("1.3.0-rc1", ""), ("2.0.0", "")];
        let asks = "packages: [{package: acme/two, version: '<2.0.0'}]\n";
        let mut bodies = HashMap::from([
            ("api/v1/acme/one.json".to_owned(), versions("one", &one)),
            ("api/v1/acme/two.json".to_owned(), versions("two", &[("1.0.0", ""), ("1.5.0", ""), ("2.0.0", "")])),
            ("api/v1/index.json".to_owned(), br#"["acme/one", "acme/two"]"#.to_vec()),
        ]);
        for (version, _) in one {
            bodies.insert(format!("one-{version}.tar.gz"), tarball("one", asks));
        }
        for version in ["1.0.0", "1.5.0", "2.0.0"] {
            bodies.insert(format!("two-{version}.tar.gz"), tarball("two", ""));
        }
        bodies
    })
}

fn shop(packages: &str) -> Trial {
    Trial::new(&[("dbt_project.yml", "name: shop\nprofile: shop\n"), ("packages.yml", packages)])
}

#[test]
fn the_newest_versions_that_all_accept_are_taken_from_the_hub_and_locked() {
    let packages = "packages:\n  - package: acme/one\n    version: ['>=1.0.0', '<2.0.0']\n";
    let trial = shop(packages).env("DBT_PACKAGE_HUB_URL", &hub());
    run(&trial, &Install::default()).unwrap();
    let lock = std::fs::read_to_string(trial.path("package-lock.yml")).unwrap();
    insta::assert_snapshot!(lock);
    assert!(trial.path("dbt_packages/one/dbt_project.yml").is_file());
    assert!(trial.path("dbt_packages/two/dbt_project.yml").is_file());
    // The lock holds while the requests are the same.
    trial.write("package-lock.yml", lock.replace("1.5.0", "1.0.0").as_bytes());
    run(&trial, &Install::default()).unwrap();
    assert!(std::fs::read_to_string(trial.path("package-lock.yml")).unwrap().contains("version: 1.0.0"));
    run(&trial, &Install { upgrade: true, lock_only: true, add: None }).unwrap();
    assert_eq!(std::fs::read_to_string(trial.path("package-lock.yml")).unwrap(), lock);
}

#[test]
fn what_the_hub_cannot_give_is_explained() {
    let address = hub();
    let complain = |packages: &str| {
        let trial = shop(packages).env("SQLBUILD_PACKAGE_HUB_URL", &address);
        render(&run(&trial, &Install::default()).unwrap_err(), Style { color: false, width: 100 })
    };
    let complaints = [
        "packages:\n  - package: acme/oen\n    version: 1.0.0\n",
        "packages:\n  - package: acme/one\n    version: '>=3.0.0'\n",
        "packages:\n  - {package: acme/one, version: 1.0.0}\n  - {package: acme/two, version: '>=2.0.0'}\n",
        "packages:\n  - package: one\n    version: 1.0.0\n",
        "packages:\n  - package: acme/one\n",
        "packages:\n  - package: acme/one\n    version: '1.0'\n",
        "packages:\n  - package: acme/one\n    versoin: 1.0.0\n    version: 1.0.0\n",
    ];
    insta::assert_snapshot!(complaints.map(complain).join("\n"));
}

#[test]
fn a_failure_leaves_everything_as_it_was() {
    let trial = Trial::new(&[
        ("dbt_project.yml", "name: shop\n"),
        ("packages.yml", "packages:\n  - local: good\n  - local: missing\n"),
        ("good/dbt_project.yml", "name: good\n"),
        ("dbt_packages/old/dbt_project.yml", "name: old\n"),
    ]);
    assert!(run(&trial, &Install::default()).is_err());
    assert!(trial.path("dbt_packages/old/dbt_project.yml").is_file());
    let mut names: Vec<_> =
        std::fs::read_dir(trial.path("")).unwrap().map(|entry| entry.unwrap().file_name()).collect();
    names.sort();
    assert_eq!(names, ["dbt_packages", "dbt_project.yml", "good", "packages.yml"]);
}

#[test]
fn sources_are_never_replaced_by_packages() {
    let trial = shop("packages: []\n");
    trial.write("dbt_project.yml", b"name: shop\npackages-install-path: models\n");
    trial.write("models/a.sql", b"select 1");
    assert_eq!(run(&trial, &Install::default()).unwrap_err().code, Code::PROJECT_INVALID);
    assert!(trial.path("models/a.sql").is_file());
}

#[test]
fn packages_of_one_name_are_refused() {
    let trial = Trial::new(&[
        ("dbt_project.yml", "name: shop\n"),
        ("packages.yml", "packages:\n  - local: a\n  - local: b\n"),
        ("a/dbt_project.yml", "name: x\n"),
        ("b/dbt_project.yml", "name: x\n"),
    ]);
    let error = run(&trial, &Install::default()).unwrap_err();
    assert!(error.message.contains("are both called 'x'"), "{}", error.message);
}

/// A repository with a package in the folder `sub`, tagged `v1`, and a later commit; returns its path and that commit.
fn repository(trial: &Trial) -> (String, String) {
    let dir = trial.path("repository");
    trial.write("repository/sub/dbt_project.yml", b"name: sub\nversion: 1.0.0\n");
    let git = |args: &[&str]| {
        let output = Command::new("git")
            .current_dir(&dir)
            .env("GIT_CONFIG_GLOBAL", "/dev/null")
            .args(["-c", "user.name=x", "-c", "user.email=x@example.com", "-c", "init.defaultBranch=main"])
            .args(args)
            .output()
            .unwrap();
        assert!(output.status.success(), "{}", String::from_utf8_lossy(&output.stderr));
        String::from_utf8(output.stdout).unwrap().trim().to_owned()
    };
    git(&["init", "--quiet"]);
    git(&["add", "."]);
    git(&["commit", "--quiet", "-m", "one"]);
    git(&["tag", "v1"]);
    trial.write("repository/sub/dbt_project.yml", b"name: sub\nversion: 2.0.0\n");
    git(&["commit", "--quiet", "-am", "two"]);
    (dir.to_string_lossy().into_owned(), git(&["rev-parse", "HEAD"]))
}

#[test]
fn git_revisions_are_tags_branches_and_commits() {
    let trial = Trial::new(&[("dbt_project.yml", "name: shop\n")]).env("DBT_ENV_SECRET_TOKEN", "repository");
    let (_, head) = repository(&trial);
    let url = format!("{}{{{{ env_var('DBT_ENV_SECRET_TOKEN') }}}}", trial.path("").display());
    for (revision, version) in [("v1", "1.0.0"), ("main", "2.0.0"), (&head[..], "2.0.0"), (&head[..8], "2.0.0")] {
        let packages = format!("packages:\n  - git: \"{url}\"\n    revision: '{revision}'\n    subdirectory: sub\n");
        trial.write("packages.yml", packages.as_bytes());
        run(&trial, &Install::default()).unwrap();
        let installed = std::fs::read_to_string(trial.path("dbt_packages/sub/dbt_project.yml")).unwrap();
        assert!(installed.contains(version), "{revision}");
    }
    let lock = std::fs::read_to_string(trial.path("package-lock.yml")).unwrap();
    assert!(lock.contains(&format!("revision: {head}")) && lock.contains("DBT_ENV_SECRET_TOKEN"), "{lock}");
    // From the lock alone.
    std::fs::remove_dir_all(trial.path("dbt_packages")).unwrap();
    run(&trial, &Install::default()).unwrap();
    assert!(trial.path("dbt_packages/sub/dbt_project.yml").is_file());
}

#[test]
fn git_is_given_no_options_and_errors_show_no_secrets() {
    let complain = |entry: &str| {
        let trial = shop(&format!("packages:\n  - {entry}\n")).env("DBT_ENV_SECRET_T", "s3cret");
        let error = run(&trial, &Install::default()).unwrap_err();
        let text = render(&error, Style { color: false, width: 100 });
        assert_eq!(scrub(&text, &["s3cret".to_owned()]), text);
        error.message
    };
    assert!(complain("{git: '--upload-pack=touch x'}").contains("begin with '-'"));
    assert!(complain("{git: 'https://localhost/x', revision: '--output=x'}").contains("begin with '-'"));
    assert!(complain("{git: 'ext::sh -c true'}").contains("cannot be fetched"));
    assert!(complain("{git: 'https://localhost/x', subdirectory: ../x}").contains("inside the repository"));
    assert!(complain("git: \"/nowhere/{{ env_var('DBT_ENV_SECRET_T') }}\"").contains("cannot be fetched"));
}

#[test]
fn one_repository_at_two_revisions_is_a_conflict() {
    let trial = Trial::new(&[("dbt_project.yml", "name: shop\n"), ("other/dbt_project.yml", "name: other\n")]);
    let (url, _) = repository(&trial);
    let asks =
        |revision: &str| format!("packages:\n  - git: '{url}'\n    revision: {revision}\n    subdirectory: sub\n");
    trial.write("packages.yml", (asks("v1") + "  - local: other\n").as_bytes());
    trial.write("other/packages.yml", asks("main").as_bytes());
    let error = run(&trial, &Install::default()).unwrap_err();
    let by: Vec<_> = error.labels.iter().map(|label| label.text.as_str()).collect();
    assert_eq!(by, ["asked for by 'other'", "asked for by 'shop'"]);
}

#[test]
fn a_package_is_added_and_installed() {
    let trial = Trial::new(&[("dbt_project.yml", "name: shop\n"), ("near/dbt_project.yml", "name: near\n")]);
    let add = Some(Addition::parse("near", "local").unwrap());
    run(&trial, &Install { add, ..Install::default() }).unwrap();
    assert_eq!(std::fs::read_to_string(trial.path("packages.yml")).unwrap(), "packages:\n  - local: near\n");
    assert!(trial.path("dbt_packages/near/dbt_project.yml").is_file());
}
