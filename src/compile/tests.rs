//! Compiling small projects.

use super::fixture::Lab;
use super::{Batch, Fixtures};
use serde_json::json;

const MODELS: &[(&str, &str)] = &[
    ("seeds/raw.csv", "id,name\n1,a\n"),
    ("models/e1.sql", "{{ config(materialized='ephemeral') }}\nselect * from {{ ref('raw') }}"),
    (
        "models/e2.sql",
        "-- x\n{{ config(materialized='ephemeral') }}\nwith a as (select * from {{ ref('e1') }}) select * from a",
    ),
    (
        "models/m.sql",
        "{{ config(materialized='table', tags=['t'], meta={'owner': 'me'}, persist_docs={'relation': true}) }}\n\
         with x as (select * from {{ ref('e2') }})\nselect * from x join {{ ref('e1') }} using (id)",
    ),
    ("models/late.sql", "{% if execute %}select * from {{ ref('m') }}{% endif %}"),
    (
        "models/s.yml",
        "models:\n  - name: m\n    columns:\n      - name: id\n        data_tests:\n          - not_null\n          \
         - unique: {config: {where: 'id > 0'}}\n          \
         - relationships: {arguments: {to: ref('raw'), field: id}}\nsources:\n  - name: src\n    tables:\n      - name: orders\n      \
         - name: files\n        config: {meta: {external_location: 'data/{name}.csv'}}\n",
    ),
    ("macros/m.sql", "{% macro dump(x) %}{% do return(x) %}{% endmacro %}"),
];

#[test]
fn ephemeral_models_are_injected_once_in_order() {
    let lab = Lab::new(MODELS);
    insta::assert_snapshot!(lab.compile("model.shop.m").unwrap());
}

#[test]
fn generic_tests_are_compiled_from_their_macro() {
    let lab = Lab::new(MODELS);
    let squeeze = |sql: String| sql.split_whitespace().collect::<Vec<_>>().join(" ");
    insta::assert_snapshot!(squeeze(lab.compile("not_null_m_id").unwrap()));
    insta::assert_snapshot!(squeeze(lab.compile("unique_m_id").unwrap()));
    let relationships = lab.compile("relationships_m_id__id__ref_raw_").unwrap();
    assert!(relationships.contains("from \"memory\".\"main\".\"raw\""), "{relationships}");
}

#[test]
fn names_of_a_node() {
    let lab = Lab::new(MODELS);
    let cx = lab.context("model.shop.m");
    let snippets = [
        "{{ this }} {{ this.schema }} {{ this.table }} {{ this.name }} {{ this.type }}",
        "{{ this.include(database=false) }} {{ this.quote(identifier=false) }} {{ this.without_identifier() }}",
        "{{ this.incorporate(type='view').is_view }} {{ this.replace_path(identifier='other') }}",
        "{{ this.information_schema('columns') }} {{ this == api.Relation.create(schema='main', identifier='M') }}",
        "{{ this.get('metadata', {}).get('type', '').endswith('Relation') }} {{ this is string }} {{ this is mapping }} {{ this ~ '!' }}",
        "{{ ref('e2') }} {{ ref('shop', 'e1') }}",
        "{{ ref('e3') }}",
        "{{ source('src', 'orders') }} {{ source('src', 'files') }}",
        "{{ model.name }} {{ model.config.materialized }} {{ model['resource_type'] }} {{ model.group is defined }}",
        "{{ config.get('materialized') }} {{ config.get('x', 'd') }} {{ config.require('tags') }} {{ config(a=1) }}",
        "{{ config.require('x') }}",
        "{{ config.meta_get('owner') }} {{ config.persist_relation_docs() }} {{ config.persist_column_docs() }}",
        "{{ graph.nodes['model.shop.m'].alias }} {{ graph.nodes.values() | selectattr('resource_type', 'equalto', 'seed') | map(attribute='name') | list }}",
        "{{ graph.sources.values() | map(attribute='name') | sort }} {{ execute }} {{ selected_resources }}",
        "{{ builtins.ref('e1') }} {{ database }} {{ schema }} {{ target.name }} {{ adapter.type() == target.type }}",
        "{{ api.Column.create('a', 'string').data_type }} {{ api.Column('a', 'varchar', 20).data_type }}",
        "{{ api.Column.from_description('n', 'numeric(10,2)').is_numeric() }} {{ api.Column.string_type(9) }}",
        "{{ adapter.quote('a b') }} {{ adapter.quote_seed_column('a', false) }}",
        "{{ adapter.dispatch('type_string', 'dbt')() }} {{ adapter.get_relation(none, 'main', 'gone') is none }}",
        "{{ exceptions.raise_compiler_error('no: ' ~ this.name) }}",
        "{{ config.get('materialized', default='x', validator=validation.any['view']) }}",
        "{{ config.require('materialized', validator=validation.any['table', 'view']) }} {{ [[1, 2], [3]][0] }} {{ 2 is in [1, 2] }}",
        "{% do context.update({'dump': 5, 'noted': [1]}) %}{{ noted }} {{ dump + 1 }} {{ render('{{ noted }}') }} {{ context.get('gone', 2) }} {{ 'ref' in context.keys() }}",
        "{{ noted[0] }} {{ context.pop('dump') }} {{ context.setdefault('noted', 3) }}",
        "{{ api.Column.translate_type is defined }} {{ this.render is callable }} {{ [api.Column('a', 'int').is_string, this.quote] | map('string') | list }}",
        "{{ sql.split('\\n') | length }} {{ compiled_code == sql }} {{ render('{{ this.name }}') }} {{ dump([1]) }}",
    ];
    let lines: Vec<String> =
        snippets.iter().map(|snippet| format!("{snippet}\n  {}", lab.render(&cx, snippet))).collect();
    insta::assert_snapshot!(lines.join("\n"));
}

#[test]
fn results_of_queries() {
    let lab = Lab::new(MODELS);
    let cx = lab.context("model.shop.m");
    let table =
        "{% set t = run_query(\"select 1 as id, 'x' as name, 1.50 as n union all select 2, null, 3.00 order by 1\") %}";
    let snippets = [
        "{{ t.columns[0].values() }} {{ t.columns['name'].values() }} {{ t.column_names }} {{ t | length }}",
        "{% for row in t %}{{ row.id }}={{ row['name'] }}={{ row[2] }};{% endfor %} {{ t.rows[1].values() }}",
        "{{ t.rows[-1]['id'] }} {{ t.rows[0].get('z', 'd') }} {{ t.rows[0].dict() }} {{ t.columns.keys() }}",
        "{{ t.select(['id']).column_names }} {{ t.exclude('id').column_names }} {{ t.rename(column_names=['a','b','c']).column_names }}",
        "{{ t.limit(1) | length }} {{ t.order_by('id', reverse=true).rows[0].id }} {{ t.columns[0].name }}",
        "{% call statement('s', fetch_result=true) %}select 7 as x{% endcall %}{% set r = load_result('s') %}{{ r.data }} {{ r['table'].rows[0].x }} {{ load_result('none') is none }}",
        "{{ load_result('s') }}",
        "{{ t.rows[0].n + 1 }} {{ t.rows[0].n / 9 }} {{ t.rows[0].n == 1.5 }} {{ 3 in t.columns['n'].values() }} {{ t.columns['n'].values() | sum }}",
        "{{ t.rows[0].n + 0.5 }}",
        "{{ t.group_by('id').keys() }} {{ t.group_by('id')[1].rows[0].n }} {{ t.join(t, 'id').rows[0] }} {{ t.join(t, 'id').column_names }}",
        "{{ t }}{{ run_query('select 1 as a, 2 as a').column_names }} {{ fromjson(run_query('select [1, 2] as l').rows[0].l)[1] }}",
        "{{ t.pivot('id').rows[0].values() }} {{ t.pivot('id', 'name').column_names }} {{ t.normalize('id', ['n']).rows[1].values() }} {{ t.normalize('id', ['n']).denormalize('id').rows[0] }}",
        "{{ t.merge([t, t.select('id')]).rows[3].values() }} {{ t.homogenize('id', [1, 9], ['z', 0]).rows[2].values() }} {{ t.pivot is defined }}",
        "{{ t.columns.n.data_type }} {{ t.columns.n.data_type.jsonify(t.rows[0].n) }} {{ t.column_types[1].cast(5) ~ t.column_types[1].jsonify(none) }}",
        "{{ t.rename(slug_columns=true).column_names }} {{ t.order_by('name').columns[0].values() }}",
        "{% call noop_statement('main', 'DONE 3', 'DONE', 3) %}{% endcall %}{{ load_result('main').response }} {{ load_result('main').response.rows_affected }}",
    ];
    let line = |snippet: &&str| format!("{snippet}\n  {}", lab.render(&cx, &format!("{table}{snippet}")));
    insta::assert_snapshot!(snippets.iter().map(line).collect::<Vec<_>>().join("\n"));
}

#[test]
fn a_project_may_tell_what_columns_a_relation_has() {
    let files = [
        ("macros/columns.sql", "{% macro get_columns_in_relation(relation) %}{{ return(['own']) }}{% endmacro %}"),
        ("models/a.sql", "select '{{ adapter.get_columns_in_relation(this) }}'"),
    ];
    let lab = Lab::new(&files);
    assert_eq!(lab.render(&lab.context("model.shop.a"), "{{ adapter.get_columns_in_relation(this) }}"), "['own']");
}

#[test]
fn a_ref_that_only_shows_while_compiling_must_be_declared() {
    let lab = Lab::new(MODELS);
    let error = lab.compile("late").unwrap_err();
    insta::assert_snapshot!(format!("{error}\n{}", error.hint.as_deref().unwrap_or_default()));
}

#[test]
fn errors_of_the_database_point_at_the_template() {
    let files = [("models/a.sql", "select 1 as id\n\nunion all\nselect nope from {{ this }}_x")];
    let lab = Lab::new(&files);
    let node = lab.node("a");
    let compiled = lab.compiler.compile(&lab.session, &node).unwrap();
    lab.compiler.context(&lab.session, &node, Some(&compiled));
    let error = lab.session.execute(&format!("create table t as (\n{}\n)", compiled.sql)).unwrap_err();
    assert_eq!(error.span().unwrap().to_string(), "models/a.sql:4:21");
    let comment = lab.events.statements().pop().unwrap();
    assert!(comment.starts_with("/* {\"app\": \"sqlbuild\""), "{comment}");
    assert!(comment.contains("\"node_id\": \"model.shop.a\""), "{comment}");
}

#[test]
fn batches_samples_and_empty_runs_limit_what_is_read() {
    let files = [
        ("models/events.sql", "{{ config(event_time='at') }} select now() as at"),
        (
            "models/daily.sql",
            "{{ config(materialized='incremental', incremental_strategy='microbatch', event_time='at', begin='2024-01-01', \
             batch_size='day', unique_key='id') }}select {{ is_incremental() }} from {{ ref('events') }}",
        ),
    ];
    let lab = Lab::new(&files);
    let at = |text: &str| text.parse().unwrap();
    let batch = Batch {
        id: "20240101".into(),
        label: "2024-01-01".into(),
        start: at("2024-01-01T00:00:00Z"),
        end: at("2024-01-02T00:00:00Z"),
    };
    let compiled = lab.compiler.compile_batch(&lab.session, &lab.node("daily"), &batch, true).unwrap();
    insta::assert_snapshot!(compiled.sql);
    let cx = lab.compiler.context(&lab.session, &lab.node("daily"), Some(&compiled));
    assert_eq!(lab.render(&cx, "{{ model.batch.id }}"), "20240101");
    let sampled = Lab::with_flags(&files, |flags| flags.sample = Some("1 day".into()));
    insta::assert_snapshot!(sampled.compile("daily").unwrap());
    let empty = Lab::with_flags(&files, |flags| flags.empty = true);
    insta::assert_snapshot!(empty.compile("daily").unwrap());
}

#[test]
fn fixtures_stand_for_inputs_macros_and_variables() {
    let files = [
        ("models/a.sql", "select 1 as id"),
        ("models/b.sql", "select id, '{{ var('v', 'usual') }}' as v, {{ is_incremental() }} from {{ ref('a') }}"),
    ];
    let lab = Lab::new(&files);
    let mut fixtures = Fixtures::default();
    fixtures.inputs.insert("model.shop.a".into(), "select 5 as id".into());
    fixtures.macros.insert("is_incremental".into(), json!(true));
    fixtures.vars.insert("v".into(), json!("own"));
    let compiled = lab.compiler.compile_with_fixtures(&lab.session, &lab.node("b"), &fixtures).unwrap();
    insta::assert_snapshot!(compiled.sql);
}

#[test]
fn a_materialization_of_the_project_runs() {
    let macros = "{% materialization twice, default %}\n  {%- set old = load_cached_relation(this) -%}\n  \
                  {{ run_hooks(pre_hooks) }}\n  {% call statement('main') %}create table {{ this }} as {{ sql }}{% endcall %}\n  \
                  {{ run_hooks(post_hooks) }}\n  {% do adapter.commit() %}\n  \
                  {{ return({'relations': [this.incorporate(type='table')]}) }}\n{% endmaterialization %}";
    let files = [
        ("macros/t.sql", macros),
        (
            "models/a.sql",
            "{{ config(materialized='twice', post_hook='insert into {{ this }} select 2') }}select 1 as id",
        ),
        ("models/b.sql", "select 1"),
    ];
    let lab = Lab::new(&files);
    let node = lab.node("model.shop.a");
    let def = lab.compiler.materialization(&node).unwrap();
    assert!(lab.compiler.materialization(&lab.node("model.shop.b")).is_none());
    let cx = lab.context("model.shop.a");
    let relations = lab.compiler.run_materialization(&cx, &def).unwrap();
    assert_eq!(relations.len(), 1);
    assert_eq!(lab.render(&cx, "{{ run_query('select sum(id) as s from ' ~ this).rows[0].s }}"), "3");
    assert!(cx.response("main").is_some());
    let bare = |sql: &String| sql.split_once("*/\n").map_or(sql.clone(), |(_, sql)| sql.trim().to_owned());
    insta::assert_snapshot!(lab.events.statements().iter().map(bare).collect::<Vec<_>>().join("\n"));
}
