//! Snapshots.

use super::{Method, relations};
use crate::compile::rendering::Rendering;
use crate::diagnostics::{Code, Diagnostic};
use crate::jinja::{Arguments, Error, Value, raise};

/// The methods.
pub const METHODS: &[(&str, Method)] = &[
    ("valid_snapshot_target", |rendering, _, arguments| {
        let names = ["dbt_scd_id", "dbt_valid_from", "dbt_valid_to"];
        check_target(rendering, arguments, &names)
    }),
    ("assert_valid_snapshot_target_given_strategy", |rendering, _, arguments| {
        let strategy = arguments.require(2, "strategy")?;
        let keeps_deletes = strategy.get_attr("hard_deletes").is_ok_and(|value| value.as_str() == Some("new_record"));
        let names = ["dbt_scd_id", "dbt_valid_from", "dbt_valid_to", "dbt_is_deleted"];
        check_target(rendering, arguments, &names[..if keeps_deletes { 4 } else { 3 }])
    }),
    ("get_hard_deletes_behavior", |_, _, arguments| {
        let config = arguments.require(0, "config")?;
        let invalidate = config.get_attr("invalidate_hard_deletes")?;
        let deletes = config.get_attr("hard_deletes")?;
        let given = |value: &Value| !value.is_none() && !value.is_undefined();
        if given(&invalidate) && given(&deletes) {
            let message = "A snapshot has either invalidate_hard_deletes or hard_deletes, not both.";
            return Err(raise(Diagnostic::error(Code::SNAPSHOT_INVALID, message)));
        }
        match deletes.as_str() {
            Some("invalidate") => Ok(Value::from("invalidate")),
            Some("new_record") => Ok(Value::from("new_record")),
            _ if invalidate.is_true() => Ok(Value::from("invalidate")),
            Some("ignore") | None => Ok(Value::from("ignore")),
            Some(other) => {
                let message = format!("hard_deletes cannot be '{other}': it is ignore, invalidate or new_record.");
                Err(raise(Diagnostic::error(Code::SNAPSHOT_INVALID, message)))
            }
        }
    }),
];

/// Checks that a snapshot's table has the columns, which its config may have given other names.
fn check_target(rendering: &Rendering, arguments: &Arguments<'_>, names: &[&str]) -> Result<Value, Error> {
    let relation = relations::relation(arguments, 0, "relation")?;
    let renamed = arguments.get(1, "column_names").filter(|names| !names.is_none());
    let session = rendering.session().map_err(raise)?;
    let columns = session.with_connection(|connection| connection.columns(&relation)).map_err(raise)?;
    let name_of = |name: &&str| match renamed.as_ref().and_then(|renamed| renamed.get_attr(name).ok()) {
        Some(own) if !own.is_undefined() && !own.is_none() => own.to_string(),
        _ => (*name).to_owned(),
    };
    let exists = |name: &String| columns.iter().any(|column| column.name.eq_ignore_ascii_case(name));
    let missing: Vec<String> = names.iter().map(name_of).filter(|name| !exists(name)).collect();
    if missing.is_empty() {
        return Ok(Value::from(()));
    }
    let message = format!("{relation} is not the table of a snapshot: it lacks {}.", missing.join(", "));
    Err(raise(Diagnostic::error(Code::SNAPSHOT_INVALID, message)))
}
