//! `adapter` while there is no database.

use crate::diagnostics::{Code, Diagnostic};
use crate::jinja::{Arguments, Error, Kwargs, Layer, Object, Rest, State, Value, dispatch, from_args, raise};
use std::collections::HashMap;
use std::sync::Arc;

/// The names that tell templates that nothing can be asked of a database yet.
pub fn layer() -> Layer {
    Arc::new(HashMap::from([
        ("adapter".to_owned(), Value::from_object(AbsentDatabase)),
        ("execute".to_owned(), Value::from(false)),
        ("exceptions".to_owned(), Value::from_object(Exceptions)),
    ]))
}

/// `exceptions`: errors that templates raise count while they are read, too; warnings come when they are compiled.
#[derive(Debug)]
struct Exceptions;

impl Object for Exceptions {
    fn call_method(self: &Arc<Self>, _: &mut State<'_, '_>, method: &str, args: &[Value]) -> Result<Value, Error> {
        if !method.starts_with("raise_") {
            return Ok(Value::from(""));
        }
        let message = Arguments::of(method, args).get(0, "msg").map_or_else(String::new, |message| message.to_string());
        Err(raise(Diagnostic::error(Code::MACRO_RAISED, message)))
    }

    fn get_value(self: &Arc<Self>, key: &Value) -> Option<Value> {
        let (exceptions, method) = (self.clone(), key.as_str()?.to_owned());
        Some(Value::from_function(move |state: &mut State<'_, '_>, args: Rest<Value>| {
            exceptions.call_method(state, &method, &args)
        }))
    }
}

/// An `adapter` that can only dispatch: its other methods answer with nothing, as dbt's do while it parses.
#[derive(Debug)]
struct AbsentDatabase;

impl Object for AbsentDatabase {
    fn call_method(self: &Arc<Self>, state: &mut State<'_, '_>, method: &str, args: &[Value]) -> Result<Value, Error> {
        Ok(match method {
            "dispatch" => return dispatched(state, args),
            "quote" => Value::from(args.first().map_or(String::new(), |name| format!("\"{name}\""))),
            "get_columns_in_relation" | "get_missing_columns" | "list_schemas" | "list_relations" => {
                Value::from(Vec::<Value>::new())
            }
            "get_relation" | "load_dataframe" | "expand_target_column_types" | "get_columns_in_select_sql" => {
                Value::from(())
            }
            _ => Value::from(""),
        })
    }
}

/// `adapter.dispatch(name, namespace)`.
fn dispatched(state: &State<'_, '_>, args: &[Value]) -> Result<Value, Error> {
    let (positional, kwargs): (&[Value], Kwargs) = from_args(args)?;
    let text = |at: usize, key: &str| -> Result<Option<String>, Error> {
        let named: Option<Value> = kwargs.get(key)?;
        let given = positional.get(at).cloned().or(named);
        Ok(given.and_then(|value| value.as_str().map(str::to_owned)))
    };
    let name = text(0, "macro_name")?.unwrap_or_default();
    dispatch(state, &name, text(1, "macro_namespace")?.as_deref())
}
