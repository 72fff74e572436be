use super::sample::{DIALECT, model, node, plan_over, plan_with};
use super::*;
use crate::adapters::{Column, Dialect, IdentifierCase, RelationKind};
use crate::compile::seed_table;
use crate::diagnostics::{Code, SourceFile};
use crate::resolve::NodeKind;
use insta::assert_snapshot;
use serde_json::json;

#[test]
fn a_table_is_created_at_once_where_nothing_is_and_a_view_aside() {
    let renames = |materialized: &str, existing, replaced: &[&'static str]| {
        let plan = plan_with(&model(json!({"materialized": materialized})), existing, false, replaced).unwrap();
        plan.steps.iter().any(|step| matches!(step, Step::Rename { .. }))
    };
    assert!(!renames("table", None, &[]));
    assert!(renames("table", None, &["rename_relation"]));
    assert!(renames("table", Some(RelationKind::Table), &[]));
    assert!(renames("view", None, &[]));
}

#[test]
fn grants_comments_and_indexes_are_steps_where_they_are_wanted() {
    let wanted = json!({
        "materialized": "table",
        "grants": {"select": ["ann"]},
        "persist_docs": {"relation": true},
        "indexes": [{"columns": ["id"]}],
    });
    assert_snapshot!(plan_over(&model(wanted), None, false).unwrap());
    let own = plan_with(&model(json!({"materialized": "table"})), None, false, &["apply_grants"]).unwrap();
    assert_eq!(own.to_string().matches("call apply_grants").count(), 1);
}

#[test]
fn a_table_takes_the_place_of_a_view_in_one_transaction() {
    let hook = |sql: &str, inside: bool| json!({"sql": sql, "transaction": inside});
    let node = model(json!({
        "materialized": "table",
        "pre-hook": [hook("vacuum", false), hook("set x = 1", true)],
        "post-hook": [hook("analyze {{ this }}", false), "{\"sql\": \"select 1\", \"transaction\": true}"],
    }));
    assert_snapshot!(plan_over(&node, Some(RelationKind::View), false).unwrap());
}

#[test]
fn an_incremental_model_adds_through_a_temporary_table() {
    let node = model(json!({
        "materialized": "incremental",
        "incremental_strategy": "delete+insert",
        "unique_key": ["a", "b"],
        "on_schema_change": "append_new_columns",
    }));
    assert_snapshot!(plan_over(&node, Some(RelationKind::Table), false).unwrap());
    let anew = plan_over(&node, Some(RelationKind::Table), true).unwrap();
    assert_eq!(anew, plan_over(&node, Some(RelationKind::Table), true).unwrap());
    assert!(anew.steps.iter().any(|step| matches!(step, Step::Rename { .. })));
}

#[test]
fn observations_are_folded_with_what_the_table_knows() {
    let node = model(json!({
        "materialized": "incremental",
        "incremental_strategy": "accumulating",
        "unique_key": "id",
        "sequence_by": "seen_at",
        "milestones": {"shipped_on": "first"},
    }));
    assert_snapshot!(plan_over(&node, Some(RelationKind::Table), false).unwrap());
    let keyless = model(json!({"materialized": "incremental", "incremental_strategy": "accumulating"}));
    assert_eq!(plan_over(&keyless, None, false).unwrap_err().code, Code::ACCUMULATION_INVALID);
}

#[test]
fn strategies_are_those_of_the_engine_and_the_projects_own() {
    let strategy = |name: &str| model(json!({"materialized": "incremental", "incremental_strategy": name}));
    assert!(plan_over(&strategy("mine"), None, false).is_ok());
    let refused = plan_over(&strategy("insert_overwrite"), None, false).unwrap_err();
    assert_eq!(refused.code, Code::STRATEGY_INVALID);
    let typo = plan_over(&strategy("append_"), None, false).unwrap_err();
    assert_snapshot!(typo.hint.unwrap());
}

#[test]
fn a_seed_is_reloaded_or_built_anew() {
    let seed = node(NodeKind::Seed { disk_path: "orders.csv".into() }, json!({}));
    assert_snapshot!(plan_over(&seed, Some(RelationKind::Table), false).unwrap());
    assert_snapshot!(plan_over(&seed, Some(RelationKind::Table), true).unwrap());
    assert_eq!(plan_over(&seed, Some(RelationKind::View), false).unwrap_err().code, Code::RELATION_IN_THE_WAY);
}

#[test]
fn what_a_project_replaces_is_done_by_macros() {
    let seed = node(NodeKind::Seed { disk_path: "orders.csv".into() }, json!({}));
    let table = Some(RelationKind::Table);
    assert_snapshot!(plan_with(&seed, table, false, &["get_batch_size", "run_hooks"]).unwrap());
    let incremental = model(json!({"materialized": "incremental", "on_schema_change": "fail"}));
    assert_snapshot!(plan_with(&incremental, table, false, &["diff_columns"]).unwrap());
}

#[test]
fn a_snapshot_is_merged() {
    let snapshot = node(NodeKind::Snapshot, json!({"strategy": "timestamp", "unique_key": "id"}));
    assert_snapshot!(plan_over(&snapshot, Some(RelationKind::Table), false).unwrap());
}

#[test]
fn a_test_counts_what_it_stored() {
    let config = json!({"store_failures_as": "view", "limit": 5, "fail_calc": "count(*)", "warn_if": "!= 0", "error_if": "> 10"});
    let test = node(NodeKind::SingularTest, config);
    assert_snapshot!(plan_over(&test, Some(RelationKind::View), false).unwrap());
}

#[test]
fn a_materialized_view_is_updated() {
    let view = model(json!({"materialized": "materialized_view"}));
    assert_snapshot!(plan_over(&view, Some(RelationKind::MaterializedView), false).unwrap());
}

#[test]
fn an_unknown_materialization_is_explained() {
    let error = plan_over(&model(json!({"materialized": "tabel"})), None, false).unwrap_err();
    assert_eq!(error.code, Code::MATERIALIZATION_UNKNOWN);
    assert!(error.hint.unwrap().starts_with("Did you mean 'table'?"));
}

#[test]
fn names_aside_fit_the_engine() {
    let long = crate::adapters::Relation::new("", "dev", "a_very_long_name_indeed");
    assert_eq!(aside(&long, &DIALECT).name(), "a_very_long__dbt_tmp");
}

#[test]
fn columns_are_compared_by_name_and_type() {
    let columns = |list: &[(&str, &str)]| list.iter().map(|(name, kind)| Column::new(*name, *kind)).collect::<Vec<_>>();
    let new = columns(&[("id", "bigint"), ("name", "character varying(10)"), ("extra", "text")]);
    let there = columns(&[("id", "integer"), ("name", "character varying(5)"), ("gone", "date")]);
    assert_snapshot!(ColumnChanges::between(&new, &there, &DIALECT).describe());
    assert_eq!(widened(&new, &there, &DIALECT), columns(&[("name", "character varying(10)")]));
    let folding = Dialect { identifier_case: IdentifierCase::Insensitive, ..DIALECT };
    let shouted = columns(&[("ID", "integer"), ("NAME", "character varying(5)"), ("gone", "date")]);
    assert!(ColumnChanges::between(&shouted, &there, &folding).is_empty());
    assert_eq!(ColumnChanges::between(&shouted, &there, &DIALECT).added.len(), 2);
    let shorter = columns(&[("name", "character varying(3)")]);
    assert!(ColumnChanges::between(&shorter, &columns(&[("name", "character varying(5)")]), &DIALECT).is_empty());
}

#[test]
fn a_seed_file_becomes_clean_rows() {
    let seed = node(NodeKind::Seed { disk_path: "orders.csv".into() }, json!({"column_types": {"zip": "text"}}));
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("orders.csv");
    let table_of = |text: &str| {
        std::fs::write(&path, text).unwrap();
        seed_table(&seed, &path, &SourceFile::new("seeds/orders.csv", text), &DIALECT)
    };
    let table = table_of("id,zip,,id,price\n1,01234,x,2,$1.50\nnull,,y\n").unwrap();
    let columns: Vec<_> = table.columns.iter().map(|it| format!("{} {}", it.name, it.data_type)).collect();
    assert_eq!(columns, ["id integer", "zip text", "c text", "id_2 integer", "price float8"]);
    let rows: Vec<Vec<_>> = table.first_rows(3).into_iter().map(|row| row.into_iter().flatten().collect()).collect();
    assert_eq!(rows, [vec!["1", "01234", "x", "2", "1.50"], vec!["y"]]);
    let error = table_of("a,b\n1,2\n\"x\ny\",2,3\n").unwrap_err();
    assert_snapshot!(error);
    for (text, is_plain) in [
        ("id,zip\n1,\"a,b\"\n,\n", true),
        ("id,zip\n1,null\n", false),
        ("id,zip\nnull,x\n", false),
        ("id,zip\n 1,x\n", false),
        ("id,zip\n1.0,x\n", false),
        ("id,zip\n1.0,x\n2.5,y\n", true),
        ("id,zip\n$1,x\n", false),
        ("id,zip\nx, 1.0$ \n", true),
        ("id,zip\n2024-01-02,x\n", true),
        ("id,zip\n2024-01-02 ,x\n", false),
        ("id,zip\n1\n", false),
    ] {
        assert_eq!(table_of(text).unwrap().is_plain, is_plain, "{text:?}");
    }
}

#[test]
fn batches_reach_back_and_forward_to_whole_units() {
    let range = |start: Option<&str>, incremental| BatchRange {
        start: start.map(|text| text.parse().unwrap()),
        end: None,
        now: "2024-03-02T10:30:00Z".parse().unwrap(),
        incremental,
    };
    let ids = |config, range| -> Vec<String> {
        batches(&model(config), range)
            .unwrap()
            .into_iter()
            .map(|batch| format!("{} to {}", batch.id, batch.end))
            .collect()
    };
    let monthly = json!({"batch_size": "month", "begin": "2024-01-15"});
    assert_eq!(
        ids(monthly, range(None, false)),
        ["202401 to 2024-02-01T00:00:00Z", "202402 to 2024-03-01T00:00:00Z", "202403 to 2024-04-01T00:00:00Z"]
    );
    let daily = json!({"batch_size": "day", "begin": "2024-01-01", "lookback": 2});
    assert_eq!(
        ids(daily, range(None, true)),
        ["20240229 to 2024-03-01T00:00:00Z", "20240301 to 2024-03-02T00:00:00Z", "20240302 to 2024-03-03T00:00:00Z"]
    );
    let hourly = json!({"batch_size": "hour"});
    assert_eq!(ids(hourly.clone(), range(Some("2024-03-02T10:10:00Z"), true)), ["20240302T10 to 2024-03-02T11:00:00Z"]);
    assert_eq!(batches(&model(hourly), range(None, false)).unwrap_err().code, Code::CONFIG_INVALID);
}
