//! People are told when a run fails and when all is well again, by receivers on this machine.

#[path = "notifications/receivers.rs"]
mod receivers;

use receivers::{Protection, mail, silent, tls_file, web};
use std::path::Path;
use std::process::{Command, Output};
use std::sync::mpsc::Receiver;
use std::time::{Duration, Instant};

/// A project whose model `orders` fails as long as `BROKEN` is set.
struct Project {
    place: tempfile::TempDir,
    env: Vec<(&'static str, String)>,
}

impl Project {
    fn new(notifications: &str) -> Self {
        let place = tempfile::tempdir().unwrap();
        let write = |name: &str, text: &str| std::fs::write(place.path().join(name), text).unwrap();
        std::fs::create_dir(place.path().join("models")).unwrap();
        write("dbt_project.yml", "name: shop\nprofile: shop\n");
        write(
            "profiles.yml",
            "shop:\n  target: prod\n  outputs:\n    prod: {type: duckdb, path: shop.duckdb}\n    dev: {type: duckdb, path: dev.duckdb}\n",
        );
        write("models/customers.sql", "select 1 as id");
        write(
            "models/orders.sql",
            "select {{ 'no_such_column' if env_var('BROKEN', '') else '1' }} as id from {{ ref('customers') }}",
        );
        write("models/revenue.sql", "select * from {{ ref('orders') }}");
        write("notifications.yml", notifications);
        Self { place, env: vec![] }
    }

    fn with(mut self, name: &'static str, value: impl Into<String>) -> Self {
        self.env.push((name, value.into()));
        self
    }

    fn run(&self, arguments: &[&str], broken: bool) -> Output {
        let mut command = Command::new(env!("CARGO_BIN_EXE_sqlbuild"));
        command.args(arguments).current_dir(self.place.path()).env("NO_COLOR", "1");
        for proxy in ["http_proxy", "https_proxy", "all_proxy", "HTTP_PROXY", "HTTPS_PROXY", "ALL_PROXY"] {
            command.env_remove(proxy);
        }
        if broken {
            command.env("BROKEN", "1");
        }
        command.envs(self.env.iter().map(|(name, value)| (*name, value))).output().unwrap()
    }

    /// Everything that the call wrote: to the terminal, the log and the artifacts.
    fn everything(&self, output: &Output) -> String {
        let mut text = said(output);
        for folder in ["logs", "target"] {
            for entry in walkdir::WalkDir::new(self.place.path().join(folder)).into_iter().flatten() {
                text += &std::fs::read_to_string(entry.path()).unwrap_or_default();
            }
        }
        text
    }
}

fn said(output: &Output) -> String {
    format!("{}{}", String::from_utf8_lossy(&output.stdout), String::from_utf8_lossy(&output.stderr))
}

fn next<T>(receiver: &Receiver<T>) -> T {
    receiver.recv_timeout(Duration::from_secs(20)).expect("nothing was received")
}

/// The text of a webhook's message, without what differs from run to run.
fn text(body: &str) -> String {
    let body: serde_json::Value = serde_json::from_str(body).unwrap();
    let text = body["text"].as_str().unwrap().to_owned();
    let varying = [
        (r"in \d+(\.\d+)?m?s\b", "in <time>"),
        (r"invocation [0-9a-f-]{36}", "invocation <id>"),
        (r"since \d{4}-\d\d-\d\dT[\d:]+Z", "since <when>"),
    ];
    varying.iter().fold(text, |text, (pattern, stand_in)| {
        fancy_regex::Regex::new(pattern).unwrap().replace_all(&text, *stand_in).into_owned()
    })
}

const WEBHOOK: &str = "notifications: [{type: webhook, url: \"{{ env_var('DBT_ENV_SECRET_HOOK') }}\", timeout: 20}]";

#[test]
fn a_webhook_is_told_of_failures_and_of_the_first_success() {
    let (port, bodies) = web("200 OK");
    let project = Project::new(WEBHOOK).with("DBT_ENV_SECRET_HOOK", format!("http://127.0.0.1:{port}/hush-hush"));
    let failed = project.run(&["build"], true);
    assert_eq!(failed.status.code(), Some(1), "{}", said(&failed));
    insta::assert_snapshot!("webhook_failure", text(&next(&bodies)));
    assert!(!project.everything(&failed).contains("hush-hush"));
    assert_eq!(project.run(&["build", "--select", "customers"], false).status.code(), Some(0));
    assert_eq!(project.run(&["compile"], false).status.code(), Some(0));
    assert_eq!(project.run(&["run", "--target", "dev"], false).status.code(), Some(0));
    assert_eq!(project.run(&["build"], false).status.code(), Some(0));
    insta::assert_snapshot!("webhook_recovery", text(&next(&bodies)));
    assert_eq!(project.run(&["build"], false).status.code(), Some(0));
    assert!(bodies.try_recv().is_err(), "a success after a success is no news");
}

#[test]
fn a_project_that_cannot_be_read_is_told_of() {
    let (port, bodies) = web("204 No Content");
    let project = Project::new(WEBHOOK).with("DBT_ENV_SECRET_HOOK", format!("http://127.0.0.1:{port}/"));
    let model = project.place.path().join("models/broken.sql");
    std::fs::write(&model, "select * from {{ ref('nobody') }}").unwrap();
    assert_eq!(project.run(&["build"], false).status.code(), Some(2));
    insta::assert_snapshot!("webhook_unable", text(&next(&bodies)));
    std::fs::remove_file(&model).unwrap();
    assert_eq!(project.run(&["build"], false).status.code(), Some(0));
    assert!(text(&next(&bodies)).contains("is well again"));
}

/// A notifications.yml for the mail server at a port.
fn mail_file(port: u16, encryption: &str, authority: &Path) -> String {
    format!(
        "notifications:\n  - type: email\n    host: localhost\n    port: {port}\n    encryption: {encryption}\n    \
         ca_file: {}\n    user: robot\n    password: \"{{{{ env_var('DBT_ENV_SECRET_MAIL') }}}}\"\n    \
         from: Robot <robot@example.com>\n    to: [ann@example.com, bob@example.com]\n    timeout: 20\n",
        authority.display()
    )
}

#[test]
fn mails_go_over_tls_with_a_login() {
    for (protection, encryption) in [(Protection::StartTls, "starttls"), (Protection::Tls, "tls")] {
        let (port, sessions) = mail(protection);
        let project = Project::new(&mail_file(port, encryption, &tls_file("local_authority.crt")))
            .with("DBT_ENV_SECRET_MAIL", "open sesame");
        let failed = project.run(&["build"], true);
        assert_eq!(failed.status.code(), Some(1));
        assert!(!said(&failed).contains("SB0902"), "{}", said(&failed));
        let session = next(&sessions);
        let heard = |part: &str| session.iter().any(|line| line.starts_with("tls ") && line.contains(part));
        for part in [
            "AUTH PLAIN",
            "MAIL FROM:<robot@example.com>",
            "RCPT TO:<ann@example.com>",
            "RCPT TO:<bob@example.com>",
            "Subject: sqlbuild build failed: project shop, target prod",
            "- model orders: Referenced column",
        ] {
            assert!(heard(part), "{part} is not in {session:#?}");
        }
        assert!(session.iter().filter(|line| line.starts_with("plain ")).count() <= 2, "{session:#?}");
        assert!(!project.everything(&failed).contains("open sesame"));
    }
}

#[test]
fn nothing_secret_goes_to_a_server_that_is_not_who_it_says() {
    for (protection, authority) in [(Protection::StartTls, "stranger.crt"), (Protection::None, "local_authority.crt")] {
        let (port, sessions) = mail(protection);
        let project =
            Project::new(&mail_file(port, "starttls", &tls_file(authority))).with("DBT_ENV_SECRET_MAIL", "open sesame");
        let failed = project.run(&["build"], true);
        assert_eq!(failed.status.code(), Some(1));
        assert!(said(&failed).contains("SB0902"), "{}", said(&failed));
        let session = next(&sessions);
        assert!(!session.iter().any(|line| line.contains("AUTH") || line.contains("MAIL FROM")), "{session:#?}");
    }
}

#[test]
fn a_receiver_that_fails_is_warned_about_and_changes_nothing() {
    let (refusing, _bodies) = web("500 Oh No");
    let webhook = |rest: &str, port: u16| {
        let url = format!("http://127.0.0.1:{port}/{{{{ env_var('DBT_ENV_SECRET_PATH') }}}}");
        format!("  - {{type: webhook, {rest}, url: \"{url}\"}}\n")
    };
    let off = "  - {type: webhook, name: off, url: \"{{ env_var('DBT_ENV_SECRET_NONE', '') }}\"}\n";
    let receivers = [
        webhook("name: refusing", refusing),
        webhook("name: silent, timeout: 1", silent()),
        webhook("name: nobody", 1),
        webhook("name: elsewhere, targets: dev", 1),
        off.to_owned(),
    ];
    let project =
        Project::new(&format!("notifications:\n{}", receivers.concat())).with("DBT_ENV_SECRET_PATH", "hush-hush");
    let began = Instant::now();
    let failed = project.run(&["build", "--warn-error"], true);
    assert!(began.elapsed() < Duration::from_secs(15), "{:?}", began.elapsed());
    assert_eq!(failed.status.code(), Some(1), "{}", said(&failed));
    let text = said(&failed);
    for part in ["'refusing' could not be delivered: it answers with HTTP status 500", "'silent'", "'nobody'"] {
        assert!(text.contains(part), "{part} is not in {text}");
    }
    assert!(!text.contains("'elsewhere'") && !text.contains("'off'") && !text.contains("hush-hush"), "{text}");
    assert_eq!(project.run(&["build"], false).status.code(), Some(0));
}

#[test]
fn a_file_that_is_wrong_is_warned_about_and_changes_nothing() {
    for (file, part) in [
        ("notifications: [{type: webhook, url: 'https://hooks.example.com/T000'}]", "stands in the file"),
        ("notifications: [{type: pigeon}]", "no notification of the type 'pigeon'"),
        ("notifications: [{type: webhook, when: sunday}]", "'when' has 'sunday'"),
        ("notifications: [{type: webhook, url: \"{{ env_var('DBT_ENV_SECRET_NONE') }}\"}]", "DBT_ENV_SECRET_NONE"),
        ("notification: []", "unknown key 'notification'"),
    ] {
        let project = Project::new(file);
        let output = project.run(&["build"], false);
        assert_eq!(output.status.code(), Some(0), "{}", said(&output));
        assert!(said(&output).contains(part), "{part} is not in {}", said(&output));
        assert!(!project.everything(&output).contains("T000"), "{}", said(&output));
    }
}
