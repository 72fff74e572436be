//! A contract that does not hold, column by column.

use crate::diagnostics::{Code, Diagnostic};
use crate::jinja::Value;

struct Typed {
    name: String,
    data_type: String,
}

fn columns(list: &Value) -> Vec<Typed> {
    let text = |column: &Value, key: &str| {
        column
            .get_attr(key)
            .ok()
            .filter(|found| !found.is_undefined() && !found.is_none())
            .map(|found| found.to_string())
    };
    let column = |column: Value| Typed {
        name: text(&column, "name").unwrap_or_default(),
        data_type: text(&column, "data_type").or_else(|| text(&column, "formatted")).unwrap_or_default(),
    };
    list.try_iter().map(|items| items.map(column).collect()).unwrap_or_default()
}

/// The diagnostic of columns that a query gives otherwise than its contract says.
pub fn mismatch(declared: &Value, given: &Value) -> Box<Diagnostic> {
    let (declared, given) = (columns(declared), columns(given));
    let same = |a: &Typed, b: &Typed| a.name.eq_ignore_ascii_case(&b.name);
    let mut differences = vec![];
    for column in &given {
        match declared.iter().find(|known| same(known, column)) {
            None => differences.push(format!("{}: missing in contract (it is {})", column.name, column.data_type)),
            Some(known) if known.data_type != column.data_type => {
                let types = format!("the query gives {}, the contract says {}", column.data_type, known.data_type);
                differences.push(format!("{}: data type mismatch: {types}", column.name));
            }
            Some(_) => {}
        }
    }
    let missing = declared.iter().filter(|known| !given.iter().any(|column| same(known, column)));
    differences.extend(missing.map(|known| format!("{}: missing in definition ({})", known.name, known.data_type)));
    let message = "This model has an enforced contract that failed: its query gives other columns.";
    Diagnostic::error(Code::CONTRACT_BROKEN, message)
        .note(differences.join("\n"))
        .hint("Change the query, or `columns:` in the model's properties.")
}
