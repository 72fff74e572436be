//! What reading a project takes, step by step: `cargo bench --bench reading`.

use divan::Bencher;
use divan::counter::ItemsCount;
use sqlbuild::cache::{self, Understanding};
use sqlbuild::diagnostics::SourceFile;
use sqlbuild::event::Silent;
use sqlbuild::jinja;
use sqlbuild::load::{self, Flags, Invocation, Outline, Outputs};
use sqlbuild::world::World;
use sqlbuild::yaml;
use std::path::Path;
use std::sync::Arc;

const MODELS: usize = 1000;

fn main() {
    divan::main();
}

/// A model that reads two others.
fn model(number: usize) -> String {
    let parents = [number.saturating_sub(1), number.saturating_sub(7)].map(|parent| match number {
        0 => "select 1 as id, 2 as amount".to_owned(),
        _ => format!("select * from {{{{ ref('model_{parent}') }}}}"),
    });
    format!(
        "{{{{ config(materialized='table', tags=['nightly', 'n{}'], meta={{'owner': 'finance'}}) }}}}\n\n\
         with one as (\n    {}\n),\n\nother as (\n    {}\n)\n\n\
         select\n    one.id,\n    {{{{ cents('one.amount') }}}} as amount,\n    \
         {{% for kind in ['web', 'store', 'phone'] %}}\n    sum(case when other.kind = '{{{{ kind }}}}' then 1 end) as {{{{ kind }}}}_count,\n    \
         {{% endfor %}}\n    current_date as loaded_on\nfrom one\nleft join other on one.id = other.id\ngroup by 1, 2\n",
        number % 10,
        parents[0],
        parents[1],
    )
}

/// What is said of ten models.
fn properties(first: usize) -> String {
    let entry = |number: usize| {
        format!(
            "  - name: model_{number}\n    description: \"Rows of {number}, one an id.\"\n    columns:\n      - name: id\n        \
             description: The key.\n        data_tests: [unique, not_null]\n      - name: amount\n        data_tests:\n          \
             - accepted_values: {{arguments: {{values: [1, 2, {number}]}}, config: {{severity: warn}}}}\n"
        )
    };
    format!("models:\n{}", (first..first + 10).map(entry).collect::<String>())
}

/// A project on disk, and a call on it.
struct Project {
    folder: tempfile::TempDir,
    world: Arc<World>,
    invocation: Arc<Invocation>,
}

impl Project {
    fn new() -> Self {
        let folder = tempfile::tempdir().expect("a temporary folder");
        let write = |name: &str, text: &str| {
            let path = folder.path().join(name);
            std::fs::create_dir_all(path.parent().unwrap_or(Path::new("/"))).expect("a folder");
            std::fs::write(path, text).expect("a file");
        };
        write("dbt_project.yml", "{name: shop, profile: shop}");
        write("profiles.yml", "shop: {outputs: {default: {type: duckdb, path: ':memory:'}}}");
        write("macros/cents.sql", "{% macro cents(column) %}{{ column }} * 100{% endmacro %}");
        for number in 0..MODELS {
            write(&format!("models/m{}/model_{number}.sql", number % 20), &model(number));
        }
        for first in (0..MODELS).step_by(10) {
            write(&format!("models/s{first}.yml"), &properties(first));
        }
        let flags = Flags {
            project_dir: folder.path().to_owned(),
            profiles_dir: Some(folder.path().to_owned()),
            partial_parse: true,
            write_json: true,
            ..Flags::default()
        };
        let world = Arc::new(World::real());
        let invocation = Arc::new(Invocation {
            id: String::new(),
            started_at: world.now(),
            verb: "parse",
            command_line: String::new(),
            args: Default::default(),
            flags,
        });
        Self { folder, world, invocation }
    }

    fn outline(&self) -> (Outline, Arc<Outputs>) {
        load::outline(&self.world, &self.invocation, &Silent).unwrap_or_else(|errors| panic!("{errors:?}"))
    }

    fn understand(&self, is_kept: bool) -> Understanding {
        let (outline, outputs) = self.outline();
        let flags = Flags { partial_parse: is_kept, ..self.invocation.flags.clone() };
        let call = cache::Call {
            invocation: Arc::new(Invocation { flags, ..(*self.invocation).clone() }),
            outputs,
            world: self.world.clone(),
            folder: self.folder.path().join("target"),
        };
        cache::understand(outline, call, &Silent).unwrap_or_else(|errors| panic!("{errors:?}"))
    }
}

#[divan::bench]
fn a_model_is_extracted(bencher: Bencher) {
    let file = SourceFile::new("models/a.sql", model(9));
    let span = file.span(0..file.text().len());
    bencher.bench(|| jinja::extract(&span).is_ok());
}

#[divan::bench]
fn properties_of_ten_models_are_read(bencher: Bencher) {
    let file = SourceFile::new("models/a.yml", properties(0));
    bencher.bench(|| yaml::parse(&file).is_ok());
}

#[divan::bench(sample_count = 20)]
fn files_are_found(bencher: Bencher) {
    let project = Project::new();
    bencher.counter(ItemsCount::new(MODELS)).bench_local(|| project.outline().0.files().len());
}

#[divan::bench(sample_count = 20)]
fn files_are_read(bencher: Bencher) {
    let project = Project::new();
    let outline = project.outline().0;
    bencher.counter(ItemsCount::new(MODELS)).bench_local(|| outline.read(&project.world).is_ok());
}

#[divan::bench(sample_count = 10)]
fn a_project_is_understood_anew_and_kept(bencher: Bencher) {
    let project = Project::new();
    bencher.counter(ItemsCount::new(MODELS)).bench_local(|| project.understand(false).size());
}

#[divan::bench(sample_count = 20)]
fn nothing_has_changed(bencher: Bencher) {
    let project = Project::new();
    project.understand(true);
    bencher.counter(ItemsCount::new(MODELS)).bench_local(|| project.understand(true).unchanged());
}

#[divan::bench(sample_count = 20)]
fn a_kept_graph_is_decoded(bencher: Bencher) {
    let project = Project::new();
    project.understand(true);
    bencher
        .counter(ItemsCount::new(MODELS))
        .with_inputs(|| project.understand(true))
        .bench_local_values(|understanding| understanding.graph().map(|graph| graph.nodes.len()));
}
