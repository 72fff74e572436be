//! Selections tried on a small project.

use super::{Criteria, PreviousState, select};
use crate::adapters::registry;
use crate::diagnostics::Code;
use crate::event::Silent;
use crate::load::{self, Flags, IndirectSelection, Invocation};
use crate::resolve::{self, Graph, ResourceType};
use crate::world::World;
use jiff::Timestamp;
use serde_json::{Value as Json, json};
use std::collections::BTreeMap;
use std::sync::Arc;

/// seed `raw` → `stg` → `orders` → `mart` (two versions), and `alone`; an exposure, a source, tests.
const FILES: [(&str, &str); 11] = [
    ("dbt_project.yml", "name: shop\nprofile: shop\nversion: '1.0'\n"),
    ("seeds/raw.csv", "id\n1\n"),
    ("models/staging/stg.sql", "{{ config(tags=['nightly', 'base']) }} select * from {{ ref('raw') }}"),
    (
        "models/orders.sql",
        "{{ config(materialized='table', meta={'owner': {'team': 'fin'}, 'ids': [1, 'x'], 'pii': true}) }}\nselect * from {{ ref('stg') }}",
    ),
    ("models/mart_v1.sql", "select * from {{ ref('orders') }}"),
    ("models/mart_v2.sql", "select * from {{ ref('orders') }} join {{ source('web', 'clicks') }} using (id)"),
    ("models/alone.sql", "select 1 as id"),
    ("tests/both.sql", "select * from {{ ref('stg') }}, {{ ref('alone') }} where false"),
    (
        "models/schema.yml",
        "models:\n  - name: orders\n    columns: [{name: id, data_tests: [not_null]}]\n  - name: mart\n    latest_version: 2\n    versions: [{v: 1}, {v: 2}]\nsources:\n  - name: web\n    tables: [{name: clicks, tags: [nightly]}]\nexposures:\n  - name: board\n    type: dashboard\n    owner: {name: me}\n    depends_on: [\"ref('mart', v=2)\"]\n",
    ),
    (
        "selectors.yml",
        "selectors:\n  - name: base\n    definition: {method: tag, value: base, children: true, children_depth: 1}\n  - name: rest\n    definition:\n      union:\n        - {method: selector, value: base}\n        - 'alone'\n        - exclude: [{method: test_type, value: data}, 'stg']\n",
    ),
    ("models/blank.sql", "  \n"),
];

const KINDS: [ResourceType; 6] = [
    ResourceType::Model,
    ResourceType::Seed,
    ResourceType::Test,
    ResourceType::Source,
    ResourceType::Exposure,
    ResourceType::Snapshot,
];

struct Trial {
    graph: Graph,
    _dir: tempfile::TempDir,
}

impl Trial {
    fn new() -> Self {
        Self::with(&[])
    }

    fn with(more: &[(&str, &str)]) -> Self {
        let dir = tempfile::tempdir().unwrap();
        let profile =
            format!("shop:\n  target: dev\n  outputs:\n    dev: {{type: {}, path: ':memory:'}}\n", registry::TYPES[0]);
        for (path, text) in FILES.iter().chain(&[("profiles.yml", profile.as_str())]).chain(more) {
            let path = dir.path().join(path);
            std::fs::create_dir_all(path.parent().unwrap()).unwrap();
            std::fs::write(path, text).unwrap();
        }
        let flags =
            Flags { project_dir: dir.path().to_owned(), profiles_dir: Some(dir.path().to_owned()), ..Flags::default() };
        let world = Arc::new(World::fixed(dir.path(), BTreeMap::new(), Timestamp::UNIX_EPOCH));
        let invocation = Arc::new(Invocation {
            id: "trial".into(),
            started_at: Timestamp::UNIX_EPOCH,
            verb: "ls",
            command_line: String::new(),
            args: Json::Null,
            flags,
        });
        let (project, adapter) = load::project(&world, &invocation, &Silent).unwrap();
        let graph = resolve::graph(project, invocation, adapter, &world, &Silent).unwrap_or_else(|e| panic!("{e:?}"));
        Self { graph, _dir: dir }
    }

    fn criteria(&self, select: &str, exclude: &str) -> Criteria {
        let words = |text: &str| text.split_whitespace().map(str::to_owned).collect();
        Criteria { select: words(select), exclude: words(exclude), kinds: KINDS.to_vec(), ..Criteria::default() }
    }

    /// The last parts of the unique ids that are found, tests by their kind of name, sorted.
    fn found(&self, criteria: &Criteria, previous: Option<&PreviousState>) -> String {
        let selection = select(&self.graph, criteria, previous).unwrap_or_else(|e| panic!("{e}"));
        let short = |id: &str| {
            let parts: Vec<&str> = id.split('.').collect();
            match parts.as_slice() {
                ["test", _, name, ..] => format!("?{}", name.split('_').next().unwrap()),
                ["model", _, name, version] => format!("{name}.{version}"),
                [.., name] => (*name).to_owned(),
                [] => String::new(),
            }
        };
        let mut names: Vec<String> = selection.nodes.iter().map(|id| short(id)).collect();
        names.sort();
        names.join(" ")
    }

    fn select(&self, text: &str) -> String {
        self.found(&self.criteria(text, ""), None)
    }
}

#[test]
fn the_grammar() {
    let trial = Trial::new();
    let table = [
        ("stg", "?both stg"),
        ("+orders", "?both ?not orders raw stg"),
        ("1+orders", "?both ?not orders stg"),
        ("stg+1", "?both ?not orders stg"),
        ("raw+", "?both ?not board mart.v1 mart.v2 orders raw stg"),
        ("@alone", "?both alone raw stg"),
        ("tag:nightly", "?both clicks stg"),
        ("tag:night*,resource_type:model", "?both stg"),
        ("path:models/staging", "?both stg"),
        ("models/staging/*.sql", "?both stg"),
        ("file:orders.sql", "?not orders"),
        ("stg.sql", "?both stg"),
        ("package:this,alone", "?both alone"),
        ("config.materialized:table", "?not orders"),
        ("config.meta.owner.team:fin", "?not orders"),
        ("config.meta.ids:x config.meta.ids:1", "?not orders"),
        ("config.meta.pii:true", "?not orders"),
        ("config.meta.pii:false", ""),
        ("source:web", "clicks"),
        ("source:shop.web.clicks+", "board clicks mart.v2"),
        ("+exposure:board,resource_type:exposure", "board"),
        ("test_type:singular", "?both"),
        ("test_type:generic test_name:unique", "?not"),
        ("mart", "mart.v1 mart.v2"),
        ("mart.v1", "mart.v1"),
        ("version:latest", "mart.v2"),
        ("version:old", "mart.v1"),
        ("access:protected,version:none,a*", "?both alone"),
        ("fqn:shop.staging.*", "?both stg"),
        ("selector:base", "?both ?not orders stg"),
    ];
    let wrong = |(text, expected): &(&str, &str)| {
        let found = trial.select(text);
        (found != *expected).then(|| format!("{text}: {found}, not {expected}"))
    };
    let wrong: Vec<String> = table.iter().filter_map(wrong).collect();
    assert!(wrong.is_empty(), "{}", wrong.join("\n"));
}

#[test]
fn what_is_excluded_takes_its_tests_along() {
    let trial = Trial::new();
    assert_eq!(trial.found(&trial.criteria("raw+", "mart tag:base"), None), "?not board orders raw");
    assert_eq!(trial.found(&trial.criteria("", "raw+"), None), "alone clicks");
}

#[test]
fn tests_come_along_as_the_mode_says() {
    let trial = Trial::new();
    let found = |select: &str, indirect_selection| {
        trial.found(&Criteria { indirect_selection, ..trial.criteria(select, "") }, None)
    };
    assert_eq!(found("stg", IndirectSelection::Eager), "?both stg");
    assert_eq!(found("stg", IndirectSelection::Cautious), "stg");
    assert_eq!(found("stg alone", IndirectSelection::Cautious), "?both alone stg");
    assert_eq!(found("stg alone", IndirectSelection::Empty), "alone stg");
    assert_eq!(found("orders alone", IndirectSelection::Cautious), "?not alone orders");
    assert_eq!(found("orders alone", IndirectSelection::Buildable), "?both ?not alone orders");
}

#[test]
fn selectors_are_named_and_combined() {
    let trial = Trial::new();
    let named = |name: &str| Criteria { selector: Some(name.into()), ..trial.criteria("", "") };
    assert_eq!(trial.found(&named("rest"), None), "alone orders");
    let error = select(&trial.graph, &named("bse"), None).unwrap_err();
    assert_eq!((error.code, error.hint.as_deref()), (Code::SELECTOR_UNKNOWN, Some("Did you mean 'base'?")));
}

#[test]
fn a_criterion_that_matches_nothing_is_warned_about() {
    let trial = Trial::new();
    let selection = select(&trial.graph, &trial.criteria("orders nothing tag:none,orders", ""), None).unwrap();
    let messages: Vec<&str> = selection.warnings.iter().map(|warning| warning.message.as_str()).collect();
    assert_eq!(messages.len(), 2);
    assert!(messages[0].contains("'nothing' does not match any enabled nodes"), "{messages:?}");
}

#[test]
fn blank_models_are_left_out_unless_asked_for() {
    let trial = Trial::new();
    assert_eq!(trial.select("blank"), "");
    assert_eq!(trial.found(&Criteria { include_blank: true, ..trial.criteria("blank", "") }, None), "blank");
}

#[test]
fn parents_come_first() {
    let trial = Trial::new();
    let nodes = select(&trial.graph, &trial.criteria("+mart.v2", ""), None).unwrap().nodes;
    let at = |name: &str| nodes.iter().position(|id| id.contains(name)).unwrap();
    assert!(at("seed.shop.raw") < at("model.shop.stg") && at("model.shop.stg") < at("model.shop.orders"));
    assert!(at("model.shop.orders") < at("model.shop.mart"));
}

#[test]
fn states_results_and_freshness_are_compared_with_an_earlier_run() {
    let trial = Trial::new();
    let old_model = |name: &str, raw_code: &str| {
        let node = &trial.graph.nodes[format!("model.shop.{name}").as_str()];
        json!({
            "raw_code": raw_code, "fqn": node.fqn, "access": "protected", "unrendered_config": node.unrendered_config,
            "latest_version": null, "deprecation_date": null, "config": {}, "columns": {},
        })
    };
    let stg = &trial.graph.nodes["model.shop.stg"].raw_code();
    let previous = PreviousState {
        manifest: Some(json!({"nodes": {
            "model.shop.stg": old_model("stg", stg),
            "model.shop.alone": old_model("alone", "select 2 as id"),
        }})),
        run_results: Some(json!({"results": [{"unique_id": "model.shop.stg", "status": "error"}]})),
        sources: Some(
            json!({"results": [{"unique_id": "source.shop.web.clicks", "max_loaded_at": "2024-01-01T00:00:00Z"}]}),
        ),
        current_sources: Some(
            json!({"results": [{"unique_id": "source.shop.web.clicks", "max_loaded_at": "2024-01-02T00:00:00Z"}]}),
        ),
    };
    let models = |text: &str| {
        let criteria = Criteria { kinds: vec![ResourceType::Model, ResourceType::Source], ..trial.criteria(text, "") };
        trial.found(&criteria, Some(&previous))
    };
    assert_eq!(models("state:new"), "clicks mart.v1 mart.v2 orders");
    assert_eq!(models("state:old"), "alone stg");
    assert_eq!(models("state:modified"), "alone mart.v1 mart.v2 orders");
    assert_eq!(models("state:unmodified"), "clicks stg");
    assert_eq!(models("state:modified.body,alone"), "alone");
    assert_eq!(models("state:modified.configs,alone"), "");
    assert_eq!(models("result:error"), "stg");
    assert_eq!(models("source_status:fresher"), "clicks");
    let error = select(&trial.graph, &trial.criteria("state:modified", ""), None).unwrap_err();
    assert_eq!(error.code, Code::STATE_MISSING);
    let error = select(&trial.graph, &trial.criteria("state:changed", ""), Some(&previous)).unwrap_err();
    assert_eq!(error.code, Code::SELECTOR_SYNTAX);
}

#[test]
fn a_large_seed_is_known_by_its_path_and_told_of() {
    let rows = format!("id\n{}", "1\n".repeat(600_000));
    let trial = Trial::with(&[("seeds/raw.csv", &rows)]);
    let raw = &trial.graph.nodes["seed.shop.raw"];
    let compared = |name: &str, checksum: &str| {
        let old = json!({
            "checksum": {"name": name, "checksum": checksum}, "fqn": raw.fqn, "config": {}, "columns": {},
            "unrendered_config": raw.unrendered_config,
        });
        let previous =
            PreviousState { manifest: Some(json!({"nodes": {"seed.shop.raw": old}})), ..PreviousState::default() };
        let criteria =
            Criteria { kinds: vec![ResourceType::Seed], ..trial.criteria("state:modified state:modified.body", "") };
        let selection = select(&trial.graph, &criteria, Some(&previous)).unwrap();
        let told: Vec<_> = selection.warnings.iter().map(|warning| warning.code).collect();
        (selection.nodes.len(), told)
    };
    assert_eq!(compared("sha256", "abc"), (1, vec![Code::SEED_NOT_COMPARED]));
    assert_eq!(compared("path", "seeds/old.csv"), (1, vec![Code::SEED_NOT_COMPARED]));
    let (modified, told) = compared("path", "seeds/raw.csv");
    assert_eq!((modified, &told[0]), (0, &Code::SEED_NOT_COMPARED));
}

#[test]
fn a_data_test_without_its_macro_cannot_be_compared() {
    let trial = Trial::with(&[("models/more.yml", "models: [{name: alone, data_tests: [gone]}]")]);
    let previous = PreviousState { manifest: Some(json!({"nodes": {}})), ..PreviousState::default() };
    assert!(select(&trial.graph, &trial.criteria("state:modified", ""), Some(&previous)).is_ok());
    let manifest = json!({"nodes": {}, "macros": {"macro.shop.test_gone": {"macro_sql": ""}}});
    let previous = PreviousState { manifest: Some(manifest), ..PreviousState::default() };
    let error = select(&trial.graph, &trial.criteria("state:modified", ""), Some(&previous)).unwrap_err();
    assert_eq!(error.code, Code::TEST_UNKNOWN);
}
