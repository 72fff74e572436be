//! The rules of the room, each on a small project.

use super::lab::{understand, understand_with};
use super::{Access, NodeKind};
use crate::diagnostics::Code;
use serde_json::json;

const PACKAGE: [(&str, &str); 3] = [
    ("packages.yml", "packages: [{local: pkg}]"),
    ("pkg/dbt_project.yml", "{name: pkg}"),
    ("dbt_packages/pkg/dbt_project.yml", "{name: pkg, models: {+materialized: table, pkg: {sub: {+tags: own}}}}"),
];

#[test]
fn configs_come_from_the_project_then_properties_then_the_file() {
    let project = "{name: lab, profile: lab, models: {+tags: p, +materialized: view, lab: {a: {+materialized: table, \
                   +meta: {x: 1, y: 1}, meta: {ignored: 1}}}}}";
    let outcome = understand(&[
        ("dbt_project.yml", project),
        ("models/a/one.sql", "{{ config(tags=['f'], meta={'y': 3}) }} select 1"),
        ("models/a/two.sql", "select 1"),
        ("models/s.yml", "models: [{name: one, config: {tags: [s], materialized: ephemeral, meta: {y: 2, z: 2}}}]"),
    ]);
    let one = outcome.node("model.lab.one");
    assert_eq!(one.config.materialized(), "ephemeral");
    assert_eq!(one.config.value("tags"), Some(&json!(["p", "s", "f"])));
    assert_eq!(one.config.value("meta"), Some(&json!({"x": 1, "y": 3, "z": 2})));
    assert_eq!(one.tags, ["p", "f", "s"]);
    assert_eq!(outcome.node("model.lab.two").config.materialized(), "table");
    assert_eq!(outcome.warnings.len(), 1);
    assert_eq!(outcome.warnings[0].hint.as_deref().unwrap().split_whitespace().last(), Some("'+meta'."));
}

#[test]
fn the_root_project_has_the_last_word_on_packages() {
    let mut files = PACKAGE.to_vec();
    files.extend([
        ("dbt_project.yml", "{name: lab, profile: lab, models: {pkg: {sub: {+materialized: view, +tags: root}}}}"),
        ("dbt_packages/pkg/models/sub/m.sql", "{{ config(materialized='incremental') }} select 1"),
    ]);
    let outcome = understand(&files);
    let m = outcome.node("model.pkg.m");
    assert_eq!(m.config.materialized(), "view");
    assert_eq!(m.tags, ["own", "root"]);
}

#[test]
fn properties_of_a_packages_disabled_seed_describe_the_projects_own() {
    let mut files = PACKAGE.to_vec();
    files.extend([
        ("dbt_project.yml", "{name: lab, profile: lab, seeds: {pkg: {+enabled: false}}}"),
        ("dbt_packages/pkg/seeds/rates.csv", "a\n1"),
        ("dbt_packages/pkg/seeds/s.yml", "seeds: [{name: rates, description: from the package}]"),
        ("seeds/rates.csv", "a\n2"),
    ]);
    assert_eq!(understand(&files).node("seed.lab.rates").description, "from the package");
}

#[test]
fn a_macro_named_ref_is_a_dependency_of_all_that_call_it() {
    let outcome = understand(&[
        ("macros/ref.sql", "{% macro ref(name) %}{{ return(builtins.ref(name)) }}{% endmacro %}"),
        ("models/a.sql", "select 1"),
        (
            "models/b.sql",
            "{{ config(materialized='incremental', incremental_strategy='microbatch', event_time='at', begin='2024-01-01', batch_size='day') }}\nselect * from {{ ref('a') }}",
        ),
    ]);
    let b = outcome.node("model.lab.b");
    assert_eq!(b.depends_on_macros, ["macro.lab.ref"]);
    assert_eq!(outcome.parents("model.lab.b"), ["model.lab.a"]);
    assert_eq!(b.config.str("begin"), Some("2024-01-01T00:00:00"));
}

#[test]
fn variables_are_templates_with_the_names_of_the_template_that_asks() {
    let outcome = understand(&[
        ("dbt_project.yml", "{name: lab, profile: lab, vars: {input: \"{{ ref('a') }}\"}}"),
        ("models/a.sql", "select 1"),
        ("models/b.sql", "select * from {{ var('input') }} {{ var('given when it is compiled') }}"),
        ("models/c.sql", "{{ through() }}"),
        ("macros/m.sql", "{% macro through() %}select * from {{ var('input') }}{% endmacro %}"),
    ]);
    assert_eq!(outcome.parents("model.lab.b"), ["model.lab.a"]);
    assert_eq!(outcome.parents("model.lab.c"), ["model.lab.a"]);
    let circle = [
        ("dbt_project.yml", "{name: lab, profile: lab, vars: {x: \"{{ var('x') }}\"}}"),
        ("models/a.sql", "{{ var('x') }}"),
    ];
    assert!(understand(&circle).error().contains("needs its own value"));
}

#[test]
fn macros_that_make_names_may_raise_errors() {
    let outcome = understand(&[
        ("models/a.sql", "select 1"),
        (
            "macros/m.sql",
            "{% macro generate_schema_name(name, node) %}{{ complain(exceptions.raise_compiler_error) }}{% endmacro %}\
             {% macro complain(raise) %}{{ raise('no schema') }}{% endmacro %}",
        ),
    ]);
    assert!(outcome.error().contains("no schema"), "{}", outcome.error());
}

#[test]
fn what_cannot_be_read_off_is_found_by_rendering() {
    let outcome = understand(&[
        ("models/a.sql", "select 1"),
        ("models/b.sql", "select 1"),
        ("models/loop.sql", "{% for x in ['a', 'b'] %} {{ ref(x) }} {% endfor %}"),
        ("models/through.sql", "{{ outer() }}"),
        ("models/when.sql", "{% set input = ref('a') %}{% if input %}{{ ref('b') }}{% endif %}"),
        ("models/later.sql", "{{ ref('a') }} {% if is_incremental() %} {{ ref('b') }} {% endif %}"),
        ("models/plain.sql", "{{ ref('a') }} {{ harmless(ref('b')) }}"),
        ("models/configured.sql", "{{ config(materialized='table' if true else 'view') }} select 1"),
        (
            "macros/m.sql",
            "{% macro outer() %}{{ inner() }}{% endmacro %}{% macro inner() %}{{ ref('b') }}{% endmacro %}\n\
                          {% macro harmless(x) %}{{ x }}{% endmacro %}",
        ),
    ]);
    assert_eq!(outcome.parents("model.lab.loop"), ["model.lab.a", "model.lab.b"]);
    assert_eq!(outcome.parents("model.lab.through"), ["model.lab.b"]);
    assert_eq!(outcome.parents("model.lab.later"), ["model.lab.a"]);
    assert_eq!(outcome.parents("model.lab.plain"), ["model.lab.a", "model.lab.b"]);
    assert_eq!(outcome.node("model.lab.configured").config.materialized(), "table");
    assert_eq!(outcome.node("model.lab.through").depends_on_macros, ["macro.lab.outer"]);
    assert_eq!(outcome.graph().macros["macro.lab.outer"].depends_on, ["macro.lab.inner"]);
}

#[test]
fn hooks_and_foreign_keys_are_dependencies() {
    let outcome = understand(&[
        ("models/a.sql", "select 1"),
        ("models/b.sql", "select 1"),
        ("models/c.sql", "{{ config(post_hook=\"grant on {{ ref('a') }}\") }} select 1"),
        ("models/s.yml", "models: [{name: c, constraints: [{type: foreign_key, columns: [x], to: ref('b')}]}]"),
    ]);
    assert_eq!(outcome.parents("model.lab.c"), ["model.lab.a", "model.lab.b"]);
}

#[test]
fn versions_have_names_and_the_latest_is_meant_without_one() {
    let outcome = understand(&[
        ("models/dim_v1.sql", "select 1"),
        ("models/second.sql", "select 1"),
        ("models/uses.sql", "{{ ref('dim') }} {{ ref('dim', v=1) }}"),
        (
            "models/s.yml",
            "models: [{name: dim, columns: [{name: id, data_tests: [unique]}, {name: x}], config: {tags: [t]},\n\
                          versions: [{v: 1, columns: [{include: all, exclude: [x]}]}, {v: 2, defined_in: second}]}]",
        ),
    ]);
    assert_eq!(outcome.parents("model.lab.uses"), ["model.lab.dim.v2", "model.lab.dim.v1"]);
    let first = outcome.node("model.lab.dim.v1");
    assert_eq!((first.alias.as_str(), first.fqn.last().unwrap().as_str()), ("dim_v1", "v1"));
    assert_eq!(first.columns.keys().collect::<Vec<_>>(), ["id"]);
    let tests = outcome.graph().nodes.values().filter(|node| node.is_test()).map(|node| node.name.as_str());
    assert_eq!(tests.collect::<Vec<_>>(), ["unique_dim_v1_id", "unique_dim_v2_id"]);
    let NodeKind::Model(info) = &first.kind else { panic!("not a model") };
    assert_eq!((info.version.clone(), info.latest_version.clone()), (Some(json!(1)), Some(json!(2))));
}

#[test]
fn names_go_through_the_projects_macros() {
    let mut files = PACKAGE.to_vec();
    files.extend([
        ("models/a.sql", "{{ config(schema='x', alias='al') }} select 1"),
        ("models/b.sql", "select 1"),
        ("dbt_packages/pkg/models/c.sql", "{{ config(schema='x') }} select 1"),
        ("dbt_packages/pkg/models/d.sql", "select 1"),
        ("macros/m.sql", "{% macro generate_schema_name(custom, node) %}{{ custom or node.fqn[0] }}{% endmacro %}"),
        (
            "dbt_packages/pkg/macros/m.sql",
            "{% macro generate_alias_name(custom, node) %}p_{{ node.name }}{% endmacro %}",
        ),
    ]);
    let outcome = understand(&files);
    let relation = |id: &str| outcome.node(id).relation.as_ref().unwrap().to_string();
    assert!(relation("model.lab.a").ends_with("\"x\".\"al\""));
    assert!(relation("model.lab.b").ends_with("\"lab\".\"b\""));
    assert!(relation("model.pkg.c").ends_with("\"x\".\"p_c\""));
    assert!(relation("model.pkg.d").ends_with("\"pkg\".\"p_d\""));
}

#[test]
fn the_built_in_alias_is_that_of_its_macro() {
    let calls = "{% macro generate_alias_name(custom_alias_name, node) %}\
                 {{ return(dbt.default__generate_alias_name(custom_alias_name, node)) }}{% endmacro %}";
    let models = [
        ("models/plain.sql", "select 1"),
        ("models/named.sql", "{{ config(alias=' Other ') }} select 1"),
        ("models/empty.sql", "{{ config(alias='') }} select 1"),
        ("models/many_v1.sql", "select 1"),
        ("models/many_v2.5.sql", "select 1"),
        ("models/s.yml", "models: [{name: many, versions: [{v: 1}, {v: 2.5}]}]"),
    ];
    let aliases = |files: &[(&str, &str)]| {
        let outcome = understand(files);
        outcome.graph().nodes.values().map(|node| node.alias.clone()).collect::<Vec<_>>()
    };
    let built_in = aliases(&models);
    assert!(built_in.contains(&"Other".to_owned()) && built_in.contains(&"many_v2_5".to_owned()), "{built_in:?}");
    assert_eq!(built_in, aliases(&[&models[..], &[("macros/m.sql", calls)]].concat()));
}

#[test]
fn refs_that_mean_nothing_are_all_told_of_at_once() {
    let outcome = understand(&[
        ("models/stg_orders.sql", "select 1"),
        ("models/off.sql", "{{ config(enabled=false) }} select 1"),
        ("models/a.sql", "select\n{{ ref('stg_order') }}"),
        ("models/b.sql", "{{ ref('off') }} {{ source('raw', 'x') }}"),
    ]);
    assert_eq!(
        outcome.errors,
        [
            "models/a.sql:2:4: SB0301: ref('stg_order') depends on a node named 'stg_order' which was not found.",
            "models/b.sql:1:21: SB0302: source('raw', 'x') depends on a source named 'raw.x' which was not found.",
            "models/b.sql:1:4: SB0303: ref('off') names model.lab.off, which is disabled.",
        ]
    );
}

#[test]
fn a_name_in_two_packages_is_ambiguous_from_a_third() {
    let mut files = PACKAGE.to_vec();
    files.extend([
        ("packages.yml", "packages: [{local: pkg}, {local: other}]"),
        ("dbt_packages/other/dbt_project.yml", "{name: other}"),
        ("dbt_packages/pkg/models/m.sql", "select 1"),
        ("dbt_packages/other/models/m.sql", "{{ config(alias='m2') }} select 1"),
        ("dbt_packages/other/models/own.sql", "{{ ref('m') }}"),
        ("models/a.sql", "{{ ref('m') }}"),
        ("models/b.sql", "{{ ref('pkg', 'm') }}"),
    ]);
    assert_eq!(understand(&files).error(), "models/a.sql:1:4: SB0304: ref('m') may mean model.other.m or model.pkg.m.");
}

#[test]
fn a_circle_is_shown_whole() {
    let outcome = understand(&[
        ("models/a.sql", "{{ ref('c') }}"),
        ("models/b.sql", "{{ ref('a') }}"),
        ("models/c.sql", "{{ ref('b') }}"),
    ]);
    assert_eq!(outcome.error(), "models/a.sql:1:4: SB0305: These depend on each other in a circle: a → b → c → a.");
}

#[test]
fn private_models_are_for_their_group() {
    let group = "groups: [{name: g, owner: {name: o}}]\n";
    let models = "models: [{name: a, access: private, group: g}, {name: b, group: g}]";
    let files = |reader: &'static str, properties: &'static str| {
        [("models/a.sql", "select 1"), (reader, "{{ ref('a') }}"), ("models/s.yml", properties)]
    };
    let properties: &'static str = Box::leak(format!("{group}{models}").into_boxed_str());
    let inside = understand(&files("models/b.sql", properties));
    let NodeKind::Model(info) = &inside.node("model.lab.a").kind else { panic!("not a model") };
    assert_eq!(info.access, Access::Private);
    let outside = understand(&files("models/c.sql", properties));
    assert!(outside.error().starts_with("models/c.sql:1:4: SB0314"), "{}", outside.error());
}

#[test]
fn two_of_the_same_are_errors() {
    let names = understand(&[("models/x/a.sql", "select 1"), ("models/y/a.sql", "select 2")]);
    assert!(names.errors[0].contains("SB0306: There are two models named 'a' in 'lab'."), "{:?}", names.errors);
    let relations = understand(&[("models/a.sql", "select 1"), ("models/b.sql", "{{ config(alias='A') }} select 2")]);
    assert!(relations.error().contains("SB0307"), "{}", relations.error());
    let disabled =
        understand(&[("models/x/a.sql", "select 1"), ("models/y/a.sql", "{{ config(enabled=false) }} select 2")]);
    assert_eq!(disabled.graph().disabled.len(), 1);
}

#[test]
fn wrong_configs_are_told_of_where_they_stand() {
    let outcome = understand(&[
        ("models/a.sql", "{{ config(materialized=3) }} select 1"),
        ("models/b.sql", "select 1"),
        ("models/s.yml", "models:\n  - name: b\n    config:\n      on_schema_change: appendnewcolumns\n"),
    ]);
    assert_eq!(outcome.errors.len(), 2);
    assert!(
        outcome.errors[0].starts_with("models/a.sql:1:24: SB0308: The config 'materialized' of the model 'a' is 3")
    );
    assert!(outcome.errors[1].starts_with("models/s.yml:4:25: SB0308"));
}

#[test]
fn slips_in_properties_are_warned_of() {
    let outcome = understand(&[
        ("models/a.sql", "{{ config(materialised='table') }} select 1"),
        (
            "models/s.yml",
            "models: [{name: a, descripton: x, columns: [{name: c, data_test: [unique], policy: p}]}, {name: b}]",
        ),
    ]);
    let warnings: Vec<_> = outcome.warnings.iter().map(|w| (w.code.id, w.hint.clone().unwrap_or_default())).collect();
    let told = |code: &str, hint: &str| warnings.iter().any(|(c, h)| *c == code && h.contains(hint));
    assert!(told("SB0104", "'description'") && told("SB0104", "'data_tests'") && told("SB0309", "'materialized'"));
    assert!(told("SB0311", "'a'") || told("SB0311", "Remove"), "{warnings:?}");
    assert_eq!(warnings.len(), 4, "{warnings:?}");
    assert_eq!(outcome.node("model.lab.a").columns["c"].extra["policy"], "p");
}

#[test]
fn data_tests_are_declared_in_several_ways() {
    let properties = "
models:
  - name: a
    columns:
      - name: id
        data_tests:
          - not_null
          - accepted_values: {arguments: {values: [1, 2]}, config: {severity: warn}}
          - relationships: {to: ref('b'), field: id, where: x > 1, name: mine}
    data_tests:
      - test_name: over
        n: 5
  - name: gone
    columns: [{name: id, data_tests: [unique]}]
";
    let outcome = understand(&[
        ("models/a.sql", "select 1"),
        ("models/b.sql", "select 1"),
        ("models/s.yml", properties),
        ("tests/generic/over.sql", "{% test over(model, n) %}{{ config(tags=['t']) }} {{ ref('b') }}{% endtest %}"),
    ]);
    let tests: Vec<_> = outcome.graph().nodes.values().filter(|node| node.is_test()).collect();
    let names: Vec<_> = tests.iter().map(|test| test.name.as_str()).collect();
    assert_eq!(names, ["not_null_a_id", "accepted_values_a_id__1__2", "mine", "over_a_5"]);
    assert_eq!(tests[1].config.str("severity"), Some("warn"));
    assert_eq!(
        tests[2].raw_code(),
        "{{ test_relationships(**_dbt_generic_test_kwargs) }}{{ config(where=\"x > 1\") }}"
    );
    assert_eq!(outcome.parents(&tests[2].unique_id), ["model.lab.b", "model.lab.a"]);
    assert_eq!(outcome.parents(&tests[3].unique_id), ["model.lab.a", "model.lab.b"]);
    assert_eq!(tests[3].tags, ["t"]);
    // The test on what is gone is put aside, with a warning beside that on the properties.
    assert_eq!((outcome.graph().loose.len(), outcome.graph().disabled.len()), (1, 0));
    let codes: Vec<_> = outcome.warnings.iter().map(|warning| warning.code).filter(|c| !c.is_deprecation()).collect();
    assert_eq!(codes, [Code::PATCH_UNMATCHED, Code::REF_UNKNOWN]);
}

#[test]
fn data_tests_that_cannot_be_are_errors() {
    let outcome = |declaration: &str| {
        let properties = format!("models: [{{name: a, columns: [{{name: id, data_tests: [{declaration}]}}]}}]");
        understand(&[("models/a.sql", "select 1"), ("models/s.yml", &properties)])
    };
    let test = |declaration: &str| outcome(declaration).error().to_owned();
    // Nothing else depends on the test: the rest of the project can be built.
    let unknown = outcome("uniqe");
    assert!(unknown.graph().nodes.values().any(|node| node.name == "uniqe_a_id"));
    assert_eq!(unknown.warnings[0].message, "There is no data test 'uniqe'.");
    assert_eq!(outcome("pkg.unique").warnings[0].message, "The package 'pkg' has no macros.");
    assert!(test("{unique: {}, config: {}}").contains("SB0313: A data test must have one name"));
    assert!(test("{unique: {where: a, config: {where: b}}}").contains("SB0313"));
    assert!(test("{unique: {model: x}}").contains("SB0313"));
}

#[test]
fn configs_of_data_tests_may_stand_among_the_arguments_and_win_over_the_macros() {
    let properties = "
models:
  - name: a
    columns:
      - name: id
        tests:
          - unique: {arguments: {config: {error_if: '>5'}}}
          - even: {config: {severity: error, tags: [slow]}}
";
    let outcome = understand(&[
        ("models/a.sql", "select 1 as id"),
        ("models/s.yml", properties),
        (
            "tests/generic/even.sql",
            "{% test even(model, column_name) %}{{ config(severity='warn', limit=3) }}{% endtest %}",
        ),
    ]);
    let test = |name: &str| outcome.graph().nodes.values().find(|node| node.name == name).unwrap().config.clone();
    assert_eq!(test("unique_a_id").str("error_if"), Some(">5"));
    assert_eq!(test("even_a_id").str("severity"), Some("error"));
    assert_eq!(test("even_a_id").get("limit"), Some(&json!(3)));
    assert_eq!(test("even_a_id").strings("tags"), ["slow", "slow"]);
    let even = outcome.graph().nodes.values().find(|node| node.name == "even_a_id").unwrap();
    assert_eq!((&even.unrendered_config["tags"], even.tags.len()), (&json!(["slow", "slow"]), 1));
}

#[test]
fn sources_inherit_freshness_part_by_part() {
    let properties = "
sources:
  - name: raw
    schema: landing
    freshness: {warn_after: {count: 1, period: day}}
    loaded_at_field: ts
    tags: [s]
    quoting: {identifier: false}
    tables:
      - {name: a, identifier: A1, freshness: {error_after: {count: 2, period: day}}, tags: [t]}
      - {name: b, freshness: null, loaded_at_field: other}
      - {name: c, config: {enabled: false}}
";
    let outcome = understand(&[
        ("dbt_project.yml", "{name: lab, profile: lab, quoting: {schema: false, identifier: true}}"),
        ("models/s.yml", properties),
        ("models/m.sql", "{{ source('raw', 'a') }}"),
    ]);
    let source = |table: &str| outcome.graph().sources[format!("source.lab.raw.{table}").as_str()].clone();
    let (a, b) = (source("a"), source("b"));
    let day = |count: i64| json!({"count": count, "period": "day"});
    assert_eq!(a.freshness, Some(json!({"warn_after": day(1), "error_after": day(2), "filter": null})));
    assert_eq!((b.freshness.clone(), b.loaded_at_field.as_deref()), (None, Some("other")));
    assert_eq!(a.tags, ["s", "t"]);
    assert!(a.relation.to_string().ends_with("landing.A1"), "{}", a.relation);
    assert_eq!(outcome.graph().disabled_sources.len(), 1);
    assert_eq!(outcome.parents("model.lab.m"), ["source.lab.raw.a"]);
}

#[test]
fn descriptions_include_docs_blocks() {
    let mut files = PACKAGE.to_vec();
    files.extend([
        ("models/a.sql", "select 1"),
        ("models/d.md", "{% docs both %} root {% enddocs %}"),
        (
            "dbt_packages/pkg/models/d.md",
            "{% docs both %}package{% enddocs %}{% docs only %}{% raw %}{{ only }}{% endraw %}{% enddocs %}",
        ),
        (
            "models/s.yml",
            "models: [{name: a, description: \"{{ doc('both') }}, {{ doc('pkg', 'both') }}, {{ doc('only') }}\"}]",
        ),
    ]);
    let outcome = understand(&files);
    let a = outcome.node("model.lab.a");
    assert_eq!(a.description, "root, package, {{ only }}");
    assert_eq!(a.doc_blocks, ["doc.lab.both", "doc.pkg.both", "doc.pkg.only"]);
}

#[test]
fn snapshots_come_from_blocks_and_from_properties() {
    let properties =
        "snapshots: [{name: y, relation: ref('a'), config: {strategy: check, check_cols: all, unique_key: id}}]";
    let outcome = understand(&[
        ("models/a.sql", "select 1"),
        (
            "snapshots/f.sql",
            "{% snapshot x %}{{ config(strategy='timestamp', updated_at='t', unique_key='id', \
                             target_schema='s') }}{{ ref('a') }}{% endsnapshot %}",
        ),
        ("snapshots/s.yml", properties),
    ]);
    assert_eq!(outcome.node("snapshot.lab.x").fqn, ["lab", "f", "x"]);
    assert_eq!(outcome.node("snapshot.lab.x").schema, "s");
    assert_eq!(outcome.node("snapshot.lab.y").raw_code(), "select * from {{ ref('a') }}");
    assert_eq!(outcome.parents("snapshot.lab.y"), ["model.lab.a"]);
    let lacking =
        understand(&[("snapshots/f.sql", "{% snapshot x %}{{ config(unique_key='i') }}select 1{% endsnapshot %}")]);
    assert!(lacking.error().contains("SB0308: The snapshot 'x' has no 'strategy'."), "{}", lacking.error());
}

#[test]
fn the_semantic_layer_is_part_of_the_graph() {
    let properties = "
semantic_models:
  - name: orders
    model: ref('a')
    defaults: {agg_time_dimension: at}
    entities: [{name: order, type: primary}]
    dimensions: [{name: at, type: time, type_params: {time_granularity: day}}]
    measures: [{name: total, agg: sum}, {name: made, agg: count, expr: 1, create_metric: true}]
metrics:
  - {name: all, label: All, type: simple, type_params: {measure: total}}
  - {name: rate, label: Rate, type: ratio, type_params: {numerator: made, denominator: all}}
saved_queries:
  - {name: rates, query_params: {metrics: [rate]}}
exposures:
  - {name: e, type: dashboard, owner: {name: o}, depends_on: [ref('a')]}
";
    let spine = ("models/metricflow_time_spine.sql", "select 1");
    let outcome = understand(&[("models/a.sql", "select 1"), spine, ("models/s.yml", properties)]);
    let graph = outcome.graph();
    let parents =
        |id: &str| graph.dag().parents(id).map(|id| id.to_string()).collect::<std::collections::BTreeSet<_>>();
    assert_eq!(parents("semantic_model.lab.orders"), ["model.lab.a".to_owned()].into());
    assert_eq!(parents("metric.lab.rate"), ["metric.lab.all".to_owned(), "metric.lab.made".to_owned()].into());
    assert_eq!(parents("saved_query.lab.rates"), ["metric.lab.rate".to_owned()].into());
    assert_eq!(parents("exposure.lab.e"), ["model.lab.a".to_owned()].into());
    let measures = &graph.metrics["metric.lab.rate"]["type_params"]["input_measures"];
    assert_eq!(measures.as_array().unwrap().len(), 2);
}

#[test]
fn what_is_missing_while_parsing_is_an_error_only_for_the_environment() {
    let outcome = understand(&[
        ("models/a.sql", "{{ config(alias=var('gone'), tags=var('gone', 't')) }} select {{ var('gone') }}"),
        ("models/b.sql", "select {{ shout() }}"),
        ("macros/shout.sql", "{% macro shout() %}{% if execute %}{{ env_var('LATER') }}{% endif %}{% endmacro %}"),
    ]);
    assert_eq!(outcome.node("model.lab.a").alias, "a");
    let outcome = understand(&[
        ("models/b.sql", "select {{ shout() }}"),
        ("macros/shout.sql", "{% macro shout() %}{{ env_var('NOT_SET') }}{% endmacro %}"),
    ]);
    assert!(outcome.error().contains("SB0122: Env var required but not provided: 'NOT_SET'."), "{}", outcome.error());
}

#[test]
fn the_config_of_a_data_test_is_its_declarations_then_its_macros() {
    let properties =
        "models: [{name: a, columns: [{name: id, data_tests: [{mine: {config: {severity: warn, tags: [y]}}}]}]}]";
    let test = "{% test mine(model, column_name) %}{{ config(severity='error', tags=['m'], limit=9) }}{% endtest %}";
    let outcome = understand(&[
        ("models/a.sql", "select 1 as id"),
        ("models/s.yml", properties),
        ("tests/generic/mine.sql", test),
    ]);
    let test = outcome.graph().nodes.values().find(|node| node.is_test()).unwrap();
    assert_eq!((test.config.str("severity"), test.config.get("limit")), (Some("warn"), Some(&json!(9))));
    assert_eq!(test.config.strings("tags"), ["y", "m", "y"]);
    assert_eq!(test.tags, ["y", "m"]);
}

#[test]
fn several_calls_of_config_add_up() {
    let outcome = understand(&[(
        "models/a.sql",
        "{{ config(tags='one', meta={'a': 1}) }}{{ config(tags=['two'], meta={'b': 2}, alias='x') }} select 1",
    )]);
    let node = outcome.node("model.lab.a");
    let expected = json!({"tags": ["one", "two"], "meta": {"a": 1, "b": 2}, "alias": "x"});
    assert_eq!(json!(node.unrendered_config), expected);
    assert_eq!(json!(node.config_call), expected);
}

#[test]
fn values_that_dbt_refuses_are_refused() {
    for (properties, expected) in [
        ("models: [{name: a, config: {docs: {node_color: notacolor}}}]", "'node_color' is a colour's name"),
        ("models: [{name: a, config: {freshness: {build_after: {count: 1}}}}]", "has a 'count', but no 'period'"),
        ("models: [{name: a, config: {freshness: {build_after: {period: day}}}}]", "has a 'period', but no 'count'"),
        (
            "models: [{name: a, constraints: [{type: foreign_key, columns: [id], to: b, to_columns: [id]}]}]",
            "neither a ref()",
        ),
        (
            "{groups: [{name: g, owner: {name: o}}], models: [{name: a, access: private, group: g}], \
             exposures: [{name: e, type: ml, owner: {name: o}, depends_on: [ref('a')]}]}",
            "which is private",
        ),
    ] {
        let outcome = understand(&[("models/a.sql", "select 1 as id"), ("models/s.yml", properties)]);
        assert!(outcome.error().contains(expected), "{}", outcome.error());
    }
}

#[test]
fn macros_are_held_against_their_properties_if_asked_for() {
    let properties = "macros: [{name: m, arguments: [{name: a, type: text}, {name: x}, {name: y}]}]";
    let files = [
        ("macros/m.sql", "{% macro m(a, b) %}{% endmacro %}{% macro n(c) %}{% endmacro %}"),
        ("macros/s.yml", properties),
    ];
    assert!(understand(&files).warnings.is_empty());
    let outcome = understand_with("VALIDATE_MACRO_ARGS", &files);
    let messages: Vec<_> = outcome.warnings.iter().map(|warning| warning.message.as_str()).collect();
    assert_eq!(messages.len(), 3, "{messages:?}");
    assert_eq!(outcome.graph().macros["macro.lab.n"].arguments[0].name, "c");
}

#[test]
fn a_package_that_refers_to_the_project_is_told_of() {
    let mut files = PACKAGE.to_vec();
    files.extend([
        ("models/a.sql", "select 1"),
        ("dbt_packages/pkg/models/b.sql", "select * from {{ ref('a') }}"),
        ("dbt_packages/pkg/models/c.sql", "select * from {{ ref('lab', 'a') }}"),
    ]);
    let outcome = understand(&files);
    let places: Vec<_> = outcome.warnings.iter().map(|warning| warning.to_string()).collect();
    assert_eq!(places.len(), 1, "{places:?}");
    assert!(places[0].starts_with("dbt_packages/pkg/models/b.sql:1:18: SB0321"), "{places:?}");
}

#[test]
fn a_text_that_ends_a_properties_file_has_no_line_end() {
    let properties =
        "models:\n  - name: a\n    description: |\n      one\n  - name: b\n    description: |\n      two\n";
    let outcome =
        understand(&[("models/a.sql", "select 1"), ("models/b.sql", "select 1"), ("models/s.yml", properties)]);
    assert_eq!(outcome.node("model.lab.a").description, "one\n");
    assert_eq!(outcome.node("model.lab.b").description, "two");
}

#[test]
fn what_is_written_is_kept_for_comparing_if_the_project_says_so() {
    let files = [
        ("models/a.sql", "{{ config(materialized=var('kind', 'table'), tags=['x']) }} select 1"),
        ("models/s.yml", "models: [{name: a, config: {schema: \"{{ var('where', 'here') }}\", meta: {n: 1}}}]"),
    ];
    let unrendered = |flag: &str| json!(understand_with(flag, &files).node("model.lab.a").unrendered_config);
    assert_eq!(
        unrendered("STATE_MODIFIED_COMPARE_MORE_UNRENDERED_VALUES"),
        json!({
            "materialized": "{{ var('kind', 'table') }}", "tags": ["x"], "schema": "{{ var('where', 'here') }}",
            "meta": {"n": 1},
        })
    );
    let rendered = json!({"materialized": "table", "tags": ["x"], "schema": "here", "meta": {"n": 1}});
    assert_eq!(unrendered(""), rendered);
}

#[test]
fn a_dispatch_to_nowhere_is_an_error_where_it_is_done() {
    let macros = "{% macro cents(x) %}{{ return(adapter.dispatch('cents')(x)) }}{% endmacro %}\n\
                  {% macro redshift__cents(x) %}{{ x }} * 100{% endmacro %}";
    let used = understand(&[("macros/m.sql", macros), ("models/a.sql", "select {{ cents('x') }} as y")]);
    assert!(used.error().contains("dispatch finds no macro named `cents`"), "{}", used.error());
    let skipped = "{% if target.type == 'redshift' %}{{ cents('x') }}{% endif %}";
    understand(&[("macros/m.sql", macros), ("models/a.sql", skipped)]).graph();
}

#[test]
fn of_several_disabled_models_properties_enable_none() {
    let off = "{{ config(enabled=false) }} select 1";
    let outcome = understand(&[
        ("models/a/twin.sql", off),
        ("models/b/twin.sql", off),
        ("models/s.yml", "models: [{name: twin, config: {enabled: true}}]"),
    ]);
    assert!(outcome.error().contains("Found 2 matching disabled nodes for model 'twin'"), "{}", outcome.error());
}

#[test]
fn a_section_of_configs_for_nothing_is_told_of() {
    let told = |project: &str| {
        let outcome = understand(&[("dbt_project.yml", project), ("models/a.sql", "select 1")]);
        outcome.warnings.iter().map(|warning| warning.message.clone()).collect::<Vec<_>>()
    };
    let nothing = |path: &str| vec![format!("The config path '{path}' in dbt_project.yml applies to nothing.")];
    assert_eq!(told("{name: lab, profile: lab, seeds: {+quote_columns: true}}"), nothing("seeds"));
    assert_eq!(told("{name: lab, profile: lab, seeds: {lab: {+quote_columns: true}}}"), nothing("seeds.lab"));
    assert!(told("{name: lab, profile: lab, models: {+tags: x}}").is_empty());
}

#[test]
fn meta_of_a_macro_is_joined_from_both_places() {
    let outcome = understand(&[
        ("macros/m.sql", "{% macro m() %}{% endmacro %}"),
        ("macros/s.yml", "macros: [{name: m, meta: {a: 1, b: 1}, config: {meta: {b: 2}}}]"),
    ]);
    assert_eq!(json!(outcome.graph().macros["macro.lab.m"].meta), json!({"a": 1, "b": 2}));
}

#[test]
fn a_variable_that_a_name_needs_must_be_set() {
    let names = "{% macro generate_schema_name(custom, node) %}{{ var('region') }}{% endmacro %}";
    let files = [("macros/m.sql", names), ("models/a.sql", "select 1")];
    assert!(understand(&files).error().contains("'region'"), "{}", understand(&files).error());
    let project = ("dbt_project.yml", "{name: lab, profile: lab, vars: {lab: {region: north}}}");
    assert_eq!(understand(&[files[0], files[1], project]).node("model.lab.a").schema, "north");
}

#[test]
fn a_model_that_need_not_be_rendered_names_a_source_once() {
    let source = "sources: [{name: raw, tables: [{name: a}]}]";
    let twice = "select * from {{ source('raw', 'a') }} union all select * from {{ source('raw', 'a') }}";
    let outcome = understand(&[
        ("models/s.yml", source),
        ("models/plain.sql", twice),
        ("models/logical.sql", &format!("{{% set n = 1 %}}{twice}")),
    ]);
    let sources = |id: &str| outcome.graph().nodes[id].sources.len();
    assert_eq!((sources("model.lab.plain"), sources("model.lab.logical")), (1, 2));
}

#[test]
fn arguments_that_nobody_describes_are_those_of_the_definition() {
    let files = [
        ("macros/m.sql", "{% macro m(a) %}{% endmacro %}{% test t(model) %}select 1{% endtest %}"),
        ("macros/m.yml", "macros: [{name: m}, {name: test_t}]"),
        ("tests/generic/u.sql", "{% test u(model) %}select 1{% endtest %}"),
    ];
    let outcome = understand_with("VALIDATE_MACRO_ARGS", &files);
    let arguments = |name: &str| outcome.graph().macros[&format!("macro.lab.{name}")].arguments.len();
    assert_eq!((arguments("m"), arguments("test_t"), arguments("test_u")), (1, 1, 0));
}

#[test]
fn warnings_hold_until_the_next_model_is_deprecated() {
    let properties = "models:\n- {name: a, deprecation_date: '2025-01-01 00:00:00Z'}\n\
                      - {name: b, deprecation_date: '2027-01-01 00:00:00Z'}\n\
                      - {name: c, deprecation_date: '2026-06-01 00:00:00Z'}\n";
    let outcome = understand(&[
        ("models/a.sql", "select 1"),
        ("models/b.sql", "select 1"),
        ("models/c.sql", "select 1"),
        ("models/s.yml", properties),
    ]);
    let until = |now: &str| {
        let until = super::warnings_hold_until(&outcome.graph().nodes, now.parse().unwrap());
        until.map(|until| until.to_string())
    };
    assert_eq!(until("2026-01-01T00:00:00Z").as_deref(), Some("2026-06-01T00:00:00Z"));
    assert_eq!(until("2026-06-01T00:00:00Z").as_deref(), Some("2026-06-01T00:00:00Z"));
    assert_eq!(until("2026-06-01T00:00:01Z").as_deref(), Some("2027-01-01T00:00:00Z"));
    assert_eq!(until("2028-01-01T00:00:00Z"), None);
}
