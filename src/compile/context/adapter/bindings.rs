//! Values that a template binds to a statement: they are written into it as literals.

use crate::adapters::Dialect;
use crate::diagnostics::{Code, Diagnostic};
use crate::jinja::{Error, Value, ValueKind, raise};
use crate::sql::{PieceKind, pieces};

/// The statement with a literal in the place of each placeholder (`%s` or `?`, as the engine has it), in order.
pub fn bound(sql: &str, values: &Value, dialect: &Dialect) -> Result<String, Error> {
    let mut literals = values.try_iter()?.map(|value| literal(&value, dialect));
    let mut text = String::with_capacity(sql.len());
    let mut at = 0;
    for piece in pieces(sql, dialect.lexis).filter(|piece| piece.kind == PieceKind::Symbol) {
        let start = piece.range.start;
        if start >= at && sql[start..].starts_with(dialect.placeholder) {
            let Some(literal) = literals.next() else { return Err(uneven()) };
            text.push_str(&sql[at..start]);
            text.push_str(&literal);
            at = start + dialect.placeholder.len();
        }
    }
    if literals.next().is_some() {
        return Err(uneven());
    }
    text.push_str(&sql[at..]);
    Ok(text)
}

fn literal(value: &Value, dialect: &Dialect) -> String {
    match value.kind() {
        ValueKind::None | ValueKind::Undefined => "null".into(),
        ValueKind::Bool => value.is_true().to_string(),
        ValueKind::Number => value.to_string(),
        _ => dialect.literal(&value.to_string()),
    }
}

fn uneven() -> Error {
    let message = "add_query() needs one value for each placeholder of its statement.";
    raise(Diagnostic::error(Code::MACRO_ARGUMENTS, message))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::compile::fixture::dialect;
    use crate::jinja::List;

    #[test]
    fn values_take_the_place_of_placeholders_that_stand_in_no_quotes() {
        let values = List::value(vec![Value::from(1), Value::from("it's ?"), Value::from(()), Value::from(true)]);
        let mark = dialect().placeholder;
        let sql = format!("insert into t values ('{mark}', {mark}, {mark}, {mark}, {mark}) -- {mark}");
        let expected = format!("insert into t values ('{mark}', 1, 'it''s ?', null, true) -- {mark}");
        assert_eq!(bound(&sql, &values, dialect()).unwrap(), expected);
        assert!(bound("select 1", &values, dialect()).is_err());
    }
}
