//! `exceptions`: errors and warnings that templates raise.

use crate::compile::rendering::Rendering;
use crate::diagnostics::{Code, Diagnostic};
use crate::jinja::{Arguments, Error, ErrorKind, Object, ObjectRepr, State, Value, raise};
use std::fmt;
use std::sync::Arc;

struct Exceptions(Arc<Rendering>);

/// `exceptions`.
pub fn value(rendering: &Arc<Rendering>) -> Value {
    Value::from_object(Exceptions(rendering.clone()))
}

/// The functions that raise what they are given.
const RAISED: &[&str] = &[
    "raise_compiler_error",
    "raise_database_error",
    "raise_dependency_error",
    "raise_cache_inconsistent",
    "raise_not_implemented",
    "raise_fail_fast_error",
    "raise_dataclass_not_dict",
];

impl Exceptions {
    fn raise(&self, name: &str, args: &[Value]) -> Result<Value, Error> {
        let arguments = Arguments::of(name, args);
        let text = |index, name| arguments.get(index, name).map_or_else(String::new, |value| value.to_string());
        let error = |code, message: String| Err(raise(Diagnostic::error(code, message)));
        match name {
            _ if RAISED.contains(&name) => error(Code::MACRO_RAISED, text(0, "msg")),
            "warn" => {
                self.0.warn(Diagnostic::warning(Code::MACRO_WARNED, text(0, "msg")))?;
                Ok(Value::from(""))
            }
            "warn_snapshot_timestamp_data_types" => {
                let (snapshot, updated) = (text(0, "snapshot_time_data_type"), text(1, "updated_at_data_type"));
                let message = format!(
                    "The snapshot's time stamps are of type {snapshot}, and its `updated_at` is of type {updated}."
                );
                self.0.warn(Diagnostic::warning(Code::MACRO_WARNED, message))?;
                Ok(Value::from(""))
            }
            "raise_contract_error" => {
                let declared = arguments.require(0, "yaml_columns")?;
                let mismatch = super::contract::mismatch(&declared, &arguments.require(1, "sql_columns")?);
                // What is wrong is the model, not the macro that found it out.
                Err(raise(match &self.0.node {
                    Some(node) => mismatch.at(&node.span),
                    None => mismatch,
                }))
            }
            "column_type_missing" => error(
                Code::CONTRACT_INVALID,
                format!(
                    "The contract needs a data_type for each column; these have none: {}.",
                    text(0, "column_names")
                ),
            ),
            "missing_config" => error(Code::CONFIG_INVALID, format!("The config '{}' is not given.", text(1, "name"))),
            "missing_materialization" => {
                error(Code::MATERIALIZATION_UNKNOWN, "The materialization does not exist.".into())
            }
            "missing_relation" => {
                error(Code::MACRO_RAISED, format!("The relation {} does not exist.", text(0, "relation")))
            }
            "relation_wrong_type" => error(
                Code::RELATION_IN_THE_WAY,
                format!("{} is not a {}, as it should be.", text(0, "relation"), text(1, "expected_type")),
            ),
            _ if name.starts_with("raise_") => {
                let values: Vec<String> = arguments.positional().iter().map(ToString::to_string).collect();
                error(Code::MACRO_RAISED, format!("{}: {}", name.trim_start_matches("raise_"), values.join(", ")))
            }
            _ => Err(Error::from(ErrorKind::UnknownMethod)),
        }
    }
}

impl Object for Exceptions {
    fn repr(self: &Arc<Self>) -> ObjectRepr {
        ObjectRepr::Plain
    }

    fn call_method(self: &Arc<Self>, _: &mut State<'_, '_>, method: &str, args: &[Value]) -> Result<Value, Error> {
        self.raise(method, args)
    }
}

impl fmt::Debug for Exceptions {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("<exceptions>")
    }
}
