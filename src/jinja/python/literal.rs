//! Python literals in text, for the filters that say which type a value in YAML has.

use super::dict::{Dict, tuple};
use super::list::List;
use super::text::text;
use crate::jinja::rendering::Names;
use crate::jinja::{Error, State, Value, ValueKind};
use minijinja::machinery::ast::{Expr, UnaryOpKind};
use minijinja::machinery::parse_expr;

/// `as_text`, `as_bool`, `as_number`, `as_native`. They matter where a value stands alone (in YAML); in text they
/// change nothing.
pub(super) fn native(state: &State<'_, '_>, filter: &str, value: Value) -> Result<Value, Error> {
    let Some(names) = Names::of_state(state).filter(|names| names.rendering.native) else { return Ok(value) };
    let written = text(&value).into_owned();
    let read = || read(&written).unwrap_or_else(|| Value::from(written.as_str()));
    let (result, wanted) = match filter {
        "as_text" => return Ok(Value::from(written.as_str())),
        // Jinja's own spelling is no Python literal.
        "as_native" if matches!(written.trim(), "true" | "false" | "none") => return Ok(Value::from(written.as_str())),
        "as_bool" => (read(), ValueKind::Bool),
        "as_number" => (read(), ValueKind::Number),
        _ => return Ok(read()),
    };
    if result.kind() == wanted {
        return Ok(result);
    }
    // Inside an expression it stays the text that it is: `{{ target.type == 'duckdb' | as_bool }}`.
    if let Some(recorder) = &names.rendering.recorder {
        recorder.misses(&written, wanted);
    }
    Ok(Value::from(written))
}

/// Whether an expression is a literal.
pub(in crate::jinja) fn is_literal(written: &str) -> bool {
    read(written).is_some()
}

/// The value that a text is as a Python literal.
fn read(written: &str) -> Option<Value> {
    literal(&parse_expr(written.trim()).ok()?)
}

fn literal(expression: &Expr<'_>) -> Option<Value> {
    Some(match expression {
        Expr::Const(node) => node.value.clone(),
        Expr::UnaryOp(node) if matches!(node.op, UnaryOpKind::Neg) => expression.as_const().filter(Value::is_number)?,
        Expr::List(node) => List::value(node.items.iter().map(literal).collect::<Option<_>>()?),
        Expr::Tuple(node) => tuple(node.items.iter().map(literal).collect::<Option<Vec<_>>>()?),
        Expr::Map(node) => {
            let pairs = node.keys.iter().zip(&node.values).map(|(key, value)| Some((literal(key)?, literal(value)?)));
            Dict::value(pairs.collect::<Option<Vec<_>>>()?)
        }
        _ => return None,
    })
}
